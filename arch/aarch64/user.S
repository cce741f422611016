/* SPDX-License-Identifier: MIT */
/*
 * Into user mode and back: rota_arch_user.h says how the two belong together.
 *
 * IRQ is masked throughout. What may come in between are the kernel's own FIQ and SError, which must not
 * trust sp (kernel/arch/aarch64/entry.S has a stack of its own for them), and which overwrite ELR_EL1 and
 * SPSR_EL1 where they return: these are written last, and a kernel whose FIQs return masks FIQ before it
 * calls rota_arch_user_enter().
 *
 * eret and the taking of an exception synchronise the processor's context, so neither TPIDR_EL0 nor the
 * address space that was loaded before needs an isb of its own.
 */
#include "rota_arch_user.h"

/* N Z C V, TCO, DIT, SSBS, BTYPE; the rest is 0: EL0, 64 bits, nothing masked, no single step. */
#define PSTATE_HIGH 0xf300
#define PSTATE_LOW  0x1c00

        .text

/* void rota_arch_user_enter(struct rota_user_frame *frame) */
        .globl rota_arch_user_enter
        .type rota_arch_user_enter, %function
        .balign 16
rota_arch_user_enter:
        .cfi_startproc
        hint #34 /* bti c */
        stp x19, x20, [sp, #-112]!
        mrs x1, daif
        mrs x2, tpidr_el0
        stp x21, x22, [sp, #16]
        stp x23, x24, [sp, #32]
        stp x25, x26, [sp, #48]
        stp x27, x28, [sp, #64]
        stp x29, x30, [sp, #80]
        stp x1, x2, [sp, #96]
        mov x1, sp
        str x1, [x0, #ROTA_ARCH_USER_KERNEL_SP]
        ldp x1, x2, [x0, #ROTA_ARCH_USER_SP] /* and pc */
        ldp x3, x4, [x0, #ROTA_ARCH_USER_PSTATE] /* and tls */
        mov x5, #PSTATE_LOW
        movk x5, #PSTATE_HIGH, lsl #16
        and x3, x3, x5
        msr sp_el0, x1
        msr tpidr_el0, x4
        mov sp, x0
        msr elr_el1, x2
        msr spsr_el1, x3
        ldp x2, x3, [sp, #16]
        ldp x4, x5, [sp, #32]
        ldp x6, x7, [sp, #48]
        ldp x8, x9, [sp, #64]
        ldp x10, x11, [sp, #80]
        ldp x12, x13, [sp, #96]
        ldp x14, x15, [sp, #112]
        ldp x16, x17, [sp, #128]
        ldp x18, x19, [sp, #144]
        ldp x20, x21, [sp, #160]
        ldp x22, x23, [sp, #176]
        ldp x24, x25, [sp, #192]
        ldp x26, x27, [sp, #208]
        ldp x28, x29, [sp, #224]
        ldr x30, [sp, #240]
        ldp x0, x1, [sp]
        eret
        .cfi_endproc
        .size rota_arch_user_enter, . - rota_arch_user_enter

/*
 * A trap from user mode: sp is the frame, x0 and x1 are in it, x1 is the cause; all other registers are
 * user mode's. Goes back to who called rota_arch_user_enter().
 */
        .globl rota_arch_user_trap
        .type rota_arch_user_trap, %function
        .balign 16
rota_arch_user_trap:
        .cfi_startproc
        .cfi_undefined x30
        stp x2, x3, [sp, #16]
        stp x4, x5, [sp, #32]
        stp x6, x7, [sp, #48]
        stp x8, x9, [sp, #64]
        stp x10, x11, [sp, #80]
        stp x12, x13, [sp, #96]
        stp x14, x15, [sp, #112]
        stp x16, x17, [sp, #128]
        stp x18, x19, [sp, #144]
        stp x20, x21, [sp, #160]
        stp x22, x23, [sp, #176]
        stp x24, x25, [sp, #192]
        stp x26, x27, [sp, #208]
        stp x28, x29, [sp, #224]
        mrs x2, sp_el0
        mrs x3, elr_el1
        mrs x4, spsr_el1
        mrs x5, tpidr_el0
        mrs x6, esr_el1
        mrs x7, far_el1
        stp x30, x2, [sp, #240] /* and sp */
        stp x3, x4, [sp, #ROTA_ARCH_USER_PC] /* and pstate */
        stp x5, x1, [sp, #ROTA_ARCH_USER_TLS] /* and cause */
        stp x6, x7, [sp, #ROTA_ARCH_USER_SYNDROME] /* and address */
        ldr x0, [sp, #ROTA_ARCH_USER_KERNEL_SP]
        mov sp, x0
        ldp x1, x2, [sp, #96]
        ldp x21, x22, [sp, #16]
        ldp x23, x24, [sp, #32]
        ldp x25, x26, [sp, #48]
        ldp x27, x28, [sp, #64]
        ldp x29, x30, [sp, #80]
        ldp x19, x20, [sp], #112
        msr tpidr_el0, x2
        msr daif, x1 /* the exception has masked more than IRQ */
        ret
        .cfi_endproc
        .size rota_arch_user_trap, . - rota_arch_user_trap

        .section .note.GNU-stack, "", %progbits
