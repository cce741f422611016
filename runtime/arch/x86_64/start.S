/* SPDX-License-Identifier: MIT */
/* Where a program begins, and the instruction that calls the kernel. */
        .section .text.start, "ax", @progbits
        .globl _start
_start: /* rdi: struct start */
        xor %ebp, %ebp
        call program_start
        ud2

        /* int64_t sys_call(number, a, b, c, d, e, f): one register further on, the last on the stack. */
        .section .text.sys_call, "ax", @progbits
        .globl sys_call
        .type sys_call, @function
sys_call:
        mov %rdi, %rax
        mov %rsi, %rdi
        mov %rdx, %rsi
        mov %rcx, %rdx
        mov %r8, %r10
        mov %r9, %r8
        mov 8(%rsp), %r9
        syscall
        ret
        .size sys_call, . - sys_call

        .section .note.GNU-stack, "", @progbits
