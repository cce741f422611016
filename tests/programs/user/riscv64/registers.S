/* SPDX-License-Identifier: MIT */
/*
 * void registers_round(void): fills every register that user mode has from registers_in, goes through
 * a stretch of instructions that change none of them, and stores them in registers_out. The places are
 * those of machine.c. The stack pointer is where the stores go to. Vectors where registers_vectors is not
 * 0; their instructions are written as numbers, since not every assembler knows them.
 */
#define CONTROL 256 /* fcsr, then vl, vtype, vxsat, vxrm */
#define FLOATS  512
#define VECTORS 1024

        .bss
        .balign 64
        .globl registers_in, registers_out, registers_vectors
registers_in:
        .skip 4096
registers_out:
        .skip 4096
saved:
        .skip 256
registers_vectors:
        .skip 8

        /* vl8re8.v v\v, (t0) and vs8r.v v\v, (sp): eight registers as they are */
        .macro load_vectors v
        .word 0xe2800007 | (5 << 15) | (\v << 7)
        .endm
        .macro store_vectors v
        .word 0xe2800027 | (5 << 15) | (\v << 7)
        .endm

        .text
        .globl registers_round
        .type registers_round, @function
registers_round:
        lla t0, saved
        .irp n, 1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        sd x\n, 8 * \n(t0)
        .endr
        lla t0, saved
        lla t2, registers_vectors
        ld t2, 0(t2)
        lla t0, registers_in
        beqz t2, 1f
        ld t1, CONTROL + 8(t0)
        ld t2, CONTROL + 16(t0)
        .word 0x80007057 | (7 << 20) | (6 << 15) /* vsetvl zero, t1, t2 */
        ld t1, CONTROL + 24(t0)
        csrw 0x009, t1 /* vxsat */
        ld t1, CONTROL + 32(t0)
        csrw 0x00a, t1 /* vxrm */
        li t1, VECTORS
        add t0, t0, t1
        lla t1, registers_bytes
        ld t1, 0(t1)
        load_vectors 0
        add t0, t0, t1
        load_vectors 8
        add t0, t0, t1
        load_vectors 16
        add t0, t0, t1
        load_vectors 24
1:      lla t0, registers_in
        ld t1, CONTROL(t0)
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fld f\n, FLOATS + 8 * \n(t0)
        .endr
        csrw fcsr, t1
        lla sp, registers_out
        mv x31, t0
        .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        ld x\n, 8 * \n(x31)
        .endr

        .option push
        .option norvc
        .rept 60000
        nop
        .endr
        .option pop

        .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        sd x\n, 8 * \n(sp)
        .endr
        csrr t1, fcsr
        sd t1, CONTROL(sp)
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        fsd f\n, FLOATS + 8 * \n(sp)
        .endr
        lla t2, registers_vectors
        ld t2, 0(t2)
        beqz t2, 2f
        csrr t1, 0xc20 /* vl */
        sd t1, CONTROL + 8(sp)
        csrr t1, 0xc21 /* vtype */
        sd t1, CONTROL + 16(sp)
        csrr t1, 0x009
        sd t1, CONTROL + 24(sp)
        csrr t1, 0x00a
        sd t1, CONTROL + 32(sp)
        li t0, VECTORS
        add t0, t0, sp
        lla t1, registers_bytes
        ld t1, 0(t1)
        store_vectors 0
        add t0, t0, t1
        store_vectors 8
        add t0, t0, t1
        store_vectors 16
        add t0, t0, t1
        store_vectors 24

2:      csrw fcsr, zero
        lla t0, saved
        .irp n, 1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        ld x\n, 8 * \n(t0)
        .endr
        ret
        .size registers_round, . - registers_round

        /* uint64_t registers_vlenb(void): bytes of a vector register, where there are any */
        .globl registers_vlenb
        .type registers_vlenb, @function
registers_vlenb:
        csrr a0, 0xc22
        ret
        .size registers_vlenb, . - registers_vlenb

        .section .note.GNU-stack, "", @progbits
