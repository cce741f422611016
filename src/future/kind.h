/* SPDX-License-Identifier: MIT */
/* The kind of future tasks, and what it has in common with others whose turns poll. */
#ifndef ROTA_FUTURE_KIND_H
#define ROTA_FUTURE_KIND_H

#include <rota/future.h>
#include <rota/kind.h>

/* How a turn ends with a poll. ROTA_TURN_ENDED: the future is ready, and what comes of that is its kind's. */
static inline enum rota_turn turn_of_poll(
        enum rota_poll answer, const struct rota_poll_context *context)
{
        switch (answer) {
        case ROTA_POLL_PENDING:
                return ROTA_TURN_PENDING;
        case ROTA_POLL_YIELDED:
                return context->preempted ? ROTA_TURN_PREEMPTED : ROTA_TURN_YIELDED;
        case ROTA_POLL_READY:
                break;
        }
        return ROTA_TURN_ENDED;
}

/* task.c */
extern const struct rota_kind future_kind;
extern const struct rota_kind future_traced_kind; /* where there are accounts, and maybe a trace */

#endif
