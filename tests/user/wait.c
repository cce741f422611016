/* SPDX-License-Identifier: MIT */
/* What user tasks wait for: time-outs, wakes, cancels, ends of others. */
#include "user.h"

extern const char user_exits[], user_calls[], user_counts[], user_yields[];

static struct program *caller(struct space *space, uint64_t number, uint64_t argument)
{
        struct program *p = program_make(space, user_calls, "caller");

        p->data->number = number;
        p->data->argument = argument;
        return p;
}

static bool parked(const struct program *p)
{
        return rota_state(p->handle) == ROTA_TASK_PARKED;
}

/* A time-out passes; and other wakes meanwhile do not end the wait. */
static void sleeps(void)
{
        struct space space;

        space_make(&space);
        struct program *p = caller(&space, CALL_SLEEP, 300 * ROTA_US);
        uint64_t begin = rota_now();
        program_start(p);
        for (uint32_t i = 0; i < 10; i++) {
                rota_wake(p->handle);
                rota_sleep_for(50 * ROTA_US);
        }
        until(get(p->data->count) >= 5 && get(p->again) >= 4);
        check(rota_now() - begin >= 5 * 300 * ROTA_US);
        check((int64_t)get(p->data->answer) == ROTA_ETIMEDOUT);
        put(p->data->stop, 1);
        check(program_end(p) == ROTA_ETIMEDOUT);
        /* A slow machine's time may be over before it is awaited; where instructions are counted it is not. */
        check(run.few || p->again >= p->calls - 1);
        check(p->stats.sleep_ns > 0);
        space_end(&space);
}

/* Woken by the wait itself, before the time-out; and by a result that came before it parked. */
static void events(void)
{
        struct space space;

        space_make(&space);
        struct program *p = caller(&space, CALL_EVENT, 0);
        program_start(p);
        for (uint32_t i = 0; i < 20; i++) {
                until(parked(p));
                check(rota_wait_complete(&p->waiting.wait, i % 2 ? ROTA_OK : ROTA_ECLOSED));
                until(get(p->data->count) > i);
                check((int64_t)get(p->data->answer) == (i % 2 ? ROTA_OK : ROTA_ECLOSED));
        }
        until(parked(p)); /* it has counted, but may not have looked whether to stop */
        put(p->data->stop, 1);
        check(rota_wait_complete(&p->waiting.wait, ROTA_OK));
        check(program_end(p) == ROTA_OK);
        space_end(&space);
}

/* One poll for each wake, or several that came together, and the first one. */
static void tokens(void)
{
        struct space space;

        space_make(&space);
        struct program *p = caller(&space, CALL_PARK, 0);
        /* Those before the first poll are that one's. */
        check(rota_wake(p->handle) == ROTA_OK);
        check(rota_wake(p->handle) == ROTA_OK);
        program_start(p);
        for (uint32_t i = 0; i < 3; i++) {
                until(get(p->data->count) == i && parked(p));
                if (i == 2)
                        put(p->data->stop, 1);
                check(rota_wake(p->handle) == ROTA_OK);
        }
        check(program_end(p) == 2);
        check(p->calls == 4);
        space_end(&space);
}

/* A cancel ends a wait, and user mode; where it runs, and while it waits for a CPU too. */
static void cancels(void)
{
        struct space space;

        space_make(&space);
        struct program *p = caller(&space, CALL_EVENT, 0);
        program_start(p);
        until(parked(p));
        check(rota_cancel(p->handle) == ROTA_OK);
        check(program_end(p) == ROTA_ECANCELED);
        /* What it waited for was dropped, and the call answered, before the task learned that it ends. */
        check(p->drops == 1 && p->exits == 1 && p->user.value == (uintptr_t)ROTA_ECANCELED);

        struct program *two[2];
        for (uint32_t i = 0; i < 2; i++) {
                two[i] = program_make_with(&space, user_counts,
                        &(struct rota_task_options){
                                .name = "loop", .affinity = rota_affinity_cpu(run.cpus - 1)});
                program_start(two[i]);
        }
        bool turns = run.cpus > 1 || run.policy[0] != 'f';
        until(!turns || get(two[0]->data->count) > 0);
        check(rota_cancel(two[1]->handle) == ROTA_OK);
        check(rota_cancel(two[0]->handle) == ROTA_OK);
        check(program_end(two[0]) == ROTA_ECANCELED);
        check(program_end(two[1]) == ROTA_ECANCELED);

        p = program_make(&space, user_counts, "never");
        check(rota_cancel(p->handle) == ROTA_OK);
        program_start(p);
        check(program_end(p) == ROTA_ECANCELED);
        check(p->data->count == 0 && p->exits == 1);
        p = program_make(&space, user_counts, "dropped");
        check(rota_drop(p->handle) == ROTA_OK);
        space_end(&space);
}

static enum rota_serve held(struct program *p, const struct rota_trap *trap)
{
        if (trap->reason == ROTA_TRAP_SYSCALL && trap->number == CALL_NOTHING) {
                rota_cancel_hold(get(p->events) == 0);
                p->user.value = rota_cancelled();
                return ROTA_SERVE_RESUME;
        }
        if (trap->reason == ROTA_TRAP_EXIT) {
                p->user.task.exit_code = 77; /* its own word for it */
                return ROTA_SERVE_YIELD;
        }
        return ROTA_SERVE_END;
}

/* While it holds cancels off it goes on, and knows. */
static void holds(void)
{
        struct space space;

        space_make(&space);
        struct program *p = caller(&space, CALL_NOTHING, 0);
        p->served = held;
        program_start(p);
        until(get(p->data->count) > 0);
        check(rota_cancel(p->handle) == ROTA_OK);
        until(get(p->data->answer) == 1);
        uint64_t count = get(p->data->count);
        until(get(p->data->count) > count + 100);
        put(p->events, 1);
        check(program_end(p) == 77);
        space_end(&space);
}

/* Each waits for the end of the one before it; the first is cancelled. */
static void joins(void)
{
        struct space space;
        struct program *p[8];

        space_make(&space);
        p[0] = caller(&space, CALL_EVENT, 0);
        for (uint32_t i = 1; i < 8; i++) {
                p[i] = caller(&space, CALL_JOIN, i - 1);
                p[i]->data->stop = 1; /* once */
        }
        for (uint32_t i = 0; i < 8; i++)
                program_start(p[7 - i]);
        for (uint32_t i = 0; i < 8; i++)
                until(parked(p[i]));
        check(rota_cancel(p[3]->handle) == ROTA_OK); /* a joiner, of one that lives on */
        until(get(p[7]->ended));
        check(!get(p[2]->ended));
        put(p[0]->data->stop, 1);
        check(rota_wait_complete(&p[0]->waiting.wait, ROTA_EOWNERDEAD));
        for (uint32_t i = 8; i-- > 3;)
                check(program_end(p[i]) == ROTA_ECANCELED);
        for (uint32_t i = 3; i-- > 0;)
                check(program_end(p[i]) == ROTA_EOWNERDEAD);
        space_end(&space);
}

const struct user_case cases_wait[] = {
        {.name = "sleeps", .run = sleeps},
        {.name = "events", .run = events},
        {.name = "tokens", .run = tokens},
        {.name = "cancels", .run = cancels},
        {.name = "holds", .run = holds, .slices = true},
        {.name = "joins", .run = joins},
        {.name = NULL},
};
