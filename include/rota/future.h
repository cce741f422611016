/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Futures: values that are not there yet, computed a piece at a time by polls, and tasks that are made of
 * them.
 *
 * A future is an object of the caller's with a poll function. Who wants its value polls it until it is
 * ready; in between, it has arranged to be woken. One future may be made of others, which it polls
 * (<rota/combine.h>); the outermost is polled by a task, or by a thread that waits for it
 * (rota_block_on()). A future task is a task like any other: same queues, policies, slices, stealing; it
 * has no stack, and is preempted in the middle of a poll like a thread (<rota/spare.h>).
 *
 * Polling, pending and wakers are as in Rust's core::future and core::task (Turon, Hoare et al.: RFC 2592,
 * "Stabilize std::task and std::future::Future", 2018). A waker here is a task's handle: one word to copy, harmless for ever,
 * woken by rota_wake() from anywhere.
 *
 * Level 4 (ROTA_FUTURE in rota.mk).
 */
#ifndef ROTA_FUTURE_H
#define ROTA_FUTURE_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

struct rota_future;
struct rota_scope;

/** What a poll answers. */
enum rota_poll {
        ROTA_POLL_PENDING, /**< not ready; it will wake who polls it, or has done so already */
        ROTA_POLL_YIELDED, /**< not ready; it wants to be polled again, when others have had a turn */
        ROTA_POLL_READY,   /**< its value is there; it is not polled again */
};

/** Ready answers in a row that one poll of a task may have from what it waits for, before it yields
 * so that others have a turn: see rota_poll_spend(). */
#define ROTA_POLL_BUDGET 128

/** What a poll is told; the same for all futures that are polled within one turn. */
struct rota_poll_context {
        struct rota_handle waker; /**< whom to wake: who polls it. It is the same at each poll */
        uint32_t budget;          /**< what is left of ROTA_POLL_BUDGET */
        bool preempted; /**< set with ROTA_POLL_YIELDED where another task may have to run: the task
                             keeps the rest of its slice (struct rota_user_drive) */
};

/** A future in the caller's memory, usually the first thing in a structure of its own. From its first
 * poll until it is ready or dropped it is neither moved nor polled by another task. */
struct rota_future {
        /** Goes on. May be called without a wake of its own, as often as anybody likes. Context: task; it
         * must not block (rota_park() and the like answer ROTA_ECONTEXT in a future task). */
        enum rota_poll (*poll)(struct rota_future *future, struct rota_poll_context *context);
        /** It will not be polled again, though it is not ready: takes itself out of all that it waits for,
         * drops what it is made of, and puts right what it has begun; does not wait. NULL: there is
         * nothing to put right. */
        void (*drop)(struct rota_future *future);
        intptr_t value; /**< once it is ready: its value, or a negative enum rota_error */
};

/** Prepares a future. @param drop  may be NULL. Context: any. */
static inline void rota_future_init(struct rota_future *future,
        enum rota_poll (*poll)(struct rota_future *, struct rota_poll_context *),
        void (*drop)(struct rota_future *))
{
        future->poll = poll;
        future->drop = drop;
        future->value = 0;
}

/** Polls a future. Not after it was ready or dropped. Context: within a poll. */
static inline enum rota_poll rota_future_poll(
        struct rota_future *future, struct rota_poll_context *context)
{
        return future->poll(future, context);
}

/** Drops a future that was polled and is not ready, or was never polled. By the task that polled it.
 * Context: task. */
static inline void rota_future_drop(struct rota_future *future)
{
        if (future->drop)
                future->drop(future);
}

/** For a future that is about to be ready without having waited: may it, in this poll? Where the budget
 * is used up it is to answer ROTA_POLL_YIELDED instead, and has done nothing: so that who finds
 * everything ready, for ever, does not keep its CPU to itself (after Tokio's coop budget).
 * Context: within a poll. */
static inline bool rota_poll_spend(struct rota_poll_context *context)
{
        if (context->budget == 0)
                return false;
        context->budget--;
        return true;
}

/** A task whose turns are polls of a future, in the caller's memory. */
struct rota_future_task {
        struct rota_task task;      /**< first, so that the two convert */
        struct rota_future *future; /**< what it polls, the caller's until the task has ended */
        struct rota_scope *scopes;  /**< that it has opened, and must outlive: see <rota/scope.h> */
};

/**
 * Makes a task that polls a future until it is ready, and then ends with its value as exit code;
 * rota_start() has it polled for the first time. A poll follows each wake, or batch of wakes that came
 * before it; a wake during a poll is followed by another one. After rota_cancel() (not held off by
 * rota_cancel_hold()) the future is dropped instead of polled, and the task ends with ROTA_ECANCELED.
 * The exit callback of a detached task comes when its slot is free already, so its handle is stale.
 * @return as rota_task_create(); ROTA_EINVAL also for no future, or one without poll. Context: any.
 */
int rota_future_create(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle);

/** rota_future_create() and rota_start() in one, and cheaper than the two. @param handle  may be NULL where the task is detached.
 * @return likewise. Context: any. */
int rota_spawn(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle);

/**
 * Spawns several at once, under one lock where they may run on this CPU: they wait in the order of the
 * array.
 * @param tasks    pointers to the tasks, @p count of them
 * @param futures  what each polls
 * @param count    at least 1
 * @param options  of all of them; NULL: all defaults
 * @param handles  receives their handles, each before its task begins; NULL where they are detached
 * @return how many, the first ones: fewer than @p count where slots ran out; where it is none a negative
 * error as rota_future_create()'s. Context: any.
 */
int rota_spawn_many(struct rota_future_task *const *tasks, struct rota_future *const *futures,
        uint32_t count, const struct rota_task_options *options, struct rota_handle *handles);

/** Whether a task is a future task. Context: any. */
bool rota_future_is(const struct rota_task *task);

ROTA_END_DECLS
#endif
