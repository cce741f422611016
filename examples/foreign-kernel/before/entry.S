/* SPDX-License-Identifier: MIT */
/* Into the kernel and out of it, and from one stack to another. */
#include "kernel.h"

        .text
        .balign 16
        .globl vectors
vectors:
        .set vector, 0
        .rept VECTORS
        .balign 16
        /* Exceptions 8, 10 to 14, 17, 21, 29 and 30 push an error code; for the others we do. */
        .if vector > 31 || !(0x60227d00 >> (vector & 31) & 1)
        push $0
        .endif
        push $vector
        jmp trap_entry
        .set vector, vector + 1
        .endr

        .balign 16
trap_entry:
        testb $3, 24(%rsp) /* from user mode: gs is the program's */
        jz 1f
        swapgs
1:      push %rax
        push %rcx
        push %rdx
        push %rbx
        push %rbp
        push %rsi
        push %rdi
        push %r8
        push %r9
        push %r10
        push %r11
        push %r12
        push %r13
        push %r14
        push %r15
        cld
        mov %rsp, %rdi
        call trap
trap_return:
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rbp
        pop %rbx
        pop %rdx
        pop %rcx
        pop %rax
        add $16, %rsp
        testb $3, 8(%rsp)
        jz 2f
        swapgs
2:      iretq

/* _Noreturn void enter_user(struct frame *frame): interrupts are off. */
        .globl enter_user
enter_user:
        mov %rdi, %rsp
        jmp trap_return

/* void switch_to(void **from, void *to) */
        .globl switch_to
switch_to:
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, (%rdi)
        mov %rsi, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        ret

/* void *stack_init(char *stack, size_t size, void (*entry)(void *), void *argument): what
 * switch_to() pops, of which r12 is the entry and r13 its argument. */
        .globl stack_init
stack_init:
        lea (%rdi,%rsi), %rax
        and $-16, %rax
        movq $begin, -16(%rax)
        movq $0, -24(%rax) /* rbp */
        movq $0, -32(%rax) /* rbx */
        mov %rdx, -40(%rax)
        mov %rcx, -48(%rax)
        movq $0, -56(%rax)
        movq $0, -64(%rax)
        sub $64, %rax
        ret
begin:  mov %r13, %rdi
        and $-16, %rsp
        call *%r12
        ud2
        .section .note.GNU-stack, "", @progbits
