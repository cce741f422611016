/* SPDX-License-Identifier: MIT */
/*
 * The house's spinlock for the explorer: one operation to take it, that a CPU cannot begin while
 * another holds it; so nobody spins, and two CPUs that wait for each other are seen as a deadlock.
 */
#ifndef ROTA_BASE_LOCK_H
#define ROTA_BASE_LOCK_H

#include "base/atomic.h"

void explore_lock(uintptr_t *lock, const char *who);
void explore_unlock(uintptr_t *lock, const char *who);

#define rota_lock(lock)    explore_lock((lock), __func__)
#define rota_trylock(lock) (rota_lock(lock), true)
#define rota_unlock(lock)  explore_unlock((lock), __func__)
#define rota_locked(lock)  (*(lock) != 0)

#endif
