/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Between threads and futures: a thread that waits for a future, and a future that waits for a function which
 * needs a thread, because it blocks.
 */
#ifndef ROTA_BLOCK_ON_H
#define ROTA_BLOCK_ON_H

#include <rota/await.h>
#include <rota/thread.h>
#include <rota/work.h>

ROTA_BEGIN_DECLS

/**
 * Polls a future in the calling thread until it is ready; the thread parks where it is pending, and yields
 * (rota_yield()) where the future does. So it waits with the thread's own urgency, and lends that where the
 * future awaits a mutex. To wait for the end of a future *task* see rota_join(), and rota_join_inherit().
 * Once this returns the future is over, ready or dropped; but for ROTA_ECONTEXT and ROTA_EINVAL, which leave it
 * as it was.
 * @param value  receives the future's value where the answer is ROTA_OK; may be NULL
 * @return ROTA_OK; ROTA_ETIMEDOUT, ROTA_ECANCELED: it was not ready, and was dropped; ROTA_EAGAIN: likewise, and
 * the time-out is none; ROTA_EINVAL: no future; ROTA_ECONTEXT: not a thread that may park: within a poll or a
 * turn without a stack, in an interrupt, under a guard or with interrupts masked. Context: task.
 */
int rota_block_on(struct rota_future *future, struct rota_timeout timeout, intptr_t *value);

/** A function that a worker is to call, in the caller's memory. Fields are the core's, but `future.value`. */
struct rota_blocking_call {
        struct rota_future future;                    /**< first: what is polled */
        struct rota_work work;                        /**< the call, to the pool */
        struct rota_workers *pool;                    /**< whose workers */
        intptr_t (*function)(void *);                 /**< the caller's */
        void *argument;                               /**< likewise */
        void (*dropped)(struct rota_blocking_call *); /**< or NULL */
        struct rota_wait wait;                        /**< for its end */
        bool begun;                                   /**< it was queued */
        bool left; /**< it was dropped while it ran; under the pool's lock */
};

/**
 * Prepares a future that has a worker of @p pool call `function(argument)`, which may block, and is ready with
 * what that returned; with ROTA_ECLOSED where the pool stops. Calls are begun in the order of their futures'
 * first polls. Dropped before its function has begun, it is not called. Dropped while it runs, nobody waits: the
 * function goes on to its end, and its result is not looked at. After a drop `value` is ROTA_EBUSY in the
 * latter case: then the call's memory, and what the argument points to, are in use until @p dropped is called,
 * which may be at once; else ROTA_ECANCELED, and they are not.
 * @param dropped  called by the worker, as the last thing; NULL where the memory stays for as long as the pool's
 *                 workers live. Where it gives the memory back, who drops does not look at `value` after it
 * Context: any.
 */
struct rota_future *rota_spawn_blocking(struct rota_blocking_call *call, struct rota_workers *pool,
        intptr_t (*function)(void *), void *argument, void (*dropped)(struct rota_blocking_call *));

/** A thread for one function that blocks, in the caller's memory. Fields are the core's. */
struct rota_blocking_thread {
        struct rota_await_inherit inherit; /**< first: what is polled; `value` is the exit code */
        struct rota_thread thread;         /**< runs it */
        const struct rota_thread_options *options; /**< the caller's */
};

/**
 * Prepares a future that makes and starts a thread, and is ready with its exit code; or with what
 * rota_thread_create() answered where it could not. Meanwhile the thread counts as at least as urgent as who
 * awaits it. Dropped before its first poll there is no thread. Dropped later, nobody waits: the thread is asked
 * to end (rota_cancel()) and detached; its memory and its stack are free once its exit callback
 * (`options->task.on_exit`) has been called and the drop has returned. So it is too where it is ready with
 * ROTA_ECANCELED, because its task was cancelled within the very poll.
 * @param options  as of rota_thread_create(); stay valid until the first poll
 * Context: any.
 */
struct rota_future *rota_spawn_blocking_thread(
        struct rota_blocking_thread *thread, const struct rota_thread_options *options);

ROTA_END_DECLS
#endif
