/* SPDX-License-Identifier: MIT */
/* CPUs leave and join while the others go on. */
#include "harness.h"

/* Asks a CPU to leave, and waits until it has. */
static void leave(uint32_t cpu)
{
        check(rota_cpu_leave(run.rota, cpu) == ROTA_OK);
        until(!rota_cpu_online(run.rota, cpu));
}

static void join(uint32_t cpu)
{
        check(world_cpu_join(run.world, cpu) == ROTA_OK);
        until(rota_cpu_online(run.rota, cpu));
}

static uint32_t here(void)
{
        rota_guard_begin();
        uint32_t cpu = rota_cpu_index();
        rota_guard_end();
        return cpu;
}

static intptr_t wander(struct worker *self)
{
        while (!get(self->flag)) {
                put(self->cpu, here());
                add(self->count, 1);
                if (self->number)
                        rota_sleep_for(self->number * 10 * ROTA_US);
                else
                        rota_yield();
        }
        return 0;
}

/* Each made progress twice: it has seen whatever was so before. */
static void all_go_on(struct worker **w, uint32_t n)
{
        uint32_t was[8];

        for (uint32_t i = 0; i < n; i++)
                was[i] = get(w[i]->count);
        for (uint32_t i = 0; i < n; i++)
                until(get(w[i]->count) - was[i] >= 3);
}

static void finish(struct worker **w, uint32_t n)
{
        for (uint32_t i = 0; i < n; i++) {
                put(w[i]->flag, 1);
                rota_wake(w[i]->handle);
        }
        for (uint32_t i = 0; i < n; i++)
                check(worker_end(w[i]) == 0);
}

/* Every CPU in turn, under yielding and sleeping tasks: nobody is there while it is out, everybody goes
 * on, and it takes part again afterwards. */
static void each_leaves(void)
{
        struct worker *w[8];

        cpus_all_in();
        for (uint32_t i = 0; i < 8; i++) {
                w[i] = worker_make(wander, NULL);
                w[i]->number = i % 2 ? i : 0;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 0; round < (run.all ? 4 : 1) * run.cpus; round++) {
                uint32_t cpu = round % run.cpus;
                struct rota_cpu_stats before, after;
                leave(cpu);
                check(rota_get_cpu_stats(run.rota, cpu, &before) == ROTA_OK);
                all_go_on(w, 8);
                for (uint32_t i = 0; i < 8; i++)
                        check(get(w[i]->cpu) != cpu);
                check(here() != cpu);
                check(rota_get_cpu_stats(run.rota, cpu, &after) == ROTA_OK);
                check(after.switches == before.switches);
                check(after.offline_ns > before.offline_ns && after.offline_ns <= after.idle_ns);
                verify();
                join(cpu);
                check(rota_set_affinity(rota_self(), only_cpu(cpu)) == ROTA_OK);
                check(here() == cpu);
                check(rota_set_affinity(rota_self(), rota_affinity_all()) == ROTA_OK);
        }
        finish(w, 8);
}

/* All but one: a single CPU carries them all, and may not go. */
static void all_but_one(void)
{
        struct worker *w[6];

        cpus_all_in();
        for (uint32_t i = 0; i < 6; i++)
                w[i] = worker_start(wander, NULL);
        for (uint32_t last = 0; last < run.cpus; last++) {
                for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                        if (cpu != last)
                                check(rota_cpu_leave(run.rota, cpu) == ROTA_OK);
                check(rota_cpu_leave(run.rota, last) == ROTA_EBUSY);
                for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                        if (cpu != last)
                                until(!rota_cpu_online(run.rota, cpu));
                all_go_on(w, 6);
                for (uint32_t i = 0; i < 6; i++)
                        check(get(w[i]->cpu) == last);
                check(here() == last);
                for (uint32_t cpu = 0; cpu < run.cpus; cpu++)
                        if (cpu != last)
                                join(cpu);
        }
        finish(w, 6);
}

static intptr_t park_once(struct worker *self)
{
        (void)self;
        rota_park();
        return 7;
}

