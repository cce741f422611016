/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts. The processor has one stack pointer for what runs and for what interrupts
 * it (SP_EL1), so an entry must not trust it:
 *
 * - An interrupt (IRQ) is taken on the interrupted stack: a switch inside is then a plain call, and the
 *   frame stays where it is until its stack goes on. Its entry saves what a C function may change and
 *   no more. Its first instruction writes the frame's low end. If there is no room, that is what
 *   faults, with all registers still as they were, and the interrupt still pending at its controller.
 * - Everything else at EL1 is a fault, and goes to a stack of the CPU's own, without a look at the one
 *   in use. The registers find their way there by way of TPIDRRO_EL0, which is cleared again, as user
 *   mode can read it, and two words of struct kernel_cpu. A fault within a fault overwrites the
 *   first one's frame: it is the end of the report, and of the machine.
 * - An FIQ is another CPU's word to stop for its report, and never returns, so it may come anywhere,
 *   also between the instructions of an entry or exit: FIQ (and SError, which does not return either)
 *   is masked by the processor when it takes an exception, and unmasked as soon as the registers are safe.
 * - From user mode, where the stack pointer is the task's frame, everything goes the library's way
 *   (rota_arch_user_trap), but for SError, FIQ, and what claims to come from a program of 32 bits, of
 *   which there are none.
 */
#include "arm.h"
#include "rota_arch_user.h"

#define IRQ_FRAME 192

/* Saves x0 to x2, and has x2 say which vector it is. */
        .macro vector number
        .balign 0x80
        msr tpidrro_el0, x0
        mrs x0, tpidr_el1
        str x1, [x0, #CPU_KEPT_X1]
        str x2, [x0, #CPU_KEPT_X2]
        mov x2, #\number
        b trap_fault
        .endm

/* What a debugger has to know at the call, to see who was interrupted: register 32 is the pc. */
        .cfi_sections .debug_frame
        .macro interrupted
        .cfi_startproc simple
        .cfi_signal_frame
        .cfi_return_column 32
        .cfi_def_cfa sp, IRQ_FRAME
        .cfi_offset 32, 24 - IRQ_FRAME
        .cfi_offset x0, 0 - IRQ_FRAME
        .cfi_offset x1, 8 - IRQ_FRAME
        .cfi_offset x29, 16 - IRQ_FRAME
        .cfi_offset x30, 32 - IRQ_FRAME
        .set number, 2
        .irp register, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18
        .cfi_offset \register, 32 + 8 * number - IRQ_FRAME
        .set number, number + 1
        .endr
        .endm

        .text
        .balign 2048
        .globl trap_vectors, trap_irq_frame
trap_vectors:
        vector 0
        vector 1
        vector 2
        vector 3

        vector 4
        .balign 0x80
trap_irq_frame:
        stp x0, x1, [sp, #-IRQ_FRAME]!
        b trap_interrupt
        .balign 0x80
        b trap_stop
        vector 7

        .balign 0x80
        rota_arch_user_entry ROTA_ARCH_USER_SYNC
        .balign 0x80
        rota_arch_user_entry ROTA_ARCH_USER_IRQ
        .balign 0x80
        b trap_stop
        vector 11

        vector 12
        vector 13
        .balign 0x80
        b trap_stop
        vector 15
        .balign 0x80

trap_interrupt:
        mrs x0, elr_el1
        mrs x1, spsr_el1
        stp x29, x0, [sp, #16] /* as a frame of what was interrupted */
        stp x30, x1, [sp, #32]
        stp x2, x3, [sp, #48]
        stp x4, x5, [sp, #64]
        stp x6, x7, [sp, #80]
        stp x8, x9, [sp, #96]
        stp x10, x11, [sp, #112]
        stp x12, x13, [sp, #128]
        stp x14, x15, [sp, #144]
        stp x16, x17, [sp, #160]
        str x18, [sp, #176]
        add x29, sp, #16
        msr daifclr, #5
        interrupted
        bl trap_irq
        ldp x29, x0, [sp, #16]
        .cfi_endproc
        ldp x30, x1, [sp, #32]
        msr elr_el1, x0
        msr spsr_el1, x1
        ldp x2, x3, [sp, #48]
        ldp x4, x5, [sp, #64]
        ldp x6, x7, [sp, #80]
        ldp x8, x9, [sp, #96]
        ldp x10, x11, [sp, #112]
        ldp x12, x13, [sp, #128]
        ldp x14, x15, [sp, #144]
        ldp x16, x17, [sp, #160]
        ldr x18, [sp, #176]
        ldp x0, x1, [sp], #IRQ_FRAME
        eret /* also clears the exclusive monitor: a store that follows a load before fails */

trap_fault:
        mov x1, sp
        ldr x0, [x0, #CPU_TRAP_STACK]
        mov sp, x0
        sub sp, sp, #FRAME_SIZE
        str x1, [sp, #FRAME_SP]
        str x2, [sp, #FRAME_VECTOR]
        mrs x2, tpidr_el1
        mrs x0, tpidrro_el0
        msr tpidrro_el0, xzr
        ldr x1, [x2, #CPU_KEPT_X1]
        ldr x2, [x2, #CPU_KEPT_X2]
        stp x0, x1, [sp, #0]
        stp x2, x3, [sp, #16]
        stp x4, x5, [sp, #32]
        stp x6, x7, [sp, #48]
        stp x8, x9, [sp, #64]
        stp x10, x11, [sp, #80]
        stp x12, x13, [sp, #96]
        stp x14, x15, [sp, #112]
        stp x16, x17, [sp, #128]
        stp x18, x19, [sp, #144]
        stp x20, x21, [sp, #160]
        stp x22, x23, [sp, #176]
        stp x24, x25, [sp, #192]
        stp x26, x27, [sp, #208]
        stp x28, x29, [sp, #224]
        str x30, [sp, #240]
        mrs x0, elr_el1
        mrs x1, spsr_el1
        stp x0, x1, [sp, #FRAME_PC]
        mov x0, sp
        msr daifclr, #5
        bl trap_dispatch
        /* The one that returns: an exit that nobody listens to, see uart.c. */
        ldp x0, x1, [sp, #FRAME_PC]
        msr elr_el1, x0
        msr spsr_el1, x1
        ldp x4, x5, [sp, #32]
        ldp x6, x7, [sp, #48]
        ldp x8, x9, [sp, #64]
        ldp x10, x11, [sp, #80]
        ldp x12, x13, [sp, #96]
        ldp x14, x15, [sp, #112]
        ldp x16, x17, [sp, #128]
        ldp x18, x19, [sp, #144]
        ldp x20, x21, [sp, #160]
        ldp x22, x23, [sp, #176]
        ldp x24, x25, [sp, #192]
        ldp x26, x27, [sp, #208]
        ldp x28, x29, [sp, #224]
        ldr x30, [sp, #240]
        ldr x3, [sp, #FRAME_SP]
        mov x2, sp
        mov sp, x3
        ldp x0, x1, [x2, #0]
        ldp x2, x3, [x2, #16]
        eret

trap_stop:
        mrs x0, tpidr_el1
        ldr x0, [x0, #CPU_TRAP_STACK]
        mov sp, x0
        mov x29, #0
        mov x30, #0
        bl trap_fiq
        udf #0

        .section .note.GNU-stack, "", %progbits
