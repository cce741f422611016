/* SPDX-License-Identifier: MIT */
/*
 * Programs of user mode, one page of code, mapped at USER_CODE. Each begins with the address of its data
 * page in a0; the first words of that page are tests/user/user.h's struct user_data.
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
        li a7, \number
        ecall
        .endm

/* Ends at once, with the word that the data begins with. */
        program user_exits
        ld a0, DATA_CODE(a0)
        call_kernel CALL_EXIT

/* Never ends. */
        program user_spins
1:      j 1b

        .macro count data
        ld t0, DATA_COUNT(\data)
        addi t0, t0, 1
        sd t0, DATA_COUNT(\data)
        .endm

/* Counts in its data. */
        program user_counts
1:      count a0
        j 1b

/* Counts, and yields each time. */
        program user_yields
        mv s1, a0
1:      count s1
        call_kernel CALL_YIELD
        ld t0, DATA_STOP(s1)
        beqz t0, 1b
        li a0, 0
        call_kernel CALL_EXIT

/* The system call of the data's `number` with its argument, until it is to stop; ends with the last answer. */
        program user_calls
        mv s1, a0
1:      ld a0, DATA_ARGUMENT(s1)
        ld a7, DATA_NUMBER(s1)
        ecall
        sd a0, DATA_ANSWER(s1)
        count s1
        ld t0, DATA_STOP(s1)
        beqz t0, 1b
        call_kernel CALL_EXIT

/* System calls with six arguments: the kernel looks at them, and answers their sum; no register but a0
 * changes. */
        .macro six register, value
        li t0, \value
        add \register, t0, s1
        .endm
        .macro expect_six register, value
        li t0, \value
        add t0, t0, s1
        bne \register, t0, 8f
        .endm
        program user_six
        mv s0, a0
        li s1, 0
        li s2, 0x5a5a5a5a12345678
        li t6, -7
        mv s4, sp
1:      six a0, 1
        six a1, 20
        six a2, 300
        six a3, 4000
        six a4, 50000
        six a5, 600000
        call_kernel CALL_SIX
        slli t1, s1, 1
        add t1, t1, s1
        slli t1, t1, 1
        li t0, 654321
        add t1, t1, t0
        bne a0, t1, 8f
        expect_six a1, 20
        expect_six a2, 300
        expect_six a3, 4000
        expect_six a4, 50000
        expect_six a5, 600000
        li t0, CALL_SIX
        bne a7, t0, 8f
        li t0, 0x5a5a5a5a12345678
        bne s2, t0, 8f
        li t0, -7
        bne t6, t0, 8f
        bne s4, sp, 8f
        count s0
        addi s1, s1, 1
        li t0, 1000
        bltu s1, t0, 1b
        mv a0, s1
        call_kernel CALL_EXIT
8:      li a0, -1
        call_kernel CALL_EXIT

/*
 * Every general register: a value in each, derived from the data's seed, and a long stretch in which none of
 * them changes. a0 is where the data is. Ends with the number of the first that has changed, or 0.
 */
        .macro value register, number
        ld \register, DATA_SEED(a0)
        addi \register, \register, 61 * \number
        .endm
        .macro expect register, number
        li t0, \number
        sd t0, DATA_ANSWER(a0)
        value t0, \number
        bne \register, t0, 8f
        .endm
        program user_registers