/* A task that could run nowhere else is a reason to refuse, in whatever state it is. */
static void pinned_is_busy(void)
{
        uint32_t last = run.cpus - 1;
        struct rota_task_options options = {.affinity = only_cpu(last)};
        struct worker *w = worker_make_with(park_once, NULL, &options);

        cpus_all_in();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_cpu_leave(run.rota, last) == ROTA_EBUSY); /* new */
        check(rota_start(w->handle) == ROTA_OK);
        until(parked(w->handle));
        check(rota_cpu_leave(run.rota, last) == ROTA_EBUSY); /* parked */
        check(rota_cpu_leave(run.rota, 0) == ROTA_EBUSY);    /* ourselves, running */
        check(rota_set_affinity(w->handle, rota_affinity_all()) == ROTA_OK);
        leave(last);
        check(rota_cpu_leave(run.rota, last) == ROTA_ESTATE);
        check(rota_cpu_leave(run.rota, run.cpus) == ROTA_EINVAL);
        check(rota_cpu_leave(NULL, 0) == ROTA_EINVAL);
        check(!rota_cpu_online(run.rota, run.cpus) && !rota_cpu_online(NULL, 0));
        join(last);
        check(rota_wake(w->handle) == ROTA_OK);
        check(worker_end(w) == 7);
        /* Two allowed, one of them out: the other one is needed. */
        if (run.cpus > 2) {
                options.affinity = rota_affinity_mask(3u << (last - 1));
                w = worker_make_with(park_once, NULL, &options);
                leave(last);
                check(rota_cpu_leave(run.rota, last - 1) == ROTA_EBUSY);
                join(last);
                leave(last - 1);
                check(rota_cpu_leave(run.rota, last) == ROTA_EBUSY);
                join(last - 1);
                check(rota_drop(w->handle) == ROTA_OK);
        }
}

static intptr_t say_where(struct worker *self)
{
        put(self->cpu, here());
        add(self->count, 1);
        return 0;
}

/* Has its count not changed since it was last asked? */
static bool stands(const struct worker *w, uint32_t *was)
{
        uint32_t before = *was;

        *was = get(w->count);
        return *was == before;
}

/* What is pinned to a CPU that is out waits until it joins; what may go elsewhere too is collected by
 * whoever of them joins first. */
static void waits_until_it_joins(void)
{
        uint32_t last = run.cpus - 1;
        struct worker *w[3];

        cpus_all_in();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        struct worker *load = worker_start(wander, NULL);
        leave(last);
        w[0] = worker_start_on(say_where, NULL, last);
        w[1] = worker_start(wander, NULL);
        check(rota_set_affinity(w[1]->handle, only_cpu(last)) == ROTA_OK);
        struct rota_task_options either = {.affinity = rota_affinity_mask(1 | 1u << last)};
        w[2] = worker_make_with(say_where, NULL, &either);
        check(rota_set_affinity(w[2]->handle, only_cpu(last)) == ROTA_OK);
        check(rota_start(w[2]->handle) == ROTA_OK);
        /* It goes until its CPU has taken the interrupt, as it has once it has stopped with all others. */
        verify();
        uint32_t was = get(w[1]->count);
        do {
                moment();
        } while (!stands(w[1], &was));
        all_go_on(&load, 1);
        check(get(w[0]->count) == 0 && get(w[1]->count) == was && get(w[2]->count) == 0);
        verify();
        check(rota_set_affinity(w[2]->handle, either.affinity) == ROTA_OK); /* let go */
        worker_end(w[2]);
        check(w[2]->cpu == 0);
        join(last);
        worker_end(w[0]);
        check(w[0]->cpu == last);
        all_go_on(&w[1], 1);
        check(get(w[1]->cpu) == last);
        finish(&w[1], 1);
        finish(&load, 1);
        if (run.cpus > 2) {
                /* Both out, no CPU left that may run it; the one that it does not wait on joins. */
                either.affinity = rota_affinity_mask(1u << last | 1u << (last - 1));
                w[0] = worker_make_with(say_where, NULL, &either);
                check(rota_cpu_leave(run.rota, last) == ROTA_OK);
                check(rota_set_affinity(w[0]->handle, rota_affinity_all()) == ROTA_OK);
                leave(last - 1);
                check(rota_set_affinity(w[0]->handle, either.affinity) == ROTA_OK);
                check(rota_start(w[0]->handle) == ROTA_OK);
                uint32_t at = rota_view_load(run.rota, last) ? last - 1 : last;
                check(rota_view_load(run.rota, 2 * last - 1 - at) == 1);
                join(at);
                worker_end(w[0]);
                check(w[0]->cpu == at);
                join(2 * last - 1 - at);
        }
}

