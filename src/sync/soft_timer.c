/* SPDX-License-Identifier: MIT */
/* Software timers. */
#include <rota/soft_timer.h>

#include "core/core.h"

static void expired(void *argument)
{
        struct rota_soft_timer *timer = (struct rota_soft_timer *)argument;
        uint64_t due = timer->timer.node.key;
        uint64_t period = timer->period_ns;

        timer->due = due;
        rota_count(&timer->expiries);
        if (!timer->callback(timer) || period == 0)
                return;
        uint64_t now = rota_port_now();
        uint64_t missed = now > due ? (now - due) / period : 0;
        uint64_t on = (missed + 1) * period;
        rota_count_add(&timer->missed, missed);
        /* Past the end of time there is nothing more to come. */
        if (missed < ROTA_NEVER / period && on < ROTA_NEVER - due)
                timer_again(&timer->timer, due + on);
}

int rota_soft_timer_start(struct rota_soft_timer *timer, uint64_t first, uint64_t period,
        rota_soft_timer_callback callback)
{
        if (!timer || !callback)
                return ROTA_EINVAL;
        if (timer->timer.node.rank)
                return ROTA_ESTATE;
        timer->callback = callback;
        timer->period_ns = period;
        rota_count_set(&timer->expiries, 0);
        rota_count_set(&timer->missed, 0);
        return rota_timer_arm(&timer->timer, first, expired, timer);
}

bool rota_soft_timer_stop(struct rota_soft_timer *timer)
{
        return timer && rota_timer_cancel(&timer->timer);
}
