/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The barrier: so many tasks wait for each other. When the last of them has come all go on, and the
 * barrier is ready for the next time. What each wrote before it is seen by all after it.
 *
 * Once a wait has answered, whoever let it pass no longer touches the barrier for that: when all waits
 * have answered its memory is the caller's again.
 */
#ifndef ROTA_BARRIER_H
#define ROTA_BARRIER_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** What the wait of the last who comes answers. */
#define ROTA_BARRIER_LAST 1

/** A barrier in the caller's memory; all zero but `parties` is a usable one. Fields are the core's, but for
 * parties, before it is used, waiters.name and waiters.number. */
struct rota_barrier {
        uint32_t parties;               /**< tasks that wait for each other */
        uint32_t here;                  /**< of them, those that wait, under the queue's lock */
        struct rota_wait_queue waiters; /**< FIFO */
};

/** Prepares a barrier. @param parties  tasks that wait for each other, 1 or more. @param name  for dumps, may
 * be NULL; stays valid while it is used. @return ROTA_OK; ROTA_EINVAL. Context: any. */
int rota_barrier_init(struct rota_barrier *barrier, uint32_t parties, const char *name);

/** Waits until all have come. @return ROTA_OK; ROTA_BARRIER_LAST: likewise, and the caller came last, so
 * exactly one of them is told so; ROTA_ECANCELED: the caller does not wait any more, and is not counted;
 * ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_barrier_wait(struct rota_barrier *barrier);

/** As rota_barrier_wait(), at most until @p timeout: then it is not counted, and the others go on waiting for
 * as many as before. Who gives up in the moment in which the last comes has passed with the others.
 * @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: others are missing, and the time-out is none. Context: task. */
int rota_barrier_wait_until(struct rota_barrier *barrier, struct rota_timeout timeout);

/** How many wait, at some moment during the call. Context: any. */
uint32_t rota_barrier_here(const struct rota_barrier *barrier);

/** Begins to wait. @return ROTA_BARRIER_LAST: all are here; ROTA_EAGAIN: queued, park on @p wait; ROTA_ECONTEXT;
 * ROTA_EINVAL. Context: task. */
int rota_barrier_begin(struct rota_barrier *barrier, struct rota_wait *wait);

/** Ends a wait that was queued. @return ROTA_OK: all were here; ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN:
 * it had no result; ROTA_EINVAL. Context: task. */
int rota_barrier_finish(struct rota_barrier *barrier, struct rota_wait *wait);

ROTA_END_DECLS
#endif
