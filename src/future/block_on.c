/* SPDX-License-Identifier: MIT */
/* A thread that polls a future. */
#include <rota/block_on.h>

#include "core/debug.h"

/* Others go first, or it sleeps until it is woken: whether the time is over then. ROTA_ECONTEXT: it cannot,
 * for the future has left a guard behind. */
static int wait_for(enum rota_poll poll, uint64_t deadline)
{
        if (poll == ROTA_POLL_YIELDED) {
                int result = rota_yield();
                if (result != ROTA_OK || deadline == ROTA_NEVER || rota_port_now() < deadline)
                        return result;
                return ROTA_ETIMEDOUT;
        }
        return deadline == ROTA_NEVER ? rota_park() : rota_park_until(rota_timeout_at(deadline));
}

int rota_block_on(struct rota_future *future, struct rota_timeout timeout, intptr_t *value)
{
        const struct rota_task *self = rota_current();

        debug_call("rota_block_on");
        if (!future || !future->poll)
                return ROTA_EINVAL;
        if (!park_allowed()) /* nor in a poll, also where that was preempted and has a stack */
                return ROTA_ECONTEXT;
        uint64_t deadline = rota_timeout_deadline(timeout);
        struct rota_poll_context context = {.waker = self->handle};
        int over = deadline ? ROTA_OK : ROTA_EAGAIN;
        for (;;) {
                if (park_cancelled(self)) {
                        over = ROTA_ECANCELED;
                        break;
                }
                context.budget = ROTA_POLL_BUDGET;
                enum rota_poll poll = rota_future_poll(future, &context);
                if (poll == ROTA_POLL_READY) {
                        if (value)
                                *value = future->value;
                        return ROTA_OK;
                }
                /* After its time it is polled once more: what came with the time-out counts. */
                if (over != ROTA_OK)
                        break;
                over = wait_for(poll, deadline);
                if (over == ROTA_ECANCELED)
                        over = ROTA_OK; /* that is asked above */
        }
        rota_future_drop(future);
        return over;
}
