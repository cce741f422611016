/* SPDX-License-Identifier: MIT */
/* Many futures at once: spawned and woken together; and those that go ahead of others. */
#include "future.h"

enum { MANY = 100 };

struct small {
        struct rota_future future; /* first */
        struct rota_future_task task;
        uint32_t polls;  /* (atomic) */
        uint32_t wanted; /* polls until it is ready */
        uint32_t *order; /* of ends, counted (atomic) */
        uint32_t place;  /* in it */
};

static enum rota_poll small_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct small *small = (struct small *)(void *)future;

        check(rota_handle_equal(context->waker, rota_self()));
        if (add(small->polls, 1) + 1 < get(small->wanted))
                return ROTA_POLL_PENDING;
        future->value = 3;
        if (small->order)
                small->place = add(*small->order, 1);
        return ROTA_POLL_READY;
}

static struct small *small_make(uint32_t count, uint32_t wanted, uint32_t *order)
{
        struct small *small = memory(count * sizeof(*small));

        for (uint32_t i = 0; i < count; i++) {
                rota_future_init(&small[i].future, small_poll, NULL);
                small[i].wanted = wanted;
                small[i].order = order;
        }
        return small;
}

static void small_spawn(struct small *small, uint32_t count, struct rota_handle *handles,
        const struct rota_task_options *options)
{
        struct rota_future_task *tasks[MANY];
        struct rota_future *futures[MANY];

        for (uint32_t i = 0; i < count; i++) {
                tasks[i] = &small[i].task;
                futures[i] = &small[i].future;
        }
        check(rota_spawn_many(tasks, futures, count, options, handles) == (int)count);
}

/* Polled once for the first time and once for each wake of all of them. */
static void together(void)
{
        struct rota_handle handles[MANY];
        uint32_t count = run.slots - 8 < MANY ? run.slots - 8 : MANY;
        struct small *small = small_make(count, 4, NULL);
        struct rota_task_options options = {.name = "small", .params = run.setup->worker};

        check(rota_spawn_many(NULL, NULL, 1, NULL, NULL) == ROTA_EINVAL);
        check(rota_wake_many(NULL, 1) == 0);
        small_spawn(small, count, handles, &options);
        for (uint32_t round = 1; round < 4; round++) {
                for (uint32_t i = 0; i < count; i++) {
                        until(parked(handles[i]));
                        check(get(small[i].polls) == round);
                }
                check(rota_wake_many(handles, count) == count);
        }
        for (uint32_t i = 0; i < count; i++) {
                intptr_t code = 0;
                check(rota_join(handles[i], rota_timeout_forever(), &code) == ROTA_OK && code == 3);
                check(small[i].polls == 4);
        }
        check(rota_wake_many(handles, count) == 0); /* stale, and harmless */
}

/* One call takes as many as there are slots, and says how many. */
static void as_many_as_fit(void)
{
        static struct rota_future_task *tasks[MANY * 8];
        static struct rota_future *futures[MANY * 8];
        static struct rota_handle handles[MANY * 8];
        uint32_t count = run.slots + 3 < MANY * 8 ? run.slots + 3 : MANY * 8;
        struct small *small = small_make(count, 2, NULL);
        struct rota_task_options options = {.params = run.setup->worker};

        for (uint32_t i = 0; i < count; i++) {
                tasks[i] = &small[i].task;
                futures[i] = &small[i].future;
        }
        for (uint32_t round = 0; round < 2; round++) {
                for (uint32_t i = 0; i < count; i++)
                        put(small[i].polls, 0);
                int made = rota_spawn_many(tasks, futures, count, &options, handles);
                check(made > 0 && made <= (int)run.slots);
                if (made < (int)count) /* not one more, whoever keeps slots */
                        check(rota_spawn(tasks[made], futures[made], &options, &handles[made]) ==
                                ROTA_ENOSPC);
                for (int i = 0; i < made; i++)
                        until(parked(handles[i]));
                check(rota_wake_many(handles, (uint32_t)made) == (uint32_t)made);
                for (int i = 0; i < made; i++)
                        check(rota_join(handles[i], rota_timeout_forever(), NULL) == ROTA_OK);
        }
}

