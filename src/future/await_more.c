/* SPDX-License-Identifier: MIT */
/* Leaf futures: those whose answer brings more than itself, that wait on another node than their own, or on none
 * (await_kinds.c has the others). */
#include "future/await.h"
#include "sync/condition.h"
#include "sync/mutex.h"
#include "sync/select.h"

/* ---- Once. ---- */

static int once_begin(struct rota_await *await)
{
        return rota_once_begin((struct rota_once *)await->object, &await->wait);
}

static int once_finish(struct rota_await *await)
{
        return rota_once_finish((struct rota_once *)await->object, &await->wait);
}

static bool once_undo(struct rota_await *await, int result)
{
        if (result == ROTA_ONCE_YOURS)
                rota_once_end((struct rota_once *)await->object, ROTA_ECANCELED);
        return true;
}

static const struct rota_await_kind once_kind = {
        .begin = once_begin, .finish = once_finish, .undo = once_undo};

struct rota_future *rota_await_once(
        struct rota_await *await, struct rota_once *once, struct rota_timeout timeout)
{
        return await_init(await, &once_kind, once, timeout);
}

/* ---- Pool. ---- */

static int pool_begin(struct rota_await *await)
{
        return rota_pool_begin(
                (struct rota_pool *)await->object, &await->wait, (void **)await->argument);
}

static int pool_finish(struct rota_await *await)
{
        return rota_pool_finish(
                (struct rota_pool *)await->object, &await->wait, (void **)await->argument);
}

static bool pool_undo(struct rota_await *await, int result)
{
        void **block = (void **)await->argument;

        if (result == ROTA_OK) {
                rota_pool_give((struct rota_pool *)await->object, *block);
                *block = NULL;
        }
        return true;
}

static const struct rota_await_kind pool_kind = {
        .begin = pool_begin, .finish = pool_finish, .undo = pool_undo};

struct rota_future *rota_await_pool(
        struct rota_await *await, struct rota_pool *pool, void **block, struct rota_timeout timeout)
{
        await_init(await, &pool_kind, pool, timeout);
        await->argument = (void *)block;
        return &await->future;
}

/* ---- Wait queue. ---- */

static int queue_begin(struct rota_await *await)
{
        if (!await->object)
                return ROTA_EINVAL;
        rota_wait_queue_begin((struct rota_wait_queue *)await->object, &await->wait);
        return ROTA_EAGAIN;
}

static int queue_finish_it(struct rota_await *await)
{
        return queue_finish(&await->wait);
}

static bool queue_undo(struct rota_await *await, int result)
{
        /* Where it was served: it may have been moved. */
        if (rota_atomic_load(&await->wait.result) & WAIT_SERVED)
                rota_wait_queue_wake(rota_atomic_load(&await->wait.queue), 1, result);
        return true;
}

static const struct rota_await_kind queue_kind = {
        .begin = queue_begin, .finish = queue_finish_it, .undo = queue_undo};

struct rota_future *rota_await_wait_queue(
        struct rota_await *await, struct rota_wait_queue *queue, struct rota_timeout timeout)
{
        return await_init(await, &queue_kind, queue, timeout);
}

/* ---- Select: the first case's node has the result. ---- */

static int select_begin(struct rota_await *await)
{
        return rota_select_begin((struct rota_select_case *)await->argument, await->flags);
}

static int select_finish(struct rota_await *await)
{
        return rota_select_finish((struct rota_select_case *)await->argument, await->flags);
}

static bool select_undo_it(struct rota_await *await, int result)
{
        struct rota_select_case *cases = (struct rota_select_case *)await->argument;
        return result < 0 || select_undo(&cases[result]);
}

static struct rota_wait *select_node(struct rota_await *await)
{
        return &((struct rota_select_case *)await->argument)->wait;
}

static const struct rota_await_kind select_kind = {.begin = select_begin,
        .finish = select_finish,
        .undo = select_undo_it,
        .node = select_node};

struct rota_future *rota_await_select(struct rota_await *await, struct rota_select_case *cases,
        uint32_t count, struct rota_timeout timeout)
{
        await_init(await, &select_kind, NULL, timeout);
        await->argument = (void *)cases;
        await->flags = count;
        return &await->future;
}

/* ---- A task's end. The code is left where it is until the poll that is ready, so a drop loses none. ---- */

static int join_begin(struct rota_await *await)
{
        if (rota_handle_equal(await->task, rota_self()))
                return ROTA_EINVAL;
        rota_wait_init(&await->wait);
        int result = rota_join_begin(await->task, &await->wait, false);
        if (result == ROTA_OK)
                rota_detach(await->task);
        return result;
}

static int join_finish(struct rota_await *await)
{
        rota_join_finish(await->task, &await->wait);
        int result = rota_wait_result(&await->wait);
        /* Nobody here asks for the code again. Dropped, it leaves it to others. */
        if (result == ROTA_OK && await->state != AWAIT_OVER)
                rota_detach(await->task);
        return result;
}

static const struct rota_await_kind join_kind = {
        .begin = join_begin, .finish = join_finish, .valued = true};

struct rota_future *rota_await_join(
        struct rota_await *await, struct rota_handle task, struct rota_timeout timeout)
{
        await_init(await, &join_kind, NULL, timeout);
        await->task = task;
        return &await->future;
}

