/* SPDX-License-Identifier: MIT */
/* Where a program begins, and the instruction that calls the kernel. */
        .section .text.start, "ax", @progbits
        .globl _start
_start: /* a0: struct start */
        .option push
        .option norelax
        lla gp, __global_pointer$
        .option pop
        mv s0, zero
        mv ra, zero
        call program_start
        unimp

        /* int64_t sys_call(number, a, b, c, d, e, f) */
        .section .text.sys_call, "ax", @progbits
        .globl sys_call
        .type sys_call, @function
sys_call:
        mv a7, a0
        mv a0, a1
        mv a1, a2
        mv a2, a3
        mv a3, a4
        mv a4, a5
        mv a5, a6
        ecall
        ret
        .size sys_call, . - sys_call

        .section .note.GNU-stack, "", @progbits
