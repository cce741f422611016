/* SPDX-License-Identifier: MIT */
/*
 * Programs. Each process has a copy of all of them, at USER (process.c); they reach their data
 * relative to rip. A system call: its number in rax, its argument in rdi, the answer in rax.
 */
        .set EXIT, 0
        .set FORK, 1
        .set WAIT, 2
        .set SLEEP, 3

        .section .rodata
        .balign 16
        .globl user_begin, user_end, user_sums, user_spins, user_sleeps
user_begin:

/* Forks; parent and child then count to the same number in memory, each in its own, and in
 * registers, which an interrupt must not change. Ends with 42 where everything is as it should be:
 * the child's 20, its own 22. */
user_sums:
        mov $FORK, %eax
        int $64
        mov %rax, %r15 /* 0 in the child */
        lea number(%rip), %rbx
        mov $1000000, %r12
        xor %r13d, %r13d
        xor %r14d, %r14d
1:      incl (%rbx)
        inc %r13
        sub $3, %r14
        dec %r12
        jnz 1b
        cmpl $1000000, (%rbx)
        jne 8f
        cmp $1000000, %r13
        jne 8f
        cmp $-3000000, %r14
        jne 8f
        mov $20, %edi
        test %r15, %r15
        jz 9f
        mov $WAIT, %eax
        int $64 /* the child's code */
        lea 22(%rax), %edi
        jmp 9f
8:      mov $1, %edi
9:      mov $EXIT, %eax
        int $64

/* Never comes back by itself. */
user_spins:
        jmp user_spins

/* Nor does this one. */
user_sleeps:
        mov $SLEEP, %eax
        mov $1000000, %edi
        int $64
        jmp user_sleeps

/* What is not its own. */
        .globl user_faults
user_faults:
        mov 0, %eax

        .balign 8
number: .quad 0
user_end:
        .section .note.GNU-stack, "", @progbits
