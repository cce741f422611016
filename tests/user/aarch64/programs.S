/* SPDX-License-Identifier: MIT */
/*
 * Programs of user mode, one page of code, mapped at USER_CODE. Each begins with the address of its data
 * page in x0; the first words of that page are tests/user/user.h's struct user_data.
 */
#include "../calls.h"

        .section .rodata
        .balign 4096
        .globl user_begin, user_end
user_begin:

        .macro program name
        .balign 16
        .globl \name
\name:
        .endm

        .macro call_kernel number
        mov x8, #\number
        svc #0
        .endm

/* Any constant, without memory. */
        .macro constant register, value
        movz \register, #(\value) & 0xffff
        movk \register, #(\value) >> 16 & 0xffff, lsl #16
        movk \register, #(\value) >> 32 & 0xffff, lsl #32
        movk \register, #(\value) >> 48 & 0xffff, lsl #48
        .endm

/* Ends at once, with the word that the data begins with. */
        program user_exits
        ldr x0, [x0]
        call_kernel CALL_EXIT

/* Never ends. */
        program user_spins
1:      b 1b

/* Counts in its data. */
        program user_counts
1:      ldr x1, [x0, #DATA_COUNT]
        add x1, x1, #1
        str x1, [x0, #DATA_COUNT]
        b 1b

/* Counts, and yields each time. */
        program user_yields
        mov x19, x0
1:      ldr x1, [x19, #DATA_COUNT]
        add x1, x1, #1
        str x1, [x19, #DATA_COUNT]
        call_kernel CALL_YIELD
        ldr x1, [x19, #DATA_STOP]
        cbz x1, 1b
        mov x0, #0
        call_kernel CALL_EXIT

/* The system call of the data's `number` with its argument, until it is to stop; ends with the last answer. */
        program user_calls
        mov x19, x0
1:      ldr x0, [x19, #DATA_ARGUMENT]
        ldr x8, [x19, #DATA_NUMBER]
        svc #0xffff /* the immediate says nothing */
        str x0, [x19, #DATA_ANSWER]
        ldr x1, [x19, #DATA_COUNT]
        add x1, x1, #1
        str x1, [x19, #DATA_COUNT]
        ldr x1, [x19, #DATA_STOP]
        cbz x1, 1b
        call_kernel CALL_EXIT

/* System calls with six arguments: the kernel looks at them, and answers their sum; no register but x0
 * changes. */
        .macro plus register, number
        add \register, x19, #(\number) & 0xfff
        .if (\number) >> 12
        add \register, \register, #(\number) >> 12, lsl #12
        .endif
        .endm
        .macro still register, number
        plus x9, \number
        cmp x9, \register
        b.ne 8f
        .endm
        program user_six
        mov x20, x0
        mov x19, #0
        constant x21, 0x5a5a5a5a12345678
        mov x22, #-7
        mov x23, sp
        mov x30, x21
1:      plus x0, 1
        plus x1, 20
        plus x2, 300
        plus x3, 4000
        plus x4, 50000
        plus x5, 600000
        mov x6, x21
        mov x18, x22
        call_kernel CALL_SIX
        add x9, x19, x19, lsl #1 /* six times x19, and all the numbers */
        lsl x9, x9, #1
        constant x10, 654321
        add x9, x9, x10
        cmp x9, x0
        b.ne 8f
        still x1, 20
        still x2, 300
        still x3, 4000
        still x4, 50000
        still x5, 600000
        cmp x6, x21
        ccmp x18, x22, #0, eq
        ccmp x30, x21, #0, eq
        ccmp x8, #CALL_SIX, #0, eq
        b.ne 8f
        mov x9, sp
        cmp x9, x23
        b.ne 8f
        cmn x22, #7
        b.ne 8f
        ldr x1, [x20, #DATA_COUNT]
        add x1, x1, #1
        str x1, [x20, #DATA_COUNT]
        add x19, x19, #1
        cmp x19, #1000
        b.lo 1b
        mov x0, #1000
        call_kernel CALL_EXIT
8:      mov x0, #-1
        call_kernel CALL_EXIT

/*
 * Every register that this machine has for user mode, but for those of the floating-point unit: a value in
 * each, derived from the data's seed, and a long stretch in which none of them changes. Ends with the number
 * of the first that has changed (32: NZCV, 33: TPIDR_EL0, 34: TPIDRRO_EL0, 35: DIT, 36: SSBS), or 0.
 */
#define NZCV  S3_3_C4_C2_0
#define DIT   S3_3_C4_C2_5
#define SSBS  S3_3_C4_C2_6
        .macro value register, number
        ldr \register, [x0, #DATA_SEED]
        add \register, \register, #\number
        add \register, \register, #\number, lsl #12
        .endm
        .macro expect register, number
        value x1, \number
        cmp x1, \register
        mov x2, #\number
        b.ne 8f
        .endm
        .macro all_registers what
        .irp number, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
        \what x\number, \number
        .endr
        .endm
        program user_registers
        mov x1, sp
        str x1, [x0, #DATA_STACK]
        ldr x1, [x0, #DATA_SEGMENTS] /* here: the modes that a program may set for itself */
        cmp x1, #0
        cset x1, ne
        lsl x2, x1, #24
        msr DIT, x2
        lsl x2, x1, #12
        msr SSBS, x2
        ldr x1, [x0, #DATA_BASES]
        tbz x1, #0, 1f
        ldr x1, [x0, #DATA_SEED]
        mvn x1, x1
        msr tpidr_el0, x1
1:      ldr x1, [x0, #DATA_FLAGS]
        lsl x1, x1, #28
        msr NZCV, x1
        value x1, 1
        value x2, 2
        all_registers value
        .rept 200
        nop
        .endr
        stp x1, x2, [sp, #-16]
        mrs x1, NZCV
        ldr x2, [x0, #DATA_FLAGS]
        lsl x2, x2, #28
        and x2, x2, #0xf0000000
        cmp x1, x2
        mov x2, #32
        b.ne 8f
        all_registers expect
        ldr x3, [sp, #-16]
        expect x3, 1
        ldr x3, [sp, #-8]
        expect x3, 2
        ldr x1, [x0, #DATA_STACK]
        cmp sp, x1
        mov x2, #31
        b.ne 8f
        mrs x1, tpidr_el0
        ldr x3, [x0, #DATA_SEED]
        mvn x3, x3
        ldr x4, [x0, #DATA_BASES]
        tst x4, #1
        csel x3, x3, xzr, ne
        cmp x1, x3
        mov x2, #33
        b.ne 8f
        mrs x1, tpidrro_el0
        mov x2, #34
        cbnz x1, 8f
        ldr x3, [x0, #DATA_SEGMENTS]
        cmp x3, #0
        cset x3, ne
        mrs x1, DIT
        cmp x1, x3, lsl #24
        mov x2, #35
        b.ne 8f
        mrs x1, SSBS
        cmp x1, x3, lsl #12
        mov x2, #36
        b.ne 8f
        ldr x1, [x0, #DATA_COUNT]
        add x1, x1, #1
        str x1, [x0, #DATA_COUNT]
        ldr x1, [x0, #DATA_STOP]
        cbz x1, 1b
        mov x2, #0
8:      mov x0, x2
        call_kernel CALL_EXIT

/*
 * Faults, one after the other. Each: label, what is wrong. The kernel looks what it was, and has the program
 * go on at the next label (tests/user/faults.c).
 */
        .macro fault name
        .globl fault_\name
fault_\name:
        .endm
        program user_faults
        fault read
        constant x9, USER_HOLE
        ldr x10, [x9]
        fault write
        constant x9, USER_HOLE
        str x10, [x9]
        fault write_code
        adr x9, user_faults
        str x10, [x9]
        fault execute_data
        constant x9, USER_DATA
        br x9
        fault read_kernel
        constant x9, 0x40200000
        ldr x10, [x9]
        fault write_kernel
        constant x9, 0x40200000
        str x10, [x9]
        fault call_kernel
        constant x9, 0x40200000
        blr x9
        fault read_device
        constant x9, 0x09000000
        ldr w10, [x9]
        fault read_null
        mov x9, #0
        ldr x10, [x9]
        fault beyond
        constant x9, 0x8000000000000000
        ldr x10, [x9]
        fault beyond_jump
        constant x9, 0x8000000000000000
        br x9
        fault beyond_stack
        constant x9, 0x8000000000000000
        mov sp, x9
        str x10, [sp]
        fault uneven_jump
        adr x9, user_faults
        add x9, x9, #2
        br x9
        fault uneven_exclusive
        sub x9, sp, #15
        ldxr x10, [x9]
        fault illegal
        udf #0
        fault breakpoint
        brk #0
        fault hvc
        .inst 0xd4000002
        fault smc
        .inst 0xd4000003
        fault hlt /* semihosting is not for programs */
        mov x0, #0x18
        hlt #0xf000
        fault eret
        eret
        fault tlbi
        tlbi vmalle1
        fault control
        mrs x9, sctlr_el1
        fault set_root
        msr ttbr0_el1, x9
        fault cpu
        mrs x9, tpidr_el1
        fault set_read_only
        msr tpidrro_el0, x9
        fault identity
        mrs x9, id_aa64pfr0_el1
        fault invalidate
        dc ivac, x9
        fault mask
        msr daifset, #2
        fault wait
1:      wfi /* or it was woken at once */
        b 1b
        fault clean
        adr x9, user_faults
        dc cvau, x9
        fault timer
        mrs x9, cntv_ctl_el0
        fault physical_counter
        mrs x9, cntpct_el0
        fault performance
        mrs x9, pmccntr_el0
        fault float
        .arch_extension fp
        fmov d0, #1.0
        .arch_extension nofp
        fault scalable
        .inst 0x2518e3e0 /* ptrue p0.b */
        fault end
        mrs x1, cntvct_el0 /* allowed, as is what follows */
        mrs x1, cntfrq_el0
        mrs x1, ctr_el0
        call_kernel CALL_EXIT

/* System calls with a stack and flags that the kernel must not live with. */
        program user_odd
        mov x19, x0
        mov x20, #100
1:      constant x9, 0x8000000000000000 /* no stack at all */
        mov sp, x9
        call_kernel CALL_NOTHING
        mov x9, #1 /* an uneven one */
        mov sp, x9
        mov x9, #0xf0000000
        msr NZCV, x9
        call_kernel CALL_NOTHING
        mrs x10, NZCV
        cmp x9, x10
        b.ne 8f
        mov x9, #0
        mov sp, x9
        call_kernel CALL_YIELD
        ldr x9, [x19, #DATA_STACK_TOP]
        mov sp, x9
        subs x20, x20, #1
        b.ne 1b
        mov x0, #0
        call_kernel CALL_EXIT
8:      mov x0, #1
        call_kernel CALL_EXIT

        .balign 4096
user_end:
        .section .note.GNU-stack, "", %progbits
