/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and exceptions: 256 entries of 16 bytes, each of which pushes its number, and the
 * common path that saves all general registers as struct trap_frame and calls trap_dispatch().
 * The timer and the reschedule interrupt have entries of their own, which save what a C function may
 * change and no more: the rest is saved by it, or by the switch inside it.
 * All run on the interrupted stack, so a switch inside is a plain call to the
 * switch: the frame stays where it is until its stack goes on, on this CPU or another.
 *
 * From user mode everything goes the library's way (rota_arch_user_trap), with the number and the error code
 * on top of what the CPU pushed; TSS.rsp0 has led into the task's frame. A page fault has a stack of its
 * own, for the kernel's sake, and is copied there.
 *
 * NMI, double fault and machine check may come where gs is still, or already, user mode's: they find
 * their CPU at the end of their stack, and put gs back as it was.
 */
#include "rota_arch_user.h"
#include "x86.h"

        /* What a debugger has to know at a handler's call, to see who was interrupted: which registers lie
         * above the stack pointer, the last pushed first, then @p others words and the CPU's five. Ends
         * with .cfi_endproc behind the first instruction after the call. */
        .cfi_sections .debug_frame
        .macro interrupted others, registers:vararg
        .cfi_startproc simple
        .cfi_signal_frame
        .set count, 0
        .irp register, \registers
        .set count, count + 1
        .endr
        .cfi_def_cfa rsp, (count + \others + 5) * 8
        .set at, 0
        .irp register, \registers
        .cfi_offset \register, (at - count - \others - 5) * 8
        .set at, at + 1
        .endr
        .cfi_offset rip, -40
        .cfi_offset rsp, -16
        .endm

        .text
        .balign 16
        .globl trap_entries
trap_entries:
        .set vector, 0
        .rept 256
        .balign 16
        /* Exceptions 8, 10 to 14, 17, 21, 29 and 30 push an error code; for the others we do. */
        .if vector > 31 || !(0x60227d00 >> (vector & 31) & 1)
        push $0
        .endif
        push $vector
        jmp trap_common
        .set vector, vector + 1
        .endr

        .balign 16
trap_common:
        testb $3, 24(%rsp)
        jnz trap_from_user
trap_save:
        push %rax
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
        mov %rsp, %rdi /* the CPU aligned the stack; 5 + 2 + 15 words keep it so */
        interrupted 2, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
        call trap_dispatch
trap_return:
        pop %r15
        .cfi_endproc
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
        add $16, %rsp /* number and error code */
        iretq

trap_from_user:
        swapgs
        jmp rota_arch_user_trap

        /* The CPU has pushed an error code. */
        .balign 16
        .globl trap_entry_page_fault
trap_entry_page_fault:
        testb $3, 16(%rsp)
        jnz 1f
        push $14
        jmp trap_save
1:      swapgs
        push %rax
        push %rcx
        mov %gs:X86_CPU_TRAP, %rax
        mov (%rax), %rax
        .set word, 0
        .rept 6 /* error code, rip, cs, flags, rsp, ss */
        mov 16 + word(%rsp), %rcx
        mov %rcx, word - 48(%rax)
        .set word, word + 8
        .endr
        pop %rcx
        pop %rax
        mov %gs:X86_CPU_TRAP, %rsp
        mov (%rsp), %rsp
        lea -48(%rsp), %rsp
        push $14
        jmp rota_arch_user_trap

        .balign 16
        .globl trap_entry_syscall
trap_entry_syscall:
        rota_arch_user_syscall_entry X86_CPU_SCRATCH, X86_CPU_TRAP

        .macro distrustful_entry name, vector, pushes_error
        .balign 16
        .globl \name
\name:
        .if \pushes_error == 0
        push $0
        .endif
        push $\vector
        jmp trap_distrustful
        .endm

        distrustful_entry trap_entry_nmi, 2, 0
        distrustful_entry trap_entry_double_fault, 8, 1
        distrustful_entry trap_entry_machine_check, 18, 0

        .balign 16
trap_distrustful:
        push %rax
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
        mov $MSR_GS_BASE, %ecx
        rdmsr
        mov %eax, %r12d
        mov %edx, %r13d
        mov (5 + 2 + 15) * 8(%rsp), %eax
        mov (5 + 2 + 15) * 8 + 4(%rsp), %edx
        wrmsr
        pushq $2
        popfq
        mov %rsp, %rdi
        call trap_dispatch
        mov $MSR_GS_BASE, %ecx
        mov %r12d, %eax
        mov %r13d, %edx
        wrmsr
        jmp trap_return

        .macro interrupt_entry name, handler, vector
        .balign 16
        .globl \name
\name:
        testb $3, 8(%rsp)
        jnz 1f
        push %rax
        push %rcx
        push %rdx
        push %rsi
        push %rdi
        push %r8
        push %r9
        push %r10
        push %r11
        cld
        interrupted 0, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
        call \handler /* the CPU aligned the stack; 5 + 9 words keep it so */
        pop %r11
        .cfi_endproc
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rdx
        pop %rcx
        pop %rax
        iretq
1:      push $0
        push $\vector
        swapgs
        jmp rota_arch_user_trap
        .endm

        interrupt_entry trap_entry_timer, trap_timer, VECTOR_TIMER
        interrupt_entry trap_entry_kick, trap_kick, VECTOR_KICK

        .section .note.GNU-stack, "", @progbits
