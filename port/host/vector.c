/* SPDX-License-Identifier: MIT */
/* How to save this processor's vector state at a preemption, and how large it is. */
#define _GNU_SOURCE
#include "interrupts.h"

#include "syscall.h"
#include <cpuid.h>
#include <stdbool.h>

#define LEGACY_BYTES 576 /* x87, SSE and the header */

/* arch_prctl(): the components that this process may use; others can hold nothing. */
#ifndef ARCH_GET_XCOMP_PERM
#define ARCH_GET_XCOMP_PERM 0x1022
#endif

struct rota_host_vector rota_host_vector = {0, 512, ROTA_HOST_FXSAVE, 0};

/* The compacted area: the components one behind the other, some aligned to 64 bytes. The plain one:
 * each at its own place. */
static uint32_t area_bytes(uint64_t mask, bool compacted)
{
        uint32_t bytes = LEGACY_BYTES;

        for (uint32_t i = 2; i < 63; i++) {
                uint32_t size, offset, flags, unused;
                if (!(mask >> i & 1))
                        continue;
                __cpuid_count(0xd, i, size, offset, flags, unused);
                (void)unused;
                if (!compacted)
                        bytes = bytes > offset + size ? bytes : offset + size;
                else if (flags & 2)
                        bytes = ((bytes + 63) & ~63u) + size;
                else
                        bytes += size;
        }
        return (bytes + 63) & ~63u;
}

void rota_host_vector_start(void)
{
        uint32_t a, b, c, d, low, high;
        uint64_t permitted = 0;

        if (rota_host_vector.mask || !__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
                return;
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        uint64_t mask = (uint64_t)high << 32 | low;
        if (rota_host_syscall(SYS_arch_prctl, ARCH_GET_XCOMP_PERM, (uintptr_t)&permitted, 0, 0) ==
                0)
                mask &= permitted | 3;

        __cpuid_count(0xd, 1, a, b, c, d);
        bool compacted = a & 2;
        rota_host_vector.mask = mask;
        rota_host_vector.bytes = area_bytes(mask, compacted);
        rota_host_vector.avx = (mask & 4) != 0;
        rota_host_vector.how = compacted ? ROTA_HOST_XSAVEC : ROTA_HOST_XSAVE;
}
