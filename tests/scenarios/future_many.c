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

struct watcher {
        struct rota_future future; /* first */
        struct rota_future_task task;
        uint32_t *turns;
        uint32_t *stop;
        uint32_t before; /* turns of the pair at its last poll */
        uint32_t most;   /* in a row */
        uint32_t polls;
};

static enum rota_poll watcher_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct watcher *watcher = (struct watcher *)(void *)future;
        uint32_t turns = get(*watcher->turns);
        uint32_t between = turns - watcher->before;

        (void)context;
        if (watcher->polls++ > 4 && between > watcher->most) /* the pair has begun */
                watcher->most = between;
        watcher->before = turns;
        if (watcher->polls < 40)
                return ROTA_POLL_YIELDED;
        put(*watcher->stop, 1);
        return ROTA_POLL_READY;
}

/* A pair goes ahead of who is in turn, which comes at last: after 128 turns and the one whose wake went to
 * the tail, or earlier, where a tick came or a CPU that had nothing to do took one of the pair. */
static void ahead(void)
{
        uint32_t turns = 0, stop = 0;
        struct pair *pair = memory(2 * sizeof(*pair));
        struct watcher *watcher = memory(sizeof(*watcher));
        struct rota_handle handles[3];
        struct rota_task_options options = {
                .params = run.setup->worker, .affinity = rota_affinity_cpu(0)};

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
        check(rota_spawn(&watcher->task, &watcher->future, &options, &handles[2]) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++)
                check(rota_start(handles[i]) == ROTA_OK);
        check(rota_join(handles[2], rota_timeout_forever(), NULL) == ROTA_OK);
        check(watcher->most <= 130);
        if (run.setup->policy_count == 1 && run.setup->policies[0] == &rota_policy_fifo)
                check(watcher->most >= 128); /* there are no ticks that end it */
        for (uint32_t i = 0; i < 2; i++) {
                rota_wake(handles[i]);
                check(rota_join(handles[i], rota_timeout_forever(), NULL) == ROTA_OK);
        }
}

const struct scenario scenarios_future_many[] = {
        {.name = "future-many-together", .run = together},
        {.name = "future-many-as-fit", .run = as_many_as_fit},
        {.name = "future-many-ahead", .run = ahead},
        {.name = NULL},
};
