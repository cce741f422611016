/* SPDX-License-Identifier: MIT */
/* Guards: nothing is rescheduled while one is held (A4), and blocking is refused (B7). */
#include "harness.h"

#define TICKS 10u

static struct rota_cpu_stats account(uint32_t cpu)
{
        struct rota_cpu_stats stats;
        check(rota_get_cpu_stats(run.rota, cpu, &stats) == ROTA_OK);
        return stats;
}

static intptr_t note_switches(struct worker *self)
{
        uint32_t cpu = rota_cpu_index();
        self->count = (uint32_t)account(cpu).switches;
        put(self->flag, 1);
        return 0;
}

/* Ticks count by time: interrupts may come late, and then several at once. */
static void pass_ticks(uint32_t cpu)
{
        uint64_t end = rota_now() + TICKS * ROTA_MS;
        uint64_t seen = account(cpu).timer_irqs;
        while (rota_now() < end || account(cpu).timer_irqs < seen + TICKS / 2)
                ;
        seen = account(cpu).timer_irqs;
        while (account(cpu).timer_irqs == seen)
                ;
}

/* Starts a rival on this CPU under a guard, lets ticks pass, and sees when it runs. */
static intptr_t hold_main(struct worker *self)
{
        uint32_t cpu = self->number;

        rota_guard_begin();
        struct worker *rival = worker_start_on(note_switches, NULL, cpu);
        uint32_t before = (uint32_t)account(cpu).switches;
        pass_ticks(cpu);
        check((uint32_t)account(cpu).switches == before);

        rota_guard_begin(); /* nested: the inner end is no end */
        pass_ticks(cpu);
        rota_guard_end();
        check((uint32_t)account(cpu).switches == before);
        check(!rota_resched());
        check(get(rival->flag) == 0);

        rota_guard_end(); /* it was due: switches here to the rival, which need not end within a slice */
        check((uint32_t)account(cpu).switches >= before + 2);
        worker_end(rival);
        check(rival->count > before);
        return 0;
}

static void no_switch_while_held(void)
{
        struct rota_task_options options = {.affinity = only_cpu(run.cpus - 1)};

        if (run.setup->policies[0] == &lottery) {
                run.skip = "the end of a slice need not mean a switch";
                return;
        }
        struct worker *holder = worker_make_with(hold_main, NULL, &options);

        holder->number = run.cpus - 1;
        check(rota_start(holder->handle) == ROTA_OK);
        worker_end(holder);
}

/* A more urgent one arrives under the guard. */
static intptr_t hold_from_urgent(struct worker *self)
{
        struct rota_task_options options = {
                .params = params_priority(100), .affinity = only_cpu(self->number)};
        if (options.params.class_index)
                options.params = run.setup->first;
        rota_guard_begin();
        struct worker *rival = worker_make_with(note_switches, NULL, &options);
        uint32_t before = (uint32_t)account(self->number).switches;
        check(rota_start(rival->handle) == ROTA_OK);
        check(get(rival->flag) == 0);
        check((uint32_t)account(self->number).switches == before);
        rota_guard_end();
        check(get(rival->flag) == 1);
        check(rival->count == before + 1);
        worker_end(rival);

        /* Without a guard: there and then. */
        rival = worker_make_with(note_switches, NULL, &options);
        check(rota_start(rival->handle) == ROTA_OK);
        check(get(rival->flag) == 1);
        worker_end(rival);
        return 0;
}

static void urgent_waits_for_release(void)
{
        struct rota_task_options options = {.affinity = only_cpu(run.cpus - 1)};
        struct worker *holder = worker_make_with(hold_from_urgent, NULL, &options);

        holder->number = run.cpus - 1;
        check(rota_start(holder->handle) == ROTA_OK);
        worker_end(holder);
}

static intptr_t ends_at_once(struct worker *self)
{
        (void)self;
        return 7;
}

