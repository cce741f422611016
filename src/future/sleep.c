/* SPDX-License-Identifier: MIT */
/* Futures of time. */
#include "future/alarm.h"

static enum rota_poll sleep_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_sleep *sleep = (struct rota_sleep *)future;
        bool waited = alarm_begun(&sleep->alarm);

        if (!waited)
                alarm_begin(&sleep->alarm, rota_timeout_deadline(sleep->timeout), context);
        if (!alarm_over(&sleep->alarm))
                return ROTA_POLL_PENDING;
        if (waited || rota_poll_spend(context))
                return ROTA_POLL_READY;
        alarm_init(&sleep->alarm);
        return ROTA_POLL_YIELDED;
}

static void sleep_drop(struct rota_future *future)
{
        alarm_end(&((struct rota_sleep *)future)->alarm);
}

struct rota_future *rota_sleep_init(struct rota_sleep *sleep, struct rota_timeout timeout)
{
        rota_future_init(&sleep->future, sleep_poll, sleep_drop);
        sleep->timeout = timeout;
        alarm_init(&sleep->alarm);
        return &sleep->future;
}

/* From one due time to the next one that is not over. @return how many were missed between. */
static uint64_t go_on(struct rota_interval *interval)
{
        uint64_t now = rota_now();
        uint64_t missed = now > interval->next ? (now - interval->next) / interval->period : 0;
        uint64_t on = (missed + 1) * interval->period;

        /* Past the end of time there is nothing more to come. */
        if (missed >= ROTA_NEVER / interval->period || on >= ROTA_NEVER - interval->next)
                interval->next = ROTA_NEVER;
        else
                interval->next += on;
        return missed;
}

static enum rota_poll interval_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_interval *interval = (struct rota_interval *)future;
        bool waited = alarm_begun(&interval->alarm);

        if (interval->period == 0) {
                future->value = ROTA_EINVAL;
                return ROTA_POLL_READY;
        }
        alarm_begin(&interval->alarm, interval->next, context);
        if (!alarm_over(&interval->alarm))
                return ROTA_POLL_PENDING;
        if (!waited && !rota_poll_spend(context)) {
                alarm_init(&interval->alarm);
                return ROTA_POLL_YIELDED;
        }
        uint64_t missed = go_on(interval);
        future->value = missed < INTPTR_MAX ? (intptr_t)missed : INTPTR_MAX;
        return ROTA_POLL_READY;
}

static void interval_drop(struct rota_future *future)
{
        alarm_end(&((struct rota_interval *)future)->alarm);
}

void rota_interval_init(struct rota_interval *interval, uint64_t first, uint64_t period)
{
        interval->next = first;
        interval->period = period;
        (void)rota_interval_next(interval);
}

struct rota_future *rota_interval_next(struct rota_interval *interval)
{
        rota_future_init(&interval->future, interval_poll, interval_drop);
        alarm_init(&interval->alarm);
        return &interval->future;
}