1:      value ra, 1
        value sp, 2
        value gp, 3
        value tp, 4
        value t0, 5
        value t1, 6
        value t2, 7
        value s0, 8
        value s1, 9
        value a1, 11
        value a2, 12
        value a3, 13
        value a4, 14
        value a5, 15
        value a6, 16
        value a7, 17
        value s2, 18
        value s3, 19
        value s4, 20
        value s5, 21
        value s6, 22
        value s7, 23
        value s8, 24
        value s9, 25
        value s10, 26
        value s11, 27
        value t3, 28
        value t4, 29
        value t5, 30
        value t6, 31
        .rept 200
        nop
        .endr
        sd t0, DATA_FLAGS(a0)
        expect ra, 1
        expect sp, 2
        expect gp, 3
        expect tp, 4
        expect t1, 6
        expect t2, 7
        expect s0, 8
        expect s1, 9
        expect a1, 11
        expect a2, 12
        expect a3, 13
        expect a4, 14
        expect a5, 15
        expect a6, 16
        expect a7, 17
        expect s2, 18
        expect s3, 19
        expect s4, 20
        expect s5, 21
        expect s6, 22
        expect s7, 23
        expect s8, 24
        expect s9, 25
        expect s10, 26
        expect s11, 27
        expect t3, 28
        expect t4, 29
        expect t5, 30
        expect t6, 31
        ld t1, DATA_FLAGS(a0)
        expect t1, 5
        count a0
        ld t0, DATA_STOP(a0)
        beqz t0, 1b
        sd zero, DATA_ANSWER(a0)
8:      ld a0, DATA_ANSWER(a0)
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
        li t0, USER_HOLE
        ld t1, 0(t0)
        fault write
        li t0, USER_HOLE
        sd t1, 0(t0)
        fault write_code
        la t0, user_faults
        sd t1, 0(t0)
        fault execute_data
        li t0, USER_DATA
        jr t0
        fault read_kernel
        li t0, 0x80200000
        lw t1, 0(t0)
        fault write_kernel
        li t0, 0x80400000
        sw t1, 0(t0)
        fault call_kernel
        li t0, 0x80200000
        jalr t0
        fault read_firmware
        li t0, 0x80000000
        lw t1, 0(t0)
        fault read_device
        li t0, 0x10000000
        lb t1, 0(t0)
        fault read_stacks
        li t0, 0x800001000
        ld t1, 0(t0)
        fault read_null
        lw t1, 0(zero)
        fault no_address
        li t0, 0x8000000000000000
        ld t1, 0(t0)
        fault no_address_jump
        li t0, 0x8000000000000000
        jr t0
        fault no_address_stack
        li sp, 0x8000000000000000
        sd t0, -8(sp)
        fault misaligned
        li t0, USER_DATA + 2049
        amoadd.w t1, zero, (t0)
        fault illegal
        .word 0xffffffff
        fault illegal_short
        unimp
        fault illegal_csr
        csrr t0, 0x8ff
        fault breakpoint
        ebreak
        fault supervisor_return
        sret
        fault machine_return
        mret
        fault halt
        wfi
        fault flush
        sfence.vma
        fault mask
        csrci sstatus, 2
        fault root
        csrw satp, zero
        fault vector
        csrw stvec, t0
        fault scratch
        csrr t0, sscratch
        fault timer
        csrw 0x14d, zero
        fault machine
        csrr t0, mhartid
        fault counter
        rdcycle t0
        fault float
        .word 0xd2000053 /* fcvt.d.w ft0, zero */
        fault float_short
        .half 0x2108 /* c.fld fa0, 0(a0) */
        fault float_control
        csrr t0, fcsr
        fault vectors
        .word 0x0c0572d7 /* vsetvli t0, a0, e8, m1 */
        fault end
        li a0, 0
        call_kernel CALL_EXIT

/* System calls with registers that the kernel must not live with. */
        program user_odd
        mv s1, a0
        li s2, 100
1:      li sp, 0x8000000000000000 /* no stack at all */
        li gp, 1
        li tp, 2
        call_kernel CALL_NOTHING
        li t0, 1
        bne gp, t0, 8f
        li t0, 2
        bne tp, t0, 8f
        li sp, 0
        call_kernel CALL_YIELD
        bnez sp, 8f
        addi s2, s2, -1
        bnez s2, 1b
        li a0, 0
        call_kernel CALL_EXIT
8:      li a0, 1
        call_kernel CALL_EXIT

        .balign 4096
user_end:
        .section .note.GNU-stack, "", @progbits
