/* SPDX-License-Identifier: MIT */
/*
 * Spinlock for queues: one swap to take, one plain release store to give back; waiters look before
 * they swap again and back off, so that the line stays with its holder. Held with interrupts
 * masked, for tens of nanoseconds.
 */
#ifndef ROTA_BASE_LOCK_H
#define ROTA_BASE_LOCK_H

#include "base/atomic.h"

/* The one thing base asks from above: a pause in a spin. */
void rota_base_relax(void);

/* Waits for a lock that was found taken. */
void rota_lock_wait(uintptr_t *lock);

static inline void rota_lock(uintptr_t *lock)
{
        /* Acquire: its partner is the release in rota_unlock. */
        if (rota_unlikely(rota_atomic_swap_acquire(lock, 1) != 0))
                rota_lock_wait(lock);
}

/* Takes the lock where it is free; no wait. */
static inline bool rota_trylock(uintptr_t *lock)
{
        /* Acquire: as rota_lock. */
        return rota_atomic_swap_acquire(lock, 1) == 0;
}

static inline void rota_unlock(uintptr_t *lock)
{
        rota_atomic_store_release(lock, 0);
}

static inline bool rota_locked(const uintptr_t *lock)
{
        return rota_atomic_load(lock) != 0;
}

#endif
