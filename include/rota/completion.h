/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The completion: something is done, once for each who waits for it, or for all of them from now on.
 * The waiter's side may own it: once a wait has answered ROTA_OK, nobody who completed it touches it any
 * more, so it may be on the waiter's stack and gone with it.
 */
#ifndef ROTA_COMPLETION_H
#define ROTA_COMPLETION_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** A completion in the caller's memory. All zero is one that is not complete, without a name. Fields are
 * the core's, but for waiters.name and waiters.number. */
struct rota_completion {
        uintptr_t word;                 /**< waits that may pass * 2, bit 0: others wait (atomic) */
        struct rota_wait_queue waiters; /**< FIFO */
};

/** Prepares one that is not complete. @param name  for dumps, may be NULL; stays valid while it is used.
 * Context: any. */
void rota_completion_init(struct rota_completion *completion, const char *name);

/** Lets one wait pass: the longest that there is, or the next that comes. After
 * rota_completion_complete_all() it does nothing. @return ROTA_OK; ROTA_ENOSPC: 2^31 - 2 waits may pass
 * already; ROTA_EINVAL. Context: any. */
int rota_completion_complete(struct rota_completion *completion);

/** Lets all waits pass, those that there are and those to come, until rota_completion_reset().
 * @return ROTA_OK; ROTA_EINVAL. Context: any. */
int rota_completion_complete_all(struct rota_completion *completion);

/** Nothing is complete any more: the next wait waits. Those that wait go on waiting, and those that were
 * let pass have passed. @return ROTA_OK; ROTA_EINVAL. Context: any. */
int rota_completion_reset(struct rota_completion *completion);

/** Waits until it may pass. @return ROTA_OK; ROTA_ECANCELED; ROTA_ECONTEXT: it would have to wait, and this
 * is no place to; ROTA_EINVAL. Context: task. */
int rota_completion_wait(struct rota_completion *completion);

/** As rota_completion_wait(), at most until @p timeout. @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: it may
 * not pass, and the time-out is none. Context: task; any, where the time-out is none. */
int rota_completion_wait_until(struct rota_completion *completion, struct rota_timeout timeout);

/** Would a wait pass, at some moment during the call? It is not let pass by that. Context: any. */
bool rota_completion_done(const struct rota_completion *completion);

/** Begins to wait. @return ROTA_OK: it has passed; ROTA_EAGAIN: queued, park on @p wait; ROTA_ECONTEXT: it
 * would have to wait, and no task runs here; ROTA_EINVAL. Context: task. */
int rota_completion_begin(struct rota_completion *completion, struct rota_wait *wait);

/** Ends a wait that was queued. @return ROTA_OK: it has passed; ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN:
 * it had no result; ROTA_EINVAL. Context: task. */
int rota_completion_finish(struct rota_completion *completion, struct rota_wait *wait);

ROTA_END_DECLS
#endif
