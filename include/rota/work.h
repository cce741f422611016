/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Deferred work: what an interrupt or a busy task leaves for a pool of worker threads to do. The pool's
 * threads are the caller's: each is created with rota_workers_main() as its entry and the pool as its
 * argument, with the parameters, affinity and stack that suit the work.
 */
#ifndef ROTA_WORK_H
#define ROTA_WORK_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

struct rota_work;
struct rota_worker;
struct rota_workers;

/** One piece of work, in the caller's memory, initialised before it is first queued. It never runs twice
 * at the same time. While it is queued or runs it is its pool's: its memory is free to use once it has
 * run and nobody queues it, which rota_work_cancel_wait() sees to. */
struct rota_work {
        struct rota_work *next; /**< the core's */
        void (*run)(
                struct rota_work *work); /**< in a worker thread, interrupts enabled; may block */
        struct rota_workers *workers;    /**< where it is queued or runs, or NULL (atomic) */
        uint32_t state;                  /**< under its pool's lock (atomic) */
};

/** Work that becomes due. */
struct rota_delayed_work {
        struct rota_work work;        /**< first */
        struct rota_timer timer;      /**< the core's */
        struct rota_workers *workers; /**< the core's: where it goes */
};

/** A pool of workers, in the caller's memory. All zero is an empty one. */
struct rota_workers {
        struct rota_wait_queue idle; /**< workers; its lock is the pool's */
        struct rota_wait_queue done; /**< who waits for the end of some work */
        struct rota_work *first;     /**< the next to be run */
        struct rota_work *last;      /**< the last */
        struct rota_worker *working; /**< workers that run something */
        bool awaited;                /**< somebody waits until there is nothing to do */
        bool stopping;               /**< its workers end */
};

/** Prepares work. Context: any. */
void rota_work_init(struct rota_work *work, void (*run)(struct rota_work *));

/** Queues work. What is queued already stays where it is; what runs will run once more after that.
 * @return ROTA_OK; ROTA_EBUSY: it was queued already, here or in another pool; ROTA_EINVAL; ROTA_ECLOSED:
 * the pool stops. Context: any. */
int rota_work_queue(struct rota_workers *workers, struct rota_work *work);

/** Takes work out of its queue; what runs goes on. @return whether it was queued. Context: any. */
bool rota_work_cancel(struct rota_work *work);

/** As rota_work_cancel(), and waits until it does not run. @return ROTA_OK: it is not queued, nor does it
 * run; ROTA_ETIMEDOUT, ROTA_ECANCELED, ROTA_EAGAIN, ROTA_ECONTEXT: it still runs; ROTA_EDEADLK: called by
 * the work itself. Context: task. */
int rota_work_cancel_wait(struct rota_work *work, struct rota_timeout timeout);

/** Waits until work that was queued or runs has run. @return ROTA_OK; else as
 * rota_work_cancel_wait(). Context: task. */
int rota_work_flush(struct rota_work *work, struct rota_timeout timeout);

/** Prepares delayed work. Context: any. */
void rota_delayed_work_init(struct rota_delayed_work *work, void (*run)(struct rota_work *));

/** Has work queued at an absolute time in ns, by a timer on this CPU. @return ROTA_OK; ROTA_EBUSY: it is
 * waiting for its time, or queued; ROTA_EINVAL; ROTA_ECONTEXT. Context: as rota_timer_arm(); one caller at
 * a time for one piece of work. */
int rota_delayed_work_queue(
        struct rota_workers *workers, struct rota_delayed_work *work, uint64_t deadline);

/** Cancels: its time does not come, it is in no queue; what runs goes on. @return whether it was waiting
 * for its time, or queued. Context: as rota_timer_cancel(). */
bool rota_delayed_work_cancel(struct rota_delayed_work *work);

/** As rota_delayed_work_cancel(), and waits until it does not run. @return as
 * rota_work_cancel_wait(). Context: task. */
int rota_delayed_work_cancel_wait(struct rota_delayed_work *work, struct rota_timeout timeout);

/** A worker thread's entry. @param workers  the pool. @return 0 once the pool stops; ROTA_ECANCELED where
 * the worker was cancelled, between two pieces of work. Context: task. */
intptr_t rota_workers_main(void *workers);

/** Waits until nothing is queued and nothing runs. @return ROTA_OK; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN; ROTA_ECONTEXT; ROTA_EDEADLK: called by work of this pool. Context: task. */
int rota_workers_flush(struct rota_workers *workers, struct rota_timeout timeout);

/** No more work is taken; the workers end once what is queued has run: join them. Context: any. */
void rota_workers_stop(struct rota_workers *workers);

ROTA_END_DECLS
#endif
