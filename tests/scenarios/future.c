/* SPDX-License-Identifier: MIT */
/* Future tasks beside threads: how often they are polled, and that a poll without end keeps nobody from
 * going on. */
#include "future.h"

static enum rota_poll promise_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct promise *promise = (struct promise *)(void *)future;

        check(add(promise->inside, 1) == 0);
        check(rota_handle_equal(context->waker, rota_self()));
        add(promise->polls, 1);
        put(promise->cpu, rota_cpu_index());
        enum rota_poll answer = promise->step(promise, context);
        add(promise->inside, (uint32_t)-1);
        return answer;
}

static void promise_drop(struct rota_future *future)
{
        struct promise *promise = (struct promise *)(void *)future;

        check(get(promise->inside) == 0);
        add(promise->drops, 1);
}

static void promise_exit(struct rota_task *task, intptr_t code)
{
        struct rota_future_task *of = (struct rota_future_task *)(void *)task;

        (void)code;
        add(((struct promise *)(void *)of->future)->exits, 1);
}

struct promise *promise_make(enum rota_poll (*step)(struct promise *, struct rota_poll_context *),
        const struct rota_task_options *options)
{
        struct promise *promise = memory(sizeof(*promise));
        struct rota_task_options own = options ? *options : (struct rota_task_options){0};

        if (!options)
                own.params = run.setup->worker;
        own.name = own.name ? own.name : "future";
        own.on_exit = promise_exit;
        promise->step = step;
        rota_future_init(&promise->future, promise_poll, promise_drop);
        check(rota_future_create(&promise->task, &promise->future, &own, &promise->handle) ==
                ROTA_OK);
        return promise;
}

struct promise *promise_start_on(
        enum rota_poll (*step)(struct promise *, struct rota_poll_context *), uint32_t cpu)
{
        struct rota_task_options options = {.params = run.setup->worker, .affinity = only_cpu(cpu)};
        struct promise *promise = promise_make(step, &options);

        check(rota_start(promise->handle) == ROTA_OK);
        return promise;
}

intptr_t promise_end(struct promise *promise)
{
        intptr_t code = 0;

        check(rota_join(promise->handle, rota_timeout_forever(), &code) == ROTA_OK);
        check(get(promise->exits) == 1 && get(promise->inside) == 0);
        check(get(promise->drops) == (code == ROTA_ECANCELED));
        return code;
}

uint64_t polls_lent(void)
{
        struct rota_spare_stats stats = {0};
        check(rota_get_spare_stats(run.rota, &stats) == ROTA_OK);
        return stats.lent;
}

enum rota_poll loops(struct promise *promise, struct rota_poll_context *context)
{
        (void)context;
        while (!get(promise->flag)) {
                add(promise->count, 1);
                put(promise->cpu, rota_cpu_index());
        }
        promise->future.value = 7;
        return ROTA_POLL_READY;
}

