/* SPDX-License-Identifier: MIT */
/* A future that has so much time. */
#include "future/alarm.h"

static enum rota_poll until_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_until *until = (struct rota_until *)future;

        bool begun = alarm_begun(&until->alarm);
        /* From before the child is polled: what it takes counts. */
        uint64_t deadline = begun ? 0 : rota_timeout_deadline(until->timeout);
        enum rota_poll poll = rota_future_poll(until->child, context);
        if (poll == ROTA_POLL_READY) {
                alarm_end(&until->alarm);
                until->future.value = until->child->value;
                until->child = NULL;
                return ROTA_POLL_READY;
        }
        if (!begun)
                alarm_begin(&until->alarm, deadline, context);
        if (!alarm_over(&until->alarm))
                return poll;
        struct rota_future *child = until->child;
        until->child = NULL;
        until->future.value = ROTA_ETIMEDOUT;
        rota_future_drop(child);
        return ROTA_POLL_READY;
}

static void until_drop(struct rota_future *future)
{
        struct rota_until *until = (struct rota_until *)future;
        struct rota_future *child = until->child;

        until->child = NULL;
        rota_future_drop(child);
        alarm_end(&until->alarm);
}

struct rota_future *rota_until_init(
        struct rota_until *until, struct rota_future *child, struct rota_timeout timeout)
{
        rota_future_init(&until->future, until_poll, until_drop);
        until->child = child;
        until->timeout = timeout;
        alarm_init(&until->alarm);
        return &until->future;
}