/* ---- Likewise, lending to it. ---- */

int await_inherit_begin(struct rota_await *await)
{
        struct rota_await_inherit *inherit = (struct rota_await_inherit *)await;
        int result = join_begin(await);

        if (result != ROTA_EAGAIN)
                return result;
        int lent = rota_lend_begin(await->task, &inherit->lend, &await->wait);
        await->how = lent == ROTA_OK;
        /* Stale: it is about to have ended. */
        if (lent == ROTA_OK || lent == ROTA_ESTALE)
                return ROTA_EAGAIN;
        rota_join_finish(await->task, &await->wait);
        return lent;
}

int await_inherit_finish(struct rota_await *await)
{
        if (await->how)
                rota_lend_end(&((struct rota_await_inherit *)await)->lend);
        return join_finish(await);
}

static const struct rota_await_kind inherit_kind = {
        .begin = await_inherit_begin, .finish = await_inherit_finish, .valued = true};

struct rota_future *rota_await_join_inherit(
        struct rota_await_inherit *await, struct rota_handle task, struct rota_timeout timeout)
{
        await_init(&await->await, &inherit_kind, NULL, timeout);
        await->await.task = task;
        return &await->await.future;
}

/* ---- Notes, which are in no queue: the node is for the time-out only. ---- */

static enum rota_poll notify_over(struct rota_await *await, int result)
{
        if (await->state == AWAIT_QUEUED)
                (void)rota_wait_withdraw(&await->wait);
        return await_over(await, result);
}

static enum rota_poll notify_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_await *await = (struct rota_await *)future;
        bool first = await->state == AWAIT_NEW;

        if (first && context->budget == 0)
                return ROTA_POLL_YIELDED;
        /* Each time: whoever set the last one took the mark away. */
        int result = rota_notify_begin(await->flags, (uint32_t *)await->argument);
        if (result != ROTA_EAGAIN) {
                if (first)
                        (void)rota_poll_spend(context);
                return notify_over(await, result);
        }
        if (first) {
                rota_wait_init(&await->wait);
                await->state = AWAIT_QUEUED;
                result = rota_wait_arm(&await->wait, await->timeout);
        } else {
                result = rota_wait_disarm(&await->wait);
        }
        if (result == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        return notify_over(await, await_answer(result, await->timeout));
}

static void notify_drop(struct rota_future *future)
{
        (void)notify_over((struct rota_await *)future, ROTA_ECANCELED);
}

struct rota_future *rota_await_notify(
        struct rota_await *await, uint32_t mask, uint32_t *bits, struct rota_timeout timeout)
{
        await_init(await, NULL, NULL, timeout);
        rota_future_init(&await->future, notify_poll, notify_drop);
        await->flags = mask;
        await->argument = bits;
        return &await->future;
}

/* ---- Condition: first the signal, then the mutex. ---- */

enum { CONDITION_LOCKS = AWAIT_OVER + 1 };

static enum rota_poll condition_ready(struct rota_await_condition *await, int result)
{
        await->state = AWAIT_OVER;
        await->future.value = result;
        return ROTA_POLL_READY;
}

static enum rota_poll condition_lock(struct rota_await_condition *await)
{
        /* Not by rota_wait_disarm(): a cancel does not end it. */
        if (rota_wait_result(&await->wait.lock) == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        return condition_ready(await, condition_finish(&await->wait));
}

static enum rota_poll condition_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_await_condition *await = (struct rota_await_condition *)future;
        int result;

        if (await->state == CONDITION_LOCKS)
                return condition_lock(await);
        if (await->state == AWAIT_NEW) {
                if (context->budget == 0)
                        return ROTA_POLL_YIELDED;
                if (await->condition && await->mutex && rota_timeout_deadline(await->timeout) == 0)
                        return condition_ready(
                                await, mutex_owned(await->mutex) ? ROTA_EAGAIN : ROTA_EPERM);
                result = rota_condition_begin(await->condition, await->mutex, &await->wait);
                if (result != ROTA_EAGAIN)
                        return condition_ready(await, result);
                await->state = AWAIT_QUEUED;
                result = rota_wait_arm(&await->wait.signal, await->timeout);
        } else {
                result = rota_wait_disarm(&await->wait.signal);
        }
        if (result == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        await->state = CONDITION_LOCKS;
        if (condition_relock(&await->wait) == ROTA_EAGAIN)
                return condition_lock(await);
        return condition_ready(await, condition_finish(&await->wait));
}

static void condition_dropped(struct rota_future *future)
{
        struct rota_await_condition *await = (struct rota_await_condition *)future;

        if (await->state != AWAIT_NEW)
                condition_drop(await->condition, &await->wait, await->state == CONDITION_LOCKS);
        (void)condition_ready(await, ROTA_ECANCELED);
}

struct rota_future *rota_await_condition(struct rota_await_condition *await,
        struct rota_condition *condition, struct rota_mutex *mutex, struct rota_timeout timeout)
{
        rota_future_init(&await->future, condition_poll, condition_dropped);
        await->condition = condition;
        await->mutex = mutex;
        await->timeout = timeout;
        await->state = AWAIT_NEW;
        return &await->future;
}
