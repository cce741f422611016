/* SPDX-License-Identifier: MIT */
/* Many CPUs: B3 to B6. Work is pulled, idle CPUs are woken once. */
#include "harness.h"

#define GATED 40u

static struct rota_cpu_stats account(uint32_t cpu)
{
        struct rota_cpu_stats stats;
        check(rota_get_cpu_stats(run.rota, cpu, &stats) == ROTA_OK);
        return stats;
}

struct gate {
        uint32_t open;
        uint32_t seen;      /* CPUs that have run one (atomic) */
        uint32_t first[64]; /* tasks that began there (atomic) */
        uint32_t on[64];    /* has run one (atomic) */
};

/* Notes where it runs; the first time it keeps its CPU until as many as can have come that far: those that
 * wait behind it are for other CPUs. */
static void be_seen(struct gate *gate, bool first)
{
        uint32_t most = run.cpus < GATED ? run.cpus : GATED;

        rota_guard_begin();
        uint32_t cpu = rota_cpu_index();
        if (first)
                add(gate->first[cpu], 1);
        if (!get(gate->on[cpu]) && add(gate->on[cpu], 1) == 0)
                add(gate->seen, 1);
        while (first && get(gate->seen) < most)
                ;
        rota_guard_end();
}

/* Stays until every CPU runs one: so each must take some, from wherever they are. */
static intptr_t gated(struct worker *self)
{
        struct gate *gate = self->argument;

        while (!get(gate->open))
                rota_park();
        for (uint32_t turn = 0; get(gate->seen) < run.cpus; turn++)
                be_seen(gate, turn == 0);
        return 0;
}

