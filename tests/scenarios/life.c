/* SPDX-License-Identifier: MIT */
/* From creation to the exit callback: A3, and what is refused. */
#include "harness.h"

struct ending {
        struct worker *worker;
        uint32_t ends;
        intptr_t code;
        bool at_home;
        uint32_t pattern; /* what the callback writes over the stack */
};

#define ENDINGS 40u

static struct ending *endings;

static intptr_t use_stack(struct worker *self)
{
        volatile char deep[2000];
        for (uint32_t i = 0; i < sizeof(deep); i++)
                deep[i] = (char)(self->number + i);
        if (self->number & 1)
                rota_yield();
        for (uint32_t i = 0; i < sizeof(deep); i++)
                check(deep[i] == (char)(self->number + i));
        return 1000 + (intptr_t)self->number;
}

/* The stack is no longer in use: overwrites all of it, and the control block behind it. */
/* Over poisoned frames too: the stack is nobody's now. */
#if defined(__SANITIZE_ADDRESS__)
__attribute__((no_sanitize("address")))
#endif
static void
on_exit(struct rota_task *task, intptr_t code)
{
        struct worker *w = (struct worker *)task;
        struct ending *e = w->argument;
        uint64_t *word = (uint64_t *)(void *)w->stack;

        for (uint32_t i = 0; i < ((uint32_t)16 << 10) / 8; i++)
                word[i] = 0xdeadbeefdeadbeef;
        e->code = code;
        e->at_home = rota_current() == NULL;
        add(e->ends, 1);
}

/* A3: finished tasks come back exactly once, when their stack is no longer in use. */
static void comes_back_once(void)
{
        endings = memory(ENDINGS * sizeof(*endings));
        for (uint32_t i = 0; i < ENDINGS; i++) {
                struct rota_task_options options = {.on_exit = on_exit, .detached = i % 3 == 0};
                endings[i].worker = worker_make_with(use_stack, &endings[i], &options);
                endings[i].worker->number = i;
        }
        for (uint32_t i = 0; i < ENDINGS; i++)
                check(rota_start(endings[i].worker->handle) == ROTA_OK);
        for (uint32_t i = 0; i < ENDINGS; i++) {
                if (i % 3 == 0)
                        until(rota_state(endings[i].worker->handle) == ROTA_TASK_FREE);
                else
                        check(worker_end(endings[i].worker) == 1000 + (intptr_t)i);
                check(get(endings[i].ends) == 1);
                check(endings[i].code == 1000 + (intptr_t)i);
                check(endings[i].at_home);
        }
        moment();
        for (uint32_t i = 0; i < ENDINGS; i++)
                check(get(endings[i].ends) == 1);
}

static uint32_t generations;

static intptr_t one_generation(struct worker *self)
{
        (void)self;
        return 0;
}

/* The callback may start: here the same memory again, from within. */
static void reborn(struct rota_task *task, intptr_t code)
{
        struct worker *w = (struct worker *)task;
        (void)code;
        if (add(generations, 1) + 1 < 50) {
                struct rota_task_options options = {.on_exit = reborn, .detached = true};
                check(worker_remake(w, &options) == ROTA_OK);
                check(rota_start(w->handle) == ROTA_OK);
        } else {
                rota_wake(run.first);
        }
}

static void callback_starts_again(void)
{
        struct rota_task_options options = {.on_exit = reborn, .detached = true};

        put(generations, 0);
        struct worker *w = worker_make_with(one_generation, NULL, &options);
        check(rota_start(w->handle) == ROTA_OK);
        while (get(generations) < 50)
                rota_park();
}

static void not_called(struct rota_task *task, intptr_t code)
{
        (void)task;
        (void)code;
        check(!"the callback of a dropped task");
}

static intptr_t join_early(struct worker *self)
{
        struct worker *other = self->argument;
        put(self->flag, 1);
        return rota_join(other->handle, rota_timeout_forever(), NULL);
}

static void start_and_drop(void)
{
        struct rota_task_options options = {.on_exit = not_called};
        struct worker *w = worker_make_with(one_generation, NULL, &options);
        struct worker *joiner = worker_start(join_early, w);

        until(get(joiner->flag) && parked(joiner->handle));
        check(rota_drop(w->handle) == ROTA_OK);
        check(worker_end(joiner) == ROTA_ESTALE);
        check(rota_drop(w->handle) == ROTA_ESTALE);
        check(rota_start(w->handle) == ROTA_ESTALE);

        w = worker_make(one_generation, NULL);
        check(rota_start(w->handle) == ROTA_OK);
        int again = rota_start(w->handle);
        check(again == ROTA_ESTATE);
        check(rota_drop(w->handle) == ROTA_ESTATE);
        worker_end(w);
}