/* Two that wake each other, on a CPU where another one is in turn. */
struct pair {
        struct rota_future future; /* first */
        struct rota_future_task task;
        struct rota_handle other;
        uint32_t *turns; /* of both */
        uint32_t *stop;  /* (atomic) */
};

static enum rota_poll pair_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct pair *pair = (struct pair *)(void *)future;

        (void)context;
        add(*pair->turns, 1);
        rota_wake(pair->other);
        if (!get(*pair->stop))
                return ROTA_POLL_PENDING;
        return ROTA_POLL_READY;
}

/* Turns that go ahead of who is in turn: 128, the one whose wake went to the tail, and one that ran. */
#define MOST 130u

struct watcher {
        struct rota_future future; /* first */
        struct rota_future_task task;
        uint32_t *turns;
        uint32_t *stop;
        uint32_t before;   /* turns of the pair at its last poll */
        uint64_t put_by;   /* turns that were preempted on this CPU, by then */
        uint32_t most;     /* in a row */
        uint32_t too_many; /* polls before which it waited for more */
        uint32_t polls;
};

static uint64_t preemptions(void)
{
        struct rota_cpu_stats stats;
        check(rota_get_cpu_stats(run.rota, 0, &stats) == ROTA_OK);
        return stats.preemptions;
}

static enum rota_poll watcher_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct watcher *watcher = (struct watcher *)(void *)future;
        uint64_t put_by = preemptions();
        uint32_t turns = get(*watcher->turns);
        uint32_t between = turns - watcher->before;
        uint64_t waits = 1 + preemptions() - watcher->put_by;

        (void)context;
        if (watcher->polls++ > 4) { /* the pair has begun */
                if (between > watcher->most)
                        watcher->most = between;
                watcher->too_many += between > MOST * waits;
        }
        watcher->before = turns;
        watcher->put_by = put_by;
        if (watcher->polls < 40)
                return ROTA_POLL_YIELDED;
        put(*watcher->stop, 1);
        return ROTA_POLL_READY;
}

/* A pair goes ahead of who is in turn, which comes at last: after 128 turns and the one whose wake went to
 * the tail, or earlier, where a tick came. Who was preempted in its poll waits twice between two of them. */
static void ahead(void)
{
        uint32_t turns = 0, stop = 0;
        struct pair *pair = memory(2 * sizeof(*pair));
        struct watcher *watcher = memory(sizeof(*watcher));
        struct rota_handle handles[3];
        struct rota_task_options options = {.params = run.setup->worker, .affinity = only_cpu(0)};

        for (uint32_t i = 0; i < 2; i++) {
                rota_future_init(&pair[i].future, pair_poll, NULL);
                pair[i].turns = &turns;
                pair[i].stop = &stop;
                check(rota_future_create(&pair[i].task, &pair[i].future, &options, &handles[i]) ==
                        ROTA_OK);
        }
        pair[0].other = handles[1];
        pair[1].other = handles[0];
        rota_future_init(&watcher->future, watcher_poll, NULL);
        watcher->turns = &turns;
        watcher->stop = &stop;
        /* Guarded there: else the watcher may have had all its polls before the pair begins. */
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        rota_guard_begin();
        check(rota_spawn(&watcher->task, &watcher->future, &options, &handles[2]) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++)
                check(rota_start(handles[i]) == ROTA_OK);
        rota_guard_end();
        check(rota_join(handles[2], rota_timeout_forever(), NULL) == ROTA_OK);
        check(watcher->too_many == 0);
        if (run.setup->policy_count == 1 && run.setup->policies[0] == &rota_policy_fifo)
                check(watcher->most >= 128); /* there are no ticks that end it */
        for (uint32_t i = 0; i < 2; i++) {
                rota_wake(handles[i]);
                check(rota_join(handles[i], rota_timeout_forever(), NULL) == ROTA_OK);
        }
}

/* All ways to make one refuse the same. */
static void refuses(struct small *small, const struct rota_task_options *options, int why)
{
        struct rota_future_task *task = &small->task;
        struct rota_future *future = &small->future;
        struct rota_handle handle;

        check(rota_future_create(task, future, options, &handle) == why);
        check(rota_spawn(task, future, options, &handle) == why);
        check(rota_spawn_many(&task, &future, 1, options, &handle) == why);
}

