/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The counting semaphore (Dijkstra: Cooperating Sequential Processes, 1965): so many permits, which
 * anybody gives and anybody takes.
 *
 * A take and a give that nobody waits for are one atomic operation each. Where somebody waits, a give
 * hands its permit over: it is never free meanwhile, so whoever comes by takes none from those who wait.
 * A give works from interrupts as from tasks.
 */
#ifndef ROTA_SEMAPHORE_H
#define ROTA_SEMAPHORE_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** The most permits that a semaphore can have. */
#define ROTA_SEMAPHORE_MOST UINT32_C(0x7ffffffe)

/** A semaphore in the caller's memory. All zero is one without permits, without a maximum, FIFO, without
 * a name. Fields are the core's, but for waiters.name and waiters.number. */
struct rota_semaphore {
        uintptr_t word;                 /**< permits * 2, bit 0: others wait (atomic) */
        uint32_t most;                  /**< permits that it may have, 0: ROTA_SEMAPHORE_MOST */
        struct rota_wait_queue waiters; /**< of those who want a permit */
};

/** Prepares a semaphore with @p permits permits. @param most  that it may have at a time, 1 makes a
 * binary one; 0: ROTA_SEMAPHORE_MOST. @param order  enum rota_wait_order: who is given a permit first.
 * @param name  for dumps, may be NULL; stays valid while the semaphore is used.
 * @return ROTA_OK; ROTA_EINVAL: more permits than it may have. Context: any. */
int rota_semaphore_init(struct rota_semaphore *semaphore, uint32_t permits, uint32_t most,
        enum rota_wait_order order, const char *name);

/** Takes a permit: waits until there is one. @return ROTA_OK; ROTA_ECANCELED: none was taken;
 * ROTA_ECONTEXT: there is none, and this is no place to wait; ROTA_EINVAL. Context: task. */
int rota_semaphore_take(struct rota_semaphore *semaphore);

/** As rota_semaphore_take(), at most until @p timeout. @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: there
 * is none, and the time-out is none. Context: task; any, where the time-out is none. */
int rota_semaphore_take_until(struct rota_semaphore *semaphore, struct rota_timeout timeout);

/** Takes a permit where there is one. @return ROTA_OK; ROTA_EAGAIN; ROTA_EINVAL. Context: any. */
int rota_semaphore_try_take(struct rota_semaphore *semaphore);

/** Gives a permit: to who waits for it, or for later. @return ROTA_OK; ROTA_ENOSPC: there would be more
 * than the maximum, and none was given; ROTA_EINVAL. Context: any. */
int rota_semaphore_give(struct rota_semaphore *semaphore);

/** Gives @p permits at once, all or none; never more than the maximum, whoever waits. @return as
 * rota_semaphore_give(). Context: any. */
int rota_semaphore_give_many(struct rota_semaphore *semaphore, uint32_t permits);

/** Permits that are there, at some moment during the call. Context: any. */
uint32_t rota_semaphore_permits(const struct rota_semaphore *semaphore);

/** Begins to take a permit. @return ROTA_OK: taken; ROTA_EAGAIN: queued, park on @p wait; ROTA_ECONTEXT:
 * there is none, and no task runs here; ROTA_EINVAL. Context: task. */
int rota_semaphore_begin(struct rota_semaphore *semaphore, struct rota_wait *wait);

/** Ends to take what was queued. @return ROTA_OK: taken; ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN: the
 * wait had no result; ROTA_EINVAL. Context: task. */
int rota_semaphore_finish(struct rota_semaphore *semaphore, struct rota_wait *wait);

ROTA_END_DECLS
#endif
