/* SPDX-License-Identifier: MIT */
#include "base/lock.h"

/* Pauses after a failed look, doubled up to here. */
#define BACKOFF_MOST 64u

void rota_lock_wait(uintptr_t *lock)
{
        uint32_t pauses = 1;
        do {
                while (rota_atomic_load(lock) != 0) {
                        for (uint32_t i = 0; i < pauses; i++)
                                rota_base_relax();
                        if (pauses < BACKOFF_MOST)
                                pauses *= 2;
                }
        } while (rota_atomic_swap_acquire(lock, 1) != 0);
}
