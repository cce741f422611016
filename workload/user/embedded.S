/* SPDX-License-Identifier: MIT */
/* The program of tasks that work in user mode, as constants of the kernel. */
        .section .rodata.workload_user, "a"
        .balign 64
        .globl workload_user_program, workload_user_program_end
workload_user_program:
        .incbin WORKLOAD_USER_PROGRAM
workload_user_program_end:

        .section .note.GNU-stack, "", %progbits
