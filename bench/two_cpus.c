/* SPDX-License-Identifier: MIT */
/* Round trips between two CPUs, each a processor's worker that looks rather than sleeps. */
#define _GNU_SOURCE
#include "bench.h"

#include <pthread.h>
#include <sched.h>

static uint32_t stop;
static struct rota_handle main_thread;

static intptr_t answer(void *argument)
{
        const struct bench *bench = argument;
        if (bench->stepped)
                bench_step_begin();
        while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
                rota_park();
                rota_wake(main_thread);
        }
        if (bench->stepped)
                bench_step_end();
        return 0;
}

void measure_two_cpus(struct bench *bench)
{
        __atomic_store_n(&stop, 0, __ATOMIC_RELAXED);
        main_thread = rota_self();
        struct rota_handle other = bench_thread_on(bench, answer, bench, rota_affinity_cpu(1));
        if (bench->failed)
                return;
        for (int i = 0; i < 10; i++) { /* it has come, and answers */
                rota_wake(other);
                rota_park();
        }
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                rota_wake(other);
                rota_park();
        }
        bench_end(bench);
        __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
        rota_wake(other);
        bench_join(bench, other);
}

/* One word, stored by one and awaited by the other in turns. */
static uint64_t ball __attribute__((aligned(128)));

static void pin(int which)
{
        cpu_set_t all, one;
        if (sched_getaffinity(0, sizeof(all), &all))
                return;
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, &all) && which-- == 0)
                        CPU_SET(i, &one);
        sched_setaffinity(0, sizeof(one), &one);
}

static void await(uint64_t value)
{
        while (__atomic_load_n(&ball, __ATOMIC_ACQUIRE) != value)
                __asm__ volatile("pause");
}

static void *play(void *argument)
{
        uint64_t times = *(const uint64_t *)argument;
        pin(1);
        for (uint64_t i = 0; i < times; i++) {
                await(2 * i + 1);
                __atomic_store_n(&ball, 2 * i + 2, __ATOMIC_RELEASE);
        }
        return NULL;
}

void floor_two_cpus(struct bench *bench)
{
        uint64_t warm = 10;
        uint64_t times = bench->operations + warm;
        pthread_t other;
        cpu_set_t before;

        sched_getaffinity(0, sizeof(before), &before);
        ball = 0;
        if (pthread_create(&other, NULL, play, &times)) {
                bench->failed = "no thread";
                return;
        }
        pin(0);
        for (uint64_t i = 0; i < times; i++) {
                if (i == warm)
                        bench_begin(bench);
                __atomic_store_n(&ball, 2 * i + 1, __ATOMIC_RELEASE);
                await(2 * i + 2);
        }
        bench_end(bench);
        pthread_join(other, NULL);
        sched_setaffinity(0, sizeof(before), &before);
}
