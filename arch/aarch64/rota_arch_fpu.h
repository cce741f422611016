/* SPDX-License-Identifier: MIT */
/**
 * @file
 * aarch64: the floating-point and vector unit, and the register of thread-local storage. For ports in
 * kernel mode that are compiled without the unit: a `rota_port.h` that includes this has its
 * rota_port_extra_*() functions from it. The same names as x86_64's.
 *
 * | state                               | saved by          | off by                              |
 * |-------------------------------------|-------------------|-------------------------------------|
 * | v0 to v31 (128 bits), FPSR, FPCR    | _save             | CPACR_EL1.FPEN: exception class 7   |
 * | kept by a callee: d8 to d15, FPCR   | _save_abi         |                                     |
 * | TPIDR_EL0                           | never; an msr loads it |                                |
 *
 * SVE and SME stay disabled (CPACR_EL1.ZEN and SMEN): their registers are nobody's. After the Arm
 * Architecture Reference Manual, D17.2.29, and AAPCS64, 6.1.2: of v8 to v15 a callee preserves the lower
 * halves; FPCR it leaves as it is, unless to change it is what it is for.
 */
#ifndef ROTA_ARCH_FPU_H
#define ROTA_ARCH_FPU_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Bytes of an area: 32 vectors, two words, and what fills it up. */
#define ROTA_ARCH_FPU_SIZE 576

/** Turns this CPU's unit off, and its thread-local storage to NULL. Masked. */
void rota_arch_fpu_init_cpu(void);

/** Bytes of an area, a multiple of 64. */
static inline size_t rota_arch_fpu_size(void)
{
        return ROTA_ARCH_FPU_SIZE;
}

/** Turns this CPU's unit on, for user mode too. isb: the next instruction may be of it. */
static inline void rota_arch_fpu_enable(void)
{
        __asm__ volatile("msr cpacr_el1, %0\n\tisb" : : "r"((uint64_t)3 << 20) : "memory");
}

/** Turns it off: any instruction of it is an exception of class 7. isb: from the next one on. */
static inline void rota_arch_fpu_disable(void)
{
        __asm__ volatile("msr cpacr_el1, xzr\n\tisb" : : : "memory");
}

/** Loads TPIDR_EL0, the register of thread-local storage. */
static inline void rota_arch_tls_set(void *tls)
{
        __asm__ volatile("msr tpidr_el0, %0" : : "r"(tls) : "memory");
}

ROTA_END_DECLS

#include "../rota_port_extra.h" /* and what saves and restores */
#endif
