/* SPDX-License-Identifier: MIT */
/*
 * The registers of the floating-point and vector units to an area and back; what is where:
 *
 *      0    f0 to f31
 *      256  fcsr, vstart, vcsr, vl, vtype
 *      320  v0 to v31, of vlenb bytes each, where there is a vector unit
 *
 * The instructions are written as numbers: this is assembled for kernels whose code has no such
 * units. Registers are numbers there too; 10 is a0, 5 is t0, 6 is t1.
 */
#define AT_FCSR    256
#define AT_VSTART  264
#define AT_VCSR    272
#define AT_VL      280
#define AT_VTYPE   288
#define AT_VECTORS 320

#define CSR_FCSR   0x003
#define CSR_VSTART 0x008
#define CSR_VCSR   0x00f
#define CSR_VL     0xc20
#define CSR_VTYPE  0xc21

/* sstatus: each field is 3 where the state has been changed, 2 where it is as it was loaded. */
#define STATUS_FS  0x6000
#define STATUS_VS  0x600
#define FS_CHANGED 0x2000
#define VS_CHANGED 0x200

        .macro fsd register /* fsd f\register, 8 * \register(a0) */
        .word (8 * (\register)) >> 5 << 25 | (\register) << 20 | 10 << 15 | 3 << 12 | (8 * (\register) & 31) << 7 | 0x27
        .endm
        .macro fld register
        .word (8 * (\register)) << 20 | 10 << 15 | 3 << 12 | (\register) << 7 | 0x07
        .endm
        .macro vs8r register /* vs8r.v v\register, (t0): eight registers, whatever vl and vtype are */
        .word 0xe2800027 | 5 << 15 | (\register) << 7
        .endm
        .macro vl8re8 register
        .word 0xe2800007 | 5 << 15 | (\register) << 7
        .endm
        .macro vsetvl /* vsetvl zero, t0, t1 */
        .word 0x80007057 | 6 << 20 | 5 << 15
        .endm
        .macro all what
        .set register, 0
        .rept 32
        \what register
        .set register, register + 1
        .endr
        .endm
        .macro preserved what /* fs0 to fs11 */
        .irp register, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
        \what \register
        .endr
        .endm
        .macro function name
        .globl \name
        .type \name, @function
        .balign 16
\name:
        .endm

        .text

/* void rota_arch_fpu_save(void *area) */
        function rota_arch_fpu_save
        csrr t2, sstatus
        li t0, FS_CHANGED
        and t0, t0, t2
        beqz t0, 1f
        csrr t0, CSR_FCSR
        all fsd
        sd t0, AT_FCSR(a0)
1:      li t3, STATUS_VS
        and t2, t2, t3
        bne t2, t3, 2f
        csrr t0, CSR_VSTART
        csrr t1, CSR_VCSR
        csrr t2, CSR_VL
        csrr t3, CSR_VTYPE
        sd t0, AT_VSTART(a0)
        sd t1, AT_VCSR(a0)
        sd t2, AT_VL(a0)
        sd t3, AT_VTYPE(a0)
        csrwi CSR_VSTART, 0 /* else only what is behind it is stored */
        csrr t1, 0xc22
        slli t1, t1, 3
        addi t0, a0, AT_VECTORS
        vs8r 0
        add t0, t0, t1
        vs8r 8
        add t0, t0, t1
        vs8r 16
        add t0, t0, t1
        vs8r 24
        ld t0, AT_VSTART(a0)
        csrw CSR_VSTART, t0
2:      ret
        .size rota_arch_fpu_save, . - rota_arch_fpu_save

/* void rota_arch_fpu_restore(const void *area) */
        function rota_arch_fpu_restore
        csrr t2, sstatus
        li t0, STATUS_FS
        and t0, t0, t2
        beqz t0, 2f /* no unit */
        ld t0, AT_FCSR(a0)
        all fld
        csrw CSR_FCSR, t0
        li t0, STATUS_VS
        and t0, t0, t2
        li t2, FS_CHANGED
        beqz t0, 1f
        csrwi CSR_VSTART, 0
        csrr t1, 0xc22
        slli t1, t1, 3
        addi t0, a0, AT_VECTORS
        vl8re8 0
        add t0, t0, t1
        vl8re8 8
        add t0, t0, t1
        vl8re8 16
        add t0, t0, t1
        vl8re8 24
        ld t0, AT_VL(a0)
        ld t1, AT_VTYPE(a0)
        vsetvl
        ld t0, AT_VCSR(a0)
        ld t1, AT_VSTART(a0)
        csrw CSR_VCSR, t0
        csrw CSR_VSTART, t1
        li t2, FS_CHANGED | VS_CHANGED
1:      csrc sstatus, t2
2:      ret
        .size rota_arch_fpu_restore, . - rota_arch_fpu_restore

/* void rota_arch_fpu_save_abi(void *area) */
        function rota_arch_fpu_save_abi
        csrr t2, sstatus
        li t0, FS_CHANGED
        and t0, t0, t2
        beqz t0, 1f
        csrr t0, CSR_FCSR
        preserved fsd
        sd t0, AT_FCSR(a0)
1:      ret
        .size rota_arch_fpu_save_abi, . - rota_arch_fpu_save_abi

/* void rota_arch_fpu_restore_abi(const void *area): what else is in the registers is not in the area, so all
 * count as changed. */
        function rota_arch_fpu_restore_abi
        csrr t2, sstatus
        li t0, STATUS_FS
        and t0, t0, t2
        beqz t0, 1f
        csrs sstatus, t0
        ld t0, AT_FCSR(a0)
        preserved fld
        csrw CSR_FCSR, t0
        li t0, STATUS_VS
        and t0, t0, t2
        beqz t0, 1f
        csrs sstatus, t0
        csrwi CSR_VSTART, 0 /* somebody else's may have been in the midst of it */
1:      ret
        .size rota_arch_fpu_restore_abi, . - rota_arch_fpu_restore_abi

        .section .note.GNU-stack, "", @progbits
