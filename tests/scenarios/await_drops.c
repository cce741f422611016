/* SPDX-License-Identifier: MIT */
/* Leaf futures in every state: of objects that have no owner. */
#include "drill.h"

/* ---- Semaphore, completion, events. ---- */

static void semaphore_prepare(struct drill *d)
{
        check(rota_semaphore_init(&d->semaphore, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
}

static struct rota_future *semaphore_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_semaphore(&d->leaf.await, &d->semaphore, timeout);
}

static void semaphore_serve(struct drill *d)
{
        check(rota_semaphore_give(&d->semaphore) == ROTA_OK);
}

static bool semaphore_there(struct drill *d)
{
        return rota_semaphore_try_take(&d->semaphore) == ROTA_OK &&
               rota_semaphore_permits(&d->semaphore) == 0;
}

static void completion_prepare(struct drill *d)
{
        rota_completion_init(&d->completion, NULL);
}

static struct rota_future *completion_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_completion(&d->leaf.await, &d->completion, timeout);
}

static void completion_serve(struct drill *d)
{
        check(rota_completion_complete(&d->completion) == ROTA_OK);
}

static bool completion_there(struct drill *d)
{
        struct rota_timeout none = rota_timeout_none();
        return rota_completion_wait_until(&d->completion, none) == ROTA_OK &&
               rota_completion_wait_until(&d->completion, none) == ROTA_EAGAIN;
}

static void events_prepare(struct drill *d)
{
        check(rota_events_init(&d->events, 8, NULL) == ROTA_OK);
}

static struct rota_future *events_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_events(&d->leaf.await, &d->events, 3, ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR,
                &d->got, timeout);
}

static void events_serve(struct drill *d)
{
        check(rota_events_set(&d->events, 2) == ROTA_OK);
}

static bool events_there(struct drill *d)
{
        bool is = rota_events_get(&d->events) == (2 | 8);
        check(rota_events_clear(&d->events, 2) == ROTA_OK);
        return is;
}

static void events_release(struct drill *d)
{
        check(d->got == 2 && rota_events_get(&d->events) == 8);
}

/* ---- Channel, and select. ---- */

static void channel_of(struct drill *d, uint32_t capacity)
{
        check(rota_channel_init(&d->channel, d->memory, sizeof(uint32_t), capacity, ROTA_WAIT_FIFO,
                      NULL) == ROTA_OK);
        d->message = 0;
        d->sent = 7;
}

static void channel_prepare(struct drill *d)
{
        channel_of(d, 2);
}

static struct rota_future *receive_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_channel_receive(&d->leaf.await, &d->channel, &d->message, timeout);
}

/* Another message behind it: what is given back is the next all the same. */
static void receive_serve(struct drill *d)
{
        check(rota_channel_send(&d->channel, &d->sent, rota_timeout_none()) == ROTA_OK);
}

static bool receive_is(struct drill *d, uint32_t what)
{
        uint32_t is = 0;
        return rota_channel_receive(&d->channel, &is, rota_timeout_none()) == ROTA_OK && is == what;
}

static bool receive_there(struct drill *d)
{
        return receive_is(d, 7) && rota_channel_length(&d->channel) == 0;
}

static void receive_release(struct drill *d)
{
        check(d->message == 7);
}

static void send_prepare(struct drill *d)
{
        uint32_t other = 5;

        channel_of(d, 1);
        check(rota_channel_send(&d->channel, &other, rota_timeout_none()) == ROTA_OK);
}

static struct rota_future *send_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_channel_send(&d->leaf.await, &d->channel, &d->sent, timeout);
}

static void send_serve(struct drill *d)
{
        check(receive_is(d, 5));
}

/* Room, or the message. */
static bool send_there(struct drill *d)
{
        return rota_channel_length(&d->channel) == 0 || receive_is(d, 7);
}

static struct rota_future *select_make(struct drill *d, struct rota_timeout timeout)
{
        check(rota_events_init(&d->events, 0, NULL) == ROTA_OK);
        d->cases[0] = rota_select_events(&d->events, 1, ROTA_EVENTS_ANY);
        d->cases[1] = rota_select_receive(&d->channel, &d->message);
        return rota_await_select(&d->leaf.await, d->cases, 2, timeout);
}

/* Others have sent since: there is no room to give it back. */
static void no_room(void)
{
        struct drill *d = memory(sizeof(*d));
        uint32_t more = 8;

        channel_of(d, 2);
        struct rota_future *f = receive_make(d, rota_timeout_forever());
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        receive_serve(d);
        check(rota_channel_send(&d->channel, &more, rota_timeout_none()) == ROTA_OK);
        rota_future_drop(f);
        check(f->value == ROTA_ECANCELED && receive_is(d, 7) && receive_is(d, 8));

        channel_of(d, 1);
        f = receive_make(d, rota_timeout_forever());
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        receive_serve(d);
        check(rota_channel_send(&d->channel, &more, rota_timeout_none()) == ROTA_OK);
        rota_future_drop(f);
        check(f->value == ROTA_OK && d->message == 7 && receive_is(d, 8));

        channel_of(d, 0);
        f = receive_make(d, rota_timeout_forever());
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        receive_serve(d);
        rota_future_drop(f);
        check(f->value == ROTA_OK && d->message == 7);
        /* Closed since: what is given back can still be received. */
        channel_of(d, 1);
        f = receive_make(d, rota_timeout_forever());
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        receive_serve(d);
        check(rota_channel_close(&d->channel) == ROTA_OK);
        rota_future_drop(f);
        check(f->value == ROTA_ECANCELED && receive_is(d, 7));
        check(rota_channel_receive(&d->channel, &more, rota_timeout_none()) == ROTA_ECLOSED);
}

