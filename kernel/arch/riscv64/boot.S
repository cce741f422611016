/* SPDX-License-Identifier: MIT */
/*
 * From where the firmware enters (supervisor mode, translation off, interrupts masked, a0 the hart and a1
 * the device tree, or what the hart was started with) to C. Which hart comes first is the firmware's
 * choice; that one is CPU 0.
 */
#include "kernel.h"
#include "riscv.h"

        .macro known_state
        csrw sie, zero
        li t0, STATUS_SIE | STATUS_FS | STATUS_VS | STATUS_SUM | STATUS_MXR
        csrc sstatus, t0
        csrwi scounteren, 2 /* user mode reads time, and counts nothing */
        la t0, trap_entry
        csrw stvec, t0
        mv tp, zero
        mv s0, zero /* the end of a chain of frames */
        .endm

        .section .text.boot, "ax", @progbits
        .globl boot_entry
boot_entry:
        la t0, boot_taken
        li t1, 1
        amoswap.w t1, t1, (t0)
        bnez t1, boot_late

        la t0, boot_bss_start
        la t1, boot_bss_end
1:      sd zero, 0(t0)
        sd zero, 8(t0)
        addi t0, t0, 16
        bltu t0, t1, 1b

        la gp, kernel_cpus
        la sp, kernel_boot_stacks
        li t0, KERNEL_STACK_SIZE
        add sp, sp, t0
        known_state
        call machine_start
        unimp

        /* Now and then OpenSBI 1.1 lets in two. This one stops, and is started as others are. */
boot_late:
        li a7, SBI_HSM
        li a6, SBI_HSM_STOP
        ecall
1:      wfi
        j 1b

        /* Another hart: a1 is its CPU, whose index the first has written. What else that one has stored
         * before it started this one is ordered before this fence by machine_start_cpus(). */
        .globl boot_other
boot_other:
        fence rw, rw
        fence.i
        mv gp, a1
        lwu t0, CPU_INDEX(gp)
        addi t0, t0, 1
        li t1, KERNEL_STACK_SIZE
        mul t0, t0, t1
        la sp, kernel_boot_stacks
        add sp, sp, t0
        known_state
        mv a0, gp
        call machine_start_other
        unimp

        .section .data
        .balign 4
boot_taken: /* not in what is cleared */
        .word 0

        .section .note.GNU-stack, "", @progbits