/* B7, as far as the core sees it: whoever holds a guard cannot block. */
static void refuses_to_block(void)
{
        struct worker *other = worker_make(ends_at_once, NULL);
        uint64_t soon = rota_now() + ROTA_S;

        rota_guard_begin();
        check(rota_yield() == ROTA_ECONTEXT);
        check(rota_park() == ROTA_ECONTEXT);
        check(rota_park_until(rota_timeout_after(ROTA_S)) == ROTA_ECONTEXT);
        check(rota_hand_over(other->handle) == ROTA_ECONTEXT);
        check(rota_sleep_for(ROTA_S) == ROTA_ECONTEXT);
        check(rota_sleep_until(&soon, 0) == ROTA_ECONTEXT);
        check(rota_join(other->handle, rota_timeout_forever(), NULL) == ROTA_ECONTEXT);
        check(rota_join(other->handle, rota_timeout_none(), NULL) == ROTA_EAGAIN);
        rota_guard_end();
        rota_guard_end(); /* one too many does no harm */
        check(rota_yield() == ROTA_OK);
        check(rota_start(other->handle) == ROTA_OK);
        check(worker_end(other) == 7);
}

static void refuses_masked(void)
{
        struct worker *other = worker_start(ends_at_once, NULL);

        rota_world_stop(); /* returns with interrupts masked */
        check(rota_yield() == ROTA_ECONTEXT);
        check(rota_park() == ROTA_ECONTEXT);
        check(rota_park_until(rota_timeout_after(ROTA_S)) == ROTA_ECONTEXT);
        check(rota_hand_over(run.first) == ROTA_ECONTEXT);
        rota_world_resume();
        check(worker_end(other) == 7);
}

static void refused_in_interrupt(void *argument)
{
        int *results = argument;
        results[0] = rota_yield();
        results[1] = rota_park();
        results[2] = rota_park_until(rota_timeout_forever());
        rota_guard_begin();
        rota_guard_end();
        put(results[3], 1);
}

static void refuses_in_interrupt(void)
{
        static struct rota_timer timer;
        int *results = memory(4 * sizeof(*results));

        rota_timer_arm(&timer, rota_now() + 100 * ROTA_US, refused_in_interrupt, results);
        until(get(results[3]));
        check(results[0] == ROTA_ECONTEXT && results[1] == ROTA_ECONTEXT &&
                results[2] == ROTA_ECONTEXT);
}

/* A4: the running task reads and changes its own priority. */
static void own_priority(void)
{
        struct rota_params params;

        check(rota_get_params(rota_self(), &params) == ROTA_OK);
        check(params.class_index == 0 && params.priority == 2);
        params.priority = 200;
        check(rota_set_params(rota_self(), &params) == ROTA_OK);
        check(rota_get_params(rota_self(), &params) == ROTA_OK);
        check(params.priority == 200);

        /* Under a guard the change is made and its consequence waits. */
        struct rota_task_options options = {
                .params = run.setup->first, .affinity = only_cpu(rota_cpu_index())};
        options.params.priority = 50;
        check(rota_set_affinity(rota_self(), options.affinity) == ROTA_OK);
        params.priority = 10;
        check(rota_set_params(rota_self(), &params) == ROTA_OK);
        struct worker *rival = worker_make_with(note_switches, NULL, &options);
        check(rota_start(rival->handle) == ROTA_OK);
        check(get(rival->flag) == 0);
        rota_guard_begin();
        params.priority = 100;
        check(rota_set_params(rota_self(), &params) == ROTA_OK);
        check(get(rival->flag) == 0);
        rota_guard_end();
        check(get(rival->flag) == 1);
        worker_end(rival);
}

const struct scenario scenarios_guard[] = {
        {.name = "a4-guard-ticks",
                .run = no_switch_while_held,
                .flags = SLICES | MISUSES,
                .tick_ns = ROTA_MS,
                .slice_ns = 2 * ROTA_MS},
        {.name = "a4-guard-urgent", .run = urgent_waits_for_release, .flags = PRIORITIES},
        {.name = "a4-own-priority", .run = own_priority, .flags = PRIORITIES},
        {.name = "b7-guard-refuses", .run = refuses_to_block, .flags = MISUSES},
        {.name = "b7-masked-refuses", .run = refuses_masked, .flags = MISUSES},
        {.name = "b7-interrupt-refuses", .run = refuses_in_interrupt, .flags = MISUSES},
        {.name = NULL},
};
