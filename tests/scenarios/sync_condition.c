/* SPDX-License-Identifier: MIT */
/* The condition variable: a bounded buffer (B10), broadcasts that do not stampede, signals that race with
 * time-outs and cancels, from interrupts. */
#include "monitor.h"

#define MANY 16u

/* ---- B10: a buffer of 1, 10 consumers that wait first. ---- */

static intptr_t consume(struct worker *self)
{
        struct monitor *m = self->argument;

        enter(m);
        add(m->ready, 1);
        for (;;) {
                while (m->rest && !m->slot)
                        check(wait_inside(m, &m->changed, rota_timeout_forever()) == ROTA_OK);
                if (!m->rest)
                        break;
                m->sum += m->slot;
                m->slot = 0;
                m->rest--;
                self->count++;
                rota_condition_signal(&m->room);
        }
        leave(m);
        return 0;
}

/* Puts 1 .. n; tells one of them, or all. */
static void produce(struct monitor *m, uint32_t n, bool all)
{
        for (uint32_t i = 1; i <= n; i++) {
                enter(m);
                while (m->slot)
                        check(wait_inside(m, &m->room, rota_timeout_forever()) == ROTA_OK);
                m->slot = i;
                if (!all)
                        rota_condition_signal(&m->changed);
                else
                        rota_condition_broadcast(&m->changed);
                leave(m);
        }
}

static void bounded_buffer(bool all)
{
        struct monitor *m = monitor_make(0);
        struct worker *w[10];
        uint32_t n = run.few ? 50 : 200;
        uint32_t taken = 0;

        m->rest = n;
        for (uint32_t i = 0; i < 10; i++)
                w[i] = worker_start(consume, m);
        for (uint32_t i = 0; i < 10; i++)
                until(get(m->ready) == 10 && parked(w[i]->handle));
        if (all) { /* woken for nothing, they wait again */
                check(rota_condition_broadcast(&m->changed) == 10);
                for (uint32_t i = 0; i < 10; i++)
                        until(parked(w[i]->handle));
        }
        produce(m, n, all);
        enter(m);
        while (m->rest)
                check(wait_inside(m, &m->room, rota_timeout_forever()) == ROTA_OK);
        rota_condition_broadcast(&m->changed); /* that was all */
        leave(m);
        for (uint32_t i = 0; i < 10; i++) {
                worker_end(w[i]);
                taken += w[i]->count;
        }
        check(taken == n && m->sum == n * (n + 1) / 2);
}

static void one_at_a_time(void)
{
        bounded_buffer(false);
}

/* ---- Broadcast. ---- */

static intptr_t wait_open(struct worker *self)
{
        struct monitor *m = self->argument;

        enter(m);
        add(m->ready, 1);
        while (!m->open)
                check(wait_inside(m, &m->changed, rota_timeout_forever()) == ROTA_OK);
        leave(m);
        return 0;
}

static void make_waiters(struct monitor *m, struct worker **w)
{
        put(m->ready, 0);
        for (uint32_t i = 0; i < MANY; i++)
                w[i] = worker_start(wait_open, m);
        until(get(m->ready) == MANY);
        for (uint32_t i = 0; i < MANY; i++)
                until(parked(w[i]->handle));
}

static uint64_t kicks_sent(void)
{
        uint64_t all = 0;

        for (uint32_t i = 0; i < run.cpus; i++) {
                struct rota_cpu_stats s;
                check(rota_get_cpu_stats(run.rota, i, &s) == ROTA_OK);
                all += s.kicks_sent;
        }
        return all;
}

/* The mutex is taken: a broadcast wakes nobody. Each of them is woken once in all, and goes on. */
static void no_stampede(void)
{
        struct monitor *m = monitor_make(0);
        struct worker *w[MANY];
        struct rota_task_stats before[MANY];
        struct rota_task_stats after;

        cpus_all_in();
        make_waiters(m, w);
        enter(m);
        m->open = 1;
        for (uint32_t i = 0; !run.lean && i < MANY; i++)
                check(rota_get_stats(w[i]->handle, &before[i]) == ROTA_OK);
        uint64_t kicks = kicks_sent();
        check(rota_condition_broadcast(&m->changed) == MANY);
        check(kicks_sent() == kicks);
        for (uint32_t i = 0; i < MANY; i++)
                check(parked(w[i]->handle));
        check(rota_condition_broadcast(&m->changed) == 0);
        check(!rota_condition_signal(&m->changed));
        leave(m);
        for (uint32_t i = 0; i < MANY; i++) {
                worker_end(w[i]);
                after = w[i]->stats;
                check(run.lean || after.wakes == before[i].wakes + 1);
        }
        /* One for each wake at most, and for us that they woke. */
        check(kicks_sent() - kicks <= 3 * MANY);
}

