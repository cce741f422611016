/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The reader-writer lock: many read, or one writes. Fair to both (Courtois, Heymans, Parnas: Concurrent
 * Control with Readers and Writers, 1971, pose the two one-sided ones): who comes while somebody waits,
 * waits behind. So a stream of readers does not keep a writer out, nor writers a reader; whoever frees the
 * lock hands it to the first writer, or to all readers before it at once.
 *
 * Its owners inherit nothing from who waits: use a mutex where urgency matters. Readers have no names: a
 * task that reads and comes to read again waits behind a writer that came meanwhile, and so for ever.
 */
#ifndef ROTA_RWLOCK_H
#define ROTA_RWLOCK_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** A reader-writer lock in the caller's memory. All zero is a free one, without a name. Fields are the
 * core's, but for waiters.name and waiters.number. */
struct rota_rwlock {
        uintptr_t word;   /**< readers * 4; bit 1: a writer has it; bit 0: others wait (atomic) */
        uintptr_t writer; /**< who has it to write: its slot, 0: nobody, or not said yet (atomic) */
        struct rota_wait_queue waiters; /**< in the order in which they came */
};

/** Prepares a free lock. @param name  for dumps, may be NULL; stays valid while the lock is used.
 * Context: any. */
void rota_rwlock_init(struct rota_rwlock *lock, const char *name);

/** Locks to read, with others who read. @return ROTA_OK; ROTA_EDEADLK: the caller has it to write;
 * ROTA_ECANCELED; ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_rwlock_read(struct rota_rwlock *lock);

/** As rota_rwlock_read(), at most until @p timeout. @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: it would
 * wait, and the time-out is none. Context: task. */
int rota_rwlock_read_until(struct rota_rwlock *lock, struct rota_timeout timeout);

/** Locks to read where that needs no wait. @return ROTA_OK; ROTA_EAGAIN; ROTA_EDEADLK; ROTA_ECONTEXT;
 * ROTA_EINVAL. Context: task. */
int rota_rwlock_try_read(struct rota_rwlock *lock);

/** Locks to write, alone. @return as rota_rwlock_read(). Context: task. */
int rota_rwlock_write(struct rota_rwlock *lock);

/** As rota_rwlock_write(), at most until @p timeout. @return as rota_rwlock_read_until(). Context: task. */
int rota_rwlock_write_until(struct rota_rwlock *lock, struct rota_timeout timeout);

/** Locks to write where that needs no wait. @return as rota_rwlock_try_read(). Context: task. */
int rota_rwlock_try_write(struct rota_rwlock *lock);

/** Unlocks what was locked to read. @return ROTA_OK; ROTA_EPERM: nobody reads; ROTA_ECONTEXT; ROTA_EINVAL.
 * Context: task. */
int rota_rwlock_end_read(struct rota_rwlock *lock);

/** Unlocks what was locked to write. @return ROTA_OK; ROTA_EPERM: the caller does not have it to write;
 * ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_rwlock_end_write(struct rota_rwlock *lock);

/** Who has it to write goes on to read: nobody writes in between; the readers that wait first join it.
 * @return as rota_rwlock_end_write(). Context: task. */
int rota_rwlock_downgrade(struct rota_rwlock *lock);

/** Begins to lock to read. @return ROTA_OK: done; ROTA_EAGAIN: queued, park on @p wait; else as
 * rota_rwlock_read(). Context: task. */
int rota_rwlock_read_begin(struct rota_rwlock *lock, struct rota_wait *wait);

/** Begins to lock to write. @return likewise. Context: task. */
int rota_rwlock_write_begin(struct rota_rwlock *lock, struct rota_wait *wait);

/** Ends to lock what was queued. @return ROTA_OK: it is the caller's; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN: the wait had no result; ROTA_EINVAL. Context: task. */
int rota_rwlock_finish(struct rota_rwlock *lock, struct rota_wait *wait);

ROTA_END_DECLS
#endif
