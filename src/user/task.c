/* SPDX-License-Identifier: MIT */
/* User tasks: the kind whose turns are user mode. */
#include "user/unit.h"

#include "core/core.h"
#include "future/kind.h"

/* Goes on with what answers the trap. While user->call is there the turn ends as this says; else it
 * is over, and user->value has its value. */
static enum rota_turn answer(struct rota_user *user)
{
        struct rota_poll_context context = {.waker = user->task.handle, .budget = ROTA_POLL_BUDGET};
        struct rota_trap *trap = &user->context.trap;
        struct rota_future *call = user->call;

        if (rota_unlikely(park_cancelled(&user->task)) && trap->reason != ROTA_TRAP_EXIT) {
                rota_future_drop(call);
                user->value = (uintptr_t)ROTA_ECANCELED;
                user->call = NULL;
                trap->again =
                        false; /* user mode is not entered any more: the trap for that follows */
                return ROTA_TURN_PREEMPTED;
        }
        park_take_wakes(&user->task);
        enum rota_turn ended = turn_of_poll(rota_future_poll(call, &context), &context);
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
static enum rota_turn turn(struct rota_task *task)
{
        struct rota_user *user = (struct rota_user *)task;
        struct rota_trap *trap = &user->context.trap;

        for (;;) {
                bool again = false;
                if (user->call) {
                        enum rota_turn ended = answer(user);
                        if (user->call)
                                return ended;
                        again = trap->again;
                }
                if (!again && run(user) == ROTA_TRAP_PREEMPTED)
                        return ROTA_TURN_PREEMPTED;
                enum rota_serve served = user->serve(user, trap);
                if (served == ROTA_SERVE_AWAIT && user->call)
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
static enum rota_turn take_turn(struct rota_task *task)
{
        struct rota_user_context *context = &((struct rota_user *)task)->context;
        enum rota_turn ended = turn(task);

        if (context->fpu)
                unit_give(context, NULL); /* a home stack has none */
        return ended;
}

static const struct rota_kind user_kind = {.name = "user", .begin_turn = take_turn};

bool rota_user_is(const struct rota_task *task)
{
        return task && task->kind == &user_kind;
}

int rota_user_create(
        struct rota_user *user, const struct rota_user_options *options, struct rota_handle *handle)
{
        if (!user || !options || !options->serve)
                return ROTA_EINVAL;
        int result = rota_task_create(&user->task, &user_kind, NULL, &options->task, handle);
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
