/* SPDX-License-Identifier: MIT */
/*
 * aarch64. An image: FPCR, FPSR, which is 0, and v0 to v31. The C code around this uses none of them, so
 * none is put back.
 */
        .arch_extension fp
        .arch_extension simd

        .text
        .globl registers_size
registers_size:
        mov x0, #16 + 32 * 16
        ret

        .macro all_pairs what, base, by=0
        \what q0, q1, [\base, #16 + \by]
        \what q2, q3, [\base, #48 + \by]
        \what q4, q5, [\base, #80 + \by]
        \what q6, q7, [\base, #112 + \by]
        \what q8, q9, [\base, #144 + \by]
        \what q10, q11, [\base, #176 + \by]
        \what q12, q13, [\base, #208 + \by]
        \what q14, q15, [\base, #240 + \by]
        \what q16, q17, [\base, #272 + \by]
        \what q18, q19, [\base, #304 + \by]
        \what q20, q21, [\base, #336 + \by]
        \what q22, q23, [\base, #368 + \by]
        \what q24, q25, [\base, #400 + \by]
        \what q26, q27, [\base, #432 + \by]
        \what q28, q29, [\base, #464 + \by]
        \what q30, q31, [\base, #496 + \by]
        .endm

/* What a callee preserves beside FPCR: d8 to d15 have its value, turned about, for as long as it is set. */
        .macro each_preserved what
        .irp i, 8, 9, 10, 11, 12, 13, 14, 15
        \what \i
        .endr
        .endm
        .macro preserved_set i
        ror x5, x0, #\i
        fmov d\i, x5
        .endm
        .macro preserved_look i
        ror x5, x0, #\i
        fmov x6, d\i
        cmp x5, x6
        csinv x7, x7, xzr, eq
        .endm

/* x0: in, x1: out, x2: spins. FPSR holds a pattern meanwhile, which is taken out again. */
        .globl registers_hold
registers_hold:
        hint #34
        ldp x3, x4, [x0]
        ldr x5, [x0, #16] /* of its bits those that stay: cumulative exceptions, and QC */
        movz x6, #0x9f
        movk x6, #0x0800, lsl #16
        and x5, x5, x6
        eor x4, x4, x5
        msr fpcr, x3
        msr fpsr, x4
        all_pairs ldp, x0
1:      subs x2, x2, #1
        b.pl 1b
        all_pairs stp, x1
        mrs x0, fpcr
        mrs x4, fpsr
        eor x4, x4, x5
        stp x0, x4, [x1]
        each_preserved preserved_set
        ret

        .globl registers_control_set
registers_control_set:
        msr fpcr, x0
        each_preserved preserved_set
        ret

        .globl registers_control
registers_control:
        mrs x0, fpcr
        mov x7, #0
        each_preserved preserved_look
        orr x0, x0, x7
        ret

        .globl registers_tls
registers_tls:
        mrs x0, tpidr_el0
        ret

        .section .rodata
        .globl registers_controls
        .balign 8
registers_controls:
        .quad 1 << 63    /* a new thread's: 0 */
        .quad 0x00c00000 /* towards zero */
        .quad 0x00800000 /* down */
        .quad 0x07400000 /* up; half precision's alternative, default NaN, flush to zero */
        .quad 0

        .section .note.GNU-stack, "", %progbits
