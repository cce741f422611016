/* SPDX-License-Identifier: MIT */
/* Polls that were preempted: what may happen to them until they return. */
#include "future.h"

/* On one CPU, in a poll, and others there go on: so it was preempted, or soon is. */
static struct promise *lent_on(uint32_t cpu)
{
        uint64_t was = polls_lent();
        struct promise *loop = promise_start_on(loops, cpu);

        until(get(loop->count));
        /* Somebody else wants a turn there, until that one was preempted. */
        struct promise *other = promise_start_on(waits, cpu);
        until(parked(other->handle));
        check(polls_lent() > was);
        put(other->flag, 1);
        rota_wake(other->handle);
        check(promise_end(other) == 5);
        return loop;
}

/* Preempted on one CPU, it goes on on the others in turn, and ends there. */
static void moves(void)
{
        struct promise *loop = lent_on(run.cpus - 1);

        for (uint32_t i = 0; i < 2 * run.cpus; i++) {
                check(rota_set_affinity(loop->handle, only_cpu(i % run.cpus)) == ROTA_OK);
                until(get(loop->cpu) == i % run.cpus);
        }
        check(get(loop->polls) == 1);
        put(loop->flag, 1);
        check(promise_end(loop) == 7);
}

/* Preempted where they began, they are pulled by CPUs that have nothing to do. */
static void stolen(void)
{
        struct promise *loop[8];
        bool seen = false;

        for (uint32_t i = 0; i < 8; i++)
                loop[i] = promise_start_on(loops, 0);
        for (uint32_t i = 0; i < 8; i++)
                until(get(loop[i]->count));
        /* All have begun on CPU 0, so all but one were preempted in their first poll. */
        for (uint32_t i = 0; i < 8; i++)
                check(rota_set_affinity(loop[i]->handle, rota_affinity_all()) == ROTA_OK);
        until(({
                for (uint32_t i = 0; i < 8; i++)
                        seen = seen || get(loop[i]->cpu) != 0;
                seen;
        }));
        for (uint32_t i = 0; i < 8; i++) {
                put(loop[i]->flag, 1);
                check(promise_end(loop[i]) == 7);
                check(loop[i]->polls == 1);
        }
}

/* Loops until it is told, or the pool was found empty; then pending. */
static enum rota_poll loops_while_spares(struct promise *promise, struct rota_poll_context *context)
{
        struct rota_spare_stats stats = {0};

