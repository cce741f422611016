/* SPDX-License-Identifier: MIT */
/* The program of tasks that work in user mode, as constants of the kernel. */
        .section .rodata.workload_user, "a"
        .balign 64
        .globl workload_user_program, workload_user_program_size
workload_user_program:
        .incbin WORKLOAD_USER_PROGRAM
1:
        .balign 8
workload_user_program_size:
        .quad 1b - workload_user_program

        .section .note.GNU-stack, "", %progbits
