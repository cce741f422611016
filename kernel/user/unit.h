/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The floating-point unit's registers of a thread, where the library knows the machine's.
 */
#ifndef KERNEL_USER_UNIT_H
#define KERNEL_USER_UNIT_H

#include <stddef.h>

#if __has_include("rota_arch_fpu.h")
#include "rota_arch_fpu.h"

static inline size_t kernel_unit_size(void)
{
        return rota_arch_fpu_size();
}

static inline void kernel_unit_fresh(void *area)
{
        rota_arch_fpu_fresh(area);
}
#else
static inline size_t kernel_unit_size(void)
{
        return 0;
}

static inline void kernel_unit_fresh(void *area)
{
        (void)area;
}
#endif

#endif
