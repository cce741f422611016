/* SPDX-License-Identifier: MIT */
/* Leaf futures in every state: see drill.h. */
#include "drill.h"

void drill_hold(struct drill *d, struct worker *self)
{
        put(self->flag, 1);
        while (!get(d->told))
                rota_park();
}

static intptr_t be_holder(struct worker *self)
{
        struct drill *d = self->argument;
        return d->kind->hold(d);
}

void drill_take(struct drill *d)
{
        put(d->told, 0);
        d->holder = worker_start(be_holder, d);
        until(get(d->holder->flag) && parked(d->holder->handle));
}

void drill_begin(struct drill *d)
{
        d->kind->prepare(d);
        put(d->told, 0);
        d->holder = NULL;
        if (d->kind->hold) {
                d->holder = worker_start(be_holder, d);
                until(get(d->holder->flag) && parked(d->holder->handle));
        }
}

void drill_serve(struct drill *d)
{
        if (d->kind->serve)
                d->kind->serve(d);
        put(d->told, 1);
        if (d->holder) {
                check(rota_wake(d->holder->handle) == ROTA_OK);
                /* Dead it is before those who wait for its end, or for what it has left, are served. */
                const struct rota_handle handle = d->holder->handle;
                struct rota_wait wait;
                until(rota_join_any(&handle, &wait, 1, rota_timeout_none()) != ROTA_EAGAIN);
        }
}

void drill_end(struct drill *d)
{
        if (d->holder && rota_state(d->holder->handle) != ROTA_TASK_FREE)
                worker_end(d->holder);
}

enum rota_poll drill_poll(struct rota_future *future, uint32_t budget)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = budget};
        return rota_future_poll(future, &context);
}

/* As drill_serve(), where the leaf waits: until it is told, which it may be after the holder is dead. */
static void serve_waiting(struct drill *d)
{
        drill_serve(d);
        if (d->holder)
                until(rota_wait_result(&d->leaf.await.wait) != ROTA_EAGAIN);
}

void drill(const struct drill_kind *kind)
{
        struct drill *d = memory(sizeof(*d));
        struct rota_timeout forever = rota_timeout_forever();
        struct rota_future *f;

        d->kind = kind;
        /* Without waiting. */
        drill_begin(d);
        f = kind->make(d, rota_timeout_none());
        check(drill_poll(f, 1) == ROTA_POLL_READY && f->value == ROTA_EAGAIN);
        /* Dropped before it was polled, or where there was no budget: nothing has happened. */
        f = kind->make(d, forever);
        rota_future_drop(f);
        f = kind->make(d, forever);
        check(drill_poll(f, 0) == ROTA_POLL_YIELDED);
        rota_future_drop(f);
        check(f->value == ROTA_ECANCELED);
        /* Dropped while it waits: what comes then is not its. */
        f = kind->make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING && drill_poll(f, 0) == ROTA_POLL_PENDING);
        rota_future_drop(f);
        check(f->value == ROTA_ECANCELED);
        drill_serve(d);
        check(kind->there(d));
        drill_end(d);
        /* Served, and dropped. */
        drill_begin(d);
        f = kind->make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        serve_waiting(d);
        rota_future_drop(f);
        check(f->value == kind->dropped);
        check(kind->there(d));
        drill_end(d);
        /* Its time is over, and it is polled, or dropped. */
        drill_begin(d);
        for (uint32_t i = 0; i < 2; i++) {
                uint64_t at = rota_now() + 100 * ROTA_US;
                f = kind->make(d, rota_timeout_at(at));
                enum rota_poll first = drill_poll(f, 1);
                until(rota_now() > at);
                if (i == 1 && first == ROTA_POLL_PENDING) {
                        rota_future_drop(f);
                        check(f->value == ROTA_ECANCELED);
                        continue;
                }
                until(first == ROTA_POLL_READY || (first = drill_poll(f, 1)) == ROTA_POLL_READY);
                check(f->value == ROTA_ETIMEDOUT);
        }
        drill_serve(d);
        check(kind->there(d));
        drill_end(d);
        /* Served, and polled. */
        drill_begin(d);
        f = kind->make(d, rota_timeout_after(100 * ROTA_S));
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        serve_waiting(d);
        check(drill_poll(f, 0) == ROTA_POLL_READY && f->value == kind->ready);
        if (kind->release)
                kind->release(d);
        drill_end(d);
        /* There already. */
        drill_begin(d);
        drill_serve(d);
        f = kind->make(d, forever);
        enum rota_poll first = drill_poll(f, 1);
        if (first == ROTA_POLL_READY) {
                check(f->value == kind->ready || f->value == ROTA_BARRIER_LAST);
                if (kind->release)
                        kind->release(d);
        } else {
                check(kind->always);
                rota_future_drop(f);
        }
        drill_end(d);
}
