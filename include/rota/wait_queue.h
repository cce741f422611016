/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The wait queue: tasks that wait for one thing, in the order in which they are served. Everything in
 * <rota/sync.h> is built on it, and so is a kernel's own primitive with a lock of its own:
 *
 *      lock(mine);
 *      while (!ready) {
 *              rota_wait_queue_begin(&queue, &wait);
 *              unlock(mine);
 *              rota_wait_park(&wait, timeout);
 *              result = rota_wait_queue_finish(&wait);
 *              lock(mine);
 *      }
 *
 * Who sets `ready` under its lock and then wakes the queue wakes whoever has begun.
 */
#ifndef ROTA_WAIT_QUEUE_H
#define ROTA_WAIT_QUEUE_H

#include <rota/wait.h>

ROTA_BEGIN_DECLS

/** Who is served first. */
enum rota_wait_order {
        ROTA_WAIT_FIFO = 0, /**< who came first */
        ROTA_WAIT_URGENCY =
                1, /**< who is most urgent when it is served, by class and by what its policy
                                    says, inheritance included; among equals who came first */
};

/** A wait queue in the caller's memory. All zero is an empty one, FIFO, without a name. */
struct rota_wait_queue {
        uintptr_t lock;          /**< the core's */
        struct rota_wait *first; /**< the longest waiting, in a circle; the core's */
        const char *name;        /**< for dumps, or NULL; anybody's before it is used */
        uint32_t number;         /**< for traces, 0: no events; anybody's before it is used */
        uint8_t order;           /**< enum rota_wait_order */
};

/** Prepares an empty queue. @param order  enum rota_wait_order. @param name  for dumps, may be NULL;
 * stays valid while the queue is used. Context: any. */
void rota_wait_queue_init(
        struct rota_wait_queue *queue, enum rota_wait_order order, const char *name);

/** Begins to wait: prepares @p wait for the running task and puts it into the queue. After it a wake of
 * the queue is not missed. Context: task. */
void rota_wait_queue_begin(struct rota_wait_queue *queue, struct rota_wait *wait);

/** Ends to wait, woken or not: afterwards the node is in no queue, and its memory the caller's.
 * @return the result: ROTA_OK woken (or what the waker said); ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN: there was none. Context: task. */
int rota_wait_queue_finish(struct rota_wait *wait);

/** Waits: begin, park, finish. @return ROTA_OK woken, or what the waker said; ROTA_ETIMEDOUT;
 * ROTA_ECANCELED; ROTA_EAGAIN: the time-out is none; ROTA_ECONTEXT. Context: task. */
int rota_wait_queue_wait(struct rota_wait_queue *queue, struct rota_timeout timeout);

/** Waits until @p condition answers true; it is asked first, and again after each wake of the queue.
 * Who makes it true does so first, and wakes then. It is called without locks.
 * @return ROTA_OK: it is true; else as rota_wait_queue_wait(). Context: task. */
int rota_wait_queue_wait_until(struct rota_wait_queue *queue, bool (*condition)(void *),
        void *argument, struct rota_timeout timeout);

/** Wakes up to @p most of those that wait (UINT32_MAX: all), with the result @p result (ROTA_OK, or an
 * error). @return how many. Context: any. */
uint32_t rota_wait_queue_wake(struct rota_wait_queue *queue, uint32_t most, int result);

/** Wakes up to @p wake, and has up to @p move others wait in @p to instead, in the order in which they
 * would have been woken: so that many who would next wait for the same thing are not all woken for it.
 * @return how many were woken and moved. Context: any. */
uint32_t rota_wait_queue_requeue(
        struct rota_wait_queue *from, uint32_t wake, struct rota_wait_queue *to, uint32_t move);

/** How many wait, at some moment during the call. Context: any. */
uint32_t rota_wait_queue_length(struct rota_wait_queue *queue);

ROTA_END_DECLS
#endif
