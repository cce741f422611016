/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A lock of the user side's, held with interrupts masked. Each stands where a wait queue's does in the
 * order of locks (ARCHITECTURE.md, section 8): under it tasks are woken and waits begun, but no timer is
 * armed. The processes' is taken before a pipe's, and of two words' buckets the lower first; a space's and the
 * frames' come after all of them.
 */
#ifndef KERNEL_USER_LOCK_H
#define KERNEL_USER_LOCK_H

#include "base/lock.h"
#include "rota_arch.h"

/** @return what kernel_user_unlock() is given. */
static inline uintptr_t kernel_user_lock(uintptr_t *lock)
{
        const uintptr_t flags = rota_arch_irq_save();

        rota_lock(lock);
        return flags;
}

static inline void kernel_user_unlock(uintptr_t *lock, uintptr_t flags)
{
        rota_unlock(lock);
        rota_arch_irq_restore(flags);
}

#endif