static void all_cpus_take_part(void)
{
        struct gate *gate = memory(sizeof(*gate));
        struct worker *w[GATED];

        for (uint32_t i = 0; i < GATED; i++)
                w[i] = worker_start(gated, gate);
        for (uint32_t i = 0; i < GATED; i++)
                until(parked(w[i]->handle));
        put(gate->open, 1);
        for (uint32_t i = 0; i < GATED; i++)
                check(rota_wake(w[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < GATED; i++)
                worker_end(w[i]);
        for (uint32_t i = 0; i < run.cpus; i++) {
                check(gate->on[i] >= 1);
                check(run.cpus == 1 || gate->first[i] < GATED);
        }
}

/* A CPU's blocker: keeps it from switching, and does on it what it is told. */
struct block {
        uint32_t phase; /* (atomic) */
        uint32_t ready; /* blockers in place (atomic) */
        uint32_t per_cpu;
        uint32_t idler;          /* the CPU that queues none */
        uint32_t first;          /* the CPU that goes on at once; the others when told */
        struct worker **threads; /* per_cpu for each CPU */
        uint32_t *sequence;      /* per CPU: how many it has run */
        uint32_t ran;            /* (atomic) */
};

static intptr_t run_once(struct worker *self)
{
        struct block *block = self->argument;

        rota_guard_begin();
        self->cpu = rota_cpu_index();
        self->count = block->sequence[self->cpu]++;
        self->flag++;
        add(block->ran, 1);
        rota_guard_end();
        return 0;
}

static intptr_t block_main(struct worker *self)
{
        struct block *block = self->argument;

        rota_guard_begin();
        uint32_t cpu = self->number;
        check(rota_cpu_index() == cpu);
        add(block->ready, 1);
        while (get(block->ready) < run.cpus)
                ;
        for (uint32_t i = 0; i < block->per_cpu && (cpu != block->idler); i++) {
                struct worker *w = worker_make(run_once, block);
                w->number = cpu;
                block->threads[cpu * block->per_cpu + i] = w;
                check(rota_start(w->handle) == ROTA_OK);
        }
        add(block->ready, 1);
        while (get(block->ready) < 2 * run.cpus)
                ;
        while (get(block->phase) == 0 && cpu != block->first)
                ;
        rota_guard_end();
        return 0;
}

static struct block *block_make(uint32_t per_cpu)
{
        struct block *block = memory(sizeof(*block));
        block->per_cpu = per_cpu;
        block->threads = memory(per_cpu * run.cpus * sizeof(struct worker *));
        block->sequence = memory(run.cpus * sizeof(uint32_t));
        return block;
}

static void block_run(struct block *block, struct worker **blockers)
{
        for (uint32_t i = 0; i < run.cpus; i++) {
                struct rota_task_options options = {.affinity = only_cpu(i)};
                blockers[i] = worker_make_with(block_main, block, &options);
                blockers[i]->number = i;
        }
        rota_guard_begin(); /* the one on this CPU must not keep us from starting the others */
        for (uint32_t i = 0; i < run.cpus; i++)
                check(rota_start(blockers[i]->handle) == ROTA_OK);
        rota_guard_end();
}

/* B4: all but one CPU queue a thread each; the last one gets exactly those, by pulling. */
static void steals_exactly(void)
{
        uint32_t last = run.cpus - 1;
        struct worker *blockers[64];

        /* This thread must not be pulled itself. */
        check(rota_set_affinity(rota_self(), only_cpu(last)) == ROTA_OK);
        for (uint32_t round = 0; round < 4; round++) {
                struct block *block = block_make(1);
                block->idler = last;
                block->first = last;
                uint64_t before = account(last).steals;
                block_run(block, blockers);
                worker_end(blockers[last]);
                for (uint32_t i = 0; i < last; i++) {
                        worker_end(block->threads[i]);
                        check(block->threads[i]->cpu == last);
                }
                check(account(last).steals == before + last);
                put(block->phase, 1);
                for (uint32_t i = 0; i < last; i++)
                        worker_end(blockers[i]);
        }
}

/* B5: each CPU queues 10. One of them goes on, while the others are held: it runs its own 10 first,
 * then those of the others, and in the end none is left. */
static void own_first(uint32_t cpu)
{
        const uint32_t each = 10;
        struct block *block = block_make(each);
        struct worker *blockers[64];
        uint32_t n = each * run.cpus;

        check(rota_set_affinity(rota_self(), only_cpu(cpu)) == ROTA_OK);
        block->idler = UINT32_MAX;
        block->first = cpu;
        block_run(block, blockers);
        worker_end(blockers[cpu]);
        for (uint32_t i = 0; i < n; i++)
                worker_end(block->threads[i]);
        check(block->ran == n);
        for (uint32_t i = 0; i < n; i++) {
                const struct worker *w = block->threads[i];
                check(w->flag == 1);
                check(w->cpu == cpu);
                check((w->number == cpu) == (w->count < each));
        }
        for (uint32_t i = 0; i < run.cpus; i++)
                check(rota_view_load(run.rota, i) == 0);
        put(block->phase, 1);
        for (uint32_t i = 0; i < run.cpus; i++)
                if (i != cpu)
                        worker_end(blockers[i]);
}

static void each_own_first(void)
{
        for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                own_first(cpu);
}

static intptr_t answer(struct worker *self)
{
        while (!get(self->flag)) {
                rota_park();
                add(self->count, 1);
        }
        return 0;
}

static uint64_t kicks(void)
{
        uint64_t sum = 0;
        for (uint32_t i = 0; i < run.cpus; i++)
                sum += account(i).kicks_sent;
        return sum;
}

/* B6: a wake from another CPU takes one interrupt, and needs no tick. Between two CPUs that have
 * nothing else to do. */
static intptr_t wake_across(struct worker *self)
{
        struct worker *sleeper = self->argument;

        for (uint32_t i = 0; i < 50; i++) {
                while (!parked(sleeper->handle))
                        ;
                while (!rota_view_idle(run.rota, sleeper->number))
                        ;
                uint32_t was = get(sleeper->count);
                uint64_t before = kicks();
                check(rota_wake(sleeper->handle) == ROTA_OK);
                while (get(sleeper->count) == was)
                        ;
                check(kicks() <= before + 1); /* none where it was found looking */
                if (kicks() > before)
                        self->count++;
        }
        put(sleeper->flag, 1);
        rota_wake(sleeper->handle);
        return 0;
}

static void one_kick_a_wake(void)
{
        uint32_t last = run.cpus - 1;
        struct rota_task_options there = {.affinity = only_cpu(last)};
        struct rota_task_options here = {.affinity = only_cpu(0)};
        struct worker *sleeper = worker_make_with(answer, NULL, &there);
        struct worker *waker = worker_make_with(wake_across, sleeper, &here);

        sleeper->number = last;
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_start(sleeper->handle) == ROTA_OK);
        check(rota_start(waker->handle) == ROTA_OK);
        worker_end(waker);
        worker_end(sleeper);
        if (run.world->look_ns == 0)
                check(waker->count > 0);
}

const struct scenario scenarios_balance[] = {
        {.name = "b3-gated", .run = all_cpus_take_part},
        {.name = "b4-steals-exactly", .run = steals_exactly, .flags = SEVERAL},
        {.name = "b5-own-first", .run = each_own_first},
        {.name = "b6-one-kick-a-wake", .run = one_kick_a_wake, .flags = SEVERAL | UNWATCHED},
        {.name = NULL},
};
