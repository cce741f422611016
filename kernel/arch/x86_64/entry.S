/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and exceptions: 256 entries of 16 bytes, each of which pushes its number, and the
 * common path that saves all general registers as struct trap_frame and calls trap_dispatch().
 * The timer and the reschedule interrupt have entries of their own, which save what a C function may
 * change and no more: the rest is saved by it, or by the switch inside it.
 * All run on the interrupted stack, so a switch inside is a plain call to the
 * switch: the frame stays where it is until its stack goes on, on this CPU or another.
 */
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
        call trap_dispatch
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
        add $16, %rsp /* number and error code */
        iretq

        .macro interrupt_entry name, handler
        .balign 16
        .globl \name
\name:
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
        call \handler /* the CPU aligned the stack; 5 + 9 words keep it so */
        pop %r11
        pop %r10
        pop %r9
        pop %r8
        pop %rdi
        pop %rsi
        pop %rdx
        pop %rcx
        pop %rax
        iretq
        .endm

        interrupt_entry trap_entry_timer, trap_timer
        interrupt_entry trap_entry_kick, trap_kick

        .section .note.GNU-stack, "", @progbits
