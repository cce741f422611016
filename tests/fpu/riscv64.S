/* SPDX-License-Identifier: MIT */
/*
 * riscv64. An image: 8 bytes of fcsr, 8 that are 0, 32 registers of 8 bytes, and where there are vectors 32
 * of vlenb bytes. The vector unit's control registers are set by what is in the image, and are as they were
 * set where the second 8 bytes are 0. Instructions are by number, as in arch/riscv64/fpu.S.
 */
#define CSR_VSTART 0x008
#define CSR_VCSR   0x00f
#define CSR_VL     0xc20
#define CSR_VTYPE  0xc21
#define CSR_VLENB  0xc22

#define AT_FLOAT   16
#define AT_VECTORS 272

        .macro fld register /* fld f\register, AT_FLOAT + 8 * \register(a0) */
        .word (AT_FLOAT + 8 * (\register)) << 20 | 10 << 15 | 3 << 12 | (\register) << 7 | 0x07
        .endm
        .macro fsd register /* fsd f\register, AT_FLOAT + 8 * \register(a1) */
        .word (AT_FLOAT + 8 * (\register)) >> 5 << 25 | (\register) << 20 | 11 << 15 | 3 << 12 | ((AT_FLOAT + 8 * (\register)) & 31) << 7 | 0x27
        .endm
        .macro vl8re8 register /* vl8re8.v v\register, (t0) */
        .word 0xe2800007 | 5 << 15 | (\register) << 7
        .endm
        .macro vs8r register
        .word 0xe2800027 | 5 << 15 | (\register) << 7
        .endm
        .macro all what
        .set register, 0
        .rept 32
        \what register
        .set register, register + 1
        .endr
        .endm

        .text
/* t6: vlenb, 0: no vectors, which is not to be seen in any register. Changes t5. */
        .macro vectors
        la t5, rota_arch_fpu
        lwu t6, 4(t5)
        .endm

        .globl registers_size
registers_size:
        vectors
        slli t6, t6, 5
        addi a0, t6, AT_VECTORS
        ret

/* a0: in, a1: out, a2: spins */
        .globl registers_hold
registers_hold:
        vectors
        slli t4, t6, 3 /* bytes of eight */
        ld t0, 0(a0)
        csrw fcsr, t0
        all fld
        beqz t6, 1f
        addi t0, a0, AT_VECTORS
        vl8re8 0
        add t0, t0, t4
        vl8re8 8
        add t0, t0, t4
        vl8re8 16
        add t0, t0, t4
        vl8re8 24
        lbu t1, AT_FLOAT(a0)
        andi t0, t1, 3
        slli t0, t0, 3 /* elements of 8 to 64 bits */
        andi t2, t1, 0xc0
        or t2, t2, t0 /* and what becomes of those beyond vl */
        lbu t0, AT_FLOAT + 8(a0)
        andi t0, t0, 7
        .word 0x80007057 | 7 << 20 | 5 << 15 | 28 << 7 /* vsetvl t3, t0, t2 */
        lbu t5, AT_FLOAT + 16(a0)
        andi t5, t5, 7
        csrw CSR_VCSR, t5
        lbu t1, AT_FLOAT + 24(a0)
        andi t1, t1, 7
        csrw CSR_VSTART, t1
        /* t1 vstart, t2 vtype, t3 vl, t5 vcsr */
1:      addi a2, a2, -1
        bgez a2, 1b
        csrr t0, fcsr
        sd t0, 0(a1)
        sd zero, 8(a1)
        all fsd
        beqz t6, 1f
        csrr t0, CSR_VSTART
        xor t1, t1, t0
        csrr t0, CSR_VTYPE
        xor t2, t2, t0
        csrr t0, CSR_VL
        xor t3, t3, t0
        csrr t0, CSR_VCSR
        xor t5, t5, t0
        or t1, t1, t2
        or t3, t3, t5
        or t1, t1, t3
        sd t1, 8(a1)
        csrw CSR_VSTART, zero
        addi t0, a1, AT_VECTORS
        vs8r 0
        add t0, t0, t4
        vs8r 8
        add t0, t0, t4
        vs8r 16
        add t0, t0, t4
        vs8r 24
1:      ret

        .globl registers_control_set
registers_control_set:
        csrw fcsr, a0
        ret

/* And the vector unit begins each function with element 0. */
        .globl registers_control
registers_control:
        vectors
        csrr a0, fcsr
        beqz t6, 1f
        csrr t0, CSR_VSTART
        slli t0, t0, 32
        or a0, a0, t0
1:      ret

        .globl registers_tls
registers_tls:
        mv a0, tp
        ret

        .section .rodata
        .globl registers_controls
        .balign 8
registers_controls:
        .quad 1 << 63 /* a new thread's: to nearest, no flag */
        .quad 0x20    /* towards zero */
        .quad 0x51    /* down, inexact */
        .quad 0x8a    /* to nearest, ties away; divided by zero, underflow */
        .quad 0

        .section .note.GNU-stack, "", @progbits