static void refuses_options(struct small *small)
{
        struct rota_task_options bad = {.params = run.setup->worker};

        bad.params.class_index = (uint8_t)run.setup->policy_count;
        refuses(small, &bad, ROTA_EINVAL);
        bad.params = run.setup->worker;
        bad.affinity = rota_affinity_mask(0);
        refuses(small, &bad, ROTA_EINVAL);
        bad.affinity = rota_affinity_cpu(run.cpus);
        refuses(small, &bad, ROTA_EINVAL);
        if (run.setup->priorities) {
                bad = (struct rota_task_options){.params = params_level(ROTA_PRIO_LEVELS + 1)};
                refuses(small, &bad, ROTA_EINVAL);
        }
        if (run.lean) {
                bad = (struct rota_task_options){
                        .params = run.setup->worker, .stats = memory(sizeof(*bad.stats))};
                refuses(small, &bad, ROTA_EINVAL);
        }
}

/* Without a handle nobody could ever join it, and its slot would be gone for good. */
static void refuses_unnamed(struct small *small)
{
        struct rota_task_options options = {.params = run.setup->worker};
        struct rota_future_task *task = &small->task;
        struct rota_future *future = &small->future;

        check(rota_future_create(task, future, &options, NULL) == ROTA_EINVAL);
        check(rota_spawn(task, future, &options, NULL) == ROTA_EINVAL);
        check(rota_spawn(task, future, NULL, NULL) == ROTA_EINVAL);
        check(rota_spawn_many(&task, &future, 1, &options, NULL) == ROTA_EINVAL);
        check(rota_spawn_many(&task, &future, 1, NULL, NULL) == ROTA_EINVAL);
}

static void refuses_none(struct small *small)
{
        struct rota_future no_poll = {0};
        struct rota_future_task *tasks[2] = {&small->task, NULL};
        struct rota_future *futures[2] = {&small->future, &no_poll};
        struct rota_handle handles[2];

        check(rota_future_create(NULL, futures[0], NULL, handles) == ROTA_EINVAL);
        check(rota_future_create(tasks[0], NULL, NULL, handles) == ROTA_EINVAL);
        check(rota_future_create(tasks[0], &no_poll, NULL, handles) == ROTA_EINVAL);
        check(rota_spawn(NULL, futures[0], NULL, handles) == ROTA_EINVAL);
        check(rota_spawn(tasks[0], NULL, NULL, handles) == ROTA_EINVAL);
        check(rota_spawn(tasks[0], &no_poll, NULL, handles) == ROTA_EINVAL);
        check(rota_spawn_many(tasks, NULL, 1, NULL, handles) == ROTA_EINVAL);
        check(rota_spawn_many(tasks, futures, 0, NULL, handles) == ROTA_EINVAL);
        check(rota_spawn_many(tasks, futures, UINT32_MAX, NULL, handles) == ROTA_EINVAL);
        /* One bad one, and the good one before it is not made either. */
        check(rota_spawn_many(tasks, futures, 2, NULL, handles) == ROTA_EINVAL);
        tasks[1] = tasks[0];
        check(rota_spawn_many(tasks, futures, 2, NULL, handles) == ROTA_EINVAL);
}

/* What is wrong is refused, however often, and costs no slot. */
static void refused(void)
{
        struct small *small = small_make(1, 1, NULL);
        struct rota_handle handle;
        struct rota_task_options options = {.params = run.setup->worker};

        for (uint32_t i = 0; i < run.slots; i++)
                refuses_unnamed(small);
        for (uint32_t i = 0; i < 3; i++) {
                refuses_options(small);
                refuses_none(small);
        }
        check(small->polls == 0);
        check(rota_spawn(&small->task, &small->future, &options, &handle) == ROTA_OK);
        check(rota_join(handle, rota_timeout_forever(), NULL) == ROTA_OK);
}

const struct scenario scenarios_future_many[] = {
        {.name = "future-many-refused", .run = refused},
        {.name = "future-many-together", .run = together},
        {.name = "future-many-as-fit", .run = as_many_as_fit},
        {.name = "future-many-ahead", .run = ahead},
        {.name = NULL},
};
