/* SPDX-License-Identifier: MIT */
/*
 * Functions that block, called for futures by threads. A call is work of a pool (<rota/work.h>); that it has been
 * made, or that it was dropped before, is told under the pool's lock: who finds it done waits until the
 * worker has let the lock go. A call that is dropped while it runs is the worker's until it has told so.
 */
#include <rota/block_on.h>

#include "base/list.h"
#include "future/await.h"
#include "sync/work.h"

/* In a worker. */
static void run(struct rota_work *work)
{
        struct rota_blocking_call *call = rota_container(work, struct rota_blocking_call, work);
        struct rota_workers *pool = call->pool;

        intptr_t value = call->function(call->argument);
        uintptr_t flags = work_let_go(pool, work);
        bool left = call->left;
        if (!left) {
                struct rota_handle waiter = call->wait.waiter;
                call->wait.value = value;
                /* After this it touches the lock only, which its owner waits for. */
                wait_decide(&call->wait, wait_encode(ROTA_OK) | WAIT_SERVED);
                park_wake(core_instance(), waiter);
        }
        queue_unlock(&pool->idle, flags);
        if (left && call->dropped)
                call->dropped(call);
}

static int begin(struct rota_blocking_call *call)
{
        if (!call->function)
                return ROTA_EINVAL;
        rota_wait_init(&call->wait);
        rota_work_init(&call->work, run);
        return rota_work_queue(call->pool, &call->work);
}

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_blocking_call *call = (struct rota_blocking_call *)future;

        if (!call->begun) {
                if (context->budget == 0)
                        return ROTA_POLL_YIELDED;
                future->value = begin(call);
                call->begun = future->value == ROTA_OK;
                return call->begun ? ROTA_POLL_PENDING : ROTA_POLL_READY;
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
        struct rota_workers *pool = call->pool;

        future->value = ROTA_ECANCELED;
        if (!call->begun || rota_work_cancel(&call->work))
                return;
        uintptr_t flags = queue_lock(&pool->idle);
        if (rota_wait_result(&call->wait) == ROTA_EAGAIN) {
                future->value = ROTA_EBUSY;
                call->left = true; /* the lock once released, it may be gone */
        }
        queue_unlock(&pool->idle, flags);
}

struct rota_future *rota_spawn_blocking(struct rota_blocking_call *call, struct rota_workers *pool,
        intptr_t (*function)(void *), void *argument, void (*dropped)(struct rota_blocking_call *))
{
        rota_future_init(&call->future, poll, drop);
        call->pool = pool;
        call->function = function;
        call->argument = argument;
        call->dropped = dropped;
        call->begun = false;
        call->left = false;
        return &call->future;
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
