/* SPDX-License-Identifier: MIT */
/* Timers: order of expiry, cancel from anywhere, a race of the two. */
#include "harness.h"

#define TIMERS 32u

struct alarm {
        struct rota_timer timer;
        struct alarms *all;
        uint64_t deadline;
        uint32_t place; /* in the order of expiry + 1, 0: has not */
        uint32_t rings; /* (atomic) */
};

struct alarms {
        struct alarm alarm[TIMERS];
        uint32_t next;
        uint32_t early;
};

static void ring(void *argument)
{
        struct alarm *alarm = argument;
        alarm->place = ++alarm->all->next;
        if (rota_now() < alarm->deadline)
                add(alarm->all->early, 1);
        add(alarm->rings, 1);
        rota_wake(run.first);
}

/* Arms all, in no order, for `delay` from now; waits for all. Returns whether all were armed before
 * the first was due: then they rang in the order of their deadlines. */
static bool ring_all(struct alarms *all, uint64_t delay)
{
        rota_guard_begin();
        uint64_t base = rota_now() + delay;
        all->next = 0;
        for (uint32_t i = 0; i < TIMERS; i++) {
                struct alarm *alarm = &all->alarm[(i * 13) % TIMERS];
                alarm->all = all;
                alarm->deadline = base + (uint64_t)(alarm - all->alarm) * 10 * ROTA_US;
                put(alarm->rings, 0);
                rota_timer_arm(&alarm->timer, alarm->deadline, ring, alarm);
        }
        bool in_time = rota_now() < base;
        rota_guard_end();
        for (uint32_t i = 0; i < TIMERS; i++)
                while (!get(all->alarm[i].rings))
                        rota_park();
        return in_time;
}

/* On one CPU they expire in the order of their deadlines. */
static void in_order(void)
{
        struct alarms *all = memory(sizeof(*all));
        uint64_t delay = 500 * ROTA_US;

        check(rota_set_affinity(rota_self(), only_cpu(run.cpus - 1)) == ROTA_OK);
        while (!ring_all(all, delay))
                delay *= 2;
        for (uint32_t i = 0; i < TIMERS; i++) {
                check(all->alarm[i].place == i + 1);
                check(!rota_timer_cancel(&all->alarm[i].timer));
        }
        check(all->early == 0);

        /* In the past: at once. */
        struct alarm *alarm = &all->alarm[0];
        rota_timer_arm(&alarm->timer, 1, ring, alarm);
        while (get(alarm->rings) < 2)
                rota_park();
}

static intptr_t cancel_all(struct worker *self)
{
        struct alarms *all = self->argument;
        uint32_t cancelled = 0;

        for (uint32_t i = self->number; i < TIMERS; i += 2) {
                bool was = rota_timer_cancel(&all->alarm[i].timer);
                /* Either it was still armed, or its callback is over. */
                check(was == (get(all->alarm[i].rings) == 0));
                cancelled += was;
        }
        return (intptr_t)cancelled;
}

/* From other CPUs, while they expire. */
static void cancel_races(void)
{
        for (uint32_t round = 0; round < 20; round++) {
                struct alarms *all = memory(sizeof(*all));
                struct worker *w[2];
                for (uint32_t i = 0; i < 2; i++) {
                        w[i] = worker_make(cancel_all, all);
                        w[i]->number = i;
                }
                for (uint32_t i = 0; i < TIMERS; i++) {
                        all->alarm[i].all = all;
                        all->alarm[i].deadline = rota_now() + (uint64_t)round * i * ROTA_US;
                        rota_timer_arm(
                                &all->alarm[i].timer, all->alarm[i].deadline, ring, &all->alarm[i]);
                }
                for (uint32_t i = 0; i < 2; i++)
                        check(rota_start(w[i]->handle) == ROTA_OK);
                intptr_t cancelled = worker_end(w[0]);
                cancelled += worker_end(w[1]);
                uint32_t rang = 0;
                for (uint32_t i = 0; i < TIMERS; i++)
                        rang += get(all->alarm[i].rings);
                check(rang + (uint32_t)cancelled == TIMERS);
        }
}

const struct scenario scenarios_timer[] = {
        {.name = "timer-order", .run = in_order},
        {.name = "timer-cancel-races", .run = cancel_races},
        {.name = NULL},
};
