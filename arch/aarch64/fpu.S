/* SPDX-License-Identifier: MIT */
/*
 * The floating-point and vector registers, in memory: v0 to v31 from the area's beginning, FPSR and FPCR
 * behind them. What a callee preserves is in the same places: d8 to d15 are the lower halves of v8 to v15.
 */
        .arch_extension fp
        .arch_extension simd

#define STATUS 512 /* FPSR, and the word behind it FPCR */

        .macro function name
        .globl \name
        .type \name, %function
        .balign 16
\name:
        .cfi_startproc
        hint #34 /* bti c */
        .endm
        .macro end name
        .cfi_endproc
        .size \name, . - \name
        .endm

        .text

/* void rota_arch_fpu_init_cpu(void) */
        function rota_arch_fpu_init_cpu
        msr cpacr_el1, xzr
        msr tpidr_el0, xzr
        isb
        ret
        end rota_arch_fpu_init_cpu

/* void rota_arch_fpu_fresh(void *area) */
        function rota_arch_fpu_fresh
        mov x1, #576 / 16
1:      stp xzr, xzr, [x0], #16
        subs x1, x1, #1
        b.ne 1b
        ret
        end rota_arch_fpu_fresh

/* void rota_arch_fpu_save(void *area) */
        function rota_arch_fpu_save
        mrs x1, fpsr
        mrs x2, fpcr
        stp q0, q1, [x0, #0]
        stp q2, q3, [x0, #32]
        stp q4, q5, [x0, #64]
        stp q6, q7, [x0, #96]
        stp q8, q9, [x0, #128]
        stp q10, q11, [x0, #160]
        stp q12, q13, [x0, #192]
        stp q14, q15, [x0, #224]
        stp q16, q17, [x0, #256]
        stp q18, q19, [x0, #288]
        stp q20, q21, [x0, #320]
        stp q22, q23, [x0, #352]
        stp q24, q25, [x0, #384]
        stp q26, q27, [x0, #416]
        stp q28, q29, [x0, #448]
        stp q30, q31, [x0, #480]
        add x0, x0, #STATUS
        stp x1, x2, [x0]
        ret
        end rota_arch_fpu_save

/* void rota_arch_fpu_restore(const void *area) */
        function rota_arch_fpu_restore
        add x3, x0, #STATUS
        ldp x1, x2, [x3]
        ldp q0, q1, [x0, #0]
        ldp q2, q3, [x0, #32]
        ldp q4, q5, [x0, #64]
        ldp q6, q7, [x0, #96]
        ldp q8, q9, [x0, #128]
        ldp q10, q11, [x0, #160]
        ldp q12, q13, [x0, #192]
        ldp q14, q15, [x0, #224]
        ldp q16, q17, [x0, #256]
        ldp q18, q19, [x0, #288]
        ldp q20, q21, [x0, #320]
        ldp q22, q23, [x0, #352]
        ldp q24, q25, [x0, #384]
        ldp q26, q27, [x0, #416]
        ldp q28, q29, [x0, #448]
        ldp q30, q31, [x0, #480]
        msr fpsr, x1
        msr fpcr, x2
        ret
        end rota_arch_fpu_restore

/* void rota_arch_fpu_save_abi(void *area) */
        function rota_arch_fpu_save_abi
        mrs x1, fpcr
        str d8, [x0, #128]
        str d9, [x0, #144]
        str d10, [x0, #160]
        str d11, [x0, #176]
        str d12, [x0, #192]
        str d13, [x0, #208]
        str d14, [x0, #224]
        str d15, [x0, #240]
        str x1, [x0, #STATUS + 8]
        ret
        end rota_arch_fpu_save_abi

/* void rota_arch_fpu_restore_abi(const void *area) */
        function rota_arch_fpu_restore_abi
        ldr x1, [x0, #STATUS + 8]
        ldr d8, [x0, #128]
        ldr d9, [x0, #144]
        ldr d10, [x0, #160]
        ldr d11, [x0, #176]
        ldr d12, [x0, #192]
        ldr d13, [x0, #208]
        ldr d14, [x0, #224]
        ldr d15, [x0, #240]
        msr fpcr, x1
        ret
        end rota_arch_fpu_restore_abi

        .section .note.GNU-stack, "", %progbits
