/* SPDX-License-Identifier: MIT */
/* Policies that break their word: replaced by round robin, and all tasks still finish. */
#include "harness.h"

#define TASKS 12u

enum fault { NOTHING, FOREIGN, NEXT_NULL };

static uint32_t armed;   /* the policy lies from now on (atomic) */
static uint32_t reports; /* (atomic) */
static struct rota_task *stranger;
static struct rota_policy liar;

static struct rota_task *pick_nothing(struct rota_queue *queue, uint64_t now)
{
        return get(armed) ? NULL : rota_policy_fifo.pick(queue, now);
}

static struct rota_task *pick_foreign(struct rota_queue *queue, uint64_t now)
{
        return get(armed) ? stranger : rota_policy_fifo.pick(queue, now);
}

static struct rota_task *next_nothing(
        struct rota_queue *queue, struct rota_task *prev, uint32_t flags, uint64_t now)
{
        struct rota_task *next = rota_policy_fifo.next(queue, prev, flags, now);
        return get(armed) ? NULL : next;
}

/* A yield is to ask the policy. */
static void init_queue(struct rota_queue *queue)
{
        rota_policy_fifo.init_queue(queue);
        queue->line = NULL;
}

static void report(const char *text)
{
        (void)text;
        add(reports, 1);
}

static const struct setup setup_liar = {
        .name = "liar",
        .policies = {&liar},
        .policy_count = 1,
};

static intptr_t work(struct worker *self)
{
        for (uint32_t i = 0; i < 20; i++) {
                add(self->count, 1);
                rota_yield();
                if (i % 7 == 3)
                        rota_sleep_for(10 * ROTA_US);
        }
        return (intptr_t)self->number;
}

static intptr_t wait_parked(struct worker *self)
{
        while (!get(self->flag))
                rota_park();
        return 1;
}

static intptr_t first_main(void *argument)
{
        struct worker *w[TASKS];
        struct worker *sleeper = worker_start(wait_parked, NULL);

        (void)argument;
        until(parked(sleeper->handle));
        for (uint32_t i = 0; i < TASKS; i++) {
                w[i] = worker_make(work, NULL);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        rota_yield();
        put(armed, 1); /* with tasks waiting, running, parked, and yet to come */
        for (uint32_t i = 0; i < TASKS; i++) {
                check(worker_end(w[i]) == (intptr_t)i);
                check(w[i]->count == 20);
        }
        /* The others may have ended before it lied. */
        until(rota_yield() == ROTA_OK && get(run.rota->fallbacks) == 1);
        put(sleeper->flag, 1);
        rota_wake(sleeper->handle);
        check(worker_end(sleeper) == 1);
        struct worker *late = worker_start(work, NULL);
        check(worker_end(late) == 0);
        check(get(run.rota->fallbacks) == 1 && get(run.rota->fallback_reason));
        until(get(reports)); /* by whoever found out, once it is counted */
        check(get(reports) == 1);
        check(run.rota->classes[0] == &rota_policy_rr);
        verify();
        rota_stop(run.rota);
        return 0;
}

static void lie(enum fault fault)
{
        struct worker *never;

        put(armed, 0);
        put(reports, 0);
        liar = rota_policy_fifo;
        liar.name = "liar";
        liar.init_queue = init_queue;
        liar.next = fault == NEXT_NULL ? next_nothing : NULL;
        if (fault == NOTHING)
                liar.pick = pick_nothing;
        if (fault == FOREIGN)
                liar.pick = pick_foreign;
        run.setup = &setup_liar;
        if (!check(instance_make(0, 0) == ROTA_OK))
                return;
        run.rota->report = report;
        never = worker_make(work, NULL); /* NEW: in no queue */
        stranger = &never->thread.task;

        struct rota_thread *first = memory(sizeof(*first));
        struct rota_thread_options options = {
                .entry = first_main, .stack = memory(65536), .stack_size = 65536};
        check(rota_thread_create(first, &options, &run.first) == ROTA_OK);
        check(rota_start(run.first) == ROTA_OK);
        check(world_run(run.world, run.rota, 0) == ROTA_OK);
}

static void picks_nothing(void)
{
        lie(NOTHING);
}

static void picks_foreign(void)
{
        lie(FOREIGN);
}

static void next_answers_nothing(void)
{
        lie(NEXT_NULL);
}

const struct scenario scenarios_broken[] = {
        {.name = "broken-pick-nothing", .run = picks_nothing, .flags = ALONE, .only = &setups[0]},
        {.name = "broken-pick-foreign", .run = picks_foreign, .flags = ALONE, .only = &setups[0]},
        {.name = "broken-next", .run = next_answers_nothing, .flags = ALONE, .only = &setups[0]},
        {.name = NULL},
};
