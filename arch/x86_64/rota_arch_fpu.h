/* SPDX-License-Identifier: MIT */
/**
 * @file
 * x86_64: the floating-point and vector unit, and the register of thread-local storage. For ports in
 * kernel mode that are compiled without the unit: a `rota_port.h` that includes this has its
 * rota_port_extra_*() functions from it.
 *
 * | state                            | saved by                        | off by      |
 * |----------------------------------|---------------------------------|-------------|
 * | x87, MMX, XMM, MXCSR             | FXSAVE, where there is no XSAVE | CR0.TS: #NM |
 * | these, YMM, ZMM, opmasks         | XSAVE, XSAVEOPT                 | CR0.TS: #NM |
 * | kept by a callee: x87 control word, MXCSR | FNSTCW, STMXCSR         |             |
 * | FS base                          | never; WRFSBASE or the MSR loads |            |
 *
 * What else a processor may have (AMX tiles, protection keys) stays disabled in XCR0. After Intel's
 * manual, volume 1, chapters 8, 10 and 13, and volume 3, section 2.5.
 */
#ifndef ROTA_ARCH_FPU_H
#define ROTA_ARCH_FPU_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** What the first CPU found out. */
struct rota_arch_fpu {
        uint64_t mask;          /**< XCR0's components, 0: FXSAVE */
        uint32_t size;          /**< bytes of an area */
        bool optimised;         /**< XSAVEOPT */
        bool wide;              /**< vectors beyond 128 bits */
        bool fs_by_instruction; /**< WRFSBASE */
};
extern struct rota_arch_fpu rota_arch_fpu;

/** Makes this CPU's unit ready and turns it off: CR0, CR4, XCR0. The first CPU's call, before the
 * others', also finds out what there is. Masked. */
void rota_arch_fpu_init_cpu(void);

/** Bytes of an area, a multiple of 64. */
static inline size_t rota_arch_fpu_size(void)
{
        return rota_arch_fpu.size;
}

/** Turns this CPU's unit on. */
static inline void rota_arch_fpu_enable(void)
{
        __asm__ volatile("clts" : : : "memory");
}

/** Turns it off: any instruction of it is exception 7, "device not available". */
static inline void rota_arch_fpu_disable(void)
{
        uint64_t cr0;
        __asm__ volatile("movq %%cr0, %0\n\torq $8, %0\n\tmovq %0, %%cr0"
                         : "=&r"(cr0)
                         :
                         : "memory", "cc");
}

/** Loads FS base, the register of thread-local storage. */
static inline void rota_arch_tls_set(void *tls)
{
        uintptr_t base = (uintptr_t)tls;
        if (rota_arch_fpu.fs_by_instruction)
                __asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
        else
                __asm__ volatile("wrmsr"
                                 :
                                 : "c"(0xc0000100u), "a"((uint32_t)base),
                                 "d"((uint32_t)((uint64_t)base >> 32))
                                 : "memory");
}

ROTA_END_DECLS

#include "../rota_port_extra.h" /* and what saves and restores */
#endif
