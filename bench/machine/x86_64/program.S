/* SPDX-License-Identifier: MIT */
/* A program that asks the kernel for something, over and over. */
        .section .rodata
        .balign 16
        .globl bench_program, bench_program_end
bench_program:
1:      syscall
        jmp 1b
bench_program_end:
        .section .note.GNU-stack, "", @progbits
