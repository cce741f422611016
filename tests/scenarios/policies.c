/* SPDX-License-Identifier: MIT */
/* A2: the same set of tasks under every policy, one line of difference; and the classes' order. */
#include "harness.h"

struct mailbox {
        uint32_t full; /* (atomic) */
        uint32_t value;
        struct rota_handle producer, consumer;
        uint32_t items;
};

static intptr_t produce(struct worker *self)
{
        struct mailbox *box = self->argument;

        for (uint32_t i = 0; i < box->items; i++) {
                while (get(box->full))
                        rota_park();
                box->value = i * 3 + 1;
                put(box->full, 1);
                rota_wake(box->consumer);
        }
        return 0;
}

static intptr_t consume(struct worker *self)
{
        struct mailbox *box = self->argument;
        intptr_t sum = 0;

        for (uint32_t i = 0; i < box->items; i++) {
                while (!get(box->full))
                        rota_park();
                sum += box->value;
                put(box->full, 0);
                rota_wake(box->producer);
        }
        return sum;
}

static intptr_t calculate(struct worker *self)
{
        intptr_t sum = 0;
        for (uint32_t i = 0; i < 20000; i++) {
                sum += (intptr_t)(i ^ self->number);
                if (i % 1000 == 0)
                        rota_yield();
        }
        return sum;
}

static intptr_t tree(struct worker *self)
{
        if (self->number == 0)
                return 1;
        struct worker *left = worker_make(tree, NULL);
        struct worker *right = worker_make(tree, NULL);
        left->number = right->number = self->number - 1;
        check(rota_start(left->handle) == ROTA_OK);
        check(rota_start(right->handle) == ROTA_OK);
        return 1 + worker_end(left) + worker_end(right);
}

/* Producers and consumers, calculators, sleepers, a tree of joins: the same answers. */
static void task_set(void)
{
        struct mailbox *boxes = memory(3 * sizeof(*boxes));
        struct worker *producers[3], *consumers[3], *calculators[4];
        struct worker *root = worker_make(tree, NULL);

        for (uint32_t i = 0; i < 3; i++) {
                boxes[i].items = 200;
                producers[i] = worker_make(produce, &boxes[i]);
                consumers[i] = worker_make(consume, &boxes[i]);
                boxes[i].producer = producers[i]->handle;
                boxes[i].consumer = consumers[i]->handle;
        }
        for (uint32_t i = 0; i < 4; i++) {
                calculators[i] = worker_start(calculate, NULL);
                if (i < 3) {
                        check(rota_start(consumers[i]->handle) == ROTA_OK);
                        check(rota_start(producers[i]->handle) == ROTA_OK);
                }
        }
        root->number = 4;
        check(rota_start(root->handle) == ROTA_OK);
        check(worker_end(root) == 31);
        for (uint32_t i = 0; i < 3; i++) {
                worker_end(producers[i]);
                check(worker_end(consumers[i]) == 200 * 199 / 2 * 3 + 200);
        }
        for (uint32_t i = 0; i < 4; i++)
                check(worker_end(calculators[i]) == 20000 / 2 * 19999);
}

static intptr_t record(struct worker *self)
{
        uint32_t *next = self->argument;
        self->count = add(*next, 1);
        return 0;
}

/* On one CPU, released at once: the order in which they run is the policy's. */
static void order(void)
{
        const uint32_t n = 8;
        uint32_t *next = memory(sizeof(*next));
        struct worker *w[8];
        uint32_t cpu = run.cpus - 1;

        check(rota_set_affinity(rota_self(), only_cpu(cpu)) == ROTA_OK);
        rota_guard_begin();
        for (uint32_t i = 0; i < n; i++) {
                struct rota_task_options options = {
                        .params = params_priority((uint16_t)(200 - i % 4)),
                        .affinity = only_cpu(cpu)};
                w[i] = worker_make_with(record, next, &options);
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        rota_guard_end();
        for (uint32_t i = 0; i < n; i++)
                worker_end(w[i]);
        const struct rota_policy *policy = run.setup->policies[run.setup->worker.class_index];
        for (uint32_t i = 0; i < n; i++) {
                if (policy == &rota_policy_prio)
                        check(w[i]->count == (3 - i % 4) * 2 + i / 4);
                else if (policy != &lottery)
                        check(w[i]->count == i);
        }
}

static const struct setup setup_rr_fifo = {
        .name = "rr+fifo",
        .policies = {&rota_policy_rr, &rota_policy_fifo},
        .policy_count = 2,
        .worker = {.class_index = 1},
        .slices = true,
};

static intptr_t spin(struct worker *self)
{
        put(self->flag, 1);
        for (;;) {
                add(self->count, 1);
                if (get(self->number))
                        return 0;
        }
}

static void end(struct worker *w)
{
        put(w->number, 1);
        worker_end(w);
}

static intptr_t first_main(void *argument)
{
        struct worker *low[8];
        uint32_t m = run.cpus < 8 ? run.cpus : 8;

        (void)argument;
        for (uint32_t i = 0; i < m; i++)
                low[i] = worker_start(spin, NULL);
        for (uint32_t i = 0; i < m; i++)
                until(get(low[i]->flag));
        for (uint32_t round = 0; round < 10; round++) {
                struct rota_task_options options = {.params = {.slice_ns = ROTA_MS}};
                struct worker *w[8];
                for (uint32_t i = 0; i < m; i++) {
                        w[i] = worker_make_with(spin, NULL, &options);
                        check(rota_start(w[i]->handle) == ROTA_OK);
                }
                /* As many of the upper class as there are CPUs: each runs, no lower one does. */
                for (uint32_t i = 0; i < m; i++)
                        until(get(w[i]->flag));
                for (uint32_t i = 0; i < m; i++)
                        end(w[i]);
        }
        for (uint32_t i = 0; i < m; i++)
                end(low[i]);
        verify();
        rota_stop(run.rota);
        return 0;
}

/* A class above one that runs to block: the lower never keeps the upper from any CPU. */
static void upper_class_first(void)
{
        run.setup = &setup_rr_fifo;
        if (!check(instance_make(0, 0) == ROTA_OK))
                return;
        struct rota_thread *first = memory(sizeof(*first));
        struct rota_thread_options options = {
                .entry = first_main, .stack = memory(65536), .stack_size = 65536};
        check(rota_thread_create(first, &options, &run.first) == ROTA_OK);
        check(rota_start(run.first) == ROTA_OK);
        check(world_run(run.world, run.rota, 0) == ROTA_OK);
}

const struct scenario scenarios_policies[] = {
        {.name = "a2-task-set", .run = task_set},
        {.name = "a2-order", .run = order, .slice_ns = ROTA_S},
        {.name = "upper-class-first-loop",
                .run = upper_class_first,
                .flags = ALONE,
                .only = &setups[0]},
        {.name = NULL},
};
