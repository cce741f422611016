/* SPDX-License-Identifier: MIT */
/* User tasks: the kind whose turns are user mode. */
#include "user/unit.h"

#include "core/account.h"
#include "core/core.h"
#include "future/kind.h"

/* A poll begins: the first, for the trap, or one for a wake since or because the one before yielded. */
static void trace_begin(const struct rota_user *user, bool first)
{
        const struct rota_trap *trap = &user->context.trap;
        const bool fault = trap->reason == ROTA_TRAP_FAULT;

        trace_poll(&user->task, ROTA_EVENT_POLL_BEGIN, first ? trap->reason + 1u : 0,
                first ? fault ? trap->fault : (uint32_t)trap->number : 0);
}

/* Goes on with what answers the trap. While user->call is there the turn ends as this says; else it
 * is over, and user->value has its value. */
static inline __attribute__((always_inline)) enum rota_turn answer(
        struct rota_user *user, bool first, bool traced)
{
        struct rota_poll_context context = {.waker = user->task.handle, .budget = ROTA_POLL_BUDGET};
        struct rota_trap *trap = &user->context.trap;
        struct rota_future *call = user->call;

        if (rota_unlikely(park_cancelled(&user->task)) && trap->reason != ROTA_TRAP_EXIT) {
                if (traced)
                        trace_begin(user, first);
                rota_future_drop(call);
                if (traced)
                        trace_poll(&user->task, ROTA_EVENT_POLL_END, ROTA_POLL_READY, 0);
                user->value = (uintptr_t)ROTA_ECANCELED;
                user->call = NULL;
                trap->again =
                        false; /* user mode is not entered any more: the trap for that follows */
                return ROTA_TURN_PREEMPTED;
        }
        park_take_wakes(&user->task);
        if (traced)
                trace_begin(user, first);
        enum rota_poll poll = rota_future_poll(call, &context);
        if (traced)
                trace_poll(&user->task, ROTA_EVENT_POLL_END, poll, 0);
        enum rota_turn ended = turn_of_poll(poll, &context);
        if (ended != ROTA_TURN_ENDED)
                return ended;
        user->value = (uintptr_t)call->value;
        user->call = NULL;
        trap->again = trap->reason != ROTA_TRAP_SYSCALL;
        return ROTA_TURN_PREEMPTED;
}

/* Enters user mode until it has a trap to be served; ROTA_TRAP_PREEMPTED: the turn ends before. */
static int run(struct rota_user *user)
{
        int reason = rota_user_execute(&user->context, user->value);

        if (rota_unlikely(reason == ROTA_ECONTEXT))
                rota_port_fatal("a user task's serve left something locked");
        if (reason == ROTA_TRAP_EXIT)
                user->task.exit_code = ROTA_ECANCELED; /* unless serve says otherwise */
        return reason;
}

/* User mode and what answers its traps, until others are to go on. */
static inline __attribute__((always_inline)) enum rota_turn turn(
        struct rota_task *task, bool traced)
{
        struct rota_user *user = (struct rota_user *)task;
        struct rota_trap *trap = &user->context.trap;
        bool first = false; /* poll of what answers the trap */

        for (;;) {
                bool again = false;
                if (user->call) {
                        enum rota_turn ended = answer(user, first, traced);
                        if (user->call)
                                return ended;
                        again = trap->again;
                }
                if (!again && run(user) == ROTA_TRAP_PREEMPTED)
                        return ROTA_TURN_PREEMPTED;
                enum rota_serve served = user->serve(user, trap);
                first = served == ROTA_SERVE_AWAIT && user->call;
                if (first)
                        continue;
                if (served == ROTA_SERVE_END)
                        return ROTA_TURN_ENDED;
                /* It was told that it ends: it does, or user mode would be left again at once. */
                if (trap->reason == ROTA_TRAP_EXIT && park_cancelled(task))
                        return ROTA_TURN_ENDED;
                if (served == ROTA_SERVE_YIELD)
                        return ROTA_TURN_YIELDED;
        }
}

/* A turn: on the home stack, interrupts enabled. The unit is loaded when it first enters user mode, and goes
 * with the stack where that is lent. */
static inline __attribute__((always_inline)) enum rota_turn whole_turn(
        struct rota_task *task, bool traced)
{
        struct rota_user_context *context = &((struct rota_user *)task)->context;
        enum rota_turn ended = turn(task, traced);

        if (context->fpu)
                unit_give(context, NULL); /* a home stack has none */
        return ended;
}

static enum rota_turn take_turn(struct rota_task *task)
{
        return whole_turn(task, false);
}

static enum rota_turn take_traced_turn(struct rota_task *task)
{
        return whole_turn(task, true);
}

/* Two tables, as for future tasks: what is not traced does not ask whether it is. */
static const struct rota_kind user_kind = {.name = "user", .begin_turn = take_turn};
static const struct rota_kind user_traced_kind = {.name = "user", .begin_turn = take_traced_turn};

bool rota_user_is(const struct rota_task *task)
{
        return task && (task->kind == &user_kind || task->kind == &user_traced_kind);
}

int rota_user_create(
        struct rota_user *user, const struct rota_user_options *options, struct rota_handle *handle)
{
        if (!user || !options || !options->serve)
                return ROTA_EINVAL;
        const struct rota *rota = core_instance();
        const struct rota_kind *kind = rota && rota->exact ? &user_traced_kind : &user_kind;
        int result = rota_task_create(&user->task, kind, NULL, &options->task, handle);
        if (result != ROTA_OK)
                return result;
        /* Nobody can start it yet: only we have its handle. */
        user->task.marks = MARK_USER;
        rota_user_context_init(
                &user->context, options->pc, options->sp, options->argument, options->fpu);
        if (options->frame)
                user->context.frame = *options->frame;
        user->serve = options->serve;
        user->value = 0;
        user->call = NULL;
        return ROTA_OK;
}
