/* SPDX-License-Identifier: MIT */
/*
 * The seven loops of Thread-Metric (Eclipse ThreadX's suite), written anew on this library: what embedded
 * kernels compare themselves by. The threads have fixed priorities and no slices. What counts is the
 * instructions for each event, so a loop runs for so many events and not for so long.
 */
#include <rota/sync.h>

#include "bench.h"

#include "raise.h"

#define THREADS 5u

static uint32_t stop;
static uint64_t counts[THREADS];
static struct rota_handle threads[THREADS];
static struct rota_semaphore semaphore;
static void (*handler)(void); /* of the interrupt that bench_raise() causes */

/* The linker leads the kernel's interrupt here (--wrap). */
void __real_rota_kicked(void);
void __wrap_rota_kicked(void);

void __wrap_rota_kicked(void)
{
        if (handler)
                handler();
        else
                __real_rota_kicked();
}

static bool stopped(void)
{
        return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void set_stop(uint32_t value)
{
        __atomic_store_n(&stop, value, __ATOMIC_RELAXED);
}

static void counted(uint32_t index)
{
        __atomic_store_n(&counts[index], counts[index] + 1, __ATOMIC_RELAXED);
}

/* A thread of a priority, 1 the most urgent, that is not to run yet. */
static void make(struct bench *bench, uint32_t index, uint16_t priority, intptr_t (*entry)(void *),
        void *argument)
{
        struct rota_thread_options options = {
                .task.params.flags = ROTA_PARAMS_FIFO,
                .task.params.priority = priority,
                .entry = entry,
                .argument = argument,
        };
        char *low;
        struct rota_thread *thread = bench_stack(bench, sizeof(*thread), &low, &options.stack_size);

        options.stack = low;
        if (thread && rota_thread_create(thread, &options, &threads[index]) == ROTA_OK)
                return;
        bench->failed = "no thread";
}

/* They run, and the caller, who is less urgent than any of them, goes on when they have ended. */
static void run(struct bench *bench, uint32_t count)
{
        rota_guard_begin(); /* the first one does not begin before the last is there */
        for (uint32_t i = 0; i < count && !bench->failed; i++)
                if (rota_start(threads[i]) != ROTA_OK)
                        bench->failed = "start";
        rota_guard_end();
        for (uint32_t i = 0; i < count && !bench->failed; i++)
                bench_join(bench, threads[i]);
}

static intptr_t cooperate(void *argument)
{
        uint32_t index = (uint32_t)(uintptr_t)argument;

        while (!stopped()) {
                rota_yield();
                counted(index);
        }
        return 0;
}

static intptr_t cooperate_first(void *argument)
{
        struct bench *bench = argument;

        rota_yield(); /* all have begun */
        for (uint32_t i = 0; i < THREADS; i++)
                counts[i] = 0;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations / THREADS; i++) {
                rota_yield();
                counted(0);
        }
        bench_end(bench);
        set_stop(1);
        for (uint32_t i = 1; i < THREADS; i++)
                if (counts[i] + 1 < counts[0] || counts[i] > counts[0] + 1)
                        bench->failed = "one thread was served more than another";
        return 0;
}

void metric_cooperative(struct bench *bench)
{
        set_stop(0);
        for (uint32_t i = 0; i < THREADS; i++)
                make(bench, i, 10, i ? cooperate : cooperate_first,
                        i ? (void *)(uintptr_t)i : bench);
        run(bench, THREADS);
}

/* The next more urgent one preempts; the last has none. */
static intptr_t preempt(void *argument)
{
        uint32_t index = (uint32_t)(uintptr_t)argument;

        rota_park();
        while (!stopped()) {
                if (index + 1 < THREADS)
                        rota_wake(threads[index + 1]);
                counted(index);
                rota_park();
        }
        if (index + 1 < THREADS)
                rota_wake(threads[index + 1]);
        return 0;
}

