/* SPDX-License-Identifier: MIT */
/* The condition variable: what each call answers, cancels, and the mutex meanwhile. */
#include "monitor.h"

/* ---- Answers. ---- */

static intptr_t wait_once(struct worker *self)
{
        struct monitor *m = self->argument;

        enter(m);
        add(m->ready, 1);
        int result = wait_inside(m, &m->changed, rota_timeout_forever());
        check(rota_cancelled() == (self->number == 1));
        leave(m);
        return result;
}

static void answers(void)
{
        struct monitor *m = monitor_make(ROTA_MUTEX_RECURSIVE);
        struct rota_condition *c = &m->changed;
        struct rota_condition_wait wait;

        check(!rota_condition_signal(c) && rota_condition_broadcast(c) == 0);
        check(rota_condition_wait(c, &m->mutex) == ROTA_EPERM);
        check(rota_condition_wait_until(c, &m->mutex, rota_timeout_none()) == ROTA_EPERM);
        check(rota_condition_wait(NULL, &m->mutex) == ROTA_EINVAL);
        check(rota_condition_wait(c, NULL) == ROTA_EINVAL);
        enter(m);
        check(wait_inside(m, c, rota_timeout_none()) == ROTA_EAGAIN);
        check(wait_inside(m, c, rota_timeout_at(1)) == ROTA_ETIMEDOUT);
        check(wait_inside(m, c, rota_timeout_after(100 * ROTA_US)) == ROTA_ETIMEDOUT);
        leave(m);

        /* Locked three times: given up altogether, and had three times again. */
        struct worker *w = worker_make(wait_once, m);
        check(rota_mutex_lock(&m->mutex) == ROTA_OK && rota_mutex_lock(&m->mutex) == ROTA_OK);
        enter(m);
        check(rota_start(w->handle) == ROTA_OK);
        check(wait_inside(m, c, rota_timeout_after(100 * ROTA_US)) != ROTA_EAGAIN);
        leave(m);
        check(rota_mutex_unlock(&m->mutex) == ROTA_OK && rota_mutex_unlock(&m->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&m->mutex) == ROTA_EPERM);
        until(get(m->ready) == 1 && parked(w->handle));
        check(rota_condition_signal(c));
        check(worker_end(w) == ROTA_OK);

        /* Begin, and no park: taken out again, or signalled before. */
        enter(m);
        check(rota_condition_begin(c, &m->mutex, &wait) == ROTA_EAGAIN);
        check(rota_condition_relock(&wait) == ROTA_OK);
        check(rota_condition_finish(&wait) == ROTA_EAGAIN);
        check(rota_condition_begin(c, &m->mutex, &wait) == ROTA_EAGAIN);
        check(rota_condition_signal(c));
        check(rota_condition_relock(&wait) == ROTA_OK);
        check(rota_condition_finish(&wait) == ROTA_OK);
        leave(m);
        check(!rota_condition_signal(c));
}

/* Cancelled before it is signalled: the next one has the signal. After: it has it, cancelled or not; and
 * either way it answers with the mutex. */
static void cancelled(void)
{
        struct monitor *m = monitor_make(0);
        struct worker *w[3];

        for (uint32_t i = 0; i < 3; i++) {
                w[i] = worker_make(wait_once, m);
                w[i]->number = i < 2;
                check(rota_start(w[i]->handle) == ROTA_OK);
                until(get(m->ready) == i + 1 && parked(w[i]->handle));
        }
        enter(m);
        check(rota_cancel(w[0]->handle) == ROTA_OK);
        until(parked(w[0]->handle)); /* for the mutex */
        check(rota_condition_signal(&m->changed));
        check(rota_cancel(w[1]->handle) == ROTA_OK);
        until(parked(w[0]->handle) && parked(w[1]->handle)); /* for the mutex, both */
        leave(m);
        check(worker_end(w[0]) == ROTA_ECANCELED);
        check(worker_end(w[1]) == ROTA_OK);
        check(parked(w[2]->handle));
        check(rota_condition_signal(&m->changed));
        check(worker_end(w[2]) == ROTA_OK);
}

/* ---- The mutex meanwhile: who has it inherits, or ends, or waits for the waiter. ---- */

