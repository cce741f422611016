/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Threads: tasks with a stack of the caller's.
 */
#ifndef ROTA_THREAD_H
#define ROTA_THREAD_H

#include <rota/extra.h>
#include <rota/task.h>

ROTA_BEGIN_DECLS

struct rota_cleanup;

/** A thread's control block, in the caller's memory. */
struct rota_thread {
        struct rota_task task;         /**< first, so that the two convert */
        struct rota_context context;   /**< its stack */
        intptr_t (*entry)(void *);     /**< where it begins */
        void *argument;                /**< given to entry */
        struct rota_cleanup *cleanups; /**< see <rota/cleanup.h>; its own */
};

/** Smallest stack that rota_thread_create() takes; a world may need more for its interrupts. */
#define ROTA_STACK_MIN 1024

/** What a new thread is given. */
struct rota_thread_options {
        struct rota_task_options task; /**< as for any task */
        intptr_t (*entry)(void *);     /**< its return value is the exit code */
        void *argument;                /**< given to entry */
        void *stack;                   /**< the caller's, lowest address, not shared */
        size_t stack_size;             /**< bytes, at least ROTA_STACK_MIN */
        /** Its thread-local storage, see rota/extra.h; NULL: none. What keeps it lies at the upper end
         * of the stack: some 32 bytes. */
        void *tls;
        /** It may use the floating-point and vector unit, whose state is kept at the upper end of the
         * stack: rota_extra_bytes() of it. Without this an instruction of the unit is an exception. */
        bool fpu;
};

/** Makes a thread; rota_start() lets it run. @return as rota_task_create(); ROTA_EINVAL also for a
 * missing entry or stack, or one that ends beyond memory, or that has less than ROTA_STACK_MIN left
 * beside what `tls` and `fpu` ask for; ROTA_EPORT: the world knows neither. Context: any. */
int rota_thread_create(struct rota_thread *thread, const struct rota_thread_options *options,
        struct rota_handle *handle);

/** Lets others of its rank go first. The thread's slice starts anew. Context: task; elsewhere, or
 * with a guard held or interrupts masked, it does nothing and returns ROTA_ECONTEXT. */
int rota_yield(void);

/**
 * Sleeps until woken, or returns at once where the token is set; the token is taken. May return
 * for no reason: wait in a loop.
 * @return ROTA_OK; ROTA_ECANCELED: asked to end; ROTA_ECONTEXT: not in a task, or a guard is held or
 * interrupts are masked.
 * Context: task.
 */
int rota_park(void);

/** As rota_park(), at most until @p timeout. @return as rota_park(); ROTA_ETIMEDOUT; ROTA_EAGAIN:
 * no token, and the time-out is none. Context: task. */
int rota_park_until(struct rota_timeout timeout);

/** Wakes @p to and parks in one step; where both belong to this CPU, @p to runs next within its
 * rank. @return as rota_park(); ROTA_ESTALE: @p to is gone, did not park. Context: task. */
int rota_hand_over(struct rota_handle to);

/** Sleeps for @p ns nanoseconds; wakes do not end it (they set the token for the next park).
 * @return ROTA_OK; ROTA_ECANCELED; ROTA_ECONTEXT. Context: task. */
int rota_sleep_for(uint64_t ns);

/**
 * Sleeps until the clock reaches *next, then moves *next on by whole periods to the first one in
 * the future. Periods never drift.
 * @param next    absolute ns, in and out
 * @param period  ns; 0 leaves *next as it is
 * @return periods missed: 0 where the thread woke within one period of *next; or ROTA_ECANCELED,
 * ROTA_ECONTEXT, ROTA_EINVAL (no @p next). Context: task.
 */
int64_t rota_sleep_until(uint64_t *next, uint64_t period);

/** Ends the running task with @p code; a thread runs its cleanup handlers first. Context: task, no guard held. */
ROTA_NORETURN void rota_exit(intptr_t code);

ROTA_END_DECLS
#endif
