/* SPDX-License-Identifier: MIT */
/* What threads do with each other by <rota/sync.h>, where nobody has to wait, and with a switch. */
#include <rota/sync.h>

#include "bench.h"

#define LARGEST 64u
#define BLOCKS  4u

void measure_mutex(struct bench *bench)
{
        static struct rota_mutex mutex;
        int failed = 0;

        rota_mutex_init(&mutex, 0, "bench");
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_mutex_lock(&mutex) | rota_mutex_unlock(&mutex);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "mutex";
}

void measure_semaphore(struct bench *bench)
{
        static struct rota_semaphore semaphore;
        int failed = rota_semaphore_init(&semaphore, 1, 1, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_semaphore_take(&semaphore) | rota_semaphore_give(&semaphore);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "semaphore";
}

/* Of row->threads bytes. */
void measure_channel(struct bench *bench)
{
        static struct rota_channel channel;
        static uint64_t memory[BLOCKS * LARGEST / 8];
        uint64_t message[LARGEST / 8] = {1};
        const struct rota_timeout forever = rota_timeout_forever();
        int failed = rota_channel_init(
                &channel, memory, bench->row->threads, BLOCKS, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_channel_send(&channel, message, forever) |
                          rota_channel_receive(&channel, message, forever);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "channel";
}

void measure_pool(struct bench *bench)
{
        static struct rota_pool pool;
        static uint64_t memory[BLOCKS][3];
        static uint32_t links[BLOCKS];
        const struct rota_timeout forever = rota_timeout_forever();
        void *block;
        int failed = rota_pool_init(
                &pool, memory, sizeof(memory[0]), BLOCKS, links, ROTA_WAIT_FIFO, "bench");

        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                failed |= rota_pool_take(&pool, &block, forever);
                failed |= rota_pool_give(&pool, block);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "pool";
}

#define QUESTION 1u
#define ANSWER   2u
#define END      4u

static struct rota_handle asker;

static intptr_t answer(void *argument)
{
        uint32_t bits;

        (void)argument;
        do {
                if (rota_notify_wait(QUESTION | END, rota_timeout_forever(), &bits) != ROTA_OK)
                        return 1;
                rota_notify(asker, ANSWER);
        } while (!(bits & END));
        return 0;
}

/* So many questions, each with its answer, after some that nobody counts: then the other one is there. */
static void ask(struct bench *bench, struct rota_handle other, uint64_t questions)
{
        uint32_t bits;
        int failed = 0;

        if (bench->failed)
                return;
        for (uint64_t i = 0; i < questions + 10; i++) {
                if (i == 10)
                        bench_begin(bench);
                failed |= rota_notify(other, QUESTION);
                failed |= rota_notify_wait(ANSWER, rota_timeout_forever(), &bits);
        }
        bench_end(bench);
        if (failed)
                bench->failed = "notify";
        rota_notify(other, END);
        bench_join(bench, other);
}

/* One operation: a note, a wake, a switch to who waits for it, and it has it. */
void measure_notify(struct bench *bench)
{
        bench->operations &= ~(uint64_t)1;
        asker = rota_self();
        ask(bench, bench_thread(bench, answer, NULL), bench->operations / 2);
}

/* One operation: there and back. */
void measure_notify_across(struct bench *bench)
{
        asker = rota_self();
        ask(bench, bench_thread_on(bench, answer, NULL, rota_affinity_cpu(1)), bench->operations);
}
