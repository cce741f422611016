/* SPDX-License-Identifier: MIT */
/* Future tasks: the kind whose turns are polls. */
#include <rota/future.h>

#include "core/account.h"
#include "core/core.h"
#include "future/kind.h"
#include "future/scope.h"

/* Its future is over: so is the task, but for what it has opened. */
static enum rota_turn end(struct rota_future_task *its, intptr_t code)
{
        its->task.exit_code = code;
        if (rota_likely(!its->scopes))
                return ROTA_TURN_ENDED;
        its->future = NULL;
        return scope_linger(its) ? ROTA_TURN_ENDED : ROTA_TURN_PENDING;
}

_Static_assert(ROTA_POLICY_WORDS > 6 || ROTA_DEBUG || sizeof(struct rota_future_task) <= 192,
        "a future task and its scheduling state take 192 bytes at most");

/* A poll, after its wakes were taken: one that the trace tells from the begin on is another poll's. */
static inline enum rota_poll poll(struct rota_task *task, struct rota_future *future,
        struct rota_poll_context *context, bool traced)
{
        if (!traced)
                return rota_future_poll(future, context);
        trace_poll(task, ROTA_EVENT_POLL_BEGIN, 0, 0);
        enum rota_poll answer = rota_future_poll(future, context);
        trace_poll(task, ROTA_EVENT_POLL_END, answer, 0);
        return answer;
}

/* The last turn of one that is cancelled: to the trace a poll that says so. */
static void drop(struct rota_task *task, bool traced)
{
        if (traced)
                trace_poll(task, ROTA_EVENT_POLL_BEGIN, 0, 0);
        rota_future_drop(((struct rota_future_task *)task)->future);
        if (traced)
                trace_poll(task, ROTA_EVENT_POLL_END, ROTA_POLL_READY, 0);
}

/* A turn: one poll. On the home stack, interrupts enabled. */
static inline __attribute__((always_inline)) enum rota_turn turn(
        struct rota_task *task, bool traced)
{
        struct rota_future_task *its = (struct rota_future_task *)task;
        struct rota_future *future = its->future;
        struct rota_poll_context context = {.waker = task->handle, .budget = ROTA_POLL_BUDGET};

        if (rota_unlikely(!future)) /* it is over, and waits for its scopes */
                return end(its, task->exit_code);
        /* One look for both, which seldom are; what is there is looked at again. */
        if (rota_unlikely(rota_atomic_load(&task->slot->word) & (WORD_CANCEL | WORD_TOKEN))) {
                if (park_cancelled(task)) {
                        drop(task, traced);
                        return end(its, ROTA_ECANCELED);
                }
                park_take_wakes(task);
        }
        enum rota_turn ended = turn_of_poll(poll(task, future, &context, traced), &context);
        return ended == ROTA_TURN_ENDED ? end(its, future->value) : ended;
}

static enum rota_turn take_turn(struct rota_task *task)
{
        return turn(task, false);
}

static enum rota_turn take_traced_turn(struct rota_task *task)
{
        return turn(task, true);
}

/* Two tables, so that what is not traced does not ask whether it is. */
const struct rota_kind future_kind = {.name = "future", .begin_turn = take_turn};
const struct rota_kind future_traced_kind = {.name = "future", .begin_turn = take_traced_turn};

bool rota_future_is(const struct rota_task *task)
{
        return task && (task->kind == &future_kind || task->kind == &future_traced_kind);
}

int rota_future_create(struct rota_future_task *task, struct rota_future *future,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        if (!task || !future || !future->poll)
                return ROTA_EINVAL;
        const struct rota *rota = core_instance();
        /* Who keeps a trace is exact. */
        const struct rota_kind *kind = rota && rota->exact ? &future_traced_kind : &future_kind;
        int result = rota_task_create(&task->task, kind, NULL, options, handle);
        /* Nobody can start it yet: only we have its handle. */
        if (result == ROTA_OK) {
                task->task.marks = MARK_POLLED;
                task->future = future;
                task->scopes = NULL;
        }
        return result;
}