/* ---- Pool, notes, wait queue, barrier. ---- */

static void pool_prepare(struct drill *d)
{
        check(rota_pool_init(&d->pool, d->blocks, sizeof(d->blocks), 1, d->links, ROTA_WAIT_FIFO,
                      NULL) == ROTA_OK);
        check(rota_pool_take(&d->pool, &d->block, rota_timeout_none()) == ROTA_OK);
        d->block = NULL;
}

static struct rota_future *pool_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_pool(&d->leaf.await, &d->pool, &d->block, timeout);
}

static void pool_serve(struct drill *d)
{
        check(rota_pool_give(&d->pool, d->blocks) == ROTA_OK);
}

static bool pool_there(struct drill *d)
{
        void *block = NULL;
        return !d->block && rota_pool_take(&d->pool, &block, rota_timeout_none()) == ROTA_OK &&
               block == d->blocks;
}

static void pool_release(struct drill *d)
{
        check(d->block == d->blocks);
}

static void notes_prepare(struct drill *d)
{
        check(rota_notify_wait(ROTA_NOTES_ALL, rota_timeout_none(), &d->got) != ROTA_EINVAL);
}

static struct rota_future *notes_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_notify(&d->leaf.await, 6, &d->got, timeout);
}

static void notes_serve(struct drill *d)
{
        (void)d;
        check(rota_notify(rota_self(), 2) == ROTA_OK);
}

static bool notes_there(struct drill *d)
{
        return rota_notify_wait(6, rota_timeout_none(), &d->got) == ROTA_OK && d->got == 2;
}

static void notes_release(struct drill *d)
{
        check(d->got == 2);
}

static void queue_prepare(struct drill *d)
{
        rota_wait_queue_init(&d->queue, ROTA_WAIT_FIFO, NULL);
}

/* It waits too, behind: a wake that is passed on is its. */
static intptr_t wait_behind(struct worker *self)
{
        struct drill *d = self->argument;
        return rota_wait_queue_wait(&d->queue, rota_timeout_forever());
}

static struct rota_future *queue_make(struct drill *d, struct rota_timeout timeout)
{
        return rota_await_wait_queue(&d->leaf.await, &d->queue, timeout);
}

static void queue_serve(struct drill *d)
{
        rota_wait_queue_wake(&d->queue, 1, ROTA_OK);
}

static bool queue_there(struct drill *d)
{
        return rota_wait_queue_length(&d->queue) == 0;
}

static void wake_is_passed_on(void)
{
        struct drill *d = memory(sizeof(*d));

        queue_prepare(d);
        struct rota_future *f = queue_make(d, rota_timeout_forever());
        check(drill_poll(f, 1) == ROTA_POLL_PENDING);
        struct worker *w = worker_start(wait_behind, d);
        until(rota_wait_queue_length(&d->queue) == 2 && parked(w->handle));
        check(rota_wait_queue_wake(&d->queue, 1, ROTA_EBUSY) == 1);
        check(parked(w->handle));
        rota_future_drop(f);
        check(worker_end(w) == ROTA_EBUSY);
}

static const struct drill_kind kinds[] = {
        {.prepare = semaphore_prepare,
                .make = semaphore_make,
                .serve = semaphore_serve,
                .there = semaphore_there,
                .dropped = ROTA_ECANCELED},
        {.prepare = completion_prepare,
                .make = completion_make,
                .serve = completion_serve,
                .there = completion_there,
                .dropped = ROTA_ECANCELED},
        {.prepare = events_prepare,
                .make = events_make,
                .serve = events_serve,
                .there = events_there,
                .release = events_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = channel_prepare,
                .make = receive_make,
                .serve = receive_serve,
                .there = receive_there,
                .release = receive_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = send_prepare, .make = send_make, .serve = send_serve, .there = send_there},
        {.prepare = channel_prepare,
                .make = select_make,
                .serve = receive_serve,
                .there = receive_there,
                .release = receive_release,
                .ready = 1,
                .dropped = ROTA_ECANCELED},
        {.prepare = pool_prepare,
                .make = pool_make,
                .serve = pool_serve,
                .there = pool_there,
                .release = pool_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = notes_prepare,
                .make = notes_make,
                .serve = notes_serve,
                .there = notes_there,
                .release = notes_release,
                .dropped = ROTA_ECANCELED},
        {.prepare = queue_prepare,
                .make = queue_make,
                .serve = queue_serve,
                .there = queue_there,
                .dropped = ROTA_ECANCELED,
                .always = true},
};

static void drops(void)
{
        for (uint32_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                drill(&kinds[i]);
        no_room();
        wake_is_passed_on();
}

const struct scenario scenarios_await_drops[] = {
        {.name = "await-drops", .run = drops},
        {.name = NULL},
};
