/* SPDX-License-Identifier: MIT */
/*
 * Slices of 1 ms: what a switch costs that the timer forces on threads which never give the CPU up,
 * and that a thread alone is left in peace.
 */
#include "bench.h"

#define SWITCHES_MAX 1000u

static uint32_t stop;
static const char inexact[] = "the clock does not count instructions";

/* Counts as far as it is told; by the same instructions each time, interrupts apart. */
__attribute__((noinline)) static void work(volatile uint64_t *counted, uint64_t times)
{
        while (*counted < times)
                *counted += 1;
}

static uint64_t undisturbed(uint64_t times)
{
        uint64_t counted = 0;
        uint64_t begin = rota_now();

        work(&counted, times);
        return rota_now() - begin;
}

static struct {
        uint64_t times, counted[2];
        uint64_t begin, end; /* when the first one begins, and the first one is done */
        uint64_t both;       /* what the two had counted then */
        struct rota_cpu_stats before, after;
} pair;

static void share_work(struct bench *bench, uint32_t me)
{
        if (!pair.begin) {
                rota_get_cpu_stats(bench->rota, 0, &pair.before);
                pair.begin = rota_now();
        }
        work(&pair.counted[me], pair.times);
        if (!pair.end) {
                pair.end = rota_now();
                pair.both = pair.counted[0] + pair.counted[1];
                rota_get_cpu_stats(bench->rota, 0, &pair.after);
        }
}

static intptr_t share_first(void *argument)
{
        share_work(argument, 0);
        return 0;
}

static intptr_t share_second(void *argument)
{
        share_work(argument, 1);
        return 0;
}

/* Two threads count as fast as they can, about a slice for each of `operations`; what the work takes is known
 * from a thread that is alone, so what is missing went into switches. Only where time is exact. */
void measure_preempted(struct bench *bench)
{
        uint64_t times = bench->operations * 100000; /* about half a millisecond each */
        uint64_t alone = undisturbed(times);

        pair.times = times;
        pair.counted[0] = pair.counted[1] = pair.begin = pair.end = 0;
        struct rota_handle first = bench_thread(bench, share_first, bench);
        struct rota_handle second = bench_thread(bench, share_second, bench);
        if (bench->failed)
                return;
        bench_join(bench, first);
        bench_join(bench, second);
        uint64_t needed = pair.both * alone / times;
        bench->operations = pair.after.switches - pair.before.switches;
        if (pair.end - pair.begin < needed || !bench->operations)
                bench->failed = inexact;
        else
                bench->elapsed = pair.end - pair.begin - needed;
}

static uint64_t expired;

static void count_expired(void *argument)
{
        (void)argument;
        expired++;
}

/* How long so many stretches of work take, each with an interrupt in it or not. They begin at random, so
 * that a coarse clock is right on average. */
static uint64_t stretches(uint64_t count, bool interrupted)
{
        static struct rota_timer timer;
        uint32_t random = 0;
        uint64_t elapsed = 0;

        for (uint64_t i = 0; i < count; i++) {
                undisturbed(bench_random(&random) % 128);
                if (interrupted)
                        rota_timer_arm(&timer, rota_now() + 5 * ROTA_US, count_expired, NULL);
                elapsed += undisturbed(3000); /* twice as long, at least */
        }
        return elapsed;
}

/* A timer expires while the only thread works, and wakes nobody; what the work takes longer than without it
 * went into the interrupt. Only where time is exact. */
void measure_interrupted(struct bench *bench)
{
        uint64_t count = bench->operations;
        struct rota_cpu_stats before;
        struct rota_cpu_stats after;

        expired = 0;
        uint64_t alone = stretches(count, false);
        rota_get_cpu_stats(bench->rota, 0, &before);
        uint64_t interrupted = stretches(count, true);
        rota_get_cpu_stats(bench->rota, 0, &after);
        if (expired != count || interrupted < alone)
                bench->failed = inexact;
        else if (after.timer_irqs - before.timer_irqs != count || after.switches != before.switches)
                bench->failed = "other interrupts than one for each timer, or a switch";
        else
                bench->elapsed = interrupted - alone;
}

static uint64_t alone_interrupts;

/* The instance's only thread keeps the CPU for a hundred slices. */
static void alone(struct bench *bench)
{
        struct rota_cpu_stats before;
        struct rota_cpu_stats after;

        rota_get_cpu_stats(bench->rota, 0, &before);
        uint64_t end = rota_now() + 100 * ROTA_MS;
        while (rota_now() < end)
                ;
        rota_get_cpu_stats(bench->rota, 0, &after);
        alone_interrupts = after.timer_irqs - before.timer_irqs;
}

bool fact_alone(struct bench *bench, struct bench_fact *fact)
{
        static const struct bench_row row = {
                .name = "alone", .policy = &rota_policy_rr, .body = alone};
        fact->name = "timer interrupts in 100 slices of 1 ms, rr, one task";
        fact->unit = "interrupts";
        fact->target = "0";
        bench->row = &row;
        bench_in_instance(bench);
        fact->value = alone_interrupts * 100;
        return !bench->failed;
}

/* Who looked at the clock last, and when: a change of who is a switch, the gap what it took from
 * both. */
static uint32_t owner;
static uint64_t seen;
static uint64_t gaps[SWITCHES_MAX];
static uint32_t gap_count;

static intptr_t look(void *argument)
{
        uint32_t me = *(const uint32_t *)argument;
        while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
                uint64_t now = rota_now();
                if (__atomic_load_n(&owner, __ATOMIC_RELAXED) != me) {
                        __atomic_store_n(&owner, me, __ATOMIC_RELAXED);
                        now = rota_now(); /* the one above may be from before the switch */
                        if (seen && gap_count < SWITCHES_MAX)
                                gaps[gap_count++] = now - seen;
                }
                __atomic_store_n(&seen, now, __ATOMIC_RELAXED);
        }
        return 0;
}

static void lost(struct bench *bench)
{
        static const uint32_t names[2] = {1, 2};
        struct rota_handle threads[2];

        __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < 2; i++)
                threads[i] = bench_thread(bench, look, (void *)(uintptr_t)&names[i]);
        rota_sleep_for(500 * ROTA_MS);
        __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < 2; i++)
                bench_join(bench, threads[i]);
        if (gap_count < 100)
                bench->failed = "two threads did not take turns";
}

/* In hundredths of a percent. */
static uint64_t share(uint64_t gap)
{
        return gap * 100 * 100 / (ROTA_MS + gap);
}

/* The share of the median switch in a slice: what Linux takes meanwhile is seldom in the median. */
bool fact_lost(struct bench *bench, struct bench_fact *fact)
{
        static const struct bench_row row = {
                .name = "lost", .policy = &rota_policy_rr, .body = lost};
        fact->name = "share of a CPU lost, slices of 1 ms, rr, two tasks";
        fact->unit = "%";
        fact->target = "1 %";
        bench->row = &row;
        bench_in_instance(bench);
        if (bench->failed)
                return false;
        bench_sort(gaps, gap_count);
        fact->value = share(gaps[gap_count / 2]);
        return true;
}

/* Where the machine has other work, the median shows that too. */
bool fact_lost_quick(struct bench *bench, struct bench_fact *fact)
{
        (void)bench;
        fact->name = "the same, by the quickest tenth of the switches";
        fact->unit = "%";
        fact->value = gap_count ? share(gaps[gap_count / 10]) : 0;
        return gap_count > 0;
}
