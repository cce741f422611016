/* SPDX-License-Identifier: MIT */
/* Changing class and parameters of any task, in any state, on any CPU (C7). */
#include "harness.h"

static intptr_t at_once(struct worker *self)
{
        (void)self;
        return 0;
}

static intptr_t when_told(struct worker *self)
{
        put(self->flag, 1);
        while (!get(self->count))
                rota_park();
        return 0;
}

static intptr_t busy(struct worker *self)
{
        for (;;) {
                add(self->cpu, 1);
                if (get(self->flag))
                        return 0;
                rota_yield();
        }
}

/* Twice in a row, each read back; the class stays. */
static void change_twice(struct rota_handle task, uint16_t first, uint16_t second)
{
        struct rota_params params;

        if (!check(rota_get_params(task, &params) == ROTA_OK))
                return;
        uint8_t class_index = params.class_index;
        bool reads = run.setup->policies[class_index] == &rota_policy_prio;
        params.priority = first;
        check(rota_set_params(task, &params) == ROTA_OK);
        params.priority = second;
        check(rota_set_params(task, &params) == ROTA_OK);
        check(rota_get_params(task, &params) == ROTA_OK);
        check(params.class_index == class_index);
        check(!reads || params.priority == second);
        params.priority = 0;
        check(rota_set_params(task, &params) == ROTA_OK);
        check(rota_get_params(task, &params) == ROTA_OK);
        check(!reads || params.priority == ROTA_PRIO_DEFAULT);
}

static void any_state(void)
{
        struct worker *fresh = worker_make(at_once, NULL);
        struct worker *sleeper = worker_start(when_told, NULL);
        struct worker *w[8];

        change_twice(fresh->handle, 1, 256);
        until(get(sleeper->flag) && parked(sleeper->handle));
        change_twice(sleeper->handle, 256, 1);
        /* Ready and running ones, on whichever CPU. */
        for (uint32_t i = 0; i < 8; i++) {
                w[i] = worker_make(busy, NULL);
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 0; round < 40; round++) {
                uint16_t priority = (uint16_t)(3 + round * 6);
                change_twice(w[round % 8]->handle, priority, (uint16_t)(257 - priority));
                if (round % 10 == 0)
                        moment();
        }
        for (uint32_t i = 0; i < 8; i++)
                until(get(w[i]->cpu) > 0);
        put(sleeper->count, 1);
        rota_wake(sleeper->handle);
        check(rota_start(fresh->handle) == ROTA_OK);
        worker_end(fresh);
        worker_end(sleeper);
        for (uint32_t i = 0; i < 8; i++)
                put(w[i]->flag, 1);
        for (uint32_t i = 0; i < 8; i++)
                worker_end(w[i]);
}

static struct rota_params of_class(uint8_t class_index)
{
        struct rota_params params = class_index ? run.setup->worker : run.setup->first;
        if (!class_index)
                params.priority = 100;
        return params;
}

static void swap_class(struct rota_handle task, uint8_t to)
{
        struct rota_params params = of_class(to);
        check(rota_set_params(task, &params) == ROTA_OK);
        check(rota_get_params(task, &params) == ROTA_OK);
        check(params.class_index == to);
}

/* Between classes: new, parked, ready, running, and oneself. */
static void between_classes(void)
{
        if (run.setup->policy_count < 2) {
                run.skip = "one class";
                return;
        }
        struct worker *fresh = worker_make(at_once, NULL);
        struct worker *sleeper = worker_start(when_told, NULL);
        struct worker *w[6];

        swap_class(fresh->handle, 0);
        swap_class(fresh->handle, 1);
        until(get(sleeper->flag) && parked(sleeper->handle));
        swap_class(sleeper->handle, 0);
        for (uint32_t i = 0; i < 6; i++)
                w[i] = worker_start(busy, NULL);
        for (uint32_t round = 0; round < 60; round++) {
                swap_class(w[round % 6]->handle, (uint8_t)(round / 6 % 2));
                if (round % 7 == 0)
                        moment();
        }
        for (uint32_t i = 0; i < 6; i++)
                swap_class(w[i]->handle, 1);
        uint32_t was[6];
        for (uint32_t i = 0; i < 6; i++)
                was[i] = get(w[i]->cpu);
        for (uint32_t i = 0; i < 6; i++)
                until(get(w[i]->cpu) != was[i]);
        swap_class(rota_self(), 1);
        check(rota_yield() == ROTA_OK);
        swap_class(rota_self(), 0);
        struct rota_params first = run.setup->first;
        check(rota_set_params(rota_self(), &first) == ROTA_OK);
        put(sleeper->count, 1);
        rota_wake(sleeper->handle);
        check(rota_start(fresh->handle) == ROTA_OK);
        worker_end(fresh);
        worker_end(sleeper);
        for (uint32_t i = 0; i < 6; i++)
                put(w[i]->flag, 1);
        for (uint32_t i = 0; i < 6; i++)
                worker_end(w[i]);
}

static intptr_t count_on(struct worker *self)
{
        put(self->flag, 1);
        for (;;) {
                add(self->count, 1);
                if (loops_end)
                        return 0;
        }
}

static struct rota_params level(uint16_t priority)
{
        struct rota_params params = {.priority = priority, .flags = run.setup->worker.flags};
        return params;
}

static struct worker *counter(uint16_t priority)
{
        struct rota_task_options options = {.params = level(priority)};
        struct worker *w = worker_make_with(count_on, NULL, &options);
        check(rota_start(w->handle) == ROTA_OK);
        return w;
}

