/* SPDX-License-Identifier: MIT */
/* A leaf that tells how often it was polled, and when it was dropped. */
#ifndef TESTS_FUTURES_TOLD_H
#define TESTS_FUTURES_TOLD_H

#include "drive.h"

struct told {
        struct rota_future future;
        uint32_t yields, polls, drops, order;
        intptr_t value;
        bool waits;
};

static uint32_t dropped_so_far;

static inline enum rota_poll told_poll(
        struct rota_future *future, struct rota_poll_context *context)
{
        struct told *told = (struct told *)future;

        (void)context;
        assert_int_equal(told->drops, 0);
        told->polls++;
        if (told->waits)
                return ROTA_POLL_PENDING;
        if (told->yields && told->yields--)
                return ROTA_POLL_YIELDED;
        future->value = told->value;
        return ROTA_POLL_READY;
}

static inline void told_drop(struct rota_future *future)
{
        struct told *told = (struct told *)future;

        told->drops++;
        told->order = ++dropped_so_far;
}

static inline struct rota_future *tell(struct told *told, uint32_t yields, intptr_t value)
{
        *told = (struct told){.yields = yields, .value = value};
        rota_future_init(&told->future, told_poll, told_drop);
        return &told->future;
}

static inline struct rota_future *never(struct told *told)
{
        (void)tell(told, 0, 0);
        told->waits = true;
        return &told->future;
}

#endif
