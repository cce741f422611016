/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Awaiting what threads block on: a future for each object of <rota/sync.h>, and for a task's end. Threads
 * that block and futures that await wait in the same queue, at the same time, and are served in the object's
 * order, by coming or by urgency, whichever they are.
 *
 * A future is prepared by the function that is named after its object and answers it, then polled, by a task
 * (rota_spawn()), by another future (ROTA_AWAIT(), a combinator) or by rota_block_on(). Its first poll takes what
 * is there, or puts the polling task into the object's queue. It is ready with the answer that the blocking
 * call would have given; in `value`, unless it says otherwise. It may be prepared again after that, in the
 * same memory. A time-out counts from the first poll, unless it is absolute; with one of none the answer is
 * ROTA_EAGAIN where there is nothing to be had at once.
 *
 * **Dropped** while it waits it leaves the queue. It may have been served in the meantime, though nobody has
 * polled it since; then what it got is not lost: it goes back, as each function says, or where that cannot be
 * done `value` says that it is the caller's. After a drop `value` is ROTA_ECANCELED where there is nothing
 * left to be done, and otherwise what the poll would have answered.
 *
 * **Who waits** is the task that polls. To the objects that ask who it is, all futures of one task are the
 * same one: the mutex that one of them has locked is the task's, each of them may unlock it, and if it is
 * recursive lock it again; another one that wants it, or waits for it already, is answered ROTA_EDEADLK. For
 * futures of one task that exclude each other there is the semaphore with one permit. So it is with
 * reader-writer locks and rota_once. A task that ends, or is dropped, with a mutex leaves it to the next, who
 * is answered ROTA_EOWNERDEAD.
 *
 * **Inheritance**: who awaits a mutex lends its urgency to the owner, as a thread does; a task whose futures
 * wait for several lends to each owner. A circle over tasks is refused (ROTA_EDEADLK), even where another of
 * the task's futures might open it: give futures that hold locks while they await others tasks of their own.
 */
#ifndef ROTA_AWAIT_H
#define ROTA_AWAIT_H

#include <rota/future.h>
#include <rota/sync.h>

ROTA_BEGIN_DECLS

struct rota_await_kind;

/** One thing that is awaited. Fields are the core's, but for what is said of them. */
struct rota_await {
        struct rota_future future;          /**< first: what is polled */
        const struct rota_await_kind *kind; /**< what is done with the object */
        void *object;                       /**< the object */
        void *argument;                     /**< message, block, flags or cases */
        struct rota_handle task;            /**< whose end it is */
        struct rota_timeout timeout;        /**< how long */
        uint32_t flags;                     /**< of events, of notes; how many cases */
        uint32_t how;                       /**< in which way */
        int result;            /**< once it is ready: ROTA_OK, or the error. Yours to read */
        uint32_t state;        /**< how far it is */
        struct rota_wait wait; /**< in the object's queue */
};

/** A permit, as rota_semaphore_take_until(). Dropped: the permit is given back. Context: any. */
struct rota_future *rota_await_semaphore(
        struct rota_await *await, struct rota_semaphore *semaphore, struct rota_timeout timeout);

/** A lock, as rota_mutex_lock_until(). Dropped: it is unlocked, and the next one is answered
 * ROTA_EOWNERDEAD where this one would have been. Context: any. */
struct rota_future *rota_await_mutex(
        struct rota_await *await, struct rota_mutex *mutex, struct rota_timeout timeout);

/** As rota_completion_wait_until(). Dropped: what it passed by serves the next one. Context: any. */
struct rota_future *rota_await_completion(
        struct rota_await *await, struct rota_completion *completion, struct rota_timeout timeout);

/** As rota_events_wait_until(). Dropped: what it had cleared is set again, for the next one who waits; though
 * others may have been served by the same set. @param got  may be NULL. Context: any. */
struct rota_future *rota_await_events(struct rota_await *await, struct rota_events *events,
        uint32_t flags, uint32_t how, uint32_t *got, struct rota_timeout timeout);

/** As rota_channel_send(). @param message  stays valid until it is ready or dropped. Dropped: `value` is
 * ROTA_OK where the message has been sent. Context: any. */
struct rota_future *rota_await_channel_send(struct rota_await *await, struct rota_channel *channel,
        const void *message, struct rota_timeout timeout);

