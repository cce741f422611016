/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Spinlocks, for what is held for a moment only and never over a wait. Who finds one taken looks at it
 * again and again, with the port's relax() between looks and longer and longer pauses (Anderson: The
 * Performance of Spin Lock Alternatives, 1990), so there is no order among those who wait.
 *
 * Two ways to hold one: under a guard (rota_spin_lock), so that the holder is not preempted, for what
 * tasks share with each other; or with interrupts masked (rota_spin_lock_irq), for what they share with
 * interrupts, or with who holds such a lock. One lock is always taken in the same way.
 *
 * A library built with ROTA_DEBUG reports, with the two places: a lock that is taken by who has it; two
 * locks that are taken in one order here and in the other there, also over further locks; a lock that is
 * held where a task would wait or end; a lock that is released by who has not taken it (docs/MISUSE.md).
 */
#ifndef ROTA_SPINLOCK_H
#define ROTA_SPINLOCK_H

#include <rota/debug.h>

ROTA_BEGIN_DECLS

/** A spinlock in the caller's memory. All zero is a free one. */
struct rota_spinlock {
        uintptr_t lock;                                  /**< first; 0: free (atomic) */
        ROTA_DEBUG_FIELD(struct rota_debug_taken, taken) /**< see <rota/debug.h> */
};

/** Prepares a free lock; a debug build forgets what order a lock in this memory had. Context: any. */
void rota_spin_init(struct rota_spinlock *lock);

/** Begins a guard and takes the lock. Context: any in which nobody is interrupted who may hold it: task,
 * home; not interrupt. */
void rota_spin_lock(struct rota_spinlock *lock);

/** As rota_spin_lock(), where the lock is free. @return whether it is the caller's; if not, there is no
 * guard either. Context: any. */
bool rota_spin_try_lock(struct rota_spinlock *lock);

/** Releases the lock and ends the guard; the outermost end switches where that has come due. Context: of
 * the lock's taking. */
void rota_spin_unlock(struct rota_spinlock *lock);

/** Masks interrupts and takes the lock. @return the state of interrupts, for rota_spin_unlock_irq().
 * Context: any. */
uintptr_t rota_spin_lock_irq(struct rota_spinlock *lock);

/** As rota_spin_lock_irq(), where the lock is free. @param flags  receives the state of interrupts.
 * @return whether it is the caller's; if not, interrupts are as before. Context: any. */
bool rota_spin_try_lock_irq(struct rota_spinlock *lock, uintptr_t *flags);

/** Releases the lock and gives interrupts back @p flags; where they are enabled then, switches if that has
 * come due. Context: of the lock's taking. */
void rota_spin_unlock_irq(struct rota_spinlock *lock, uintptr_t flags);

/** Is it taken, by anybody, at some moment during the call? Context: any. */
bool rota_spin_locked(const struct rota_spinlock *lock);

ROTA_END_DECLS
#endif