        (void)context;
        add(promise->count, 1);
        while (!get(promise->flag) && !stats.missing)
                rota_get_spare_stats(run.rota, &stats);
        return get(promise->flag) ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

/* More polls are to be preempted than there are spares: one runs on, which is counted, nothing is lost. */
static void empty(void)
{
        struct rota_spare_stats stats;
        uint32_t n = run.world->spare_count + 3;
        struct promise **futures = memory(n * sizeof(futures[0]));

        check(rota_get_spare_stats(run.rota, &stats) == ROTA_OK);
        check(stats.count == run.world->spare_count && stats.free == stats.count &&
                stats.least == stats.count && !stats.lent && !stats.missing);
        for (uint32_t i = 0; i < n; i++)
                futures[i] = promise_start_on(loops_while_spares, run.cpus - 1);
        for (uint32_t i = 0; i < n; i++)
                until(get(futures[i]->count) && parked(futures[i]->handle));
        check(rota_get_spare_stats(run.rota, &stats) == ROTA_OK);
        check(stats.missing > 0 && stats.least == 0 && stats.free == stats.count);
        for (uint32_t i = 0; i < n; i++) {
                check(get(futures[i]->polls) == 1);
                put(futures[i]->flag, 1);
                check(rota_wake(futures[i]->handle) == ROTA_OK);
                check(promise_end(futures[i]) == 0);
        }
}

/* A spare more or less, and memory that is none. */
static void adds(void)
{
        const size_t size = 16384;
        char *stack = memory(size);
        struct rota_spare_stats before, after;

        check(rota_get_spare_stats(run.rota, &before) == ROTA_OK);
        check(rota_spares_add(NULL, stack, size) == ROTA_EINVAL);
        check(rota_spares_add(run.rota, NULL, size) == ROTA_EINVAL);
        check(rota_spares_add(run.rota, stack, ROTA_STACK_MIN) == ROTA_EINVAL);
        check(rota_spares_add(run.rota, stack, SIZE_MAX) == ROTA_EINVAL);
        check(rota_get_spare_stats(NULL, &after) == ROTA_EINVAL);
        check(rota_get_spare_stats(run.rota, NULL) == ROTA_EINVAL);
        check(rota_spares_add(run.rota, stack + 1, size - 1) == ROTA_OK);
        check(rota_get_spare_stats(run.rota, &after) == ROTA_OK);
        check(after.count == before.count + 1 && after.free == before.free + 1);
}

/* In its first poll it loops until it is told to go on, then is pending. */
static enum rota_poll first_is_long(struct promise *promise, struct rota_poll_context *context)
{
        (void)context;
        if (get(promise->polls) == 1) {
                while (!get(promise->flag))
                        add(promise->count, 1);
                check(rota_park() == ROTA_ECONTEXT); /* with the stack that it has now, too */
                check(rota_yield() == ROTA_ECONTEXT);
                return ROTA_POLL_PENDING;
        }
        promise->future.value = 5;
        return get(promise->flag) == 2 ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static struct promise *long_one(bool lent)
{
        uint32_t cpu = run.cpus - 1;
        struct promise *promise = promise_start_on(first_is_long, cpu);

        until(get(promise->count));
        if (lent) {
                struct promise *other = promise_start_on(waits, cpu);
                until(parked(other->handle));
                check(polls_lent() > 0);
                put(other->flag, 1);
                rota_wake(other->handle);
                check(promise_end(other) == 5);
        }
        return promise;
}

/* Wakes that come during a poll, preempted or not, are followed by one more. */
static void woken(void)
{
        for (uint32_t wakes = 0; wakes < 4; wakes++) {
                struct promise *promise = long_one(wakes % 2);
                for (uint32_t i = 0; i < wakes; i++)
                        check(rota_wake(promise->handle) == ROTA_OK);
                put(promise->flag, 1);
                until(parked(promise->handle));
                check(get(promise->polls) == (wakes ? 2u : 1u));
                put(promise->flag, 2);
                check(rota_wake(promise->handle) == ROTA_OK);
                check(promise_end(promise) == 5);
                check(promise->polls == (wakes ? 3u : 2u));
        }
}

/* Wakes that come before a poll begins are one batch. */
static void batched(void)
{
        struct promise *promise = promise_start_on(waits, run.cpus - 1);
        until(parked(promise->handle));
        uint32_t polls = get(promise->polls);
        /* As long as its CPU is another's it is not polled: a guard, or who is as urgent as we are. */
        struct promise *blocker = promise_make(loops, NULL);
        check(rota_set_affinity(promise->handle, only_cpu(0)) == ROTA_OK);
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        until(rota_cpu_index() == 0);
        rota_guard_begin();
        for (uint32_t i = 0; i < 5; i++)
                check(rota_wake(promise->handle) == ROTA_OK);
        check(get(promise->polls) == polls);
        rota_guard_end();
        until(parked(promise->handle));
        check(get(promise->polls) == polls + 1);
        check(rota_drop(blocker->handle) == ROTA_OK);
        put(promise->flag, 1);
        rota_wake(promise->handle);
        check(promise_end(promise) == 5);
}

/* Cancelled before it starts, while it waits for its turn, in its poll, preempted there, and parked: dropped once, and
 * never polled again. */
static void cancelled(void)
{
        for (uint32_t lent = 0; lent < 2; lent++) {
                struct promise *promise = long_one(lent);
                check(rota_cancel(promise->handle) == ROTA_OK);
                check(get(promise->drops) == 0);
                put(promise->flag, 1);
                check(promise_end(promise) == ROTA_ECANCELED);
                check(promise->polls == 1);
        }
        struct promise *parks = promise_start_on(waits, run.cpus - 1);
        until(parked(parks->handle));
        check(rota_cancel(parks->handle) == ROTA_OK);
        check(promise_end(parks) == ROTA_ECANCELED && parks->polls == 1);

        struct promise *fresh = promise_make(waits, NULL);
        check(rota_cancel(fresh->handle) == ROTA_OK);
        check(rota_start(fresh->handle) == ROTA_OK);
        check(promise_end(fresh) == ROTA_ECANCELED && fresh->polls == 0);

        fresh = promise_make(waits, NULL);
        check(rota_drop(fresh->handle) == ROTA_OK);
        check(fresh->polls == 0 && fresh->drops == 0 && fresh->exits == 0);
}

static enum rota_poll holds(struct promise *promise, struct rota_poll_context *context)
{
        (void)context;
        rota_cancel_hold(get(promise->flag) == 0);
        promise->future.value = 5;
        return ROTA_POLL_PENDING;
}

/* Held off, a cancel waits. */
static void held(void)
{
        struct promise *promise = promise_start_on(holds, run.cpus - 1);
        until(parked(promise->handle));
        check(rota_cancel(promise->handle) == ROTA_OK);
        check(parked(promise->handle));
        check(rota_wake(promise->handle) == ROTA_OK);
        until(get(promise->polls) == 2 && parked(promise->handle));
        put(promise->flag, 1);
        check(rota_wake(promise->handle) == ROTA_OK);
        check(promise_end(promise) == ROTA_ECANCELED && promise->polls == 3);
}

/* A CPU leaves while a poll that was preempted there waits, on what was its home: that goes on elsewhere, and
 * the CPU comes back. */
static void leaves(void)
{
        uint32_t cpu = run.cpus - 1;

        cpus_all_in();
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        for (uint32_t round = 0; round < 3; round++) {
                struct promise *loop[3];
                for (uint32_t i = 0; i < 3; i++)
                        loop[i] = promise_start_on(loops, cpu);
                for (uint32_t i = 0; i < 3; i++)
                        until(get(loop[i]->count));
                for (uint32_t i = 0; i < 3; i++)
                        check(rota_set_affinity(loop[i]->handle, rota_affinity_all()) == ROTA_OK);
                check(rota_cpu_leave(run.rota, cpu) == ROTA_OK);
                until(!rota_cpu_online(run.rota, cpu));
                for (uint32_t i = 0; i < 3; i++) {
                        uint32_t was = get(loop[i]->count);
                        until(get(loop[i]->count) != was && get(loop[i]->cpu) != cpu);
                }
                check(world_cpu_join(run.world, cpu) == ROTA_OK);
                until(rota_cpu_online(run.rota, cpu));
                for (uint32_t i = 0; i < 3; i++) {
                        put(loop[i]->flag, 1);
                        check(promise_end(loop[i]) == 7);
                }
        }
}

/* Writes over the low end of the home stack that it is on, once that went with it, or at once; goes on for a
 * while. */
static enum rota_poll overflows(struct promise *promise, struct rota_poll_context *context)
{
        const struct rota_cpu *cpu = run.rota->cpus[run.cpus - 1]; /* no other may run it */