enum rota_poll waits(struct promise *promise, struct rota_poll_context *context)
{
        (void)context;
        promise->future.value = 5;
        return get(promise->flag) ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static intptr_t busy(struct worker *self)
{
        while (!get(self->flag))
                add(self->count, 1);
        return 0;
}

/* C2: 100 futures and 4 threads that never block. Each future is polled once for each wake, and the first
 * time; none starves, and no thread does. */
static void c2(void)
{
        enum { FUTURES = 100, THREADS = 4 };
        struct promise *futures[FUTURES];
        struct worker *threads[THREADS];
        uint32_t rounds = run.all ? 100 : run.few ? 3 : 10;

        for (uint32_t i = 0; i < THREADS; i++)
                threads[i] = worker_start(busy, NULL);
        for (uint32_t i = 0; i < FUTURES; i++) {
                futures[i] = promise_make(waits, NULL);
                check(rota_start(futures[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 0; round < rounds; round++) {
                uint32_t counts[THREADS];
                for (uint32_t i = 0; i < THREADS; i++)
                        counts[i] = get(threads[i]->count);
                for (uint32_t i = 0; i < FUTURES; i++)
                        until(parked(futures[i]->handle));
                for (uint32_t i = 0; i < FUTURES; i++) {
                        check(get(futures[i]->polls) == futures[i]->wakes + 1);
                        futures[i]->wakes++;
                        check(rota_wake(futures[i]->handle) == ROTA_OK);
                }
                for (uint32_t i = 0; i < THREADS; i++)
                        until(get(threads[i]->count) != counts[i]);
        }
        for (uint32_t i = 0; i < FUTURES; i++) {
                until(parked(futures[i]->handle));
                put(futures[i]->flag, 1);
                check(rota_wake(futures[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < FUTURES; i++) {
                check(promise_end(futures[i]) == 5);
                check(futures[i]->polls == rounds + 2);
        }
        for (uint32_t i = 0; i < THREADS; i++) {
                put(threads[i]->flag, 1);
                worker_end(threads[i]);
        }
}

/* A poll without end beside 100 other futures on its CPU, until it is told: all go on. */
static void endless(void)
{
        enum { FUTURES = 100 };
        struct promise *futures[FUTURES];
        uint32_t cpu = run.cpus - 1;
        struct promise *loop = promise_start_on(loops, cpu);

        until(get(loop->count));
        for (uint32_t i = 0; i < FUTURES; i++)
                futures[i] = promise_start_on(waits, cpu);
        for (uint32_t round = 0; round < 3; round++) {
                uint32_t was = get(loop->count);
                for (uint32_t i = 0; i < FUTURES; i++) {
                        until(parked(futures[i]->handle));
                        check(get(futures[i]->polls) == round + 1);
                        check(rota_wake(futures[i]->handle) == ROTA_OK);
                }
                until(get(loop->count) != was);
        }
        for (uint32_t i = 0; i < FUTURES; i++) {
                put(futures[i]->flag, 1);
                rota_wake(futures[i]->handle);
                check(promise_end(futures[i]) == 5);
        }
        check(polls_lent() > 0 && get(loop->polls) == 1);
        put(loop->flag, 1);
        check(promise_end(loop) == 7);
}

/* Several of them: each has its share, and each ends on its own. */
static void share(void)
{
        struct promise *loop[6];

        for (uint32_t i = 0; i < 6; i++)
                loop[i] = promise_start_on(loops, run.cpus - 1);
        for (uint32_t round = 0; round < 3; round++) {
                for (uint32_t i = 0; i < 6; i++) {
                        uint32_t was = get(loop[i]->count);
                        until(get(loop[i]->count) != was);
                }
        }
        for (uint32_t i = 0; i < 6; i++) {
                put(loop[(i * 5) % 6]->flag, 1);
                check(promise_end(loop[(i * 5) % 6]) == 7);
                check(loop[(i * 5) % 6]->polls == 1);
        }
}

/* A future that waits, for what is made with these options from then on to be less urgent. */
static struct promise *urgent_make(struct rota_task_options *options)
{
        options->params = params_level(20);
        struct promise *high = promise_make(waits, options);
        check(rota_start(high->handle) == ROTA_OK);
        until(parked(high->handle));
        options->params = params_level(30);
        return high;
}

static void urgent_end(struct promise *high)
{
        put(high->flag, 1);
        rota_wake(high->handle);
        check(promise_end(high) == 5);
}

/* What runs is less urgent than who is woken: it is preempted in its poll, whoever wakes. */
static void urgent(void)
{
        struct rota_task_options options = {.affinity = only_cpu(run.cpus - 1)};
        struct promise *high = urgent_make(&options);
        struct promise *loop = promise_make(loops, &options);
        check(rota_start(loop->handle) == ROTA_OK);
        until(get(loop->count));
        for (uint32_t i = 1; i <= 5; i++) {
                check(rota_wake(high->handle) == ROTA_OK);
                until(get(high->polls) == i + 1 && parked(high->handle));
        }
        check(polls_lent() > 0);
        urgent_end(high);
        put(loop->flag, 1);
        check(promise_end(loop) == 7);
}

static enum rota_poll wakes_other(struct promise *promise, struct rota_poll_context *context)
{
        struct promise *other = (struct promise *)promise->task.task.user;

        (void)context;
        for (uint32_t i = 0; i < 5; i++) {
                uint32_t was = get(other->polls);
                check(rota_wake(other->handle) == ROTA_OK);
                check(get(other->polls) == was + 1); /* at once */
        }
        return ROTA_POLL_READY;
}

/* A poll wakes a more urgent future of its own CPU, which is polled at once. */
static void urgent_at_once(void)
{
        struct rota_task_options options = {.affinity = only_cpu(run.cpus - 1)};
        struct promise *high = urgent_make(&options);
        struct promise *low = promise_make(wakes_other, &options);
        low->task.task.user = high;
        check(rota_start(low->handle) == ROTA_OK);
        check(promise_end(low) == 0);
        check(get(high->polls) == 6 && polls_lent() >= 1);
        urgent_end(high);
}

/* Wakes itself for ever, or yields. */
static enum rota_poll restless(struct promise *promise, struct rota_poll_context *context)
{
        if (get(promise->flag))
                return ROTA_POLL_READY;
        add(promise->count, 1);
        if (promise->number)
                return ROTA_POLL_YIELDED;
        rota_wake(context->waker);
        return ROTA_POLL_PENDING;
}

/* Futures that are never at rest keep nobody of their class from going on, not even where nothing has slices. */
static void restless_ones(void)
{
        struct promise *futures[4];
        struct promise *other = promise_start_on(waits, run.cpus - 1);

        for (uint32_t i = 0; i < 4; i++) {
                struct rota_task_options options = {
                        .params = run.setup->worker, .affinity = only_cpu(run.cpus - 1)};
                futures[i] = promise_make(restless, &options);
                futures[i]->number = i % 2;
                check(rota_start(futures[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 1; round <= 5; round++) {
                until(parked(other->handle));
                check(get(other->polls) == round);
                rota_wake(other->handle);
                for (uint32_t i = 0; i < 4; i++) {
                        uint32_t was = get(futures[i]->count);
                        until(get(futures[i]->count) > was + 5);
                }
        }
        for (uint32_t i = 0; i < 4; i++) {
                put(futures[i]->flag, 1);
                promise_end(futures[i]);
        }
        put(other->flag, 1);
        rota_wake(other->handle);
        check(promise_end(other) == 5);
}

/* Where time is counted in instructions: beside a poll without end, 100 futures of its class on its CPU
 * that are woken at once are all polled within two slices, nearly always. */
static void counted(void)
{
        enum { FUTURES = 100, ROUNDS = 20 };
        struct promise *futures[FUTURES];
        struct rota_task_stats *stats = memory(FUTURES * sizeof(*stats));
        uint64_t slice = run.scenario->slice_ns;

        if (run.setup->policies[0] == &lottery) {
                run.skip = "nobody knows whose turn it is";
                return;
        }
        struct promise *loop = promise_start_on(loops, run.cpus - 1);
        for (uint32_t i = 0; i < FUTURES; i++) {
                struct rota_task_options options = {.params = run.setup->worker,
                        .affinity = only_cpu(run.cpus - 1),
                        .stats = &stats[i]};
                futures[i] = promise_make(waits, &options);
                check(rota_start(futures[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 0; round < ROUNDS; round++) {
                uint32_t was = get(loop->count);
                for (uint32_t i = 0; i < FUTURES; i++) {
                        until(parked(futures[i]->handle));
                        check(get(futures[i]->polls) == round + 1);
                }
                for (uint32_t i = 0; i < FUTURES; i++)
                        rota_wake(futures[i]->handle);
                until(get(loop->count) != was);
        }
        for (uint32_t i = 0; i < FUTURES; i++) {
                struct rota_task_stats now;
                until(parked(futures[i]->handle));
                check(rota_get_stats(futures[i]->handle, &now) == ROTA_OK && now.wakes >= ROUNDS);
                check(rota_stats_latency(&now, 990) <= 2 * slice);
                put(futures[i]->flag, 1);
                rota_wake(futures[i]->handle);
                check(promise_end(futures[i]) == 5);
        }
        put(loop->flag, 1);
        check(promise_end(loop) == 7);
        check(polls_lent() > 0);
}

const struct scenario scenarios_future[] = {
        {.name = "future-c2", .run = c2, .flags = SLICES},
        {.name = "future-endless", .run = endless, .flags = SLICES},
        {.name = "future-share", .run = share, .flags = SLICES},
        {.name = "future-urgent", .run = urgent, .flags = PRIORITIES},
        {.name = "future-urgent-at-once", .run = urgent_at_once, .flags = PRIORITIES},
        {.name = "future-restless", .run = restless_ones},
        {.name = "polls-latency-counted",
                .run = counted,
                .flags = SLICES | EXACT | ASKED,
                .slice_ns = ROTA_MS},
        {.name = NULL},
};
