/* SPDX-License-Identifier: MIT */
/*
 * The context switch: all the assembly that the library has on this machine.
 *
 * What lies on the stack of a context that is switched out, from its sp upwards:
 *
 *      [MXCSR and x87 control word]  only with rota_arch_switch_fpcw
 *      r15 r14 r13 r12 rbx rbp       what the System V ABI has a callee preserve
 *      where it goes on
 *
 * The end is a pop and an indirect jump, not a ret: the return would be predicted to go back to the
 * caller of the other stack, which is wrong each time and costs some 10 ns.
 * The flags are not saved: both sides of a switch run with interrupts masked. No segment base is
 * touched: gs and fs belong to the CPU (or to the kernel), not to the context.
 */
        .text

/* void rota_arch_switch(struct rota_context *from, struct rota_context *to) */
        .globl rota_arch_switch
        .type rota_arch_switch, @function
        .balign 16
rota_arch_switch:
        .cfi_startproc
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        mov %rsp, (%rdi)
        mov (%rsi), %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        pop %rcx
        jmp *%rcx
        .cfi_endproc
        .size rota_arch_switch, . - rota_arch_switch

/* void rota_arch_switch_fpcw(struct rota_context *from, struct rota_context *to) */
        .globl rota_arch_switch_fpcw
        .type rota_arch_switch_fpcw, @function
        .balign 16
rota_arch_switch_fpcw:
        .cfi_startproc
        push %rbp
        push %rbx
        push %r12
        push %r13
        push %r14
        push %r15
        sub $8, %rsp
        stmxcsr (%rsp)
        fnstcw 4(%rsp)
        mov %rsp, (%rdi)
        mov (%rsi), %rsp
        ldmxcsr (%rsp)
        fldcw 4(%rsp)
        add $8, %rsp
        pop %r15
        pop %r14
        pop %r13
        pop %r12
        pop %rbx
        pop %rbp
        pop %rcx
        jmp *%rcx
        .cfi_endproc
        .size rota_arch_switch_fpcw, . - rota_arch_switch_fpcw

/*
 * Where a new context begins: rbx is its entry, r12 the argument, rbp 0. The stack is aligned to 16
 * bytes here, so the call gives entry the alignment that the ABI promises it. Entry never returns;
 * the undefined return address ends a debugger's backtrace, the zero frame pointer a kernel's own.
 */
        .globl rota_arch_start
        .type rota_arch_start, @function
        .balign 16
rota_arch_start:
        .cfi_startproc
        .cfi_undefined rip
        mov %r12, %rdi
        call *%rbx
        ud2
        .cfi_endproc
        .size rota_arch_start, . - rota_arch_start

        .section .note.GNU-stack, "", @progbits
