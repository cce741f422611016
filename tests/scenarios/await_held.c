/* SPDX-License-Identifier: MIT */
/* Leaf futures in every state: of what somebody else has, or does; and of conditions. */
#include "drill.h"

/* ---- Mutex, reader-writer lock, once: somebody else has it. ---- */

static void mutex_prepare(struct drill *d)
{
        rota_mutex_init(&d->mutex, 0, NULL);
}

static intptr_t mutex_hold(struct drill *d)
{
        check(rota_mutex_lock(&d->mutex) == ROTA_OK);
        drill_hold(d, worker_self());
        check(rota_mutex_unlock(&d->mutex) == ROTA_OK);
        return 0;
}

static intptr_t mutex_keep(struct drill *d)
{
        check(rota_mutex_lock(&d->mutex) == ROTA_OK);
        drill_hold(d, worker_self());
        return 0;
}

static struct rota_future *mutex_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_mutex(&d->leaf.await, &d->mutex, timeout);
}

static void mutex_release(struct drill *d)
{
        check(rota_mutex_unlock(&d->mutex) == ROTA_OK);
}

static bool mutex_there(struct drill *d)
{
        bool is = rota_mutex_try_lock(&d->mutex) == ROTA_OK;
        mutex_release(d);
        return is;
}

static bool mutex_left(struct drill *d)
{
        bool is = rota_mutex_try_lock(&d->mutex) == ROTA_EOWNERDEAD;
        mutex_release(d);
        return is;
}

static void lock_prepare(struct drill *d)
{
        rota_rwlock_init(&d->lock, NULL);
}

static intptr_t lock_hold(struct drill *d)
{
        check(rota_rwlock_write(&d->lock) == ROTA_OK);
        drill_hold(d, worker_self());
        check(rota_rwlock_end_write(&d->lock) == ROTA_OK);
        return 0;
}

static struct rota_future *read_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_rwlock_read(&d->leaf.await, &d->lock, timeout);
}

static struct rota_future *write_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_rwlock_write(&d->leaf.await, &d->lock, timeout);
}

static void read_release(struct drill *d)
{
        check(rota_rwlock_end_read(&d->lock) == ROTA_OK);
}

static void write_release(struct drill *d)
{
        check(rota_rwlock_end_write(&d->lock) == ROTA_OK);
}

static bool lock_there(struct drill *d)
{
        bool is = rota_rwlock_try_write(&d->lock) == ROTA_OK;
        write_release(d);
        return is;
}

static void once_prepare(struct drill *d)
{
        d->once = (struct rota_once){0};
}

static intptr_t once_hold(struct drill *d)
{
        struct rota_wait wait;
        check(rota_once_begin(&d->once, &wait) == ROTA_ONCE_YOURS);
        drill_hold(d, worker_self());
        check(rota_once_end(&d->once, ROTA_EINVAL) == ROTA_OK); /* it failed */
        return 0;
}

static struct rota_future *once_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_once(&d->leaf.await, &d->once, timeout);
}

static void once_release(struct drill *d)
{
        check(rota_once_end(&d->once, ROTA_OK) == ROTA_OK && rota_once_done(&d->once));
}

static bool once_there(struct drill *d)
{
        struct rota_wait wait;
        bool is = rota_once_begin(&d->once, &wait) == ROTA_ONCE_YOURS;
        once_release(d);
        return is;
}

/* ---- Barrier. ---- */

static void barrier_prepare(struct drill *d)
{
        check(rota_barrier_init(&d->barrier, 2, NULL) == ROTA_OK);
}

static intptr_t barrier_hold(struct drill *d)
{
        drill_hold(d, worker_self());
        int result = rota_barrier_wait_until(&d->barrier, rota_timeout_none());
        check(result == ROTA_BARRIER_LAST || result == ROTA_EAGAIN);
        return 0;
}

static struct rota_future *barrier_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_barrier(&d->leaf.await, &d->barrier, timeout);
}

static bool barrier_there(struct drill *d)
{
        return rota_barrier_here(&d->barrier) == 0;
}

/* ---- The end of a task. ---- */

static void join_prepare(struct drill *d)
{
        (void)d;
}

static intptr_t join_hold(struct drill *d)
{
        drill_hold(d, worker_self());
        return 77;
}

static struct rota_future *join_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_join(&d->leaf.await, d->holder->handle, timeout);
}

static struct rota_future *inherit_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_join_inherit(&d->leaf, d->holder->handle, timeout);
}

static bool join_there(struct drill *d)
{
        intptr_t code = 0;
        return rota_join(d->holder->handle, rota_timeout_forever(), &code) == ROTA_OK && code == 77;
}

static void join_release(struct drill *d)
{
        check(d->leaf.await.result == ROTA_OK);
        check(rota_join(d->holder->handle, rota_timeout_none(), NULL) == ROTA_ESTALE);
}

