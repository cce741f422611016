/* SPDX-License-Identifier: MIT */
/*
 * The cost of a switch that the timer forces. Two threads count as fast as they can, never giving the
 * CPU up; what one count costs is known from a thread alone, so what is missing went into switches.
 */
#include "bench.h"

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

/* Runs for `operations` milliseconds, then says how long that many switches took. */
void measure_preempted(struct bench *bench)
{
        struct counter counters[2];
        uint64_t switches;

        uint64_t alone = run(bench, counters, 1, &switches);
        uint64_t alone_ns = counters[0].elapsed;
        uint64_t both = run(bench, counters, 2, &switches);
        uint64_t begin_to_end = counters[0].elapsed > counters[1].elapsed ? counters[0].elapsed
                                                                          : counters[1].elapsed;
        /* What `both` counts would have taken without a switch. */
        uint64_t per_count = alone_ns * 1000 / alone; /* in thousandths */
        uint64_t work = both * per_count / 1000;
        bench->elapsed = switches && begin_to_end > work ? (begin_to_end - work) : 0;
        bench->operations = switches;
}
