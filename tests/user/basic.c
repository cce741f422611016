/* SPDX-License-Identifier: MIT */
/* In and out of user mode, preemption, slices. */
#include "user.h"

extern const char user_exits[], user_six[], user_spins[], user_counts[], user_yields[],
        user_calls[], user_registers[], user_odd[];

static void exits(void)
{
        struct space space;

        space_make(&space);
        struct program *p = program_make(&space, user_exits, "exits");
        p->data->code = 47;
        program_start(p);
        check(program_end(p) == 47);
        check(p->calls == 1 && p->faults == 0);
        space_end(&space);
        check(sizeof(struct rota_user) < 1024);
}

static void six(void)
{
        struct space space;

        space_make(&space);
        struct program *p = program_make(&space, user_six, "six");
        program_start(p);
        check(program_end(p) == 1000);
        check(p->data->count == 1000 && p->calls == 1001);
        p = program_make(&space, user_odd, "odd");
        program_start(p);
        check(program_end(p) == 0);
        space_end(&space);
}

/* Every register over 1000 preemptions, in several spaces, beside a thread, on the move. */
static intptr_t stir(struct worker *self)
{
        uint32_t n = 0;

        while (!get(self->flag)) {
                for (uint32_t i = 0; i < 4 && run.cpus > 1; i++)
                        rota_set_affinity(
                                run.programs[i]->handle, rota_affinity_cpu((n + i) % run.cpus));
                n++;
                for (uint32_t i = 0; i < 2000; i++)
                        add(self->count, 1);
                rota_yield();
        }
        for (uint32_t i = 0; i < 4; i++)
                rota_set_affinity(run.programs[i]->handle, rota_affinity_all());
        return 0;
}

/* Until each was preempted so often; on several CPUs, where some have one of their own, all together. */
static void wait_preempted(struct program **p, uint32_t count, uint64_t enough)
{
        uint64_t all, least;

        do {
                rota_sleep_for(ROTA_MS);
                all = 0;
                least = UINT64_MAX;
                for (uint32_t i = 0; i < count; i++) {
                        struct rota_task_stats stats;
                        check(rota_get_stats(p[i]->handle, &stats) == ROTA_OK);
                        all += stats.involuntary;
                        least = stats.involuntary < least ? stats.involuntary : least;
                }
                /* Who has a CPU of his own is left alone; we come now and then. */
        } while ((run.cpus == 1 ? least : all) < enough && !get(run.failed) &&
                 !(run.cpus > count && all > 0));
}

static void registers_of(uint64_t bases, uint64_t segments, bool moving)
{
        static const uint64_t flags[] = {0x244cd7, 2, 0x203, 0x442};
        struct space spaces[4];
        struct program *p[4];

        for (uint32_t i = 0; i < 4; i++) {
                space_make(&spaces[i]);
                p[i] = program_make(&spaces[i], user_registers, "registers");
                p[i]->data->seed = 0x123456789abcdef * (i + 1);
                p[i]->data->flags = flags[i] & ~(uint64_t)0x200;
                p[i]->data->bases = bases;
                p[i]->data->segments = i % 2 ? segments : 0;
                program_start(p[i]);
        }
        struct worker *w = moving ? worker_start(stir, NULL, NULL, NULL) : NULL;
        wait_preempted(p, 4, run.cpus > 1 || run.few ? 50 : 1000);
        for (uint32_t i = 0; i < 4; i++)
                until(get(p[i]->data->count) > 0);
        for (uint32_t i = 0; i < 4; i++)
                put(p[i]->data->stop, 1);
        if (w) {
                put(w->flag, 1);
                worker_end(w);
        }
        for (uint32_t i = 0; i < 4; i++) {
                intptr_t code = program_end(p[i]);
                if (code)
                        say("# register %ld\n", code);
                check(code == 0);
                check(p[i]->data->count > 0 && p[i]->faults == 0);
                run.programs[i] = NULL;
                space_end(&spaces[i]);
        }
}

static void registers(void)
{
        registers_of(0, 0, false);
}

static void registers_moving(void)
{
        registers_of(0, 0, true);
}

/* What only some machines have. */
static void registers_rare(void)
{
        registers_of(1, 0, false);
        registers_of(0, 0x1b, false);
        registers_of(1, 0x1b, true);
}

