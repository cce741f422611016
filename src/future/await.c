/* SPDX-License-Identifier: MIT */
/*
 * Leaf futures. A wait is begin, arm, finish on the primitive's own node, over several polls (<rota/wait.h>);
 * a drop decides the node's result as a canceller would, and where somebody had served it first gives back
 * what that brought.
 */
#include "future/await.h"

static struct rota_wait *node_of(struct rota_await *await)
{
        return await->kind->node ? await->kind->node(await) : &await->wait;
}

static enum rota_poll ready(struct rota_await *await, int result)
{
        (void)await_over(await, result);
        if (result == ROTA_OK && await->kind->valued)
                await->future.value = await->wait.value;
        return ROTA_POLL_READY;
}

/* The node has a result. */
static enum rota_poll finish(struct rota_await *await)
{
        return ready(await, await_answer(await->kind->finish(await), await->timeout));
}

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_await *await = (struct rota_await *)future;
        int result;

        if (await->state == AWAIT_QUEUED) {
                result = rota_wait_disarm(node_of(await));
                return result == ROTA_EAGAIN ? ROTA_POLL_PENDING : finish(await);
        }
        if (context->budget == 0)
                return ROTA_POLL_YIELDED;
        result = await->kind->begin(await);
        if (result != ROTA_EAGAIN) {
                (void)rota_poll_spend(context);
                return ready(await, result);
        }
        await->state = AWAIT_QUEUED;
        result = rota_wait_arm(node_of(await), await->timeout);
        return result == ROTA_EAGAIN ? ROTA_POLL_PENDING : finish(await);
}

static void drop(struct rota_future *future)
{
        struct rota_await *await = (struct rota_await *)future;
        bool queued = await->state == AWAIT_QUEUED;
        int result = ROTA_ECANCELED;

        await->state = AWAIT_OVER;
        if (queued) {
                (void)rota_wait_withdraw(node_of(await));
                result = await->kind->finish(await);
                if (!await->kind->undo || await->kind->undo(await, result))
                        result = ROTA_ECANCELED;
        }
        (void)ready(await, result);
}

struct rota_future *await_init(struct rota_await *await, const struct rota_await_kind *kind,
        void *object, struct rota_timeout timeout)
{
        rota_future_init(&await->future, poll, drop);
        await->kind = kind;
        await->object = object;
        await->argument = NULL;
        await->task = ROTA_HANDLE_NONE;
        await->timeout = timeout;
        await->flags = 0;
        await->how = 0;
        await->result = ROTA_EAGAIN;
        await->state = AWAIT_NEW;
        return &await->future;
}
