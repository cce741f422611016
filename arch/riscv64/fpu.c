/* SPDX-License-Identifier: MIT */
/* The floating-point and vector units: what there is. Their registers to memory and back: fpu.S. */
#include "rota_arch_fpu.h"

#define STATUS_FS 0x6000u
#define STATUS_VS 0x600u

/* fpu.S: f0 to f31, five words of control, and the vectors from here on. */
#define VECTORS_AT 320u

struct rota_arch_fpu rota_arch_fpu;

void rota_arch_fpu_setup(bool d, bool v)
{
        uint64_t length = 0;

        rota_arch_fpu = (struct rota_arch_fpu){0};
        if (!d)
                return;
        rota_arch_fpu.status = STATUS_FS;
        if (v) {
                rota_arch_fpu.status |= STATUS_VS;
                rota_arch_fpu_enable();
                __asm__ volatile("csrr %0, 0xc22" : "=r"(length)); /* vlenb */
        }
        rota_arch_fpu.vlenb = (uint32_t)length;
        rota_arch_fpu.size = (VECTORS_AT + 32 * rota_arch_fpu.vlenb + 63) & ~63u;
        rota_arch_fpu_disable();
}

void rota_arch_fpu_init_cpu(void)
{
        __asm__ volatile("csrc sstatus, %0" : : "r"((uint64_t)(STATUS_FS | STATUS_VS)) : "memory");
        rota_arch_tls_set(NULL);
}

void rota_arch_fpu_fresh(void *area)
{
        for (uint32_t i = 0; i < rota_arch_fpu.size / sizeof(uint64_t); i++)
                ((volatile uint64_t *)area)[i] = 0;
}
