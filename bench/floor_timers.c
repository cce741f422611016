/* SPDX-License-Identifier: MIT */
/* The floor under the timers: a binary heap in an array (Williams 1964), whose items know where they
 * are, so that one can be taken out. No locks, no hardware. */
#include "bench.h"

#define BATCH 1024u

struct item {
        uint64_t key;
        size_t at;
};

static struct item **heap;
static size_t used;

static void put(size_t at, struct item *item)
{
        heap[at] = item;
        item->at = at;
}

static void rise(size_t at, struct item *item)
{
        for (; at > 1 && heap[at / 2]->key > item->key; at /= 2)
                put(at, heap[at / 2]);
        put(at, item);
}

static __attribute__((noinline)) void insert(struct item *item)
{
        rise(++used, item);
}

static __attribute__((noinline)) void take_out(struct item *item)
{
        struct item *last = heap[used--];
        size_t at = item->at;
        if (last == item)
                return;
        for (;;) {
                size_t child = 2 * at;
                if (child > used)
                        break;
                if (child < used && heap[child + 1]->key < heap[child]->key)
                        child++;
                if (heap[child]->key >= last->key)
                        break;
                put(at, heap[child]);
                at = child;
        }
        rise(at, last);
}

static struct item *fill(struct bench *bench, uint32_t *random)
{
        uint32_t count = bench->row->threads;
        struct item *items = bench_memory(bench, (count + BATCH) * sizeof(*items));
        heap = bench_memory(bench, (count + BATCH + 1) * sizeof(*heap));
        used = 0;
        for (uint32_t i = 0; i < count && !bench->failed; i++) {
                items[i].key = bench_random(random);
                insert(&items[i]);
        }
        return bench->failed ? NULL : items;
}

static void floor_timers(struct bench *bench, bool arming)
{
        uint32_t random = 0;
        struct item *items = fill(bench, &random);
        uint64_t elapsed = 0;

        if (!items)
                return;
        struct item *extra = items + bench->row->threads;
        uint32_t batch = bench->operations < BATCH ? (uint32_t)bench->operations : BATCH;
        bench->operations = bench->operations / batch * batch;
        for (uint64_t done = 0; done < bench->operations; done += batch) {
                for (uint32_t i = 0; i < batch; i++)
                        extra[i].key = bench_random(&random);
                if (arming)
                        bench_begin(bench);
                for (uint32_t i = 0; i < batch; i++)
                        insert(&extra[i]);
                if (arming)
                        bench_end(bench);
                else
                        bench_begin(bench);
                for (uint32_t i = 0; i < batch; i++)
                        take_out(&extra[i]);
                if (!arming)
                        bench_end(bench);
                elapsed += bench->elapsed;
        }
        bench->elapsed = elapsed;
}

void floor_timer_arm(struct bench *bench)
{
        floor_timers(bench, true);
}

void floor_timer_cancel(struct bench *bench)
{
        floor_timers(bench, false);
}

/* As measure_timer_worst(): the most over all items of the least over all rounds. */
void floor_timer_worst(struct bench *bench)
{
        static uint32_t best[100000];
        uint32_t random = 0;
        uint32_t count = bench->row->threads;

        if (count > 100000 || !fill(bench, &random))
                return;
        bench->elapsed = 0;
        for (uint32_t i = 0; i < count; i++) {
                uint64_t begin = rota_now();
                take_out(heap[1]);
                uint64_t took = rota_now() - begin;
                if (best[i] == 0 || took < best[i])
                        best[i] = (uint32_t)took;
                if (best[i] > bench->elapsed)
                        bench->elapsed = best[i];
        }
        bench->operations = 1;
}