static void bad_parameters(void)
{
        struct rota_thread *thread = memory(sizeof(*thread));
        struct rota_handle handle;
        struct rota_thread_options good = {
                .entry = (intptr_t(*)(void *))(void *)one_generation,
                .stack = memory(4096),
                .stack_size = 4096,
        };
        struct rota_thread_options bad = good;

        check(rota_thread_create(NULL, &good, &handle) == ROTA_EINVAL);
        check(rota_thread_create(thread, NULL, &handle) == ROTA_EINVAL);
        check(rota_thread_create(thread, &good, NULL) == ROTA_EINVAL);
        bad.entry = NULL;
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad = good;
        bad.stack = NULL;
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad = good;
        bad.stack_size = ROTA_STACK_MIN - 1;
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad = good;
        bad.task.params.class_index = (uint8_t)run.setup->policy_count;
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad.task.params.class_index = 255;
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad = good;
        bad.task.affinity = rota_affinity_mask(0);
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        bad.task.affinity = rota_affinity_cpu(run.cpus);
        check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        if (run.setup->priorities) {
                bad = good;
                bad.task.params.priority = ROTA_PRIO_LEVELS + 1;
                check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
                bad.task.params.priority = UINT16_MAX;
                check(rota_thread_create(thread, &bad, &handle) == ROTA_EINVAL);
        }
        /* Changes: refused, and nothing changed. */
        struct rota_params before, after;
        check(rota_get_params(rota_self(), &before) == ROTA_OK);
        struct rota_params wrong = before;
        wrong.class_index = (uint8_t)run.setup->policy_count;
        check(rota_set_params(rota_self(), &wrong) == ROTA_EINVAL);
        check(rota_set_params(rota_self(), NULL) == ROTA_EINVAL);
        check(rota_get_params(rota_self(), NULL) == ROTA_EINVAL);
        if (run.setup->priorities) {
                wrong = before;
                wrong.priority = 257;
                check(rota_set_params(rota_self(), &wrong) == ROTA_EINVAL);
        }
        check(rota_set_affinity(rota_self(), rota_affinity_mask(0)) == ROTA_EINVAL);
        check(rota_set_affinity(rota_self(), rota_affinity_cpu(run.cpus)) == ROTA_EINVAL);
        check(rota_get_params(rota_self(), &after) == ROTA_OK);
        check(before.class_index == after.class_index && before.priority == after.priority &&
                before.flags == after.flags && before.slice_ns == after.slice_ns);
        check(rota_cpu_run(run.rota, run.cpus) == ROTA_EINVAL);
        check(rota_cpu_run(NULL, 0) == ROTA_EINVAL);
        struct rota_cpu_stats stats;
        check(rota_get_cpu_stats(run.rota, run.cpus, &stats) == ROTA_EINVAL);
}

/* All slots taken: refused, and free again after a drop. */
static void no_slot_left(void)
{
        struct rota_thread *thread = memory(run.slots * sizeof(*thread));
        struct rota_handle *handles = memory(run.slots * sizeof(*handles));
        struct rota_thread_options options = {
                .entry = (intptr_t(*)(void *))(void *)one_generation,
                .stack_size = ROTA_STACK_MIN,
                .task = {.params = run.setup->worker},
        };
        char *stacks = memory((size_t)run.slots * ROTA_STACK_MIN);
        uint32_t made = 0;

        options.stack = stacks;
        while (made < run.slots &&
                rota_thread_create(&thread[made], &options, &handles[made]) == ROTA_OK)
                options.stack = stacks + (size_t)++made * ROTA_STACK_MIN;
        check(made == run.slots - 1); /* the first thread has one */
        check(rota_thread_create(&thread[made], &options, &handles[made]) == ROTA_ENOSPC);
        for (uint32_t i = 0; i < made; i++)
                check(rota_drop(handles[i]) == ROTA_OK);
        struct worker *w = worker_start(one_generation, NULL);
        worker_end(w);
}

const struct scenario scenarios_life[] = {
        {.name = "a3-comes-back-once", .run = comes_back_once},
        {.name = "a3-callback-starts-again", .run = callback_starts_again},
        {.name = "start-and-drop", .run = start_and_drop},
        {.name = "bad-parameters", .run = bad_parameters},
        {.name = "no-slot-left", .run = no_slot_left},
        {.name = NULL},
};
