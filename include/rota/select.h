/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Select: waits for the first of several things, messages to send or to receive, event flags and wait
 * queues, and does exactly one of them (Hoare's guarded alternatives, 1978).
 *
 *      struct rota_select_case cases[] = {
 *              rota_select_receive(&orders, &order),
 *              rota_select_send(&results, &result),
 *              rota_select_events(&alarms, FIRE | FLOOD, ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR),
 *              rota_select_queue(&bell, bell_rings, NULL),
 *      };
 *      switch (rota_select(cases, 4, rota_timeout_after(ROTA_MS))) {
 *      case 0: ... cases[0].result is ROTA_OK, or ROTA_ECLOSED
 *
 * Where several are ready the first in the order of the cases is done; who wants them in turns begins with
 * another one each time. All are looked at as of one moment: their locks are held together, so the
 * time for which interrupts are masked grows with their number.
 */
#ifndef ROTA_SELECT_H
#define ROTA_SELECT_H

#include <rota/channel.h>
#include <rota/events.h>

ROTA_BEGIN_DECLS

struct rota_select_kind;

/** Most cases of one select. */
#define ROTA_SELECT_MOST 64

/** One thing to wait for, made by the functions below. It and what it points to stay where they are until
 * the select has ended. A channel or queue may be in several cases. */
struct rota_select_case {
        const struct rota_select_kind *kind; /**< the core's */
        void *object;                        /**< channel, event flags or queue */
        void *argument;                      /**< the message, or the condition's argument */
        bool (*condition)(void *);           /**< of a queue, or NULL */
        int result;                          /**< where it was done: ROTA_OK or ROTA_ECLOSED; what
                                                the waker said */
        uint32_t flags;                      /**< event flags that are waited for */
        uint32_t how;                        /**< and in which way */
        uint32_t got;                        /**< where it was done: which of them there were */
        uint32_t next;                       /**< the core's: whose lock comes after */
        struct rota_wait wait;               /**< the core's */
};

/** Sends a message of the caller's, as rota_channel_send(). Context: any. */
struct rota_select_case rota_select_send(struct rota_channel *channel, const void *message);

/** Receives a message into the caller's buffer, as rota_channel_receive(). Each case needs a buffer of its
 * own: of those that are not done the contents are unspecified. Context: any. */
struct rota_select_case rota_select_receive(struct rota_channel *channel, void *message);

/**
 * Waits for a wake of a queue, as rota_wait_queue_wait_until().
 * @param condition  ready at once where it answers true; asked once, under the queue's lock, interrupts
 *                   masked: it calls nothing of Rota's. Who makes it true does so first, and wakes
 *                   then; after a wake nobody asks again. NULL: only a wake counts.
 * @param argument   the condition's
 * Context: any.
 */
struct rota_select_case rota_select_queue(
        struct rota_wait_queue *queue, bool (*condition)(void *), void *argument);

/** Waits for event flags, as rota_events_wait(): which were there is in the case's `got`.
 * Context: any. */
struct rota_select_case rota_select_events(
        struct rota_events *events, uint32_t flags, uint32_t how);

/**
 * Does the first of the cases that can be done, and waits for it.
 * @param cases  where it ends with a number, that one's result is set
 * @param count  1 to ROTA_SELECT_MOST
 * @return the number of the case that was done, from 0; else none was: ROTA_EAGAIN: none is ready, and the
 * time-out is none; ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_ECONTEXT: none is ready, and the caller cannot
 * wait; ROTA_EINVAL. Context: any with a time-out of none; else task.
 */
int rota_select(struct rota_select_case *cases, uint32_t count, struct rota_timeout timeout);

/** Begins to wait for the first of the cases. @return the number of the case that was done; ROTA_EAGAIN:
 * queued, park on cases[0].wait; ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_select_begin(struct rota_select_case *cases, uint32_t count);

/** Ends a select that was queued. @return the number of the case that was done; ROTA_ETIMEDOUT;
 * ROTA_ECANCELED; ROTA_EAGAIN: the wait had no result; ROTA_EINVAL. Context: task. */
int rota_select_finish(struct rota_select_case *cases, uint32_t count);

ROTA_END_DECLS
#endif