/** As rota_channel_receive(). @param message  nobody else's until it is ready or dropped. Dropped: the message
 * is returned (rota_channel_return()), so the next receiver has it; where there is no room for it, because
 * others have sent since or the capacity is 0, it stays in the buffer, and `value` is ROTA_OK. Context: any. */
struct rota_future *rota_await_channel_receive(struct rota_await *await,
        struct rota_channel *channel, void *message, struct rota_timeout timeout);

/** As rota_rwlock_read_until(). Dropped: it is unlocked. Context: any. */
struct rota_future *rota_await_rwlock_read(
        struct rota_await *await, struct rota_rwlock *lock, struct rota_timeout timeout);

/** As rota_rwlock_write_until(). Dropped: it is unlocked. Context: any. */
struct rota_future *rota_await_rwlock_write(
        struct rota_await *await, struct rota_rwlock *lock, struct rota_timeout timeout);

/** As rota_barrier_wait_until(). Dropped: it is not counted any more; where all have come before, they have
 * passed and so has it: `value` is ROTA_OK. Context: any. */
struct rota_future *rota_await_barrier(
        struct rota_await *await, struct rota_barrier *barrier, struct rota_timeout timeout);

/** As rota_once_begin(): ROTA_OK: it is done; ROTA_ONCE_YOURS: do it, then call rota_once_end().
 * Dropped: it is another one's to do. Context: any. */
struct rota_future *rota_await_once(
        struct rota_await *await, struct rota_once *once, struct rota_timeout timeout);

/** Notes of the task that polls, as rota_notify_wait(). @param bits  receives them, may be NULL. Nothing is
 * taken but in a poll that is ready, so a drop leaves them all. Context: any. */
struct rota_future *rota_await_notify(
        struct rota_await *await, uint32_t mask, uint32_t *bits, struct rota_timeout timeout);

/** A block, as rota_pool_take(). @param block  receives it. Dropped: it is given back. Context: any. */
struct rota_future *rota_await_pool(struct rota_await *await, struct rota_pool *pool, void **block,
        struct rota_timeout timeout);

/** A wake, as rota_wait_queue_wait(). Its first poll puts it into the queue: so where something else says
 * whether to wait, look at that after the first poll, and drop it. Dropped: the wake goes on to the
 * next one in the queue. Context: any. */
struct rota_future *rota_await_wait_queue(
        struct rota_await *await, struct rota_wait_queue *queue, struct rota_timeout timeout);

/** The first of several cases, as rota_select(); `value` is its number. Dropped: the case is undone, as its own
 * future would be; where it cannot be `value` is its number. @param cases  stay until it is ready or
 * dropped. Context: any. */
struct rota_future *rota_await_select(struct rota_await *await, struct rota_select_case *cases,
        uint32_t count, struct rota_timeout timeout);

/** A task's end, as rota_join(): `result` is ROTA_OK and `value` the exit code, or both are the error. Dropped:
 * the code is not taken, and others may join. Context: any. */
struct rota_future *rota_await_join(
        struct rota_await *await, struct rota_handle task, struct rota_timeout timeout);

/** A task's end, with inheritance. Fields as of struct rota_await. */
struct rota_await_inherit {
        struct rota_await await; /**< first */
        struct rota_lend lend;   /**< to the task that is awaited */
};

/** As rota_join_inherit(); else as rota_await_join(). Context: any. */
struct rota_future *rota_await_join_inherit(
        struct rota_await_inherit *await, struct rota_handle task, struct rota_timeout timeout);

/** A signal of a condition. Fields are the core's, but `future.value`. */
struct rota_await_condition {
        struct rota_future future;        /**< first: what is polled */
        struct rota_condition *condition; /**< for what */
        struct rota_mutex *mutex;         /**< which it gives up, and has again */
        struct rota_timeout timeout;      /**< for the signal */
        uint32_t state;                   /**< how far it is */
        struct rota_condition_wait wait;  /**< its nodes */
};

/** As rota_condition_wait_until(): by its first poll, which the task has locked the mutex before, the mutex is
 * given up; once it is ready it is the task's again, whatever `value` says, but for ROTA_EPERM, ROTA_EINVAL,
 * ROTA_ECONTEXT and ROTA_EDEADLK. Dropped: the mutex is not the task's, for a drop does not wait; a signal
 * goes on to the next one who waits. Context: any. */
struct rota_future *rota_await_condition(struct rota_await_condition *await,
        struct rota_condition *condition, struct rota_mutex *mutex, struct rota_timeout timeout);

ROTA_END_DECLS
#endif
