/* SPDX-License-Identifier: MIT */
/* The mutex: exclusion, who waits is parked (B10), what each call answers, time-outs and cancels that race
 * with unlocks, owners that end. */
#include "harness.h"

/* What a mutex protects, and who counts on that. */
struct section {
        struct rota_mutex mutex;
        uint32_t rounds;
        uint32_t inside; /* (atomic) */
        uint64_t count;  /* protected: no atomic */
};

static struct section *section_make(uint32_t flags)
{
        struct section *s = memory(sizeof(*s));
        rota_mutex_init(&s->mutex, flags, "section");
        return s;
}

/* In the mutex: nobody else is. */
static void visit(struct section *s, bool stays)
{
        check(add(s->inside, 1) == 0);
        s->count++;
        if (stays)
                rota_yield();
        check(add(s->inside, (uint32_t)-1) == 1);
}

static intptr_t visit_often(struct worker *self)
{
        struct section *s = self->argument;

        for (uint32_t i = 0; i < s->rounds; i++) {
                check(rota_mutex_lock(&s->mutex) == ROTA_OK);
                visit(s, i % 8 == 0);
                check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        }
        return 0;
}

/* B10: 64 threads x 100 rounds. While the first of them all has it, the others are parked, and their
 * accounts say that they use no time. */
static void sixty_four(void)
{
        struct section *s = section_make(0);
        struct worker *w[64];
        struct rota_task_stats before[64];
        struct rota_task_stats after;
        bool accounts = !run.lean;

        s->rounds = run.all || run.setup == &setups[0] ? 100 : 20;
        check(rota_mutex_lock(&s->mutex) == ROTA_OK);
        for (uint32_t i = 0; i < 64; i++)
                w[i] = worker_start(visit_often, s);
        for (uint32_t i = 0; i < 64; i++)
                until(parked(w[i]->handle));
        for (uint32_t i = 0; accounts && i < 64; i++)
                check(rota_get_stats(w[i]->handle, &before[i]) == ROTA_OK);
        rota_sleep_for(ROTA_MS);
        for (uint32_t i = 0; accounts && i < 64; i++) {
                check(rota_get_stats(w[i]->handle, &after) == ROTA_OK);
                check(after.run_ns == before[i].run_ns && after.wait_ns == before[i].wait_ns);
                check(after.voluntary == before[i].voluntary);
                check(after.sleep_ns >= before[i].sleep_ns + ROTA_MS);
        }
        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        for (uint32_t i = 0; i < 64; i++)
                worker_end(w[i]);
        check(s->count == (uint64_t)64 * s->rounds);
        check(!rota_handle_valid(rota_mutex_owner(&s->mutex)));
}

/* Some give up early: after no time, after a little, after what seems for ever. */
static intptr_t visit_in_time(struct worker *self)
{
        struct section *s = self->argument;

        for (uint32_t i = 0; i < s->rounds; i++) {
                uint64_t ns = (self->number * 7 + i * 13) % 40 * ROTA_US;
                int result = i % 5 == 0 ? rota_mutex_try_lock(&s->mutex)
                                        : rota_mutex_lock_until(&s->mutex, rota_timeout_after(ns));
                if (result == ROTA_OK) {
                        self->count++;
                        visit(s, i % 4 == 0);
                        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
                } else {
                        check(result == (i % 5 ? ROTA_ETIMEDOUT : ROTA_EAGAIN));
                        rota_yield();
                }
        }
        return 0;
}