        (void)context;
        if (promise->number) {
                put(promise->count, 1);
                while (!rota_current()->on)
                        add(promise->count, 1);
        }
        /* Guarded: preempted here, it would keep this stack, and its CPU have another one for its home. */
        rota_guard_begin();
        const struct rota_context *on = rota_current()->on;
        *(volatile uint32_t *)(uintptr_t)(on ? on : &cpu->home)->limit = 1;
        put(promise->count, 1);
        rota_guard_end();
        while (promise->number)
                add(promise->count, 1);
        return ROTA_POLL_PENDING;
}

/* Ended like a thread it could not be: what it awaits has it in its queues. */
static void die(uint32_t number)
{
        struct rota_task_options options = {
                .name = "victim", .params = run.setup->worker, .affinity = only_cpu(run.cpus - 1)};
        struct promise *promise = promise_make(overflows, &options);

        promise->number = number;
        check(rota_start(promise->handle) == ROTA_OK);
        until(get(promise->count));
        promise_start_on(loops, run.cpus - 1);
        for (;;)
                moment();
}

static void poll_dies(void)
{
        die(0);
}

static void lent_dies(void)
{
        die(1);
}

const struct scenario scenarios_future_lent[] = {
        {.name = "poll-dies", .run = poll_dies, .flags = ASKED | TRACED},
        {.name = "lent-dies", .run = lent_dies, .flags = ASKED | TRACED},
        {.name = "future-moves", .run = moves, .flags = SLICES},
        {.name = "future-stolen", .run = stolen, .flags = SLICES | SEVERAL},
        {.name = "future-empty", .run = empty, .flags = SLICES},
        {.name = "future-adds", .run = adds},
        {.name = "future-woken", .run = woken, .flags = SLICES | MISUSES},
        {.name = "future-batched", .run = batched},
        {.name = "future-cancelled", .run = cancelled, .flags = SLICES | MISUSES},
        {.name = "future-held", .run = held},
        {.name = "future-leaves", .run = leaves, .flags = SLICES | SEVERAL},
        {.name = NULL},
};
