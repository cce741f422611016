/* SPDX-License-Identifier: MIT */
/* Threads that enter user mode: their stack stays, and they may block in it. */
#include "user.h"

extern const char user_calls[], user_counts[], user_six[], user_registers[];

/* A thread's program: the context is the thread's, the rest as of others. */
struct driven {
        struct rota_user_context context;
        struct user_data *data;
        uint32_t calls, exits, others; /* (atomic) */
};

static struct driven *driven_make(struct space *space, const char *label)
{
        struct driven *d = memory(sizeof(*d), _Alignof(struct driven));
        uintptr_t data = space_room(space, &d->data);

        rota_user_context_init(&d->context, AT(label), d->data->stack_top, data, NULL);
        d->data->flags = 2;
        return d;
}

/* Serves what a program asks for, by calls that block. */
static intptr_t drive(struct worker *self)
{
        struct driven *d = self->argument;
        uintptr_t value = 0;

        for (;;) {
                int reason = rota_user_execute(&d->context, value);
                const struct rota_trap *trap = &d->context.trap;
                if (reason == ROTA_TRAP_EXIT) {
                        add(d->exits, 1);
                        return -1;
                }
                if (reason != ROTA_TRAP_SYSCALL) {
                        add(d->others, 1);
                        return -2;
                }
                add(d->calls, 1);
                switch (trap->number) {
                case CALL_EXIT:
                        return (intptr_t)trap->args[0];
                case CALL_SIX:
                        value = 0;
                        for (uint32_t i = 0; i < 6; i++)
                                value += trap->args[i];
                        break;
                case CALL_SLEEP:
                        value = (uintptr_t)rota_sleep_for(trap->args[0]);
                        break;
                default:
                        value = (uintptr_t)rota_yield();
                }
        }
}

static void threads(void)
{
        struct space space;
        struct worker *w[6];
        struct driven *d[6];
        struct program *p[3];

        space_make(&space);
        for (uint32_t i = 0; i < 6; i++) {
                d[i] = driven_make(&space, i < 3 ? user_six : user_calls);
                d[i]->data->number = i == 3 ? CALL_SLEEP : CALL_YIELD;
                d[i]->data->argument = 100 * ROTA_US;
        }
        for (uint32_t i = 0; i < 6; i++)
                w[i] = worker_start(drive, d[i], &space, NULL);
        for (uint32_t i = 0; i < 3; i++) {
                p[i] = program_make(&space, user_six, "beside");
                program_start(p[i]);
        }
        for (uint32_t i = 0; i < 3; i++) {
                check(worker_end(w[i]) == 1000);
                check(d[i]->calls == 1001 && d[i]->exits == 0);
                check(program_end(p[i]) == 1000);
        }
        until(get(d[3]->data->count) > 5 && get(d[4]->data->count) > 5 &&
                get(d[5]->data->count) > 5);
        for (uint32_t i = 3; i < 6; i++)
                put(d[i]->data->stop, 1);
        for (uint32_t i = 3; i < 6; i++)
                check(worker_end(w[i]) == 0);
        space_end(&space);
}

/* Preempted in user mode, over and over, on one stack each; and cancelled there. */
static void threads_preempted(void)
{
        struct space spaces[3];
        struct worker *w[3];
        struct driven *d[3];

        for (uint32_t i = 0; i < 3; i++) {
                space_make(&spaces[i]);
                d[i] = driven_make(&spaces[i], user_registers);
                d[i]->data->seed = 0x1357246813572468 * (i + 1);
                d[i]->data->flags = i ? 0x4d5 : 2;
                w[i] = worker_start(drive, d[i], &spaces[i], NULL);
        }
        uint64_t enough = run.cpus >= 3 ? 0 : run.cpus > 1 || run.few ? 60 : 600;
        uint64_t all;
        do {
                rota_sleep_for(ROTA_MS);
                all = 0;
                for (uint32_t i = 0; i < 3; i++) {
                        struct rota_task_stats stats;
                        check(rota_get_stats(w[i]->handle, &stats) == ROTA_OK);
                        all += stats.involuntary;
                }
        } while (all < enough && !get(run.failed));
        put(d[0]->data->stop, 1);
        check(worker_end(w[0]) == 0);
        for (uint32_t i = 1; i < 3; i++)
                check(rota_cancel(w[i]->handle) == ROTA_OK);
        for (uint32_t i = 1; i < 3; i++) {
                check(worker_end(w[i]) == -1);
                check(d[i]->exits == 1 && d[i]->others == 0);
        }
        for (uint32_t i = 0; i < 3; i++)
                space_end(&spaces[i]);
}

/* What is refused: masked, under a guard. */
static intptr_t misuse(struct worker *self)
{
        struct driven *d = self->argument;

        rota_guard_begin();
        check(rota_user_execute(&d->context, 0) == ROTA_ECONTEXT);
        rota_guard_end();
        check(d->context.trap.reason == ROTA_TRAP_PREEMPTED);
        return drive(self);
}

static void refused(void)
{
        struct space space;
        struct rota_handle handle;
        struct rota_user *user = memory(sizeof(*user), _Alignof(struct rota_user));
        const struct rota_user_options nothing = {.pc = USER_CODE};

        check(rota_user_create(user, &nothing, &handle) == ROTA_EINVAL);
        check(rota_user_create(NULL, &nothing, &handle) == ROTA_EINVAL);
        check(rota_user_create(user, NULL, &handle) == ROTA_EINVAL);
        check(!rota_user_is(NULL) && !rota_user_is(rota_current()));
        check(rota_wait_arm(NULL, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_wait_disarm(NULL) == ROTA_EINVAL);
        for (int i = -1; i < 16; i++)
                check(rota_fault_text(i)[0] != 0);

        space_make(&space);
        struct worker *w = worker_start(misuse, driven_make(&space, user_six), &space, NULL);
        check(worker_end(w) == 1000);
        space_end(&space);
}

const struct user_case cases_thread[] = {
        {.name = "threads", .run = threads},
        {.name = "threads-preempted", .run = threads_preempted, .slice_us = 50, .slices = true},
        {.name = "refused", .run = refused},
        {.name = NULL},
};
