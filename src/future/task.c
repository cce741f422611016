/* SPDX-License-Identifier: MIT */
/* Future tasks: the kind whose turns are polls. */
#include <rota/future.h>

#include "core/core.h"

/* A turn: one poll. On the home stack, interrupts enabled. */
static enum rota_turn take_turn(struct rota_task *task)
{
        struct rota_future *future = ((struct rota_future_task *)task)->future;
        struct rota_poll_context context = {.waker = task->handle, .budget = ROTA_POLL_BUDGET};

        if (rota_unlikely(park_cancelled(task))) {
                rota_future_drop(future);
                task->exit_code = ROTA_ECANCELED;
                return ROTA_TURN_ENDED;
        }
        switch (rota_future_poll(future, &context)) {
        case ROTA_POLL_PENDING:
                return ROTA_TURN_PENDING;
        case ROTA_POLL_YIELDED:
                return context.preempted ? ROTA_TURN_PREEMPTED : ROTA_TURN_YIELDED;
        case ROTA_POLL_READY:
                break;
        }
        task->exit_code = future->value;
        return ROTA_TURN_ENDED;
}

static const struct rota_kind future_kind = {.name = "future", .begin_turn = take_turn};

bool rota_future_is(const struct rota_task *task)
{
        return task && task->kind == &future_kind;
}

int rota_future_create(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        if (!task || !future || !future->poll)
                return ROTA_EINVAL;
        int result = rota_task_create(&task->task, &future_kind, NULL, options, handle);
        /* Nobody can start it yet: only we have its handle. */
        if (result == ROTA_OK)
                task->future = future;
        return result;
}

int rota_spawn(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        struct rota_handle own;
        int result = rota_future_create(task, future, options, &own);

        if (result != ROTA_OK)
                return result;
        /* Before it starts: once it has, it may end, and tell somebody who reads it there. */
        if (handle)
                *handle = own;
        return rota_start(own);
}
