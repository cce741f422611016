/* SPDX-License-Identifier: MIT */
/*
 * A wake storm: threads on every CPU wake those on all others, a million times in `all`. Each message
 * is a wake; none may be lost, or the storm never ends. And interrupts are sparing: a CPU is kicked
 * once for each time that it went to sleep, and once for each task that was to leave at once; not for
 * a task that would run anyway, nor for one that is awake.
 */
#include "harness.h"

#define STORM_CPUS 64u

struct storm {
        struct worker **all;
        uint32_t n;
        uint32_t rounds;
        uint32_t ended; /* threads (atomic) */
        struct rota_cpu_stats at_end[STORM_CPUS];
};

/* The last one to end says what it was: after that others are woken who have no part in it. */
static void take_stock(struct storm *storm)
{
        rota_guard_begin();
        if (add(storm->ended, 1) + 1 == storm->n)
                for (uint32_t i = 0; i < run.cpus && i < STORM_CPUS; i++)
                        check(rota_get_cpu_stats(run.rota, i, &storm->at_end[i]) == ROTA_OK);
        rota_guard_end();
}

/* Sends each of the others a message, then waits for as many; again and again. */
static intptr_t blow(struct worker *self)
{
        struct storm *storm = self->argument;
        uint32_t others = storm->n - 1;

        for (uint32_t round = 1; round <= storm->rounds; round++) {
                for (uint32_t i = 1; i <= others; i++) {
                        struct worker *to = storm->all[(self->number + i) % storm->n];
                        add(to->count, 1);
                        /* Who has its last message may be gone before the wake. */
                        int woken = rota_wake(to->handle);
                        check(woken == ROTA_OK || (woken == ROTA_ESTALE && round == storm->rounds));
                }
                while (get(self->count) < round * others)
                        rota_park();
        }
        take_stock(storm);
        return 0;
}

static struct storm *raise_storm(uint32_t per_cpu, bool pinned)
{
        struct storm *storm = memory(sizeof(*storm));
        uint32_t wakes = run.all ? 1000000 : run.few ? 2000 : 20000;

        storm->n = per_cpu * run.cpus;
        storm->rounds = 1 + wakes / (storm->n * (storm->n - 1));
        storm->all = memory(storm->n * sizeof(storm->all[0]));
        for (uint32_t i = 0; i < storm->n; i++) {
                struct rota_task_options options = {
                        .affinity = pinned ? only_cpu(i % run.cpus) : rota_affinity_all()};
                storm->all[i] = worker_make_with(blow, storm, &options);
                storm->all[i]->number = i;
        }
        cpus_all_in();
        rota_guard_begin(); /* none of them before all are there */
        for (uint32_t i = 0; i < storm->n; i++)
                check(rota_start(storm->all[i]->handle) == ROTA_OK);
        rota_guard_end();
        for (uint32_t i = 0; i < storm->n; i++)
                check(worker_end(storm->all[i]) == 0);
        for (uint32_t i = 0; i < storm->n; i++)
                check(storm->all[i]->count == storm->rounds * (storm->n - 1));
        return storm;
}

static void few_kicks(const struct storm *storm, const struct rota_cpu_stats *before)
{
        for (uint32_t i = 0; i < run.cpus; i++) {
                const struct rota_cpu_stats *s = &storm->at_end[i];
                uint64_t kicks = s->kicks - before[i].kicks;
                uint64_t sleeps = s->halts - before[i].halts;
                uint64_t preemptions = s->preemptions - before[i].preemptions;
                /* One sleep may have begun before the count. */
                check(kicks <= sleeps + 1 + preemptions);
        }
}

static void storm(uint32_t per_cpu)
{
        static struct rota_cpu_stats before[STORM_CPUS];

        if (run.cpus > STORM_CPUS) {
                run.skip = "more CPUs than it keeps books of";
                return;
        }
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        for (uint32_t i = 0; i < run.cpus; i++)
                check(rota_get_cpu_stats(run.rota, i, &before[i]) == ROTA_OK);
        few_kicks(raise_storm(per_cpu, true), before);
}

/* One on each CPU: who is woken finds nobody there. */
static void one_each(void)
{
        storm(1);
}

/* Three on each: who is woken waits for who runs, where nobody's time is up. */
static void three_each(void)
{
        if (run.setup->slices) {
                run.skip = "slices, whose ends are told by interrupts too";
                return;
        }
        storm(3);
}

/* Wherever there is room. */
static void anywhere(void)
{
        raise_storm(2, false);
}

const struct scenario scenarios_storm[] = {
        {.name = "storm-one-each", .run = one_each, .flags = SEVERAL | UNWATCHED},
        {.name = "storm-three-each", .run = three_each, .flags = SEVERAL | UNWATCHED},
        {.name = "storm-anywhere", .run = anywhere, .flags = SEVERAL | UNWATCHED},
        {.name = NULL},
};