static intptr_t preempt_first(void *argument)
{
        struct bench *bench = argument;

        for (uint32_t i = 0; i < THREADS; i++)
                counts[i] = 0;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations / THREADS; i++) {
                rota_wake(threads[1]);
                counted(0);
        }
        bench_end(bench);
        for (uint32_t i = 1; i < THREADS; i++)
                if (counts[i] != counts[0])
                        bench->failed = "a thread did not preempt";
        set_stop(1);
        rota_wake(threads[1]);
        return 0;
}

void metric_preemptive(struct bench *bench)
{
        set_stop(0);
        for (uint32_t i = 0; i < THREADS; i++)
                make(bench, i, (uint16_t)(10 - i), i ? preempt : preempt_first,
                        i ? (void *)(uintptr_t)i : bench);
        run(bench, THREADS); /* the more urgent ones park before the first begins */
}

static void handle_give(void)
{
        counted(0);
        rota_semaphore_give(&semaphore);
}

static intptr_t interrupt(void *argument)
{
        struct bench *bench = argument;
        int failed = 0;

        handler = handle_give;
        counts[0] = 0;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                bench_raise();
                failed |= rota_semaphore_take(&semaphore);
        }
        bench_end(bench);
        handler = NULL;
        if (failed || counts[0] != bench->operations)
                bench->failed = "an interrupt did not come";
        return 0;
}

void metric_interrupt(struct bench *bench)
{
        if (rota_semaphore_init(&semaphore, 0, 1, ROTA_WAIT_FIFO, "bench") != ROTA_OK)
                bench->failed = "semaphore";
        make(bench, 0, 10, interrupt, bench);
        run(bench, 1);
}

static void handle_wake(void)
{
        counted(0);
        rota_wake(threads[1]);
}

static intptr_t interrupt_first(void *argument)
{
        struct bench *bench = argument;

        counts[0] = counts[1] = 0;
        handler = handle_wake;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                bench_raise();
                while (__atomic_load_n(&counts[1], __ATOMIC_RELAXED) == i)
                        ; /* where an interrupt takes some instructions to come */
        }
        bench_end(bench);
        handler = NULL;
        if (counts[0] != bench->operations)
                bench->failed = "an interrupt did not come";
        set_stop(1);
        rota_wake(threads[1]);
        return 0;
}

static intptr_t interrupt_urgent(void *argument)
{
        (void)argument;
        rota_park();
        while (!stopped()) {
                counted(1);
                rota_park();
        }
        return 0;
}

void metric_interrupt_preemption(struct bench *bench)
{
        set_stop(0);
        make(bench, 1, 9, interrupt_urgent, NULL);
        make(bench, 0, 10, interrupt_first, bench);
        run(bench, 2);
}

/* The three in which nobody waits and nobody else runs. */

void metric_message(struct bench *bench)
{
        static struct rota_channel channel;
        static unsigned long memory[10][4];
        unsigned long sent[4] = {1, 2, 3, 4};
        unsigned long received[4];
        int failed =
                rota_channel_init(&channel, memory, sizeof(memory[0]), 10, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_channel_send(&channel, sent, rota_timeout_forever());
                failed |= rota_channel_receive(&channel, received, rota_timeout_forever());
                sent[3] += received[0];
        }
        bench_end(bench);
        if (failed || sent[3] != 4 + bench->operations)
                bench->failed = "channel";
}

void metric_synchronization(struct bench *bench)
{
        int failed = rota_semaphore_init(&semaphore, 1, 1, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_semaphore_take(&semaphore);
                failed |= rota_semaphore_give(&semaphore);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "semaphore";
}

void metric_memory(struct bench *bench)
{
        static struct rota_pool pool;
        static uint64_t memory[16][128 / 8];
        static uint32_t links[16];
        void *block;
        int failed = rota_pool_init(
                &pool, memory, sizeof(memory[0]), 16, links, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_pool_take(&pool, &block, rota_timeout_forever());
                failed |= rota_pool_give(&pool, block);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "pool";
}