/* This thread is the most urgent of all. Where there are several CPUs it keeps one for itself, so
 * that it does not disturb the others by coming and going. */
static void watch(void)
{
        if (run.cpus == 1)
                moment();
}

/* Those of `members` that are said to run do, and no other does. */
static bool only_run(struct worker **members, uint32_t n, uint64_t mask)
{
        uint32_t was[16];
        bool others = false;

        for (uint32_t i = 0; i < n; i++)
                was[i] = get(members[i]->count);
        for (uint32_t i = 0; i < n; i++)
                while ((mask >> i & 1) && get(members[i]->count) == was[i])
                        watch();
        for (uint32_t i = 0; i < n; i++)
                if (!(mask >> i & 1) && get(members[i]->count) != was[i])
                        others = true;
        return !others;
}

/* Soon, and from then on. */
static void settles(struct worker **members, uint32_t n, uint64_t mask)
{
        for (uint32_t calm = 0; calm < 3;)
                calm = only_run(members, n, mask) ? calm + 1 : 0;
        for (uint32_t i = 0; i < 5; i++)
                check(only_run(members, n, mask));
}

/* Of n tasks of different priorities on m CPUs exactly the m most urgent run; and so after each
 * change of a priority. They never yield. */
static void most_urgent_run(void)
{
        const uint32_t n = 6;
        uint32_t m = run.cpus == 1 ? 1 : run.cpus - 1;
        struct worker *w[6];

        if (m >= n) {
                run.skip = "more CPUs than tasks";
                return;
        }
        for (uint32_t i = 0; i < n; i++)
                w[i] = counter((uint16_t)(100 - 10 * i)); /* each more urgent than the one before */
        uint64_t top = ((1u << m) - 1) << (n - m);
        settles(w, n, top);

        /* The least urgent rises above all. */
        struct rota_params params = level(20);
        check(rota_set_params(w[0]->handle, &params) == ROTA_OK);
        settles(w, n, (top & ~(1u << (n - m))) | 1);

        /* It falls below all again, while it runs. */
        params = level(200);
        check(rota_set_params(w[0]->handle, &params) == ROTA_OK);
        settles(w, n, top);

        /* The most urgent falls asleep (below all), one after the other: the next take over. */
        for (uint32_t i = n; i-- > n - 2;) {
                params = level((uint16_t)(220 - i));
                check(rota_set_params(w[i]->handle, &params) == ROTA_OK);
        }
        settles(w, n, ((1u << m) - 1) << (n - 2 >= m ? n - 2 - m : 0));
        loops_end = 1;
        for (uint32_t i = 0; i < n; i++)
                worker_end(w[i]);
}

static intptr_t record_start(struct worker *self)
{
        uint32_t *next = self->argument;
        self->count = add(*next, 1) + 1;
        return 0;
}

/* A task that becomes ready on a busy machine preempts the least urgent CPU, at once. */
static void preempts_across_cpus(void)
{
        struct worker *w[8];
        uint32_t *next = memory(sizeof(*next));
        uint32_t m = run.cpus < 8 ? run.cpus : 8;

        for (uint32_t i = 0; i < m; i++)
                w[i] = counter((uint16_t)(150 + i));
        for (uint32_t i = 0; i < m; i++)
                until(get(w[i]->flag) == 1);
        for (uint32_t round = 0; round < 20; round++) {
                struct rota_task_options options = {.params = level((uint16_t)(100 + round))};
                struct worker *urgent = worker_make_with(record_start, next, &options);
                check(rota_start(urgent->handle) == ROTA_OK);
                worker_end(urgent);
                check(urgent->count == round + 1);
        }
        loops_end = 1;
        for (uint32_t i = 0; i < m; i++)
                worker_end(w[i]);
}

/* Preempted by one more urgent it goes on before its equals (POSIX): FIFO within a level. */
static void preempted_goes_first(void)
{
        uint32_t *next = memory(sizeof(*next));
        uint32_t cpu = run.cpus - 1;
        struct rota_task_options options = {
                .params = {.priority = 120, .flags = ROTA_PARAMS_FIFO}, .affinity = only_cpu(cpu)};
        struct rota_task_options urgent = {.params = {.priority = 110}, .affinity = only_cpu(cpu)};
        struct worker *w[3];

        struct worker *runner = worker_make_with(count_on, NULL, &options);
        check(rota_start(runner->handle) == ROTA_OK);
        until(get(runner->flag));
        for (uint32_t i = 0; i < 3; i++) {
                w[i] = worker_make_with(record_start, next, &options);
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 5; i++) {
                struct worker *u = worker_make_with(at_once, NULL, &urgent);
                check(rota_start(u->handle) == ROTA_OK);
                worker_end(u);
                uint32_t was = get(runner->count);
                until(get(runner->count) != was);
        }
        check(get(*next) == 0); /* its equals still wait: it kept its place five times */
        loops_end = 1;
        worker_end(runner);
        for (uint32_t i = 0; i < 3; i++) {
                worker_end(w[i]);
                check(w[i]->count == i + 1);
        }
}

const struct scenario scenarios_change[] = {
        {.name = "c7-any-state-twice", .run = any_state},
        {.name = "between-classes", .run = between_classes},
        {.name = "most-urgent-run-loop", .run = most_urgent_run, .flags = PRIORITIES},
        {.name = "preempts-across-cpus-loop", .run = preempts_across_cpus, .flags = PRIORITIES},
        {.name = "preempted-goes-first-loop", .run = preempted_goes_first, .flags = PRIORITIES},
        {.name = NULL},
};
