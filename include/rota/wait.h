/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The wait node: one wait of one task for one thing. Its result is set once, by whoever comes
 * first of waker, timer and canceller; so a park that returns early, late or for nothing does no
 * harm. Every blocking call is begin, park, finish on it.
 */
#ifndef ROTA_WAIT_H
#define ROTA_WAIT_H

#include <rota/task.h>
#include <rota/timer.h>

ROTA_BEGIN_DECLS

struct rota_wait_queue;

/** A wait's result while there is none. */
#define ROTA_WAIT_PENDING ((uintptr_t)1)

/** One wait, on the waiting thread's stack or in a future's data. Fields are the core's. */
struct rota_wait {
        struct rota_wait *next;        /**< in the queue that it waits in */
        struct rota_wait *previous;    /**< likewise */
        struct rota_handle waiter;     /**< whom to wake */
        uintptr_t result;              /**< ROTA_WAIT_PENDING or the result, set once (atomic) */
        intptr_t value;                /**< what the waker hands over, before the result */
        uint32_t flags;                /**< the primitive's own */
        uint32_t index;                /**< among those that share one result (rota_select) */
        struct rota_wait *decides;     /**< whose result is the wait's: its own, or the first's */
        struct rota_wait_queue *queue; /**< where it was put, NULL: taken out unserved (atomic) */
        struct rota_timer timer;       /**< its time-out */
};

/** Prepares a wait of the running task. Context: task. */
void rota_wait_init(struct rota_wait *wait);

/** Sets the result, where it has none, and wakes the waiter; after a true answer the node belongs
 * to the waiter again. @param result  ROTA_OK or an error. @return whether this call set it.
 * Context: any. */
bool rota_wait_complete(struct rota_wait *wait, int result);

/** As rota_wait_complete(), without the wake: whoever brings many results at once wakes all waiters
 * together, by rota_wake_many(). @param waiter  where the answer is true: whom to wake, soon. @return
 * whether this call set the result; the node belongs to the waiter again. Context: any. */
bool rota_wait_settle(struct rota_wait *wait, int result, struct rota_handle *waiter);

/** The result, or ROTA_EAGAIN while there is none. Context: any. */
int rota_wait_result(const struct rota_wait *wait);

/**
 * Parks the running thread until the wait has a result; at @p timeout or a cancel it sets that
 * result itself. The caller then takes the node out of its queue.
 * @return the result; ROTA_EAGAIN where it is pending and the time-out is none; ROTA_ECONTEXT;
 * ROTA_EINVAL: no wait, or, with ROTA_DEBUG, another task's.
 * Context: task.
 */
int rota_wait_park(struct rota_wait *wait, struct rota_timeout timeout);

/**
 * For tasks without a stack: as rota_wait_park(), without the park. Arms the time-out; the turn then
 * ends as pending (ROTA_POLL_PENDING, ROTA_TURN_PENDING), and the next one calls rota_wait_disarm().
 * @return ROTA_EAGAIN: the wait is on, end the turn; else it is over, as rota_wait_disarm() says,
 * ROTA_ETIMEDOUT too where the time-out is none. ROTA_EINVAL: no wait. Context: task.
 */
int rota_wait_arm(struct rota_wait *wait, struct rota_timeout timeout);

/** Looks how a wait stands after rota_wait_arm(). A cancel of the running task that is not held off sets
 * its result. Where there is one the time-out is taken back, and the caller takes the node out of its
 * queue.
 * @return the result; ROTA_EAGAIN: there is none, and the time-out is still armed: end the turn as
 * pending once more. ROTA_EINVAL: no wait. Context: task. */
int rota_wait_disarm(struct rota_wait *wait);

/** Ends a wait that nobody waits for any more (a future is dropped): where it has no result it is
 * ROTA_ECANCELED now. Takes the time-out back; the caller takes the node out of its queue. It is the
 * waiter who calls this, between rota_wait_arm() and what comes after.
 * @return the result; other than ROTA_ECANCELED: it was served meanwhile, and what it was given is to be
 * given back, or to the next. ROTA_EINVAL: no wait. Context: task. */
int rota_wait_withdraw(struct rota_wait *wait);

/** Begins to wait for a task's end: @return ROTA_OK: it has ended, its code is in wait->value;
 * ROTA_EAGAIN: queued; ROTA_ESTALE; ROTA_EINVAL: no wait. @param take  whether the wait takes the code and frees the
 * slot. Context: any. */
int rota_join_begin(struct rota_handle task, struct rota_wait *wait, bool take);

/** Ends a wait for a task's end that was queued: takes it out of the queue where it still is.
 * Context: any. */
void rota_join_finish(struct rota_handle task, struct rota_wait *wait);

ROTA_END_DECLS
#endif
