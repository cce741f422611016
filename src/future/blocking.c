/* SPDX-License-Identifier: MIT */
/*
 * Functions that block, called for futures by threads. A call is in its pool's line, or a worker runs it; all
 * of that is under the pool's lock, and so is its end: who finds it done waits until the worker
 * has let the lock go. A call that is dropped while it runs is the worker's until it has told so.
 */
#include <rota/block_on.h>

#include "future/await.h"
#include "sync/queue.h"

enum { CALL_NEW, CALL_LINE, CALL_RUNS, CALL_DONE, CALL_LEFT };

/* The lock is held. */
static void take_out(struct rota_blocking *pool, struct rota_blocking_call *call)
{
        struct rota_blocking_call *before = NULL;

        for (struct rota_blocking_call *at = pool->first; at != call; at = at->next)
                before = at;
        if (before)
                before->next = call->next;
        else
                pool->first = call->next;
        if (pool->last == call)
                pool->last = before;
}

/* Puts it into the line, and has a worker look. */
static int begin(struct rota_blocking_call *call)
{
        struct rota_blocking *pool = call->pool;

        if (!pool || !call->function)
                return ROTA_EINVAL;
        rota_wait_init(&call->wait);
        uintptr_t flags = queue_lock(&pool->idle);
        bool closed = pool->stopping;
        if (!closed) {
                call->state = CALL_LINE;
                call->next = NULL;
                if (pool->first)
                        pool->last->next = call;
                else
                        pool->first = call;
                pool->last = call;
                queue_wake_one(&pool->idle, ROTA_OK, 0);
        }
        queue_unlock(&pool->idle, flags);
        return closed ? ROTA_ECLOSED : ROTA_EAGAIN;
}

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_blocking_call *call = (struct rota_blocking_call *)future;

        if (call->state == CALL_NEW) {
                if (context->budget == 0)
                        return ROTA_POLL_YIELDED;
                future->value = begin(call);
                return future->value == ROTA_EAGAIN ? ROTA_POLL_PENDING : ROTA_POLL_READY;
        }
        /* Not by rota_wait_disarm(): a cancel is no reason to leave it to the worker, a drop is. */
        if (rota_wait_result(&call->wait) == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        queue_settle(&call->pool->idle);
        future->value = call->wait.value;
        return ROTA_POLL_READY;
}

static void drop(struct rota_future *future)
{
        struct rota_blocking_call *call = (struct rota_blocking_call *)future;
        struct rota_blocking *pool = call->pool;

        future->value = ROTA_ECANCELED;
        if (call->state == CALL_NEW)
                return;
        uintptr_t flags = queue_lock(&pool->idle);
        if (call->state == CALL_LINE) {
                take_out(pool, call);
        } else if (call->state == CALL_RUNS) {
                future->value = ROTA_EBUSY;
                call->state = CALL_LEFT; /* the lock once released, it may be gone */
        }
        queue_unlock(&pool->idle, flags);
}

struct rota_future *rota_spawn_blocking(struct rota_blocking_call *call, struct rota_blocking *pool,
        intptr_t (*function)(void *), void *argument, void (*dropped)(struct rota_blocking_call *))
{
        rota_future_init(&call->future, poll, drop);
        call->pool = pool;
        call->function = function;
        call->argument = argument;
        call->dropped = dropped;
        call->state = CALL_NEW;
        return &call->future;
}

/* Runs the first in the line. The lock is released meanwhile. */
static uintptr_t run_one(struct rota_blocking *pool, uintptr_t flags)
{
        struct rota_blocking_call *call = pool->first;

        take_out(pool, call);
        call->state = CALL_RUNS;
        queue_unlock(&pool->idle, flags);
        intptr_t value = call->function(call->argument);
        flags = queue_lock(&pool->idle);
        if (call->state == CALL_LEFT) {
                queue_unlock(&pool->idle, flags);
                if (call->dropped)
                        call->dropped(call);
                return queue_lock(&pool->idle);
        }
        struct rota_handle waiter = call->wait.waiter;
        call->state = CALL_DONE;
        call->wait.value = value;
        /* After this it touches the lock only, which its owner waits for. */
        wait_decide(&call->wait, wait_encode(ROTA_OK) | WAIT_SERVED);
        park_wake(core_instance(), waiter);
        return flags;
}

intptr_t rota_blocking_main(void *argument)
{
        struct rota_blocking *pool = argument;
        uintptr_t flags = queue_lock(&pool->idle);

        for (;;) {
                while (pool->first)
                        flags = run_one(pool, flags);
                if (pool->stopping)
                        break;
                struct rota_wait wait;
                rota_wait_init(&wait);
                queue_add(&pool->idle, &wait);
                queue_unlock(&pool->idle, flags);
                if (queue_park(&wait, rota_timeout_forever()) == ROTA_ECANCELED)
                        return ROTA_ECANCELED;
                flags = queue_lock(&pool->idle);
        }
        queue_unlock(&pool->idle, flags);
        return 0;
}

void rota_blocking_stop(struct rota_blocking *pool)
{
        uintptr_t flags = queue_lock(&pool->idle);

        pool->stopping = true;
        while (queue_wake_one(&pool->idle, ROTA_OK, 0))
                ;
        queue_unlock(&pool->idle, flags);
}

/* ---- A thread for one function. ---- */

static void leave_alone(struct rota_handle thread)
{
        rota_cancel(thread);
        rota_detach(thread);
}

static int thread_begin(struct rota_await *await)
{
        struct rota_blocking_thread *its = (struct rota_blocking_thread *)await;
        int result = rota_thread_create(&its->thread, its->options, &await->task);

        if (result != ROTA_OK)
                return result;
        /* Before it starts, so that it finds a circle, if it closes one. */
        result = await_inherit_begin(await);
        if (result == ROTA_EAGAIN)
                rota_start(await->task);
        else
                rota_drop(await->task);
        return result;
}

static int thread_finish(struct rota_await *await)
{
        int result = await_inherit_finish(await);

        if (result != ROTA_OK && await->state != AWAIT_OVER)
                leave_alone(await->task);
        return result;
}

static bool thread_undo(struct rota_await *await, int result)
{
        (void)result;
        leave_alone(await->task);
        return true;
}

static const struct rota_await_kind thread_kind = {
        .begin = thread_begin, .finish = thread_finish, .undo = thread_undo, .valued = true};

struct rota_future *rota_spawn_blocking_thread(
        struct rota_blocking_thread *thread, const struct rota_thread_options *options)
{
        await_init(&thread->inherit.await, &thread_kind, NULL, rota_timeout_forever());
        thread->options = options;
        return &thread->inherit.await.future;
}