/* Alone on its CPU a program causes no timer interrupts. */
static void alone(void)
{
        struct space space;
        struct rota_cpu_stats before, after;

        space_make(&space);
        struct program *p = program_make_with(&space, user_counts,
                &(struct rota_task_options){
                        .name = "alone", .affinity = rota_affinity_cpu(run.cpus - 1)});
        program_start(p);
        until(get(p->data->count) > 0);
        rota_sleep_for(3 * ROTA_MS);
        check(rota_get_cpu_stats(&run.rota, run.cpus - 1, &before) == ROTA_OK);
        uint64_t count = get(p->data->count);
        rota_sleep_for(50 * ROTA_MS); /* our own timer, which on one CPU is there too */
        check(rota_get_cpu_stats(&run.rota, run.cpus - 1, &after) == ROTA_OK);
        check(after.timer_irqs - before.timer_irqs <= (run.cpus == 1 ? 3 : 1));
        until(get(p->data->count) > count);
        check(rota_cancel(p->handle) == ROTA_OK);
        check(program_end(p) == ROTA_ECANCELED);
        check(p->exits == 1);
        space_end(&space);
}

/* Two, in two spaces, on one CPU: equal within a slice. */
static void shares(void)
{
        struct space spaces[2];
        struct program *p[2];
        struct rota_task_stats stats[2];

        for (uint32_t i = 0; i < 2; i++) {
                space_make(&spaces[i]);
                p[i] = program_make_with(&spaces[i], user_counts,
                        &(struct rota_task_options){
                                .name = "shares", .affinity = rota_affinity_cpu(run.cpus - 1)});
        }
        program_start(p[0]);
        program_start(p[1]);
        rota_sleep_for(100 * ROTA_MS);
        for (uint32_t i = 0; i < 2; i++)
                check(rota_cancel(p[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++) {
                check(program_end(p[i]) == ROTA_ECANCELED);
                stats[i] = p[i]->stats;
                check(stats[i].run_ns + stats[i].wait_ns + stats[i].sleep_ns ==
                        stats[i].since_ns - stats[i].start_ns);
                space_end(&spaces[i]);
        }
        uint64_t more = stats[0].run_ns > stats[1].run_ns ? stats[0].run_ns : stats[1].run_ns;
        uint64_t less = stats[0].run_ns > stats[1].run_ns ? stats[1].run_ns : stats[0].run_ns;
        check(run.few || stats[0].involuntary >= 10);
        /* A slice, and what interrupts put on top; where time is counted in instructions. */
        if (!run.few && !check(more - less < 1200 * ROTA_US))
                say("# %lu and %lu ns\n", stats[0].run_ns, stats[1].run_ns);
}

/* By yielding, one after the other, and a thread between them. */
static void yields(void)
{
        struct space space;
        struct program *p[3];

        space_make(&space);
        for (uint32_t i = 0; i < 3; i++) {
                p[i] = program_make_with(&space, user_yields,
                        &(struct rota_task_options){
                                .name = "yields", .affinity = rota_affinity_cpu(0)});
                program_start(p[i]);
        }
        for (uint32_t i = 0; i < 3; i++)
                until(get(p[i]->data->count) > 100);
        for (uint32_t i = 0; i < 3; i++)
                put(p[i]->data->stop, 1);
        for (uint32_t i = 0; i < 3; i++)
                check(program_end(p[i]) == 0);
        space_end(&space);
}

/* One that is woken and more urgent comes at once, the other one keeps the rest of its slice. */
static void urgent(void)
{
        struct space space;

        space_make(&space);
        struct program *low = program_make_with(&space, user_counts,
                &(struct rota_task_options){.name = "low", .params.priority = 200});
        struct program *high = program_make_with(&space, user_calls,
                &(struct rota_task_options){.name = "high", .params.priority = 100});
        high->data->number = CALL_SLEEP;
        high->data->argument = 200 * ROTA_US;
        program_start(low);
        program_start(high);
        struct rota_task_stats stats;
        do {
                rota_sleep_for(100 * ROTA_US);
                check(rota_get_stats(low->handle, &stats) == ROTA_OK);
                /* A slow machine's time may be over before it is awaited: then it is to happen later. */
        } while (get(high->data->count) < 20 || (run.few && stats.involuntary < 10));
        check(stats.involuntary >= (run.few ? 10 : 19));
        put(high->data->stop, 1);
        check(program_end(high) == ROTA_ETIMEDOUT);
        check(rota_cancel(low->handle) == ROTA_OK);
        check(program_end(low) == ROTA_ECANCELED);
        space_end(&space);
}

const struct user_case cases_basic[] = {
        {.name = "exits", .run = exits},
        {.name = "six", .run = six},
        {.name = "registers", .run = registers, .slice_us = 50, .slices = true},
        {.name = "registers-moving", .run = registers_moving, .slice_us = 50, .slices = true},
        {.name = "registers-rare", .run = registers_rare, .slice_us = 50, .slices = true},
        {.name = "alone", .run = alone, .prio = true},
        {.name = "shares", .run = shares, .slices = true},
        {.name = "yields", .run = yields},
        {.name = "urgent", .run = urgent, .prio = true, .cpus = 1},
        {.name = NULL},
};
