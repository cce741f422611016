/* SPDX-License-Identifier: MIT */
/* What threads do to each other, on one CPU. */
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

/* Yields that are still to be counted, where a turn of all threads would be too many. */
static uint64_t to_go;

static intptr_t counted_yielder(void *argument)
{
        struct bench *bench = argument;
        while (!stopped()) {
                rota_yield();
                if (to_go && --to_go == 0)
                        bench_end(bench);
        }
        return 0;
}

void measure_yield(struct bench *bench)
{
        uint32_t threads = bench->row->threads;
        bool counted = bench->operations < threads;
        struct rota_handle *others = bench_memory(bench, threads * sizeof(*others));

        set_stop(0);
        to_go = 0;
        for (uint32_t i = 1; i < threads && !bench->failed; i++)
                others[i] = bench_thread(bench, counted ? counted_yielder : yielder, bench);
        if (bench->failed)
                return;
        rota_yield(); /* all have begun */
        if (counted) {
                to_go = bench->operations;
                bench_begin(bench);
                rota_yield();
        } else {
                bench->operations = bench->operations / threads * threads;
                uint64_t times = bench->operations / threads;
                bench_begin(bench);
                for (uint64_t i = 0; i < times; i++)
                        rota_yield();
                bench_end(bench);
        }
        set_stop(1);
        for (uint32_t i = 1; i < threads; i++)
                bench_join(bench, others[i]);
}

static intptr_t nothing(void *argument)
{
        return (intptr_t)argument;
}

/* The pool of stacks has one, which is used again and again. */
void measure_create_join(struct bench *bench)
{
        struct rota_thread_options options = {
                .task.params.flags = bench->row->flags, .entry = nothing};
        struct rota_handle handle;
        char *low;
        struct rota_thread *thread =
                bench_stack(bench, sizeof(struct rota_thread), &low, &options.stack_size);

        if (!thread)
                return;
        options.stack = low;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                if (rota_thread_create(thread, &options, &handle) != ROTA_OK ||
                        rota_start(handle) != ROTA_OK ||
                        rota_join(handle, rota_timeout_forever(), NULL) != ROTA_OK)
                        bench->failed = "create, start or join";
        }
        bench_end(bench);
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
        if (bench->failed)
                return;
        rota_yield(); /* it parks */
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                rota_wake(other);
                rota_park();
        }
        bench_end(bench);
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
        if (bench->failed)
                return;
        rota_yield();
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++)
                rota_hand_over(other);
        bench_end(bench);
        set_stop(1);
        rota_wake(other);
        bench_join(bench, other);
}
