/* SPDX-License-Identifier: MIT */
/* Where a program begins, and the instruction that calls the kernel. */
        .section .text.start, "ax", %progbits
        .globl _start
_start: /* x0: struct start */
        mov x29, xzr
        mov x30, xzr
        bl program_start
        udf #0

        /* int64_t sys_call(number, a, b, c, d, e, f) */
        .section .text.sys_call, "ax", %progbits
        .globl sys_call
        .type sys_call, %function
sys_call:
        mov x8, x0
        mov x0, x1
        mov x1, x2
        mov x2, x3
        mov x3, x4
        mov x4, x5
        mov x5, x6
        svc #0
        ret
        .size sys_call, . - sys_call

        .section .note.GNU-stack, "", %progbits
