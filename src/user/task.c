/* SPDX-License-Identifier: MIT */
/* User tasks: the kind whose turns are user mode. */
#include <rota/user.h>

#include "core/core.h"

/* A turn: user mode and the service of its traps, until others are to go on. On the home stack,
 * interrupts enabled. */
static enum rota_turn take_turn(struct rota_task *task)
{
        struct rota_user *user = (struct rota_user *)task;
        struct rota_trap *trap = &user->context.trap;

        for (;;) {
                bool again = user->pending;
                if (!again) {
                        int reason = rota_user_execute(&user->context, user->value);
                        if (rota_unlikely(reason == ROTA_ECONTEXT))
                                rota_port_fatal("a user task's serve left something locked");
                        if (reason == ROTA_TRAP_PREEMPTED)
                                return ROTA_TURN_PREEMPTED;
                        if (reason == ROTA_TRAP_EXIT)
                                task->exit_code = ROTA_ECANCELED; /* unless serve says otherwise */
                }
                trap->again = again;
                enum rota_serve served = user->serve(user, trap);
                user->pending = served == ROTA_SERVE_PENDING;
                if (user->pending)
                        return ROTA_TURN_PENDING;
                if (served == ROTA_SERVE_END)
                        return ROTA_TURN_ENDED;
                /* It was told that it ends: it does, or user mode would be left again at once. */
                if (trap->reason == ROTA_TRAP_EXIT && park_cancelled(task))
                        return ROTA_TURN_ENDED;
                if (served == ROTA_SERVE_YIELD)
                        return ROTA_TURN_YIELDED;
        }
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
        user->pending = false;
        wait_begin(&user->wait, user->task.handle);
        return ROTA_OK;
}
