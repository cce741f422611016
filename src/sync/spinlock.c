/* SPDX-License-Identifier: MIT */
/* Spinlocks: base/lock.h's, with what keeps their holder on its CPU, and in a debug build the checks. */
#include <rota/cpu.h>
#include <rota/spinlock.h>

#include "core/debug.h"

#if ROTA_DEBUG

static void take(struct rota_spinlock *lock, const char *function, const void *at)
{
        if (!debug_spin_begin(&lock->taken, lock, function, at))
                return;
        rota_lock(&lock->lock);
        debug_spin_taken(&lock->taken, lock, at);
}

static bool try_take(struct rota_spinlock *lock, const void *at)
{
        if (debug_spin_mine(&lock->taken) || !rota_trylock(&lock->lock))
                return false;
        debug_spin_taken(&lock->taken, lock, at);
        return true;
}

/* Whether what holds the CPU is to be given back, too. */
static bool release(struct rota_spinlock *lock, const char *function, const void *at)
{
        if (lock->taken.again && debug_spin_mine(&lock->taken)) {
                lock->taken.again--;
                return true;
        }
        if (!debug_spin_release(&lock->taken, lock, function, at))
                return false;
        rota_unlock(&lock->lock);
        return true;
}

void rota_spin_init(struct rota_spinlock *lock)
{
        *lock = (struct rota_spinlock){0};
        debug_spin_forget(lock);
}

#else

#define take(spinlock, function, at)    rota_lock(&(spinlock)->lock)
#define try_take(spinlock, at)          rota_trylock(&(spinlock)->lock)
#define release(spinlock, function, at) (rota_unlock(&(spinlock)->lock), true)
#define debug_here()                    NULL

void rota_spin_init(struct rota_spinlock *lock)
{
        *lock = (struct rota_spinlock){0};
}

#endif

void rota_spin_lock(struct rota_spinlock *lock)
{
        rota_guard_begin();
        take(lock, "rota_spin_lock", debug_here());
}

bool rota_spin_try_lock(struct rota_spinlock *lock)
{
        rota_guard_begin();
        bool taken = try_take(lock, debug_here());
        if (!taken)
                rota_guard_end();
        return taken;
}

void rota_spin_unlock(struct rota_spinlock *lock)
{
        if (release(lock, "rota_spin_unlock", debug_here()))
                rota_guard_end();
}

uintptr_t rota_spin_lock_irq(struct rota_spinlock *lock)
{
        uintptr_t flags = rota_port_irq_save();
        take(lock, "rota_spin_lock_irq", debug_here());
        return flags;
}

bool rota_spin_try_lock_irq(struct rota_spinlock *lock, uintptr_t *flags)
{
        uintptr_t before = rota_port_irq_save();
        bool taken = try_take(lock, debug_here());

        if (taken)
                *flags = before;
        else
                rota_port_irq_restore(before);
        return taken;
}

void rota_spin_unlock_irq(struct rota_spinlock *lock, uintptr_t flags)
{
        if (release(lock, "rota_spin_unlock_irq", debug_here()))
                dispatch_leave(flags);
}

bool rota_spin_locked(const struct rota_spinlock *lock)
{
        return rota_locked(&lock->lock);
}
