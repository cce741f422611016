/* SPDX-License-Identifier: MIT */
/*
 * The wait queue, as the primitives use it: its lock is theirs too, so that what they look at and who
 * waits for it change together. Lock order: a queue's lock, then those of the core.
 *
 * A node's result is set once (wait_decide), by whoever comes first of who serves it, its time-out and
 * a cancel. Who serves it holds the queue's lock and takes it out of the queue before that, and touches
 * it no more after: so a result that says WAIT_SERVED leaves the node to its owner, and any other one
 * sends the owner through the lock, to take it out itself.
 */
#ifndef ROTA_SYNC_QUEUE_H
#define ROTA_SYNC_QUEUE_H

#include <rota/wait_queue.h>

#include "core/debug.h"

static inline uintptr_t queue_lock(struct rota_wait_queue *queue)
{
        uintptr_t flags = rota_port_irq_save();
        rota_lock(&queue->lock);
        return flags;
}

/* Releases it; whoever was woken meanwhile may run at once. */
static inline void queue_unlock(struct rota_wait_queue *queue, uintptr_t flags)
{
        rota_unlock(&queue->lock);
        dispatch_leave(flags);
}

/* May whoever executes this be put into a queue: a task, not an interrupt? */
bool queue_may_wait(void);
/* Waits until who served somebody has released the lock, and is done with the queue. */
static inline void queue_settle(struct rota_wait_queue *queue)
{
        /* What was served was served under the lock: it is still seen taken, or it has been released. */
        if (rota_unlikely(rota_atomic_load_acquire(&queue->lock) != 0)) {
                uintptr_t flags = queue_lock(queue);
                queue_unlock(queue, flags);
        }
}

/* All below: the queue's lock is held. */

/* Puts a prepared node at the end. */
void queue_add(struct rota_wait_queue *queue, struct rota_wait *wait);
/* Takes it out of the circle, and does not write to it. */
void queue_unlink(struct rota_wait_queue *queue, struct rota_wait *wait);
/* Who is served next, waiting still or not; NULL where nobody is in the queue. */
struct rota_wait *queue_next(struct rota_wait_queue *queue);
/* Takes a node of the queue out and gives it its result and `value`, where it has none yet: true, and
 * *waiter is to be woken; the node is not ours any more. False: it timed out or was cancelled, and is out
 * of the queue. */
bool queue_serve(struct rota_wait_queue *queue, struct rota_wait *wait, int result, intptr_t value,
        struct rota_handle *waiter);
/* Who was served and is to be woken, together where they are several; a list begins as {0}. */
struct wakes {
        uint32_t count;
        struct rota_handle handles[16];
};

/* Wakes all of them; the list is empty again. Interrupts are masked. */
void queue_wake(struct wakes *wakes);
static inline void queue_wake_later(struct wakes *wakes, struct rota_handle waiter)
{
        if (wakes->count == sizeof(wakes->handles) / sizeof(wakes->handles[0]))
                queue_wake(wakes);
        wakes->handles[wakes->count++] = waiter;
}
/* Serves the first that still waits, and wakes it; false where nobody does. */
bool queue_wake_one(struct rota_wait_queue *queue, int result, intptr_t value);
/* Likewise up to `most` of them; how many. */
uint32_t queue_wake_many(struct rota_wait_queue *queue, uint32_t most, int result, intptr_t value);

/* Takes a node that was not served out, where nobody who skipped it has done so. */
static inline void queue_withdraw(struct rota_wait *wait)
{
        struct rota_wait_queue *queue = rota_atomic_load(&wait->queue);
        if (queue)
                queue_unlink(queue, wait);
        rota_atomic_store(&wait->queue, NULL);
}

/* The class and urgency of a task, the smaller the more urgent. */
struct urgency {
        uint64_t value;
        uint32_t class_index;
};
struct urgency urgency_of(const struct rota_task *task);
static inline bool urgency_before(struct urgency a, struct urgency b)
{
        return a.class_index != b.class_index ? a.class_index < b.class_index : a.value < b.value;
}
/* The task of a node that is in a queue: it exists. */
struct rota_task *wait_task(const struct rota_wait *wait);

/* No lock held. Takes the node out of its queue where it still is in one; its result, ROTA_EAGAIN where it
 * has none. */
int queue_finish(struct rota_wait *wait);
/* Likewise for a primitive of several queues under the lock of one of them, `guard`. */
int queue_finish_under(struct rota_wait_queue *guard, struct rota_wait *wait);
/* Parks on a queued node and takes it out. */
static inline int queue_park(struct rota_wait *wait, struct rota_timeout timeout)
{
        int result = rota_wait_park(wait, timeout);
        int finished = queue_finish(wait);
        return finished == ROTA_EAGAIN ? result : finished;
}

/* Tells the trace that the running task waits in this queue for what `holder` has. */
void queue_trace(const struct rota_wait_queue *queue, const struct rota_task *holder);
/* Likewise that `task` does. */
void queue_trace_of(const struct rota_wait_queue *queue, const struct rota_task *task,
        const struct rota_task *holder);

#endif
