/* SPDX-License-Identifier: MIT */
/* Sleeping: never too early, no drift, missed periods, and nothing else need go on (C6). */
#include "harness.h"

/* C6: the only thing in the world is one sleeper. */
static void alone_asleep(void)
{
        for (uint32_t i = 0; i < 20; i++) {
                uint64_t begin = rota_now();
                check(rota_sleep_for(100 * ROTA_US) == ROTA_OK);
                check(rota_now() - begin >= 100 * ROTA_US);
        }
        check(rota_sleep_for(0) == ROTA_OK);
}

static void periods(void)
{
        const uint64_t period = 200 * ROTA_US;
        uint64_t begin = rota_now();
        uint64_t next = begin;
        uint64_t periods = 0;

        for (uint32_t i = 0; i < 30; i++) {
                int64_t missed = rota_sleep_until(&next, period);
                check(missed >= 0);
                periods += (uint64_t)missed + 1;
                /* No drift: whole periods from the beginning; the next one is ahead. */
                check(next == begin + periods * period);
        }
        check(rota_now() >= begin + (periods - 1) * period);

        /* Ten periods late: at least ten missed, and on time again. */
        uint64_t now = rota_now();
        uint64_t long_period = now / 16;
        uint64_t was = now - 10 * long_period;
        next = was;
        int64_t missed = rota_sleep_until(&next, long_period);
        check(missed >= 10);
        check(next == was + ((uint64_t)missed + 1) * long_period && next > now);
        /* In the past without a period: at once, and it stays. */
        next = was;
        check(rota_sleep_until(&next, 0) == 0 && next == was);
        next = 0;
        check(rota_sleep_until(&next, 0) == 0);
}

static intptr_t sleeper(struct worker *self)
{
        uint64_t begin = rota_now();

        put(self->flag, 1);
        check(rota_sleep_for(2 * ROTA_MS) == ROTA_OK);
        check(rota_now() - begin >= 2 * ROTA_MS); /* wakes did not end it */
        put(self->flag, 2);
        while (!get(self->count))
                check(rota_park() == ROTA_OK); /* but their token is kept */
        return 1;
}

static void wakes_do_not_end_it(void)
{
        struct worker *w = worker_start(sleeper, NULL);

        until(get(w->flag));
        for (uint32_t i = 0; i < 5 && get(w->flag) == 1; i++) {
                put(w->count, 1); /* before the last wake: whichever comes in time is enough */
                int woken = rota_wake(w->handle); /* or it saw the count, and has ended */
                check(woken == ROTA_OK || woken == ROTA_ESTALE);
                rota_sleep_for(100 * ROTA_US);
        }
        put(w->count, 1);
        rota_wake(w->handle);
        check(worker_end(w) == 1);
}

static intptr_t sleep_long(struct worker *self)
{
        int result = rota_sleep_for(3600 * ROTA_S);
        check(result == ROTA_ECANCELED);
        uint64_t next = rota_now() + 3600 * ROTA_S;
        check(rota_sleep_until(&next, ROTA_S) == ROTA_ECANCELED); /* sticky */
        return (intptr_t)self->number;
}

static void cancel_ends_it(void)
{
        struct worker *w = worker_start(sleep_long, NULL);

        until(parked(w->handle));
        check(rota_cancel(w->handle) == ROTA_OK);
        check(worker_end(w) == 0);
        /* A sum past the end of time is for ever. */
        w = worker_make(sleep_long, NULL);
        check(rota_timeout_deadline(rota_timeout_after(ROTA_NEVER - 1)) == ROTA_NEVER);
        check(rota_timeout_deadline(rota_timeout_none()) == 0);
        check(rota_timeout_deadline(rota_timeout_at(5)) == 5);
        check(rota_drop(w->handle) == ROTA_OK);
}

struct order {
        uint32_t next;
        uint64_t base;
};

static intptr_t wake_in_order(struct worker *self)
{
        struct order *order = self->argument;
        uint64_t at = order->base + self->number * ROTA_MS;

        check(rota_sleep_until(&at, 0) == 0);
        uint64_t now = rota_now();
        check(now >= at);
        self->count = add(order->next, 1);
        return 0;
}

/* Forty sleepers, started in no order: all wake, none before its time. */
static void many(void)
{
        struct order *order = memory(sizeof(*order));
        struct worker *w[40];

        order->base = rota_now() + ROTA_MS;
        for (uint32_t i = 0; i < 40; i++) {
                w[i] = worker_make(wake_in_order, order);
                w[i]->number = (i * 17) % 40 / 4;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 40; i++)
                worker_end(w[i]);
        check(order->next == 40);
}

const struct scenario scenarios_sleep[] = {
        {.name = "c6-sleep-alone", .run = alone_asleep},
        {.name = "c6-sleep-alone-with-tick", .run = alone_asleep, .tick_ns = ROTA_MS},
        {.name = "sleep-periods", .run = periods},
        {.name = "sleep-and-wakes", .run = wakes_do_not_end_it},
        {.name = "sleep-cancelled", .run = cancel_ends_it},
        {.name = "sleep-many", .run = many},
        {.name = NULL},
};
