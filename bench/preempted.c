/* SPDX-License-Identifier: MIT */
/*
 * Slices of 1 ms: what a switch costs that the timer forces on threads which never give the CPU up,
 * and that a thread alone is left in peace.
 */
#include "bench.h"

#define SWITCHES_MAX 1000u

static uint32_t stop;

struct counter {
        uint64_t count;
        uint64_t elapsed;
};

static intptr_t count(void *argument)
{
        struct counter *counter = argument;
        uint64_t begin = rota_now();
        uint64_t n = 0;
        while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
                n++;
        counter->count = n;
        counter->elapsed = rota_now() - begin;
        return 0;
}

static uint64_t run(struct bench *bench, struct counter *counters, uint32_t n, uint64_t *switches)
{
        struct rota_handle threads[2];
        struct rota_cpu_stats before;
        struct rota_cpu_stats after;

        __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < n; i++)
                threads[i] = bench_thread(bench, count, &counters[i]);
        if (bench->failed)
                return 0;
        rota_sleep_for(2 * ROTA_MS); /* both have begun */
        rota_get_cpu_stats(bench->rota, 0, &before);
        rota_sleep_for(bench->operations * ROTA_MS);
        rota_get_cpu_stats(bench->rota, 0, &after);
        __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
        for (uint32_t i = 0; i < n; i++)
                bench_join(bench, threads[i]);
        *switches = after.switches - before.switches;
        uint64_t counts = 0;
        for (uint32_t i = 0; i < n; i++)
                counts += counters[i].count;
        return counts;
}

/* Two threads count as fast as they can; what one count costs is known from a thread alone, so what
 * is missing went into switches. Runs for `operations` milliseconds, then says how long that many
 * switches took. Only where time is exact. */
void measure_preempted(struct bench *bench)
{
        struct counter counters[2];
        uint64_t switches;

        uint64_t alone = run(bench, counters, 1, &switches);
        uint64_t alone_ns = counters[0].elapsed;
        uint64_t both = run(bench, counters, 2, &switches);
        uint64_t begin_to_end = counters[0].elapsed > counters[1].elapsed ? counters[0].elapsed
                                                                          : counters[1].elapsed;
        if (bench->failed)
                return;
        /* What `both` counts would have taken without a switch. */
        uint64_t per_count = alone_ns * 1000 / alone; /* in thousandths */
        uint64_t work = both * per_count / 1000;
        bench->elapsed = switches && begin_to_end > work ? (begin_to_end - work) : 0;
        bench->operations = switches;
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
