/* SPDX-License-Identifier: MIT */
/* Polls futures by a thread at a desk, where time only passes when all wait. */
#ifndef FUTURES_DRIVE_H
#define FUTURES_DRIVE_H

#include "desk.h"

#include <rota/futures.h>

static uint32_t polls; /* of the latest drive() */

static inline enum rota_poll poll_once(struct rota_future *future)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = ROTA_POLL_BUDGET};

        polls++;
        return rota_future_poll(future, &context);
}

/* To the next deadline. */
static inline void pass(void)
{
        uint64_t due = rota_count_read(&unit_port.cpu->timers_due);

        assert_true(due != ROTA_NEVER); /* or it would wait for ever */
        unit_port.now = due > unit_port.now ? due : unit_port.now;
        rota_timer_irq();
}

static inline intptr_t drive(struct rota_future *future)
{
        polls = 0;
        for (;;) {
                enum rota_poll poll = poll_once(future);
                if (poll == ROTA_POLL_READY) {
                        assert_null(unit_port.cpu->timers); /* no timer is left */
                        return future->value;
                }
                if (poll == ROTA_POLL_PENDING)
                        pass();
        }
}

#endif
