/* SPDX-License-Identifier: MIT */
/*
 * void registers_round(void): fills every register that user mode has from registers_in, goes through
 * a stretch of instructions that change none of them, and stores them in registers_out. The places are
 * those of machine.c. The stack pointer is where the stores go to.
 */
#define FLAGS   256
#define CONTROL 264 /* FPCR, FPSR */
#define TLS     280
#define SP      288
#define VECTORS 512

        .bss
        .balign 64
        .globl registers_in, registers_out
registers_in:
        .skip 4096
registers_out:
        .skip 4096
saved:
        .skip 256

        .text
        .globl registers_round
        .type registers_round, %function
registers_round:
        adrp x9, saved
        add x9, x9, :lo12:saved
        stp x19, x20, [x9]
        stp x21, x22, [x9, #16]
        stp x23, x24, [x9, #32]
        stp x25, x26, [x9, #48]
        stp x27, x28, [x9, #64]
        stp x29, x30, [x9, #80]
        mov x10, sp
        str x10, [x9, #96]
        stp d8, d9, [x9, #112]
        stp d10, d11, [x9, #128]
        stp d12, d13, [x9, #144]
        stp d14, d15, [x9, #160]
        mrs x10, fpcr
        mrs x11, tpidr_el0
        stp x10, x11, [x9, #176]

        adrp x30, registers_in
        add x30, x30, :lo12:registers_in
        adrp x10, registers_out
        add x10, x10, :lo12:registers_out
        mov sp, x10
        ldr x10, [x30, #TLS]
        msr tpidr_el0, x10
        ldp x10, x11, [x30, #CONTROL]
        msr fpcr, x10
        msr fpsr, x11
        ldr x10, [x30, #FLAGS]
        msr nzcv, x10
        .irp n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
        ldr q\n, [x30, #VECTORS + 16 * \n]
        .endr
        .irp n, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
        ldr q\n, [x30, #VECTORS + 16 * \n]
        .endr
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        ldr x\n, [x30, #8 * \n]
        .endr

        .rept 60000
        nop
        .endr

        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        str x\n, [sp, #8 * \n]
        .endr
        mrs x10, nzcv
        str x10, [sp, #FLAGS]
        mrs x10, fpcr
        mrs x11, fpsr
        stp x10, x11, [sp, #CONTROL]
        mrs x10, tpidr_el0
        str x10, [sp, #TLS]
        mov x10, sp
        str x10, [sp, #SP]
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        str q\n, [sp, #VECTORS + 16 * \n]
        .endr

        adrp x9, saved
        add x9, x9, :lo12:saved
        ldp x10, x11, [x9, #176]
        msr fpcr, x10
        msr tpidr_el0, x11
        ldp d8, d9, [x9, #112]
        ldp d10, d11, [x9, #128]
        ldp d12, d13, [x9, #144]
        ldp d14, d15, [x9, #160]
        ldp x19, x20, [x9]
        ldp x21, x22, [x9, #16]
        ldp x23, x24, [x9, #32]
        ldp x25, x26, [x9, #48]
        ldp x27, x28, [x9, #64]
        ldp x29, x30, [x9, #80]
        ldr x10, [x9, #96]
        mov sp, x10
        ret
        .size registers_round, . - registers_round

        .section .note.GNU-stack, "", %progbits
