/* SPDX-License-Identifier: MIT */
/*
 * void hold(struct hold *state, uint64_t turns, uint64_t vectors)
 *
 * Loads every register from the state, turns in a loop, and stores every register into it: what was
 * loaded must come out, however often the loop was preempted. `vectors`: 0 SSE, 1 AVX, 2 AVX-512.
 */
#define IN       0
#define OUT      512
#define RAX      0      /* then rbx, rdx, rsi, rdi, rbp, r8 .. r15 */
#define RCX      112    /* of OUT: the turns that were left */
#define FLAGS    120    /* of OUT */
#define MXCSR    128
#define FPUCW    132
#define MASKS    144    /* k0 .. k7 */
#define FPU      208    /* 8 of 16 bytes */
#define REDZONE  336    /* 16 words */
#define VECTORS  1024
#define VOUT     3072

        .text
        .globl hold
        .type hold, @function
        .balign 64
hold:
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        sub $24, %rsp
        mov %rdi, 8(%rsp)
        mov %rdx, 16(%rsp)
        stmxcsr (%rsp)
        fnstcw 4(%rsp)
        ldmxcsr IN+MXCSR(%rdi)
        fldcw IN+FPUCW(%rdi)

        cmp $1, %rdx
        jb 1f
        je 2f
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        vmovdqu64 VECTORS+64*\n(%rdi), %zmm\n
        .endr
        .irp n, 0,1,2,3,4,5,6,7
        kmovw IN+MASKS+8*\n(%rdi), %k\n
        .endr
        jmp 3f
2:      .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vmovdqu VECTORS+64*\n(%rdi), %ymm\n
        .endr
        jmp 3f
1:      .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movdqu VECTORS+64*\n(%rdi), %xmm\n
        .endr
3:      .irp n, 7,6,5,4,3,2,1,0
        fldt IN+FPU+16*\n(%rdi)
        .endr
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
        mov IN+REDZONE+8*\n-8(%rdi), %rax
        mov %rax, -8*\n(%rsp)
        .endr
        mov %rsi, %rcx
        mov IN+RAX+0(%rdi), %rax
        mov IN+RAX+8(%rdi), %rbx
        mov IN+RAX+16(%rdi), %rdx
        mov IN+RAX+24(%rdi), %rsi
        mov IN+RAX+40(%rdi), %rbp
        mov IN+RAX+48(%rdi), %r8
        mov IN+RAX+56(%rdi), %r9
        mov IN+RAX+64(%rdi), %r10
        mov IN+RAX+72(%rdi), %r11
        mov IN+RAX+80(%rdi), %r12
        mov IN+RAX+88(%rdi), %r13
        mov IN+RAX+96(%rdi), %r14
        mov IN+RAX+104(%rdi), %r15
        mov IN+RAX+32(%rdi), %rdi

        stc
        std
        .balign 16
4:      dec %rcx /* the carry stays */
        jnz 4b

        lea -128(%rsp), %rsp /* the red zone becomes the stack's own */
        pushfq
        cld
        push %rdi
        mov 8+8+128+8(%rsp), %rdi
        mov %rax, OUT+RAX+0(%rdi)
        mov %rbx, OUT+RAX+8(%rdi)
        mov %rdx, OUT+RAX+16(%rdi)
        mov %rsi, OUT+RAX+24(%rdi)
        mov %rbp, OUT+RAX+40(%rdi)
        mov %r8, OUT+RAX+48(%rdi)
        mov %r9, OUT+RAX+56(%rdi)
        mov %r10, OUT+RAX+64(%rdi)
        mov %r11, OUT+RAX+72(%rdi)
        mov %r12, OUT+RAX+80(%rdi)
        mov %r13, OUT+RAX+88(%rdi)
        mov %r14, OUT+RAX+96(%rdi)
        mov %r15, OUT+RAX+104(%rdi)
        mov %rcx, OUT+RCX(%rdi)
        pop %rax
        mov %rax, OUT+RAX+32(%rdi)
        pop %rax
        mov %rax, OUT+FLAGS(%rdi)
        lea 128(%rsp), %rsp
        .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16
        mov -8*\n(%rsp), %rax
        mov %rax, OUT+REDZONE+8*\n-8(%rdi)
        .endr
        stmxcsr OUT+MXCSR(%rdi)
        fnstcw OUT+FPUCW(%rdi)
        .irp n, 0,1,2,3,4,5,6,7
        fstpt OUT+FPU+16*\n(%rdi)
        .endr

        mov 16(%rsp), %rdx
        cmp $1, %rdx
        jb 1f
        je 2f
        .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        vmovdqu64 %zmm\n, VOUT+64*\n(%rdi)
        .endr
        .irp n, 0,1,2,3,4,5,6,7
        kmovw %k\n, OUT+MASKS+8*\n(%rdi)
        .endr
        vzeroupper
        jmp 3f
2:      .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vmovdqu %ymm\n, VOUT+64*\n(%rdi)
        .endr
        vzeroupper
        jmp 3f
1:      .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movdqu %xmm\n, VOUT+64*\n(%rdi)
        .endr
3:
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        add $24, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret
        .size hold, . - hold
        .section .note.GNU-stack, "", @progbits
