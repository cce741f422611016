/* SPDX-License-Identifier: MIT */
/**
 * @file
 * riscv64: the floating-point unit (D), the vector unit (V), and the register of thread-local storage. For
 * ports in kernel mode that are compiled without the units: a `rota_port.h` that includes this has its
 * rota_port_extra_*() functions from it. The same names as x86_64's, and rota_arch_fpu_setup().
 *
 * | state                                   | saved by             | off by                          |
 * |-----------------------------------------|----------------------|---------------------------------|
 * | f0 to f31, fcsr                         | _save, where dirty   | sstatus.FS: illegal instruction |
 * | v0 to v31, vstart, vcsr, vl, vtype      | _save, where dirty   | sstatus.VS: likewise            |
 * | kept by a callee: fs0 to fs11, fcsr     | _save_abi            |                                 |
 * | tp                                      | never; a move loads it |                               |
 *
 * The machine notes in sstatus which of the two has been changed since it was loaded: what has not is in
 * the area already. After the privileged manual, "Extension context status", the psABI (of the vector
 * unit a callee preserves nothing, and finds vstart 0), and the vector specification 1.0.
 */
#ifndef ROTA_ARCH_FPU_H
#define ROTA_ARCH_FPU_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** What the harts have. */
struct rota_arch_fpu {
        uint32_t size;   /**< bytes of an area; 0: no unit */
        uint32_t vlenb;  /**< bytes of a vector register, 0: none */
        uint64_t status; /**< sstatus.FS and VS, as far as there are units: all ones */
};
extern struct rota_arch_fpu rota_arch_fpu;

/** Tells what the harts have, once, before anything else here: from the device tree, for no register says
 * so in supervisor mode. All harts have the same. Masked.
 * @param d  single and double precision
 * @param v  vectors, which need @p d too; their length is found out */
void rota_arch_fpu_setup(bool d, bool v);

/** Turns this CPU's units off, and its thread-local storage to NULL. Masked. */
void rota_arch_fpu_init_cpu(void);

/** Bytes of an area, a multiple of 64. */
static inline size_t rota_arch_fpu_size(void)
{
        return rota_arch_fpu.size;
}

/** Turns this CPU's units on, for user mode too. */
static inline void rota_arch_fpu_enable(void)
{
        __asm__ volatile("csrs sstatus, %0" : : "r"(rota_arch_fpu.status) : "memory");
}

/** Turns them off: any instruction of theirs is illegal. */
static inline void rota_arch_fpu_disable(void)
{
        __asm__ volatile("csrc sstatus, %0" : : "r"(rota_arch_fpu.status) : "memory");
}

/** Loads tp, the register of thread-local storage. */
static inline void rota_arch_tls_set(void *tls)
{
        __asm__ volatile("mv tp, %0" : : "r"(tls) : "memory");
}

ROTA_END_DECLS

#include "../rota_port_extra.h" /* and what saves and restores */
#endif
