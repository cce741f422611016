/* SPDX-License-Identifier: MIT */
/* The floating-point and vector unit: what there is, and its state to memory and back. */
#include "rota_arch_fpu.h"

/* Components that are enabled where the processor has them: x87, SSE, AVX, and the three of AVX-512,
 * which go together. */
#define X87_SSE   0x3u
#define AVX       0x4u
#define AVX512    0xe0u
#define CR0_MP_NE 0x22u
#define CR0_EM    0x4u
#define CR0_TS    0x8u
/* FXSAVE, unmasked SIMD exceptions, RDFSBASE and its like, XSAVE. */
#define CR4_FXSR     0x200u
#define CR4_XMM      0x400u
#define CR4_FSGSBASE 0x10000u
#define CR4_OSXSAVE  0x40000u

#define LEGACY_BYTES 512u
/* Within the area's first 512 bytes: what the processor writes, and 48 that are ours. */
#define AT_CONTROL     0
#define AT_MXCSR       24
#define AT_OWN_MXCSR   464
#define AT_OWN_CONTROL 468
#define NEW_CONTROL    0x037fu
#define NEW_MXCSR      0x1f80u

struct rota_arch_fpu rota_arch_fpu;

struct answer {
        uint32_t a, b, c, d;
};

static struct answer cpuid(uint32_t leaf, uint32_t part)
{
        struct answer answer;
        __asm__("cpuid"
                : "=a"(answer.a), "=b"(answer.b), "=c"(answer.c), "=d"(answer.d)
                : "a"(leaf), "c"(part));
        return answer;
}

static void write_xcr0(uint64_t mask)
{
        __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32)));
}

/* Bytes of an XSAVE area of these components, which are at places of their own. */
static uint32_t area_bytes(uint64_t mask)
{
        uint32_t bytes = LEGACY_BYTES + 64;

        for (uint32_t i = 2; i < 32; i++) {
                if (!(mask >> i & 1))
                        continue;
                struct answer part = cpuid(0xd, i); /* a: size, b: place */
                if (bytes < part.a + part.b)
                        bytes = part.a + part.b;
        }
        return (bytes + 63) & ~63u;
}

static struct rota_arch_fpu find_out(void)
{
        struct rota_arch_fpu found = {.size = LEGACY_BYTES};
        uint32_t leaves = cpuid(0, 0).a;

        if (leaves >= 7)
                found.fs_by_instruction = cpuid(7, 0).b & 1;
        if (leaves < 0xd || !(cpuid(1, 0).c & 1u << 26))
                return found;
        uint64_t can = cpuid(0xd, 0).a;
        found.mask = can & (X87_SSE | AVX);
        if ((can & AVX) && (can & AVX512) == AVX512)
                found.mask |= AVX512;
        found.wide = found.mask & AVX;
        found.optimised = cpuid(0xd, 1).a & 1;
        found.size = area_bytes(found.mask);
        return found;
}

void rota_arch_fpu_init_cpu(void)
{
        uint64_t cr0, cr4;

        if (!rota_arch_fpu.size)
                rota_arch_fpu = find_out();
        __asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
        cr4 |= CR4_FXSR | CR4_XMM;
        if (rota_arch_fpu.fs_by_instruction)
                cr4 |= CR4_FSGSBASE;
        if (rota_arch_fpu.mask)
                cr4 |= CR4_OSXSAVE;
        __asm__ volatile("movq %0, %%cr4" : : "r"(cr4));
        if (rota_arch_fpu.mask)
                write_xcr0(rota_arch_fpu.mask);
        __asm__ volatile("movq %%cr0, %0" : "=r"(cr0));
        cr0 = (cr0 & ~(uint64_t)CR0_EM) | CR0_MP_NE | CR0_TS;
        __asm__ volatile("movq %0, %%cr0" : : "r"(cr0));
        rota_arch_tls_set(NULL);
}

/* All zero: XSAVE's header then says that each component is in its first state. MXCSR is loaded anyway. */
void rota_arch_fpu_fresh(void *area)
{
        char *bytes = area;

        for (uint32_t i = 0; i < rota_arch_fpu.size / sizeof(uint64_t); i++)
                ((volatile uint64_t *)area)[i] = 0;
        *(uint16_t *)(bytes + AT_CONTROL) = NEW_CONTROL;
        *(uint32_t *)(bytes + AT_MXCSR) = NEW_MXCSR;
}

void rota_arch_fpu_save(void *area)
{
        const uint32_t low = (uint32_t)rota_arch_fpu.mask;

        if (rota_arch_fpu.optimised)
                __asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(low), "d"(0) : "memory");
        else if (low)
                __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(0) : "memory");
        else
                __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

/* fninit first: some processors keep the last x87 instruction's address, which may be another task's,
 * where no exception is pending. */
void rota_arch_fpu_restore(const void *area)
{
        const uint32_t low = (uint32_t)rota_arch_fpu.mask;

        if (low)
                __asm__ volatile("fninit\n\txrstor64 (%0)"
                                 :
                                 : "r"(area), "a"(low), "d"(0)
                                 : "memory");
        else
                __asm__ volatile("fninit\n\tfxrstor64 (%0)" : : "r"(area) : "memory");
}

/* Not into the processor's part, so that what XSAVEOPT believes to be there is there. */
void rota_arch_fpu_save_abi(void *area)
{
        char *bytes = area;

        __asm__ volatile("stmxcsr %0\n\tfnstcw %1"
                         : "=m"(*(uint32_t *)(bytes + AT_OWN_MXCSR)),
                         "=m"(*(uint16_t *)(bytes + AT_OWN_CONTROL)));
}

/* The x87 stack is empty at each call, and so it is now: somebody else's may be full. Upper halves that
 * somebody left make 128-bit code slow. */
void rota_arch_fpu_restore_abi(const void *area)
{
        const char *bytes = area;

        __asm__ volatile("fninit\n\tldmxcsr %0\n\tfldcw %1"
                         :
                         : "m"(*(const uint32_t *)(bytes + AT_OWN_MXCSR)),
                         "m"(*(const uint16_t *)(bytes + AT_OWN_CONTROL)));
        if (rota_arch_fpu.wide)
                __asm__ volatile("vzeroupper" : : : "memory");
}