/* The mutex is free: one is woken, the others wait for it. */
static void one_kick(void)
{
        struct monitor *m = monitor_make(0);
        struct worker *w[MANY];
        struct rota_cpu_stats before;
        struct rota_cpu_stats after;

        cpus_all_in();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_yield() == ROTA_OK);
        make_waiters(m, w);
        enter(m);
        m->open = 1;
        leave(m);
        rota_guard_begin();
        check(rota_get_cpu_stats(run.rota, 0, &before) == ROTA_OK);
        check(rota_condition_broadcast(&m->changed) == MANY);
        check(rota_get_cpu_stats(run.rota, 0, &after) == ROTA_OK);
        rota_guard_end();
        check(after.kicks_sent - before.kicks_sent <= 1);
        for (uint32_t i = 0; i < MANY; i++)
                worker_end(w[i]);
}

static void batches(void)
{
        bounded_buffer(true);
}

/* ---- Signals, time-outs and cancels at once. ---- */

static intptr_t wait_in_time(struct worker *self)
{
        struct monitor *m = self->argument;
        intptr_t end = 0;

        if (rota_mutex_lock(&m->mutex) != ROTA_OK)
                return ROTA_ECANCELED;
        check(add(m->inside, 1) == 0);
        for (uint32_t i = 0; !get(m->stop) && !end; i++) {
                uint64_t ns = (self->number * 11 + i * 7) % 60 * ROTA_US;
                int result = wait_inside(m, &m->changed, rota_timeout_after(ns));
                check(result == ROTA_OK || result == ROTA_ETIMEDOUT || result == ROTA_ECANCELED);
                if (result == ROTA_OK)
                        self->count++;
                else if (result == ROTA_ECANCELED)
                        end = result;
                if (i % 4 == 0) {
                        leave(m);
                        rota_yield();
                        if (rota_mutex_lock(&m->mutex) != ROTA_OK)
                                return ROTA_ECANCELED;
                        check(add(m->inside, 1) == 0);
                }
        }
        leave(m);
        return end;
}

/* In an interrupt, which cannot have the mutex. */
static void signal_now(void *argument)
{
        struct monitor *m = argument;

        check(rota_condition_wait(&m->changed, &m->mutex) == ROTA_ECONTEXT);
        if (get(m->rung) % 8 == 7)
                add(m->signals, rota_condition_broadcast(&m->changed));
        else
                add(m->signals, rota_condition_signal(&m->changed));
        add(m->rung, 1);
        rota_wake(run.first);
}

/* Each signal that reached somebody is somebody's answer, once. */
static void against_time(void)
{
        struct monitor *m = monitor_make(0);
        struct worker *w[6];
        uint32_t rounds = run.all ? 2000 : run.few ? 20 : 100;
        uint32_t answers = 0;

        for (uint32_t i = 0; i < 6; i++) {
                w[i] = worker_make(wait_in_time, m);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < rounds; i++) {
                uint64_t at = rota_now() + i % 50 * ROTA_US;
                check(rota_timer_arm(&m->timer, at, signal_now, m) == ROTA_OK);
                if (i % 3 == 0)
                        add(m->signals, rota_condition_signal(&m->changed));
                if (i == rounds / 2) {
                        check(rota_cancel(w[0]->handle) == ROTA_OK);
                        check(worker_end(w[0]) == ROTA_ECANCELED);
                }
                while (get(m->rung) <= i)
                        rota_park();
                rota_timer_cancel(&m->timer);
        }
        put(m->stop, 1);
        for (uint32_t i = 0; i < 6; i++) {
                if (i)
                        check(worker_end(w[i]) == 0);
                answers += w[i]->count;
        }
        check(answers == m->signals);
}

const struct scenario scenarios_sync_condition[] = {
        {.name = "b10-condition-one-at-a-time", .run = one_at_a_time},
        {.name = "b10-condition-batches", .run = batches},
        {.name = "condition-no-stampede", .run = no_stampede},
        {.name = "condition-one-kick", .run = one_kick},
        {.name = "condition-against-time", .run = against_time, .flags = MISUSES},
        {.name = NULL},
};