static intptr_t stay_inside(struct worker *self)
{
        struct monitor *m = self->argument;

        check(rota_mutex_lock(&m->mutex) == ROTA_OK);
        put(self->flag, 1);
        while (!get(m->stop)) {
                add(self->count, 1);
                rota_yield();
        }
        if (self->number) /* for ever */
                return 0;
        check(rota_mutex_unlock(&m->mutex) == ROTA_OK);
        return 0;
}

static intptr_t wait_urgent(struct worker *self)
{
        struct monitor *m = self->argument;

        check(rota_mutex_lock(&m->mutex) == ROTA_OK);
        int result = rota_condition_wait(&m->changed, &m->mutex);
        put(m->open, 1);
        check(rota_mutex_unlock(&m->mutex) == ROTA_OK);
        return result;
}

static void advances(const uint32_t *count)
{
        uint32_t before = get(*count);
        until(get(*count) != before);
}

/* Who is signalled lends its urgency to who has the mutex. */
static void inherits(void)
{
        struct monitor *m = monitor_make(0);
        uint32_t cpu = run.cpus - 1;
        struct worker *high = worker_make_at(wait_urgent, m, params_level(10), cpu, "high");
        struct worker *low = worker_make_at(stay_inside, m, params_level(30), cpu, "low");

        check(rota_start(high->handle) == ROTA_OK);
        until(parked(high->handle));
        check(rota_start(low->handle) == ROTA_OK);
        until(get(low->flag));
        struct worker *other = rival_start(&m->open, cpu);
        advances(&other->count);
        check(rota_condition_signal(&m->changed));
        advances(&low->count);
        put(m->stop, 1);
        check(worker_end(high) == ROTA_OK);
        worker_end(other);
        worker_end(low);
}

static void owner_ends(void)
{
        struct monitor *m = monitor_make(0);
        struct worker *w = worker_start(wait_urgent, m);

        until(parked(w->handle));
        struct worker *owner = worker_make(stay_inside, m);
        owner->number = 1;
        check(rota_start(owner->handle) == ROTA_OK);
        until(get(owner->flag));
        check(rota_condition_signal(&m->changed));
        put(m->stop, 1);
        check(worker_end(w) == ROTA_EOWNERDEAD);
        worker_end(owner);
}

/* Waits for a condition with a second mutex in its hands, which who has the first one wants. */
struct nested {
        struct rota_mutex outer;
        struct monitor *m;
};

static intptr_t wait_nested(struct worker *self)
{
        struct nested *n = self->argument;

        check(rota_mutex_lock(&n->outer) == ROTA_OK);
        check(rota_mutex_lock(&n->m->mutex) == ROTA_OK);
        int result = rota_condition_wait(&n->m->changed, &n->m->mutex);
        check(rota_mutex_unlock(&n->m->mutex) == ROTA_EPERM);
        check(rota_mutex_unlock(&n->outer) == ROTA_OK);
        return result;
}

static intptr_t want_outer(struct worker *self)
{
        struct nested *n = self->argument;

        check(rota_mutex_lock(&n->m->mutex) == ROTA_OK);
        check(rota_mutex_lock(&n->outer) == ROTA_OK);
        check(rota_mutex_unlock(&n->outer) == ROTA_OK);
        check(rota_mutex_unlock(&n->m->mutex) == ROTA_OK);
        return 0;
}

static void circle(void)
{
        struct nested *n = memory(sizeof(*n));

        n->m = monitor_make(0);
        for (uint32_t i = 0; i < 2; i++) {
                struct worker *w = worker_start(wait_nested, n);
                until(parked(w->handle));
                struct worker *other = worker_start(want_outer, n);
                until(parked(other->handle));
                if (i == 0)
                        check(rota_condition_signal(&n->m->changed));
                else
                        check(rota_cancel(w->handle) == ROTA_OK);
                check(worker_end(w) == ROTA_EDEADLK);
                check(worker_end(other) == 0);
        }
}

const struct scenario scenarios_sync_answers[] = {
        {.name = "condition-answers", .run = answers},
        {.name = "condition-cancelled", .run = cancelled},
        {.name = "condition-inherits", .run = inherits, .flags = PRIORITIES},
        {.name = "condition-owner-ends", .run = owner_ends},
        {.name = "condition-circle", .run = circle, .flags = MISUSES},
        {.name = NULL},
};
