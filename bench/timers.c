/* SPDX-License-Identifier: MIT */
/*
 * A CPU's timer queue with many timers in it. The deadlines that count are random, and so far in the
 * future that none comes; interrupts are masked where the queue's own cost is meant, so that the
 * world's timer does not get between.
 */
#include "bench.h"
#include "rota_port.h"

#define BATCH 1024u

static uint64_t expired;

static void count_expired(void *argument)
{
        (void)argument;
        expired++;
}

static uint64_t deadline_in(uint64_t base, uint64_t span, uint32_t *random)
{
        return base + (uint64_t)bench_random(random) * span / UINT32_MAX;
}

static struct rota_timer *arm_many(struct bench *bench, uint64_t base, uint32_t *random)
{
        uint32_t count = bench->row->threads;
        struct rota_timer *timers = bench_zeroed(bench, (count + BATCH) * sizeof(*timers));
        if (!timers)
                return NULL;
        for (uint32_t i = 0; i < count; i++)
                rota_timer_arm(
                        &timers[i], deadline_in(base, 3600 * ROTA_S, random), count_expired, NULL);
        return timers;
}

static void cancel_many(struct bench *bench, struct rota_timer *timers)
{
        for (uint32_t i = 0; i < bench->row->threads; i++)
                rota_timer_cancel(&timers[i]);
}

/* Arms and cancels batches on top of those that wait; one of the two is measured. */
static void measure_timers(struct bench *bench, bool arming)
{
        uint32_t random = 0;
        uint64_t base = rota_now() + 3600 * ROTA_S;
        struct rota_timer *timers = arm_many(bench, base, &random);
        uint64_t deadlines[BATCH];
        uint64_t elapsed = 0;

        if (!timers)
                return;
        struct rota_timer *extra = timers + bench->row->threads;
        uint32_t batch = bench->operations < BATCH ? (uint32_t)bench->operations : BATCH;
        bench->operations = bench->operations / batch * batch;
        for (uint64_t done = 0; done < bench->operations; done += batch) {
                /* The random numbers are no part of it. */
                for (uint32_t i = 0; i < batch; i++)
                        deadlines[i] = deadline_in(base, 3600 * ROTA_S, &random);
                if (arming)
                        bench_begin(bench);
                for (uint32_t i = 0; i < batch; i++)
                        rota_timer_arm(&extra[i], deadlines[i], count_expired, NULL);
                if (arming)
                        bench_end(bench);
                else
                        bench_begin(bench);
                for (uint32_t i = 0; i < batch; i++)
                        if (!rota_timer_cancel(&extra[i]))
                                bench->failed = "a timer was gone";
                if (!arming)
                        bench_end(bench);
                elapsed += bench->elapsed;
        }
        bench->elapsed = elapsed;
        cancel_many(bench, timers);
}

void measure_timer_arm(struct bench *bench)
{
        measure_timers(bench, true);
}

void measure_timer_cancel(struct bench *bench)
{
        measure_timers(bench, false);
}

/* When the i-th expiry was over, in this round; what it took at least, over all rounds. */
static uint64_t last;
static uint32_t *best;

static void note_expiry(void *argument)
{
        (void)argument;
        uint64_t now = rota_now();
        uint64_t took = now - last;
        if (expired > 0 && took < best[expired])
                best[expired] = (uint32_t)took;
        expired++;
        last = rota_now();
}

/*
 * All are due, and expire in one interrupt one after the other; the time between two callbacks is one
 * expiry. Deadlines are the same in each round, so what a single one took is the least over the
 * rounds (what interrupted one round does not interrupt the others at the same one), and the worst is
 * the most over all. A clock read is in it.
 */
void measure_timer_worst(struct bench *bench)
{
        static uint32_t worst_of[100001];
        static uint32_t known;
        uint32_t count = bench->row->threads;
        uint32_t random = 0;
        uint64_t base = rota_now() - ROTA_MS;
        struct rota_timer *timers = bench_zeroed(bench, count * sizeof(*timers));

        if (!timers || count > 100000)
                return;
        best = worst_of;
        for (; known <= count; known++)
                best[known] = UINT32_MAX;
        uintptr_t flags = rota_port_irq_save();
        for (uint32_t i = 0; i < count; i++)
                rota_timer_arm(
                        &timers[i], deadline_in(base, ROTA_MS / 2, &random), note_expiry, NULL);
        expired = 0;
        last = rota_now();
        rota_irq_enter();
        rota_timer();
        rota_irq_exit();
        rota_port_irq_restore(flags);
        if (expired != count)
                bench->failed = "not all timers expired";
        bench->elapsed = 0;
        for (uint32_t i = 1; i < count; i++)
                if (best[i] > bench->elapsed)
                        bench->elapsed = best[i];
        bench->operations = 1;
}
