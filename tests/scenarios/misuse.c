/* SPDX-License-Identifier: MIT */
/*
 * Misuse: each call where it may not be, or with what it may not have, answers an error, and in a
 * debug build is reported with the place of the call and of what forbids it.
 */
#include "misuse.h"

/* Guards that nest. */
#define DEEPEST 32767u

#if ROTA_DEBUG
/* Somewhere in this function, or what it was inlined into: from here on, not far. */
static bool within(const void *place, uintptr_t function)
{
        return !function || ((uintptr_t)place >= function && (uintptr_t)place < function + 4096);
}

static bool same(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

void misuse_reported(
        uint32_t before, const char *function, const char *held, uintptr_t at, uintptr_t since)
{
        const struct rota_misuse *m = &run.misuse;

        if (!check(get(run.misuses) - before == 1))
                return;
        check(same(m->function, function));
        check(within(m->at, at));
        check(m->text && m->text[0]);
        check((m->held != NULL) == (held != NULL));
        check(!held || !m->held || same(m->held, held));
        check(within(m->since, since));
        check(m->cpu < run.cpus);
}
#else
void misuse_reported(
        uint32_t before, const char *function, const char *held, uintptr_t at, uintptr_t since)
{
        (void)function;
        (void)held;
        (void)at;
        (void)since;
        check(get(run.misuses) == before);
}
#endif

intptr_t misuse_ends(struct worker *self)
{
        return (intptr_t)self->number;
}

/* ---- Blocking: from a guard, a spinlock, a mask, an interrupt, a callback, a poll. ---- */

static struct rota_wait some_wait;

void misuse_block(struct rota_handle other, const char *held, uintptr_t at, uintptr_t since)
{
        uint64_t soon = rota_now() + ROTA_S;

        REPORTS(rota_yield() == ROTA_ECONTEXT, "rota_yield", held, at, since);
        REPORTS(rota_park() == ROTA_ECONTEXT, "rota_park", held, at, since);
        REPORTS(rota_park_until(rota_timeout_after(ROTA_S)) == ROTA_ECONTEXT, "rota_park_until",
                held, at, since);
        REPORTS(rota_hand_over(other) == ROTA_ECONTEXT, "rota_hand_over", held, at, since);
        REPORTS(rota_sleep_for(ROTA_S) == ROTA_ECONTEXT, "rota_sleep_for", held, at, since);
        REPORTS(rota_sleep_until(&soon, 0) == ROTA_ECONTEXT, "rota_sleep_until", held, at, since);
        rota_wait_init(&some_wait);
        REPORTS(rota_wait_park(&some_wait, rota_timeout_after(ROTA_S)) == ROTA_ECONTEXT,
                "rota_wait_park", held, at, since);
}

static void join_everyhow(struct rota_handle other, const char *held, uintptr_t at, uintptr_t since)
{
        struct rota_wait waits[1];

        REPORTS(rota_join(other, rota_timeout_after(ROTA_S), NULL) == ROTA_ECONTEXT, "rota_join",
                held, at, since);
        REPORTS(rota_join_any(&other, waits, 1, rota_timeout_after(ROTA_S)) == ROTA_ECONTEXT,
                "rota_join_any", held, at, since);
        if (rota_current()) /* does not block */
                check(rota_join(other, rota_timeout_none(), NULL) == ROTA_EAGAIN);
}

/* What does not block may be done anywhere, and is no misuse. */
static void harmless(struct rota_handle other)
{
        uint32_t before = get(run.misuses);
        struct rota_params params;
        struct rota_cpu_stats stats;

        check(rota_wake(other) == ROTA_OK);
        check(rota_state(other) == ROTA_TASK_NEW);
        check(rota_get_params(other, &params) == ROTA_OK);
        check(rota_set_params(other, &params) == ROTA_OK);
        check(rota_set_affinity(other, rota_affinity_all()) == ROTA_OK);
        check(rota_get_cpu_stats(run.rota, 0, &stats) == ROTA_OK);
        check(rota_cpu_index() < run.cpus);
        check(get(run.misuses) == before);
}

static void under_guard(void)
{
        struct worker *other = worker_make(misuse_ends, NULL);
        uintptr_t here = (uintptr_t)under_guard;

        rota_guard_begin();
        rota_guard_begin();
        misuse_block(other->handle, "a guard is held", (uintptr_t)misuse_block, here);
        REPORTS(rota_join(other->handle, rota_timeout_forever(), NULL) == ROTA_ECONTEXT,
                "rota_join", "a guard is held", here, here);
        REPORTS(!rota_resched(), "rota_resched", "a guard is held", here, here);
        REPORTS(rota_world_stop() == ROTA_ECONTEXT, "rota_world_stop", "a guard is held", 0, here);
        harmless(other->handle);
        rota_guard_end();
        rota_guard_end();
        check(rota_yield() == ROTA_OK);
        check(rota_drop(other->handle) == ROTA_OK);
}

/* One guard end too many, an interrupt's end without its beginning, a depth that would wrap. */
static void unbalanced(void)
{
        uintptr_t here = (uintptr_t)unbalanced;

        REPORTS((rota_guard_end(), true), "rota_guard_end", NULL, here, 0);
        check(rota_yield() == ROTA_OK);
        for (uint32_t i = 0; i < DEEPEST; i++)
                rota_guard_begin();
        check(rota_current()->guard == DEEPEST);
#if ROTA_DEBUG
        REPORTS((rota_guard_begin(), true), "rota_guard_begin", "a guard is held", here, here);
        check(rota_current()->guard == DEEPEST);
#endif
        for (uint32_t i = 0; i < DEEPEST; i++)
                rota_guard_end();
        check(rota_current()->guard == 0);
        check(rota_yield() == ROTA_OK);

        check(rota_world_stop() == ROTA_OK); /* for the mask */
#if ROTA_DEBUG
        REPORTS((rota_irq_exit(), true), "rota_irq_exit", NULL, here, 0);
        REPORTS((rota_timer(), true), "rota_timer", NULL, here, 0);
        REPORTS((rota_kicked(), true), "rota_kicked", NULL, here, 0);
#endif
        check(rota_world_resume() == ROTA_OK);
        check(rota_world_resume() == ROTA_ESTATE);
        check(rota_yield() == ROTA_OK);
}

static void while_masked(void)
{
        struct worker *other = worker_make(misuse_ends, NULL);
        uintptr_t here = (uintptr_t)while_masked;

        check(rota_world_stop() == ROTA_OK);
        misuse_block(other->handle, "the world is stopped", (uintptr_t)misuse_block, here);
        REPORTS(rota_world_stop() == ROTA_ECONTEXT, "rota_world_stop", "the world is stopped", 0,
                here);
        check(rota_world_resume() == ROTA_OK);
        check(rota_drop(other->handle) == ROTA_OK);
}

/* ---- In a timer's callback, an exit callback, a poll. ---- */

static struct rota_timer alarm;
#if ROTA_DEBUG
static struct rota_timer armed_again;
#endif
static struct worker *victim;
static uint32_t done; /* (atomic) */

static void ring(void *unused)
{
        const char *held = "a timer's callback runs";
        uintptr_t here = (uintptr_t)ring;

        (void)unused;
        misuse_block(victim->handle, held, (uintptr_t)misuse_block, here);
        join_everyhow(victim->handle, held, (uintptr_t)join_everyhow, here);
#if ROTA_DEBUG
        REPORTS(rota_timer_arm(&armed_again, 1, ring, NULL) == ROTA_ECONTEXT, "rota_timer_arm",
                held, here, here);
        REPORTS(!rota_timer_cancel(&alarm), "rota_timer_cancel", held, here, here);
#endif
        check(!rota_resched());
        put(done, 1);
}

static void in_timer(void)
{
        put(done, 0);
        alarm = (struct rota_timer){0};
        victim = worker_make(misuse_ends, NULL);
        check(rota_timer_arm(&alarm, rota_now() + 100 * ROTA_US, ring, NULL) == ROTA_OK);
        until(get(done));
        check(rota_drop(victim->handle) == ROTA_OK);
}

static void buried(struct rota_task *task, intptr_t code)
{
        const char *held = "an exit callback runs";
        uintptr_t here = (uintptr_t)buried;

        check(task && code == 3);
        REPORTS(rota_yield() == ROTA_ECONTEXT, "rota_yield", held, here, here);
        REPORTS(rota_park() == ROTA_ECONTEXT, "rota_park", held, here, here);
        REPORTS(rota_sleep_for(ROTA_S) == ROTA_ECONTEXT, "rota_sleep_for", held, here, here);
        REPORTS(rota_park_until(rota_timeout_after(1)) == ROTA_ECONTEXT, "rota_park_until", held,
                here, here);
        put(done, 1);
}

static void in_exit_callback(void)
{
        struct rota_task_options options = {.on_exit = buried};

        put(done, 0);
        struct worker *dying = worker_make_with(misuse_ends, NULL, &options);
        dying->number = 3;
        check(rota_start(dying->handle) == ROTA_OK);
        check(worker_end(dying) == 3);
        check(get(done) == 1);
}

struct polled {
        struct rota_task task;
        struct rota_handle handle;
        uint32_t polls;
};

static enum rota_turn poll(struct rota_task *task)
{
        struct polled *self = (struct polled *)task;
        const char *held = "it is a poll, on the home stack";
        uintptr_t here = (uintptr_t)poll;

        if (self->polls++ == 0) {
                misuse_block(victim->handle, held, (uintptr_t)misuse_block, here);
                join_everyhow(victim->handle, held, (uintptr_t)join_everyhow, here);
                rota_guard_begin(); /* and not ended: over the end of the turn */
                put(done, get(run.misuses));
                return ROTA_TURN_YIELDED;
        }
        misuse_reported(get(done), "begin_turn", "a guard is held", here, here);
        rota_guard_end();
        task->exit_code = 5;
        return ROTA_TURN_ENDED;
}

static void in_poll(void)
{
        static const struct rota_kind kind = {.name = "polled", .begin_turn = poll};
        struct polled *polled = memory(sizeof(*polled));
        struct rota_task_options options = {.name = "polled", .params = run.setup->worker};
        intptr_t code = 0;

        victim = worker_make(misuse_ends, NULL);
        check(rota_task_create(&polled->task, &kind, NULL, &options, &polled->handle) == ROTA_OK);
        check(rota_start(polled->handle) == ROTA_OK);
        check(rota_join(polled->handle, rota_timeout_forever(), &code) == ROTA_OK && code == 5);
        check(polled->polls == 2);
        check(rota_drop(victim->handle) == ROTA_OK);
}

const struct scenario scenarios_misuse[] = {
        {.name = "misuse-guard", .run = under_guard, .flags = MISUSES},
        {.name = "misuse-unbalanced", .run = unbalanced, .flags = MISUSES},
        {.name = "misuse-masked", .run = while_masked, .flags = MISUSES},
        {.name = "misuse-timer-callback", .run = in_timer, .flags = MISUSES},
        {.name = "misuse-exit-callback", .run = in_exit_callback, .flags = MISUSES},
        {.name = "misuse-poll", .run = in_poll, .flags = MISUSES},
        {.name = NULL},
};
