/* SPDX-License-Identifier: MIT */
/*
 * Into user mode and back: rota_arch_user.h says how the two belong together. Interrupts are masked
 * throughout, and all memory that is touched is the kernel's: nothing comes in between.
 *
 * On the stack of who entered, from kernel_sp upwards: ra, s0 to s11, gp, tp, stvec, sscratch, and a word
 * that keeps it aligned.
 */
#include "rota_arch_user.h"

#define STATUS_SPIE 0x20
#define STATUS_SPP  0x100

        .text

/* void rota_arch_user_enter(struct rota_user_frame *frame) */
        .globl rota_arch_user_enter
        .type rota_arch_user_enter, @function
        .balign 16
rota_arch_user_enter:
        .cfi_startproc
        addi sp, sp, -144
        sd ra, 0(sp)
        sd s0, 8(sp)
        sd s1, 16(sp)
        sd s2, 24(sp)
        sd s3, 32(sp)
        sd s4, 40(sp)
        sd s5, 48(sp)
        sd s6, 56(sp)
        sd s7, 64(sp)
        sd s8, 72(sp)
        sd s9, 80(sp)
        sd s10, 88(sp)
        sd s11, 96(sp)
        sd gp, 104(sp)
        sd tp, 112(sp)
        la t0, rota_arch_user_trap
        csrrw t0, stvec, t0
        csrrw t1, sscratch, a0
        sd t0, 120(sp)
        sd t1, 128(sp)
        sd sp, ROTA_ARCH_USER_KERNEL_SP(a0)
        ld t0, 0(a0)
        andi t0, t0, -2 /* as sepc has it */
        li t1, STATUS_SPP
        li t2, STATUS_SPIE
        csrw sepc, t0
        csrc sstatus, t1
        csrs sstatus, t2
        /* A reservation that somebody before made here is given up, lest a store of this task's takes it for
         * its own (unprivileged manual, "Load-reserved/store-conditional"). What is stored, if it is, is
         * there already, or as good. */
        sc.d zero, t0, (a0)
        ld ra, 8(a0)
        ld sp, 16(a0)
        ld gp, 24(a0)
        ld tp, 32(a0)
        ld t0, 40(a0)
        ld t1, 48(a0)
        ld t2, 56(a0)
        ld s0, 64(a0)
        ld s1, 72(a0)
        ld a1, 88(a0)
        ld a2, 96(a0)
        ld a3, 104(a0)
        ld a4, 112(a0)
        ld a5, 120(a0)
        ld a6, 128(a0)
        ld a7, 136(a0)
        ld s2, 144(a0)
        ld s3, 152(a0)
        ld s4, 160(a0)
        ld s5, 168(a0)
        ld s6, 176(a0)
        ld s7, 184(a0)
        ld s8, 192(a0)
        ld s9, 200(a0)
        ld s10, 208(a0)
        ld s11, 216(a0)
        ld t3, 224(a0)
        ld t4, 232(a0)
        ld t5, 240(a0)
        ld t6, 248(a0)
        ld a0, 80(a0)
        sret
        .cfi_endproc
        .size rota_arch_user_enter, . - rota_arch_user_enter

/* A trap from user mode; sscratch is the frame. Goes back to who called rota_arch_user_enter(). */
        .globl rota_arch_user_trap
        .type rota_arch_user_trap, @function
        .balign 16
rota_arch_user_trap:
        .cfi_startproc
        .cfi_undefined ra
        csrrw a0, sscratch, a0
        sd ra, 8(a0)
        sd sp, 16(a0)
        sd gp, 24(a0)
        sd tp, 32(a0)
        sd t0, 40(a0)
        sd t1, 48(a0)
        sd t2, 56(a0)
        sd s0, 64(a0)
        sd s1, 72(a0)
        sd a1, 88(a0)
        sd a2, 96(a0)
        sd a3, 104(a0)
        sd a4, 112(a0)
        sd a5, 120(a0)
        sd a6, 128(a0)
        sd a7, 136(a0)
        sd s2, 144(a0)
        sd s3, 152(a0)
        sd s4, 160(a0)
        sd s5, 168(a0)
        sd s6, 176(a0)
        sd s7, 184(a0)
        sd s8, 192(a0)
        sd s9, 200(a0)
        sd s10, 208(a0)
        sd s11, 216(a0)
        sd t3, 224(a0)
        sd t4, 232(a0)
        sd t5, 240(a0)
        sd t6, 248(a0)
        ld sp, ROTA_ARCH_USER_KERNEL_SP(a0)
        ld t3, 120(sp)
        ld t4, 128(sp)
        csrw stvec, t3
        csrrw t0, sscratch, t4
        csrr t1, sepc
        csrr t2, scause
        csrr t3, stval
        sd t0, 80(a0)
        sd t1, 0(a0)
        sd t2, ROTA_ARCH_USER_CAUSE(a0)
        sd t3, ROTA_ARCH_USER_VALUE(a0)
        ld ra, 0(sp)
        ld s0, 8(sp)
        ld s1, 16(sp)
        ld s2, 24(sp)
        ld s3, 32(sp)
        ld s4, 40(sp)
        ld s5, 48(sp)
        ld s6, 56(sp)
        ld s7, 64(sp)
        ld s8, 72(sp)
        ld s9, 80(sp)
        ld s10, 88(sp)
        ld s11, 96(sp)
        ld gp, 104(sp)
        ld tp, 112(sp)
        addi sp, sp, 144
        ret
        .cfi_endproc
        .size rota_arch_user_trap, . - rota_arch_user_trap

        .section .note.GNU-stack, "", @progbits
