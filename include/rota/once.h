/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Once: something is done by whoever comes first, while all others wait for it; afterwards a call costs
 * one load. Where it fails, the error is the answer to who tried, and the next one tries.
 */
#ifndef ROTA_ONCE_H
#define ROTA_ONCE_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** What rota_once_begin() and rota_once_finish() answer to who is to do it. */
#define ROTA_ONCE_YOURS 1

/** A thing to do once, in the caller's memory. All zero is one that is not done, without a name. Fields
 * are the core's, but for waiters.name and waiters.number. */
struct rota_once {
        uintptr_t word;                 /**< whose it is (atomic) */
        struct rota_wait_queue waiters; /**< FIFO */
};

/**
 * Has @p function called with @p argument, unless that has been done: by the caller, or by somebody else,
 * for whom it waits. When this answers ROTA_OK, what the function wrote is seen. It may wait; a task that
 * ends in it leaves the others waiting for ever.
 * @param function  answers ROTA_OK, or an error: then it is not done
 * @return ROTA_OK: it is done; what @p function answered; ROTA_EDEADLK: the caller is in it; ROTA_ECANCELED;
 * ROTA_ECONTEXT: no task, or it would have to wait and this is no place to; ROTA_EINVAL. Context: task; any,
 * where it has been done.
 */
int rota_once_call(struct rota_once *once, int (*function)(void *argument), void *argument);

/** As rota_once_call(), waiting for others at most until @p timeout. @return likewise; ROTA_ETIMEDOUT;
 * ROTA_EAGAIN: somebody else does it, and the time-out is none. Context: as rota_once_call(). */
int rota_once_call_until(struct rota_once *once, int (*function)(void *argument), void *argument,
        struct rota_timeout timeout);

/** Is it done? What was written for it is seen then. Context: any. */
bool rota_once_done(const struct rota_once *once);

/** Begins. @return ROTA_OK: it is done; ROTA_ONCE_YOURS: do it, then call rota_once_end(); ROTA_EAGAIN:
 * somebody else does it, queued, park on @p wait; ROTA_EDEADLK; ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_once_begin(struct rota_once *once, struct rota_wait *wait);

/** Ends a wait that was queued. @return ROTA_OK: it is done; ROTA_ONCE_YOURS: who did it failed, do it, then
 * call rota_once_end(); ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN: no result; ROTA_EINVAL. Context: task. */
int rota_once_finish(struct rota_once *once, struct rota_wait *wait);

/** Says how it went. @param result  ROTA_OK or above: it is done; below: it is not, and who waits longest
 * does it. @return ROTA_OK; ROTA_EPERM: it is not the caller's to do; ROTA_EINVAL. Context: task. */
int rota_once_end(struct rota_once *once, int result);

ROTA_END_DECLS
#endif
