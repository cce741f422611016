/* SPDX-License-Identifier: MIT */
/* Futures that wait for nothing. */
#include <rota/combine.h>

static enum rota_poll ready_poll(struct rota_future *future, struct rota_poll_context *context)
{
        (void)future;
        return rota_poll_spend(context) ? ROTA_POLL_READY : ROTA_POLL_YIELDED;
}

struct rota_future *rota_ready_init(struct rota_ready *ready, intptr_t value)
{
        rota_future_init(&ready->future, ready_poll, NULL);
        ready->future.value = value;
        return &ready->future;
}

static enum rota_poll yield_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_yield_now *yield = (struct rota_yield_now *)future;

        (void)context;
        if (yield->begun)
                return ROTA_POLL_READY;
        yield->begun = true;
        return ROTA_POLL_YIELDED;
}

struct rota_future *rota_yield_now_init(struct rota_yield_now *yield)
{
        rota_future_init(&yield->future, yield_poll, NULL);
        yield->begun = false;
        return &yield->future;
}
