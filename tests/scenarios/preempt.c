/* SPDX-License-Identifier: MIT */
/* The CPU is taken from tasks that never give it back: A1, B1, C3, C4. */
#include "harness.h"

#define B1_THREADS 50u

/* Never yields, never calls. It counts, so that others see it run. */
static intptr_t spin(struct worker *self)
{
        for (;;) {
                add(self->count, 1);
                if (loops_end)
                        return (intptr_t)self->number;
        }
}

static void interleave(uint32_t cpu)
{
        struct worker *a = worker_start_on(spin, NULL, cpu);
        struct worker *b = worker_start_on(spin, NULL, cpu);

        a->number = 1;
        b->number = 2;
        for (uint32_t round = 0; round < 5; round++) {
                uint32_t was_a = get(a->count);
                uint32_t was_b = get(b->count);
                until(get(a->count) != was_a && get(b->count) != was_b);
        }
        loops_end = 1;
        check(worker_end(a) == 1);
        check(worker_end(b) == 2);
}

/* A1, and C3 on one CPU: both progress, again and again. */
static void two_endless(void)
{
        interleave(0);
}

static void two_endless_elsewhere(void)
{
        interleave(run.cpus - 1);
}

struct spawner {
        struct worker *children[8];
        uint32_t made; /* (atomic) */
};

static intptr_t spawn_and_spin(struct worker *self)
{
        struct spawner *spawner = self->argument;

        for (uint32_t i = 0; i < 8; i++) {
                spawner->children[i] = worker_start(spin, NULL);
                put(spawner->made, i + 1);
        }
        for (;;) {
                add(self->count, 1);
                if (loops_end)
                        return 0;
        }
}

/* C3: a spawner that never yields starves neither its children nor is starved. */
static void spawner_never_yields(void)
{
        struct spawner *spawner = memory(sizeof(*spawner));
        struct worker *parent = worker_start(spawn_and_spin, spawner);

        until(get(spawner->made) == 8);
        for (uint32_t i = 0; i < 8; i++)
                until(get(spawner->children[i]->count) > 1000);
        uint32_t was = get(parent->count);
        until(get(parent->count) > was + 1000);
        loops_end = 1;
        for (uint32_t i = 0; i < 8; i++)
                worker_end(spawner->children[i]);
        worker_end(parent);
}

/* B1: each spins until the counter is its number, counts on, and spins until all have. */
static intptr_t b1_main(struct worker *self)
{
        volatile uint32_t *counter = self->argument;

        for (;;)
                if (*counter == self->number)
                        break;
        __atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
        for (;;)
                if (*counter == B1_THREADS)
                        return (intptr_t)self->number;
}

static void fifty_in_turn(void)
{
        uint32_t *counter = memory(sizeof(*counter));
        struct worker *threads[B1_THREADS];

        for (uint32_t i = 0; i < B1_THREADS; i++) {
                threads[i] = worker_make(b1_main, counter);
                threads[i]->number = i;
        }
        for (uint32_t i = 0; i < B1_THREADS; i++)
                check(rota_start(threads[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < B1_THREADS; i++)
                check(worker_end(threads[i]) == (intptr_t)i);
        check(*counter == B1_THREADS);
}

static uint64_t timer_irqs(uint32_t cpu)
{
        struct rota_cpu_stats stats;
        check(rota_get_cpu_stats(run.rota, cpu, &stats) == ROTA_OK);
        return stats.timer_irqs;
}

/* Alone on its CPU it sees no timer interrupt; the first may still be on its way. */
static intptr_t count_irqs(struct worker *self)
{
        uint32_t quiet = 0;

        while (quiet < 3) {
                uint64_t before = timer_irqs(self->number);
                uint64_t end = rota_now() + 20 * ROTA_MS;
                while (rota_now() < end)
                        add(self->count, 1);
                if (timer_irqs(self->number) == before)
                        quiet++;
                else
                        check(self->flag++ < 3); /* what was armed before it was alone */
        }
        put(self->flag, 100);
        rota_wake(run.first);
        return spin(self);
}

/* C4: and when a second one comes, both progress. */
static void alone_is_undisturbed(void)
{
        uint32_t cpu = run.cpus - 1;
        struct rota_task_options options = {.affinity = only_cpu(cpu)};
        struct worker *one = worker_make_with(count_irqs, NULL, &options);
        struct worker *two = worker_make_with(spin, NULL, &options);

        one->number = cpu;
        check(rota_start(one->handle) == ROTA_OK);
        /* Parked, not asleep: a timer would be seen. */
        while (get(one->flag) != 100)
                rota_park();
        check(rota_start(two->handle) == ROTA_OK);
        uint32_t was = get(one->count);
        until(get(two->count) > 10 && get(one->count) != was);
        loops_end = 1;
        worker_end(one);
        worker_end(two);
}

/* What waits for a preempted task's registers: an unbroken sum over many preemptions. */
static intptr_t sum_main(struct worker *self)
{
        uint64_t a = 1, b = 2, c = 3, d = 5, e = 7, f = 11;

        for (;;) {
                a = a * 3 + b;
                b = b * 5 + c;
                c = c * 7 + d;
                d = d * 11 + e;
                e = e * 13 + f;
                f = f * 17 + a;
                uint32_t rounds = add(self->count, 1) + 1;
                if (rounds == self->number)
                        self->argument = (void *)(uintptr_t)(a ^ b ^ c ^ d ^ e ^ f);
                if (rounds >= self->number && loops_end)
                        return 0;
        }
}

static void registers_survive(void)
{
        struct worker *threads[4];

        for (uint32_t i = 0; i < 4; i++) {
                threads[i] = worker_make(sum_main, NULL);
                threads[i]->number = 1000000;
                check(rota_start(threads[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 4; i++)
                until(get(threads[i]->count) > 1000000);
        loops_end = 1;
        for (uint32_t i = 0; i < 4; i++)
                worker_end(threads[i]);
        for (uint32_t i = 1; i < 4; i++)
                check(threads[i]->argument == threads[0]->argument && threads[i]->argument);
}

const struct scenario scenarios_preempt[] = {
        {.name = "a1-two-endless-loops", .run = two_endless, .flags = SLICES},
        {.name = "c3-two-endless-loops-on-the-last-cpu",
                .run = two_endless_elsewhere,
                .flags = SLICES},
        {.name = "c3-spawner-loop", .run = spawner_never_yields, .flags = SLICES},
        {.name = "b1-fifty-in-turn-loop",
                .run = fifty_in_turn,
                .flags = SLICES,
                .slice_ns = 100 * ROTA_US},
        {.name = "c4-alone-loop", .run = alone_is_undisturbed, .flags = SLICES | UNWATCHED},
        {.name = "registers-loop", .run = registers_survive, .flags = SLICES},
        {.name = NULL},
};
