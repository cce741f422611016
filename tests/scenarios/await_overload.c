/* SPDX-License-Identifier: MIT */
/*
 * 64 threads and futures in 8 levels of priority, which want more time than there is: the latency from wake to
 * run is the larger the less urgent a level is. Where time is counted in instructions, so that nothing else is
 * in it. Futures work in their polls, and are preempted there.
 *
 * All wake for the first time at one moment, when each waits longest (Liu and Layland, "Scheduling Algorithms
 * for Multiprogramming in a Hard-Real-Time Environment", JACM 1973). So levels that starve are told from each
 * other, too: they run in the order of their urgency once the others have ended.
 */
#include "await.h"

#define LEVELS  8u
#define EACH    8u /* of a level, half of them futures */
#define SAMPLES 4096u
#define WORK    (40 * ROTA_US)   /* at a time */
#define PERIOD  (1600 * ROTA_US) /* on average: 64 * 40 / 1600 is 1.6 CPUs */
#define LENGTH  (150 * ROTA_MS)
#define LEAD    (20 * ROTA_MS) /* more than it takes to start all */

struct level {
        uint32_t latencies[SAMPLES]; /* ns */
        uint32_t count;              /* (atomic) */
};

struct entity {
        struct rota_coroutine coroutine;
        struct rota_sleep sleep;
        struct runner runner;
        struct level *level;
        uint64_t next; /* when it is to wake */
        uint64_t end;
        uint32_t loops; /* of work */
        uint32_t random;
};

/* Goes round so often, unless it is after the end. Returns how long that took, in ns. */
static uint32_t work(uint32_t loops, uint64_t end)
{
        uint64_t begun = rota_now();

        for (volatile uint32_t k = 0; begun < end && k < loops; k++)
                ;
        return (uint32_t)(rota_now() - begun);
}

static void plan(struct entity *e)
{
        if (rota_now() < e->next)
                return; /* for the first time, with all others */
        e->random = e->random * 1664525u + 1013904223u;
        e->next = rota_now() + PERIOD / 2 + (e->random >> 8) % PERIOD;
}

/* It runs: how late, and what it has to do. */
static void act(struct entity *e)
{
        uint64_t now = rota_now();
        uint64_t late = now - e->next;
        uint32_t i = add(e->level->count, 1);

        if (check(i < SAMPLES))
                e->level->latencies[i] = late < UINT32_MAX ? (uint32_t)late : UINT32_MAX;
        work(e->loops, e->end);
}

static intptr_t act_as_thread(struct worker *self)
{
        struct entity *e = self->argument;

        do {
                plan(e);
                uint64_t at = e->next;
                check(rota_sleep_until(&at, 0) == 0);
                act(e);
        } while (rota_now() < e->end);
        return 0;
}

ROTA_ASYNC(act_as_future, struct entity, me)
{
        do {
                plan(me);
                ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_at(me->next)));
                act(me);
        } while (rota_now() < me->end);
}
ROTA_END

static void sort(uint32_t *values, uint32_t count)
{
        for (uint32_t gap = count / 2; gap; gap /= 2) {
                for (uint32_t i = gap; i < count; i++) {
                        uint32_t value = values[i];
                        uint32_t at = i;
                        for (; at >= gap && values[at - gap] > value; at -= gap)
                                values[at] = values[at - gap];
                        values[at] = value;
                }
        }
}

static void overload(void)
{
        struct level *levels = memory(sizeof(*levels) * LEVELS);
        struct entity *entities = memory(sizeof(*entities) * LEVELS * EACH);
        struct worker *workers[LEVELS * EACH];
        const uint32_t round = 1000;
        const uint32_t loops = (uint32_t)(round * WORK / work(round, UINT64_MAX));
        const uint64_t begin = rota_now() + LEAD;
        uint32_t before = 0;

        for (uint32_t i = 0; i < LEVELS * EACH; i++) {
                struct entity *e = &entities[i];
                struct rota_params params = params_level((uint16_t)(20 + i / EACH * 10));
                e->level = &levels[i / EACH];
                e->next = begin;
                e->end = begin + LENGTH;
                e->loops = loops;
                e->random = i * 7919;
                if (i % 2) {
                        runner_start_at(&e->runner, act_as_future(e), params, UINT32_MAX, "future");
                } else {
                        workers[i] = worker_make_at(act_as_thread, e, params, 0, "thread");
                        check(rota_start(workers[i]->handle) == ROTA_OK);
                }
        }
        check(rota_now() < begin);
        for (uint32_t i = 0; i < LEVELS * EACH; i++) {
                if (i % 2)
                        runner_end(&entities[i].runner);
                else
                        worker_end(workers[i]);
        }
        for (uint32_t i = 0; i < LEVELS; i++) {
                uint32_t count = levels[i].count;
                check(count >= EACH);
                sort(levels[i].latencies, count);
                uint32_t p99 = levels[i].latencies[(count * 99 - 1) / 100];
                check(p99 > before);
                before = p99;
        }
        /* The most urgent level waits for its own kind; the least urgent for the end of all. */
        check(levels[0].latencies[levels[0].count - 1] < 2 * EACH * WORK);
        check(before > LENGTH / 2);
}

const struct scenario scenarios_await_overload[] = {
        {.name = "overload-64", .run = overload, .flags = PRIORITIES | ASKED | UNWATCHED},
        {.name = NULL},
};
