/* SPDX-License-Identifier: MIT */
/* A machine whose interrupts come when the test says so. */
#ifndef ROTA_ARCH_H
#define ROTA_ARCH_H

#include <sched.h>
#include <stdint.h>

static inline uintptr_t rota_arch_irq_save(void)
{
        return 0;
}

static inline void rota_arch_irq_restore(uintptr_t flags)
{
        (void)flags;
}

static inline void rota_arch_pause(void)
{
        sched_yield();
}

#endif