static void against_time(void)
{
        struct section *s = section_make(0);
        struct worker *w[6];
        uint64_t visits = 0;

        s->rounds = run.all ? 5000 : run.few ? 40 : 200;
        for (uint32_t i = 0; i < 6; i++) {
                w[i] = worker_make(visit_in_time, s);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 6; i++) {
                worker_end(w[i]);
                visits += w[i]->count;
        }
        check(s->count == visits && visits > 0);
        check(rota_mutex_try_lock(&s->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
}

/* Locks, and answers what came of it; has it unlocked again. */
static intptr_t lock_once(struct worker *self)
{
        struct section *s = self->argument;
        int result = rota_mutex_lock(&s->mutex);

        if (result == ROTA_OK || result == ROTA_EOWNERDEAD) {
                visit(s, false);
                check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        }
        return result;
}

static void cancelled(void)
{
        struct section *s = section_make(0);
        struct worker *w[3];

        check(rota_mutex_lock(&s->mutex) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++) {
                w[i] = worker_start(lock_once, s);
                until(parked(w[i]->handle));
        }
        check(rota_cancel(w[1]->handle) == ROTA_OK);
        check(worker_end(w[1]) == ROTA_ECANCELED);
        check(parked(w[0]->handle) && parked(w[2]->handle));
        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        check(worker_end(w[0]) == ROTA_OK && worker_end(w[2]) == ROTA_OK);
        check(s->count == 2);

        /* A cancel and an unlock at once: it has it, or it has not. */
        for (uint32_t i = 0; i < (run.few ? 5 : 30); i++) {
                uint64_t before = s->count;
                check(rota_mutex_lock(&s->mutex) == ROTA_OK);
                for (uint32_t k = 0; k < 2; k++) {
                        w[k] = worker_start(lock_once, s);
                        until(parked(w[k]->handle));
                }
                rota_guard_begin();
                if (i % 2) {
                        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
                        rota_cancel(w[0]->handle);
                } else {
                        rota_cancel(w[0]->handle);
                        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
                }
                rota_guard_end();
                intptr_t its = worker_end(w[0]);
                check(its == ROTA_OK || its == ROTA_ECANCELED);
                check(i % 2 == 0 || its == ROTA_OK);
                check(worker_end(w[1]) == ROTA_OK);
                check(s->count == before + 1 + (its == ROTA_OK));
        }
}

/* Takes both, waits to be told where to, and ends with them. */
struct pair {
        struct section *a;
        struct section *b;
};

static intptr_t end_with_both(struct worker *self)
{
        struct pair *pair = self->argument;

        check(rota_mutex_lock(&pair->a->mutex) == ROTA_OK);
        check(rota_mutex_lock(&pair->b->mutex) == ROTA_OK);
        put(self->flag, 1);
        while (!get(self->count))
                rota_park();
        return 5;
}

static void owner_ends(void)
{
        struct pair *pair = memory(sizeof(*pair));
        struct worker *waiter[2];

        pair->a = section_make(0);
        pair->b = section_make(0);
        struct worker *w = worker_start(end_with_both, pair);
        until(get(w->flag) && parked(w->handle));
        check(rota_handle_equal(rota_mutex_owner(&pair->a->mutex), w->handle));
        for (uint32_t i = 0; i < 2; i++) {
                waiter[i] = worker_start(lock_once, pair->a);
                until(parked(waiter[i]->handle));
        }
        put(w->count, 1);
        check(rota_wake(w->handle) == ROTA_OK);
        check(worker_end(w) == 5);
        /* Contended: who is given it is told, and only it. */
        check(worker_end(waiter[0]) + worker_end(waiter[1]) == ROTA_EOWNERDEAD);
        check(rota_mutex_lock(&pair->a->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&pair->a->mutex) == ROTA_OK);

        /* Uncontended: whoever comes next, though the slot has another task by then. */
        struct worker *another = worker_make(lock_once, pair->b);
        check(rota_mutex_try_lock(&pair->b->mutex) == ROTA_EOWNERDEAD);
        check(rota_mutex_unlock(&pair->b->mutex) == ROTA_OK);
        check(rota_start(another->handle) == ROTA_OK);
        check(worker_end(another) == ROTA_OK);
}

static intptr_t unlock_foreign(struct worker *self)
{
        struct section *s = self->argument;

        check(rota_mutex_unlock(&s->mutex) == ROTA_EPERM);
        check(rota_mutex_try_lock(&s->mutex) == ROTA_EAGAIN);
        check(rota_mutex_lock_until(&s->mutex, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_mutex_lock_until(&s->mutex, rota_timeout_at(1)) == ROTA_ETIMEDOUT);
        rota_guard_begin();
        check(rota_mutex_try_lock(&s->mutex) == ROTA_EAGAIN);
        rota_guard_end();
        return 0;
}

/* What the owner may do, what others may not, and where nobody may. */
static void answers(void)
{
        struct section *s = section_make(0);
        struct section *r = section_make(ROTA_MUTEX_RECURSIVE);

        check(rota_mutex_unlock(&s->mutex) == ROTA_EPERM);
        check(rota_mutex_lock(&s->mutex) == ROTA_OK);
        check(rota_mutex_lock(&s->mutex) == ROTA_EDEADLK);
        check(rota_mutex_try_lock(&s->mutex) == ROTA_EDEADLK);
        check(rota_mutex_lock_until(&s->mutex, rota_timeout_none()) == ROTA_EDEADLK);
        worker_end(worker_start(unlock_foreign, s));
        check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&s->mutex) == ROTA_EPERM);

        for (uint32_t i = 0; i <= UINT16_MAX; i++)
                check(rota_mutex_lock(&r->mutex) == ROTA_OK);
        check(rota_mutex_lock(&r->mutex) == ROTA_ENOSPC);
        for (uint32_t i = 0; i < UINT16_MAX; i++)
                check(rota_mutex_unlock(&r->mutex) == ROTA_OK);
        worker_end(worker_start(unlock_foreign, r));
        check(rota_mutex_unlock(&r->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&r->mutex) == ROTA_EPERM);

        check(rota_mutex_lock(NULL) == ROTA_EINVAL && rota_mutex_unlock(NULL) == ROTA_EINVAL);
        check(rota_mutex_try_lock(NULL) == ROTA_EINVAL);
        check(rota_mutex_lock_until(NULL, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_mutex_begin(&s->mutex, NULL) == ROTA_EINVAL);
        check(rota_mutex_finish(&s->mutex, NULL) == ROTA_EINVAL);
}

struct from_interrupt {
        struct rota_timer timer;
        struct section *s;
        int results[4];
        uint32_t done; /* (atomic) */
};

static void in_interrupt(void *argument)
{
        struct from_interrupt *from = argument;

        from->results[0] = rota_mutex_try_lock(&from->s->mutex);
        from->results[1] = rota_mutex_lock(&from->s->mutex);
        from->results[2] = rota_mutex_unlock(&from->s->mutex);
        from->results[3] = rota_mutex_lock_until(&from->s->mutex, rota_timeout_none());
        put(from->done, 1);
        rota_wake(run.first);
}

/* A mutex is a task's: an interrupt has none, free or taken by the task that it interrupts. */
static void from_interrupts(void)
{
        struct from_interrupt *from = memory(sizeof(*from));

        from->s = section_make(0);
        for (uint32_t round = 0; round < 2; round++) {
                put(from->done, 0);
                check(rota_timer_arm(&from->timer, rota_now() + 1000, in_interrupt, from) ==
                        ROTA_OK);
                until(get(from->done));
                for (uint32_t i = 0; i < 4; i++)
                        check(from->results[i] == ROTA_ECONTEXT);
                if (round == 0)
                        check(rota_mutex_lock(&from->s->mutex) == ROTA_OK);
        }
        check(rota_mutex_unlock(&from->s->mutex) == ROTA_OK);
}

const struct scenario scenarios_sync_mutex[] = {
        {.name = "b10-mutex-64-threads", .run = sixty_four},
        {.name = "mutex-against-time", .run = against_time},
        {.name = "mutex-cancelled", .run = cancelled},
        {.name = "mutex-owner-ends", .run = owner_ends},
        {.name = "mutex-answers", .run = answers},
        {.name = "mutex-from-interrupts", .run = from_interrupts, .flags = MISUSES},
        {.name = NULL},
};
