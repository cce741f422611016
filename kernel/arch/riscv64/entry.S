/* SPDX-License-Identifier: MIT */
/*
 * Traps from the kernel itself, where gp is this CPU and interrupts were enabled if this is one. (User
 * mode has a vector of its own: arch/riscv64/user.S.) There is one entry for all: with an entry for each
 * interrupt (stvec's other mode) some firmware under some emulator hands exceptions on to the wrong
 * address (OpenSBI 1.1, QEMU 7.2: stvec with its mode, and no bit of it cleared).
 *
 * Interrupts are taken on the interrupted stack and save what a C function may change and no more: the
 * rest is saved by it, or by the switch inside it, which is a plain call: the frame stays where it is
 * until its stack goes on, on this CPU or another. The stack may have no room for it. So t0 is kept
 * aside, the pc in it, and sp where it was, until all is stored: whatever store faults, trap.c finds
 * everything (unpack()), and as nothing has been acknowledged yet, the interrupt comes again.
 *
 * Exceptions are taken on a stack of the CPU's own, or further down on it where they come from there.
 */
#include "riscv.h"

        /* What a debugger has to know at the call, to see who was interrupted: register 64 is the pc. */
        .cfi_sections .debug_frame
        .macro interrupted
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_return_column 64
        .cfi_def_cfa sp, INTERRUPT_FRAME
        .cfi_offset 64, 0 - INTERRUPT_FRAME
        .cfi_offset t0, 8 - INTERRUPT_FRAME
        .cfi_offset ra, 16 - INTERRUPT_FRAME
        .set at, 24
        .irp register, t1, t2, t3, t4, t5, t6, a0, a1, a2, a3, a4, a5, a6, a7
        .cfi_offset \register, at - INTERRUPT_FRAME
        .set at, at + 8
        .endr
        .endm

        .text
        .balign 16
        .globl trap_entry, trap_pushed
trap_entry:
        sd t0, CPU_MACHINE + 8 * CPU_TRAP(gp)
        csrr t0, scause
        bgez t0, exception

        ld t0, CPU_MACHINE + 8 * CPU_TRAP(gp)
        sd t0, CPU_MACHINE + 8 * CPU_INTERRUPT(gp) /* an exception leaves that one alone */
        csrr t0, sepc
        sd t0, 0 - INTERRUPT_FRAME(sp)
        sd ra, 16 - INTERRUPT_FRAME(sp)
        sd t1, 24 - INTERRUPT_FRAME(sp)
        sd t2, 32 - INTERRUPT_FRAME(sp)
        sd t3, 40 - INTERRUPT_FRAME(sp)
        sd t4, 48 - INTERRUPT_FRAME(sp)
        sd t5, 56 - INTERRUPT_FRAME(sp)
        sd t6, 64 - INTERRUPT_FRAME(sp)
        sd a0, 72 - INTERRUPT_FRAME(sp)
        sd a1, 80 - INTERRUPT_FRAME(sp)
        sd a2, 88 - INTERRUPT_FRAME(sp)
        sd a3, 96 - INTERRUPT_FRAME(sp)
        sd a4, 104 - INTERRUPT_FRAME(sp)
        sd a5, 112 - INTERRUPT_FRAME(sp)
        sd a6, 120 - INTERRUPT_FRAME(sp)
        sd a7, 128 - INTERRUPT_FRAME(sp)
        ld t0, CPU_MACHINE + 8 * CPU_INTERRUPT(gp)
        sd t0, 8 - INTERRUPT_FRAME(sp) /* beside the first, so it is as good as stored */
        addi sp, sp, -INTERRUPT_FRAME
trap_pushed:
        csrr a0, scause
        interrupted
        call trap_interrupt
        ld t0, 0(sp)
        .cfi_endproc
        csrw sepc, t0
        /* A reservation that whoever ran meanwhile made on this hart is given up, lest a store of what goes on
         * here takes it for its own (unprivileged manual, "Load-reserved/store-conditional"). What is
         * stored, if it is, is there already. */
        sc.d zero, t0, (sp)
        li t0, STATUS_SPP | STATUS_SPIE /* it came from the kernel, and was not masked */
        csrs sstatus, t0
        ld ra, 16(sp)
        ld t0, 8(sp)
        ld t1, 24(sp)
        ld t2, 32(sp)
        ld t3, 40(sp)
        ld t4, 48(sp)
        ld t5, 56(sp)
        ld t6, 64(sp)
        ld a0, 72(sp)
        ld a1, 80(sp)
        ld a2, 88(sp)
        ld a3, 96(sp)
        ld a4, 104(sp)
        ld a5, 112(sp)
        ld a6, 120(sp)
        ld a7, 128(sp)
        addi sp, sp, INTERRUPT_FRAME
        sret

        .balign 16
exception:
        sd t1, CPU_MACHINE + 8 * CPU_EXCEPTION(gp)
        ld t0, CPU_MACHINE + 8 * CPU_STACK(gp)
        sub t1, t0, sp
        srli t1, t1, EXCEPTION_STACK_SHIFT
        bnez t1, 1f
        andi t0, sp, -16
1:      addi t0, t0, -TRAP_FRAME
        sd sp, 16(t0)
        mv sp, t0
        ld t0, CPU_MACHINE + 8 * CPU_TRAP(gp)
        ld t1, CPU_MACHINE + 8 * CPU_EXCEPTION(gp)
        sd ra, 8(sp)
        sd gp, 24(sp)
        sd tp, 32(sp)
        sd t0, 40(sp)
        sd t1, 48(sp)
        sd t2, 56(sp)
        sd s0, 64(sp)
        sd s1, 72(sp)
        sd a0, 80(sp)
        sd a1, 88(sp)
        sd a2, 96(sp)
        sd a3, 104(sp)
        sd a4, 112(sp)
        sd a5, 120(sp)
        sd a6, 128(sp)
        sd a7, 136(sp)
        sd s2, 144(sp)
        sd s3, 152(sp)
        sd s4, 160(sp)
        sd s5, 168(sp)
        sd s6, 176(sp)
        sd s7, 184(sp)
        sd s8, 192(sp)
        sd s9, 200(sp)
        sd s10, 208(sp)
        sd s11, 216(sp)
        sd t3, 224(sp)
        sd t4, 232(sp)
        sd t5, 240(sp)
        sd t6, 248(sp)
        csrr t0, sepc
        csrr t1, sstatus
        csrr t2, scause
        csrr t3, stval
        sd t0, 0(sp)
        sd t1, 256(sp)
        sd t2, 264(sp)
        sd t3, 272(sp)
        mv a0, sp
        call trap_exception
        /* It was nothing: go on with the same instruction. The saved registers are unchanged. */
        ld t0, 0(sp)
        ld t1, 256(sp)
        csrw sepc, t0
        csrw sstatus, t1
        ld ra, 8(sp)
        ld t0, 40(sp)
        ld t1, 48(sp)
        ld t2, 56(sp)
        ld a0, 80(sp)
        ld a1, 88(sp)
        ld a2, 96(sp)
        ld a3, 104(sp)
        ld a4, 112(sp)
        ld a5, 120(sp)
        ld a6, 128(sp)
        ld a7, 136(sp)
        ld t3, 224(sp)
        ld t4, 232(sp)
        ld t5, 240(sp)
        ld t6, 248(sp)
        ld sp, 16(sp)
        sret

        .section .note.GNU-stack, "", @progbits
