/* SPDX-License-Identifier: MIT */
/*
 * The context switch. What lies on the stack of a context that is switched out, from its sp upwards:
 *
 *      where it goes on (ra)
 *      s0 to s11          what the calling convention has a callee preserve
 *      nothing            keeps the stack aligned to 16 bytes
 *
 * The end jumps by t1, not by ra or t0: through one of those it would be predicted to go back to the
 * caller of the other stack (unprivileged manual, "return-address stack"), which is wrong each time.
 * Both sides of a switch run with interrupts masked. gp and tp belong to the CPU (or to the kernel),
 * not to the context.
 */
        .text

/* void rota_arch_switch(struct rota_context *from, struct rota_context *to) */
        .globl rota_arch_switch
        .type rota_arch_switch, @function
        .balign 16
rota_arch_switch:
        .cfi_startproc
        addi sp, sp, -112
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
        sd sp, 0(a0)
        ld sp, 0(a1)
        ld t1, 0(sp)
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
        addi sp, sp, 112
        jr t1
        .cfi_endproc
        .size rota_arch_switch, . - rota_arch_switch

/*
 * Where a new context begins: s1 is its entry, s2 the argument, s0 0. Entry never returns; the
 * undefined return address ends a debugger's backtrace, the zeros in s0 and ra a kernel's own.
 */
        .globl rota_arch_start
        .type rota_arch_start, @function
        .balign 16
rota_arch_start:
        .cfi_startproc
        .cfi_undefined ra
        mv a0, s2
        jalr s1
        unimp
        .cfi_endproc
        .size rota_arch_start, . - rota_arch_start

        .section .note.GNU-stack, "", @progbits
