/* SPDX-License-Identifier: MIT */
#include "bench.h"

static uint32_t stop;

static bool stopped(void)
{
        return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void set_stop(uint32_t value)
{
        __atomic_store_n(&stop, value, __ATOMIC_RELAXED);
}

static intptr_t yielder(void *argument)
{
        (void)argument;
        while (!stopped())
                rota_yield();
        return 0;
}

static void measure_yield(struct bench *bench, uint32_t threads)
{
        struct rota_handle *others = bench_memory(bench, threads * sizeof(*others));

        set_stop(0);
        for (uint32_t i = 1; i < threads; i++)
                others[i] = bench_thread(bench, yielder, NULL);
        rota_yield(); /* all have begun */
        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i += threads)
                rota_yield();
        bench->elapsed = rota_now() - begin;
        set_stop(1);
        for (uint32_t i = 1; i < threads; i++)
                bench_join(bench, others[i]);
}

void measure_yield_2(struct bench *bench)
{
        measure_yield(bench, 2);
}

void measure_yield_1000(struct bench *bench)
{
        measure_yield(bench, BENCH_THREADS_MAX);
}

static intptr_t nothing(void *argument)
{
        return (intptr_t)argument;
}

void measure_create_join(struct bench *bench)
{
        static struct rota_thread thread;
        const size_t size = 16384;
        struct rota_thread_options options = {
                .entry = nothing, .stack = bench_memory(bench, size), .stack_size = size};
        struct rota_handle handle;

        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i++) {
                if (rota_thread_create(&thread, &options, &handle) != ROTA_OK ||
                        rota_start(handle) != ROTA_OK ||
                        rota_join(handle, rota_timeout_forever(), NULL) != ROTA_OK)
                        bench->failed = true;
        }
        bench->elapsed = rota_now() - begin;
}

static struct rota_handle main_thread;

static intptr_t answer_by_wake(void *argument)
{
        (void)argument;
        while (!stopped()) {
                rota_park();
                rota_wake(main_thread);
        }
        return 0;
}

void measure_wake_park(struct bench *bench)
{
        set_stop(0);
        main_thread = rota_self();
        struct rota_handle other = bench_thread(bench, answer_by_wake, NULL);
        rota_yield(); /* it parks */
        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i++) {
                rota_wake(other);
                rota_park();
        }
        bench->elapsed = rota_now() - begin;
        set_stop(1);
        rota_wake(other);
        bench_join(bench, other);
}

static intptr_t answer_by_hand_over(void *argument)
{
        (void)argument;
        rota_park();
        while (!stopped())
                rota_hand_over(main_thread);
        return 0;
}

void measure_hand_over(struct bench *bench)
{
        set_stop(0);
        main_thread = rota_self();
        struct rota_handle other = bench_thread(bench, answer_by_hand_over, NULL);
        rota_yield();
        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i++)
                rota_hand_over(other);
        bench->elapsed = rota_now() - begin;
        set_stop(1);
        rota_wake(other);
        bench_join(bench, other);
}