static intptr_t sleeper(struct worker *self)
{
        uint64_t from = rota_now();
        int result = rota_sleep_for((5 + self->number % 7) * ROTA_MS);
        check(result == ROTA_OK);
        check(rota_now() >= from + (5 + self->number % 7) * ROTA_MS);
        add(self->count, 1);
        /* And one that is woken long before its time, wherever its timer is by now; again where the sleep
         * was over before it had parked, which leaves its wake to the next park. */
        put(self->flag, 1);
        while (get(self->flag) == 1)
                check(rota_park_until(rota_timeout_after(100 * ROTA_S)) == ROTA_OK);
        return 0;
}

/* Timers of a CPU that leaves: they expire elsewhere, in time or later, and can be cancelled. */
static void timers_go_along(void)
{
        enum { N = 40 };
        struct worker *w[N];
        uint32_t last = run.cpus - 1;

        cpus_all_in();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        for (uint32_t i = 0; i < N; i++) {
                w[i] = worker_make(sleeper, NULL);
                w[i]->number = i;
                check(rota_set_affinity(w[i]->handle, only_cpu(last)) == ROTA_OK);
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < N; i++) {
                until(parked(w[i]->handle));
                check(rota_set_affinity(w[i]->handle, rota_affinity_all()) == ROTA_OK);
        }
        leave(last);
        check(run.rota->cpus[last]->timers == NULL);
        for (uint32_t i = 0; i < N; i++)
                until(get(w[i]->flag) && parked(w[i]->handle));
        /* Back, and others away: their long time-outs move again, from wherever they were armed. */
        join(last);
        for (uint32_t cpu = 1; cpu < last; cpu++)
                leave(cpu);
        for (uint32_t i = 0; i < N; i++) {
                put(w[i]->flag, 2);
                check(rota_wake(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < N; i++)
                worker_end(w[i]);
        for (uint32_t cpu = 1; cpu < last; cpu++)
                join(cpu);
}

static intptr_t leave_own(struct worker *self)
{
        for (uint32_t i = 0; i < self->number; i++) {
                rota_guard_begin();
                uint32_t cpu = rota_cpu_index();
                check(rota_cpu_leave(run.rota, cpu) == ROTA_OK);
                check(rota_cpu_index() == cpu); /* the guard holds */
                rota_guard_end();
                check(here() != cpu);
                until(!rota_cpu_online(run.rota, cpu));
                join(cpu);
                add(self->count, 1);
        }
        return 0;
}

/* A task sends its own CPU away, and goes on elsewhere; among others. */
static void leaves_its_own(void)
{
        struct worker *w[3];

        cpus_all_in();
        for (uint32_t i = 0; i < 3; i++) {
                w[i] = worker_make(wander, NULL);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        struct worker *own = worker_make(leave_own, NULL);
        own->number = run.all ? 2000 : 15;
        check(rota_start(own->handle) == ROTA_OK);
        worker_end(own);
        finish(w, 3);
}

static void leave_in_interrupt(void *argument)
{
        int *result = argument;
        *result = rota_cpu_leave(run.rota, run.cpus - 1);
}

static void wrong_context(void)
{
        struct rota_timer timer = {0};
        int result = 1;

        cpus_all_in();
        rota_timer_arm(&timer, rota_now() + 1000, leave_in_interrupt, &result);
        until(get(result) != 1);
        rota_timer_cancel(&timer);
        check(result == ROTA_ECONTEXT);
        for (uint32_t i = 0; i < run.cpus; i++)
                check(rota_cpu_online(run.rota, i));
        if (run.cpus == 1)
                check(rota_cpu_leave(run.rota, 0) == ROTA_EBUSY);
}

const struct scenario scenarios_leave[] = {
        {.name = "leave-each", .run = each_leaves, .flags = SEVERAL},
        {.name = "leave-all-but-one", .run = all_but_one, .flags = SEVERAL},
        {.name = "leave-pinned-busy", .run = pinned_is_busy, .flags = SEVERAL},
        {.name = "leave-waits-until-join", .run = waits_until_it_joins, .flags = SEVERAL},
        {.name = "leave-timers", .run = timers_go_along, .flags = SEVERAL},
        {.name = "leave-timers-tick", .run = timers_go_along, .flags = SEVERAL, .tick_ns = ROTA_MS},
        {.name = "leave-own", .run = leaves_its_own, .flags = SEVERAL},
        {.name = "leave-context", .run = wrong_context},
        {.name = NULL},
};
