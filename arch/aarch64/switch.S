/* SPDX-License-Identifier: MIT */
/*
 * The context switch: all the assembly that the library has on this machine.
 *
 * What lies on the stack of a context that is switched out, from its sp upwards, is
 * struct rota_arch_frame: what AAPCS64 has a callee preserve, and where it goes on.
 *
 * The end is a ret, which predicts well here: a processor that keeps return addresses guesses "behind
 * the caller's call of the switch", and nearly all contexts have left at the same call. It also lands
 * where branch target identification, in a kernel that turns it on, allows no other branch to.
 *
 * No barrier: what a context wrote is published, and read on the CPU where it goes on, by the lock that
 * is held across the switch (core/dispatch.c), its release and the next acquire. An exclusive monitor
 * that the context left open is no harm: it goes on behind a call, or by an exception return, which
 * clears it.
 */
        .text

/* void rota_arch_switch(struct rota_context *from, struct rota_context *to) */
        .globl rota_arch_switch
        .type rota_arch_switch, %function
        .balign 16
rota_arch_switch:
        .cfi_startproc
        hint #34 /* bti c: a landing place, or nothing */
        stp x19, x20, [sp, #-96]!
        stp x21, x22, [sp, #16]
        stp x23, x24, [sp, #32]
        stp x25, x26, [sp, #48]
        stp x27, x28, [sp, #64]
        stp x29, x30, [sp, #80]
        mov x2, sp
        ldr x3, [x1]
        str x2, [x0]
        mov sp, x3
        ldp x21, x22, [sp, #16]
        ldp x23, x24, [sp, #32]
        ldp x25, x26, [sp, #48]
        ldp x27, x28, [sp, #64]
        ldp x29, x30, [sp, #80]
        ldp x19, x20, [sp], #96
        ret
        .cfi_endproc
        .size rota_arch_switch, . - rota_arch_switch

/*
 * Where a new context begins: x19 is its entry, x20 the argument, x29 points at two words of 0. Entry
 * never returns; the undefined return address ends a debugger's backtrace.
 */
        .globl rota_arch_start
        .type rota_arch_start, %function
        .balign 16
rota_arch_start:
        .cfi_startproc
        .cfi_undefined x30
        mov x0, x20
        blr x19
        udf #0
        .cfi_endproc
        .size rota_arch_start, . - rota_arch_start

        .section .note.GNU-stack, "", %progbits
