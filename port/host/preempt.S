/* SPDX-License-Identifier: MIT */
/*
 * Where the signal handler moves the program counter of a task that is to be preempted. Entered as if
 * the interrupted instruction had called it, below the red zone of 128 bytes: the return address on
 * the stack is the interrupted instruction, interrupts are masked. Everything is saved on the task's
 * stack, and nothing of the signal is left, so the task may go on on another worker.
 *
 *      128 bytes   the red zone
 *      rip         pushed by the handler
 *      rbp         rbp points here: a link in the chain of frames
 *      rflags, rax, rcx, rdx, rbx, rsi, rdi, r8 .. r15
 *      (aligned to 64 bytes)
 *      x87, SSE, AVX and whatever else XSAVE knows
 */
#define MASKED  %fs:rota_host_tls@tpoff+8
#define PENDING %fs:rota_host_tls@tpoff+12

        .text
        .globl rota_host_preempt, rota_host_preempt_end
        .type rota_host_preempt, @function
        .balign 16
rota_host_preempt:
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_def_cfa rsp, 136
        .cfi_offset rip, -136
        push %rbp
        .cfi_def_cfa_offset 144
        .cfi_offset rbp, -144
        mov %rsp, %rbp
        .cfi_def_cfa_register rbp
        pushfq
        cld
        push %rax
        .cfi_offset rax, -160
        push %rcx
        .cfi_offset rcx, -168
        push %rdx
        .cfi_offset rdx, -176
        push %rbx
        .cfi_offset rbx, -184
        push %rsi
        .cfi_offset rsi, -192
        push %rdi
        .cfi_offset rdi, -200
        push %r8
        .cfi_offset r8, -208
        push %r9
        .cfi_offset r9, -216
        push %r10
        .cfi_offset r10, -224
        push %r11
        .cfi_offset r11, -232
        push %r12
        .cfi_offset r12, -240
        push %r13
        .cfi_offset r13, -248
        push %r14
        .cfi_offset r14, -256
        push %r15
        .cfi_offset r15, -264

        mov rota_host_vector+8(%rip), %eax
        sub %rax, %rsp
        and $-64, %rsp
        mov rota_host_vector+0(%rip), %eax
        mov rota_host_vector+4(%rip), %edx
        cmpl $1, rota_host_vector+12(%rip)
        jb 1f
        /* The header's reserved words must be zero when they are restored. (mov keeps the flags.) */
        mov $0, %ecx
        mov %rcx, 512(%rsp)
        mov %rcx, 520(%rsp)
        mov %rcx, 528(%rsp)
        mov %rcx, 536(%rsp)
        mov %rcx, 544(%rsp)
        mov %rcx, 552(%rsp)
        mov %rcx, 560(%rsp)
        mov %rcx, 568(%rsp)
        ja 2f
        xsave64 (%rsp)
        jmp 3f
1:      fxsave64 (%rsp)
        jmp 3f
2:      xsavec64 (%rsp)
3:
        /* What the ABI promises a function: an empty x87 stack, and for speed no upper halves. */
        fninit
        cmpl $0, rota_host_vector+16(%rip)
        je 4f
        vzeroupper
4:
        call rota_host_interrupts
        /* Unmasked only here, where no signal moves the program counter: so preemptions do not pile
         * up on one stack, however fast they come. */
        movl $0, MASKED
        cmpl $0, PENDING
        je 5f
        movl $1, MASKED
        jmp 4b
5:
        mov rota_host_vector+0(%rip), %eax
        mov rota_host_vector+4(%rip), %edx
        cmpl $0, rota_host_vector+12(%rip)
        je 6f
        xrstor64 (%rsp)
        jmp 7f
6:      fxrstor64 (%rsp)
7:
        lea -120(%rbp), %rsp
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
        pop %rbx
        pop %rdx
        pop %rcx
        pop %rax
        popfq
        pop %rbp
        .cfi_def_cfa rsp, 136
        .cfi_same_value rbp
        ret $128
        .cfi_endproc
        .size rota_host_preempt, . - rota_host_preempt
rota_host_preempt_end:

/* The return from a signal handler; debuggers know it by these two instructions. */
        .globl rota_host_sigreturn
        .type rota_host_sigreturn, @function
        .balign 16
        nop
rota_host_sigreturn:
        mov $15, %rax
        syscall
        .size rota_host_sigreturn, . - rota_host_sigreturn

        .section .note.GNU-stack, "", @progbits
