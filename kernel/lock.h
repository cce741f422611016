/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The kernel's own lock: held for a short while, interrupts masked, no other one taken under it but a
 * lower one (a space's, then the frames').
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include "rota_arch.h"

/** Takes @p lock. @return the flags for kernel_unlock() */
static inline uintptr_t kernel_lock(uint32_t *lock)
{
        uintptr_t flags = rota_arch_irq_save();

        /* Partner: kernel_unlock(). */
        while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
                while (__atomic_load_n(lock, __ATOMIC_RELAXED))
                        rota_arch_pause();
        return flags;
}

static inline void kernel_unlock(uint32_t *lock, uintptr_t flags)
{
        __atomic_store_n(lock, 0, __ATOMIC_RELEASE); /* partner: kernel_lock() */
        rota_arch_irq_restore(flags);
}

#endif