static const struct drill_kind kinds[] = {
        {.prepare = mutex_prepare,
                .hold = mutex_hold,
                .make = mutex_make,
                .there = mutex_there,
                .release = mutex_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = mutex_prepare,
                .hold = mutex_keep,
                .make = mutex_make,
                .there = mutex_left,
                .release = mutex_release,
                .ready = ROTA_EOWNERDEAD,
                .dropped = ROTA_ECANCELED},
        {.prepare = lock_prepare,
                .hold = lock_hold,
                .make = read_make,
                .there = lock_there,
                .release = read_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = lock_prepare,
                .hold = lock_hold,
                .make = write_make,
                .there = lock_there,
                .release = write_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = once_prepare,
                .hold = once_hold,
                .make = once_make,
                .there = once_there,
                .release = once_release,
                .ready = ROTA_ONCE_YOURS,
                .dropped = ROTA_ECANCELED},
        {.prepare = barrier_prepare,
                .hold = barrier_hold,
                .make = barrier_make,
                .there = barrier_there,
                .always = true},
        {.prepare = join_prepare,
                .hold = join_hold,
                .make = join_make,
                .there = join_there,
                .release = join_release,
                .ready = 77,
                .dropped = ROTA_ECANCELED},
        {.prepare = join_prepare,
                .hold = join_hold,
                .make = inherit_make,
                .there = join_there,
                .release = join_release,
                .ready = 77,
                .dropped = ROTA_ECANCELED},
};

static void drops(void)
{
        for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                drill(&kinds[i]);
}

/* ---- Condition: two waits in one. ---- */

static intptr_t signalled_too(struct worker *self)
{
        struct drill *d = self->argument;

        check(rota_mutex_lock(&d->mutex) == ROTA_OK);
        put(self->flag, 1);
        check(rota_condition_wait(&d->condition, &d->mutex) == ROTA_OK);
        check(rota_mutex_unlock(&d->mutex) == ROTA_OK);
        return 5;
}

static struct rota_future *condition_make(struct drill *d, struct rota_timeout timeout)
{
        check(rota_mutex_lock(&d->mutex) == ROTA_OK);
        return rota_await_condition(&d->wait, &d->condition, &d->mutex, timeout);
}

static bool is_free(struct drill *d)
{
        return !rota_handle_valid(rota_mutex_owner(&d->mutex));
}

static void condition_drops(void)
{
        struct drill *d = memory(sizeof(*d));
        struct rota_timeout forever = rota_timeout_forever();

        mutex_prepare(d);
        rota_condition_init(&d->condition, ROTA_WAIT_FIFO, NULL);
        struct rota_future *f = rota_await_condition(&d->wait, &d->condition, &d->mutex, forever);
        check(drill_poll(f, 1) == ROTA_POLL_READY && f->value == ROTA_EPERM);
        f = condition_make(d, rota_timeout_none());
        check(drill_poll(f, 1) == ROTA_POLL_READY && f->value == ROTA_EAGAIN && !is_free(d));
        mutex_release(d);
        /* Timed out: it has the mutex. */
        f = condition_make(d, rota_timeout_after(1));
        until(drill_poll(f, 1) == ROTA_POLL_READY);
        check(f->value == ROTA_ETIMEDOUT);
        mutex_release(d);
        /* Signalled: likewise. */
        f = condition_make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING && is_free(d));
        check(rota_condition_signal(&d->condition) && !is_free(d));
        check(drill_poll(f, 1) == ROTA_POLL_READY && f->value == ROTA_OK);
        mutex_release(d);
        /* Dropped while it waits, or signalled: without it, and the signal is the next one's. */
        f = condition_make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        rota_future_drop(f);
        check(is_free(d) && !rota_condition_signal(&d->condition));
        f = condition_make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        struct worker *w = worker_start(signalled_too, d);
        until(get(w->flag) && parked(w->handle));
        check(rota_condition_signal(&d->condition));
        check(!is_free(d) && parked(w->handle));
        rota_future_drop(f);
        check(worker_end(w) == 5 && is_free(d));
        /* Signalled, while somebody else has the mutex: it waits for that, and is dropped. */
        d->kind = &kinds[0];
        f = condition_make(d, forever);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        drill_take(d);
        check(rota_condition_signal(&d->condition));
        check(drill_poll(f, 1) == ROTA_POLL_PENDING && drill_poll(f, 1) == ROTA_POLL_PENDING);
        rota_future_drop(f);
        drill_serve(d);
        check(is_free(d));
        drill_end(d);
        /* Its time is over, somebody else has the mutex: it waits for that, and is dropped. */
        uint64_t at = rota_now() + ROTA_MS;
        f = condition_make(d, rota_timeout_at(at));
        if (drill_poll(f, 1) == ROTA_POLL_READY) { /* a slow machine */
                mutex_release(d);
                return;
        }
        drill_take(d);
        until(rota_now() > at);
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        rota_future_drop(f);
        drill_serve(d);
        check(is_free(d));
        drill_end(d);
}

const struct scenario scenarios_await_held[] = {
        {.name = "await-held-drops", .run = drops},
        {.name = "await-condition-drops", .run = condition_drops},
        {.name = NULL},
};
