/* SPDX-License-Identifier: MIT */
/* The world stopped under load, and instances one after the other in one boot. */
#include "harness.h"

static intptr_t churn(struct worker *self)
{
        struct worker *other = self->argument;

        for (uint32_t i = 0; !get(self->flag); i++) {
                add(self->count, 1);
                if (i % 5 == 0)
                        rota_park_until(rota_timeout_after(5000 + i % 7 * 1000));
                else if (i % 3 == 0 && other)
                        rota_wake(other->handle);
                else
                        rota_yield();
        }
        return 0;
}

/* Stops the world itself, again and again; while it rests nobody makes progress. */
static intptr_t stopper(struct worker *self)
{
        struct worker **all = self->argument;
        struct rota_check_report found;

        for (uint32_t i = 0; i < self->number; i++) {
                uint32_t was[8], is[8];
                rota_world_stop();
                for (uint32_t k = 0; k < 8; k++)
                        was[k] = get(all[k]->count);
                bool ok = rota_check(run.rota, &found);
                for (uint32_t k = 0; k < 8; k++)
                        is[k] = get(all[k]->count);
                rota_world_resume();
                if (!ok)
                        check_at(false, __FILE__, __LINE__, found.what);
                for (uint32_t k = 0; k < 8; k++)
                        check(was[k] == is[k]);
                for (uint32_t c = 0; c < run.cpus; c++)
                        if (!rota_check_cpu(run.rota, c, &found))
                                check_at(false, __FILE__, __LINE__, found.what);
                add(self->count, 1);
                rota_yield();
        }
        return 0;
}

/* From several CPUs at once. */
static void stop_and_resume(void)
{
        struct worker **w = memory(8 * sizeof(*w));
        struct worker *stoppers[4];

        for (uint32_t i = 0; i < 8; i++)
                w[i] = worker_make(churn, i ? w[i - 1] : NULL);
        for (uint32_t i = 0; i < 8; i++)
                check(rota_start(w[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 4; i++) {
                stoppers[i] = worker_make(stopper, w);
                stoppers[i]->number = run.all ? 1000 : run.few ? 8 : 40;
                check(rota_start(stoppers[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 4; i++)
                worker_end(stoppers[i]);
        uint32_t was[8];
        for (uint32_t i = 0; i < 8; i++)
                was[i] = get(w[i]->count);
        for (uint32_t i = 0; i < 8; i++)
                until(get(w[i]->count) != was[i]);
        for (uint32_t i = 0; i < 8; i++) {
                put(w[i]->flag, 1);
                rota_wake(w[i]->handle);
        }
        for (uint32_t i = 0; i < 8; i++)
                worker_end(w[i]);
}

static intptr_t sleep_for_ever(struct worker *self)
{
        put(self->flag, 1);
        while (!loops_end)
                rota_sleep_for(3600 * ROTA_S);
        return 0;
}

static intptr_t yield_for_ever(struct worker *self)
{
        while (!loops_end) {
                add(self->count, 1);
                rota_yield();
        }
        return 0;
}

struct life {
        struct worker *busy[5];
        struct worker *asleep[3];
};

/* Stops in the middle of everything: tasks run, wait, sleep, are new. */
static intptr_t stop_main(void *argument)
{
        struct life *life = argument;

        for (uint32_t i = 0; i < 5; i++)
                until(get(life->busy[i]->count) > 3);
        for (uint32_t i = 0; i < 3; i++)
                until(get(life->asleep[i]->flag) && parked(life->asleep[i]->handle));
        rota_stop(run.rota);
        check(!"a task ran on after rota_stop");
        return 0;
}

static void stop_and_again(void)
{
        for (uint32_t round = 0; round < 3; round++) {
                struct life *life = memory(sizeof(*life));
                struct rota_check_report found;

                if (!check(instance_make(0, 0) == ROTA_OK))
                        return;
                for (uint32_t i = 0; i < 5; i++) {
                        life->busy[i] = worker_make(yield_for_ever, NULL);
                        check(rota_start(life->busy[i]->handle) == ROTA_OK);
                }
                for (uint32_t i = 0; i < 3; i++) {
                        life->asleep[i] = worker_make(sleep_for_ever, NULL);
                        check(rota_start(life->asleep[i]->handle) == ROTA_OK);
                }
                worker_make(sleep_for_ever, NULL);
                struct rota_thread *first = memory(sizeof(*first));
                struct rota_thread_options options = {
                        .task = {.params = run.setup->first},
                        .entry = stop_main,
                        .argument = life,
                        .stack = memory(65536),
                        .stack_size = 65536,
                };
                check(rota_thread_create(first, &options, &run.first) == ROTA_OK);
                check(rota_start(run.first) == ROTA_OK);
                check(world_run(run.world, run.rota, 0) == ROTA_OK);
                check(run.rota->running_cpus == 0);
                if (!rota_check(run.rota, &found))
                        check_at(false, __FILE__, __LINE__, found.what);
                run.workers = NULL;
        }
        check(rota_current() == NULL && !rota_handle_valid(rota_self()));
        check(rota_yield() == ROTA_ECONTEXT && rota_park() == ROTA_ECONTEXT);
}

const struct scenario scenarios_world[] = {
        {.name = "world-stop-and-resume", .run = stop_and_resume},
        {.name = "stop-and-again", .run = stop_and_again, .flags = ALONE},
        {.name = NULL},
};
