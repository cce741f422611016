/* SPDX-License-Identifier: MIT */
/* Who gives up what it waits for, at random. */
#ifndef SCENARIOS_FICKLE_H
#define SCENARIOS_FICKLE_H

#include "await.h"

/* A future that loses patience: after some polls it drops what it awaits, and is ready with what that says. */
struct fickle {
        struct rota_future future;
        struct rota_future *child;
        uint32_t left; /* 0: it waits for ever */
};

static inline enum rota_poll fickle_poll(
        struct rota_future *future, struct rota_poll_context *context)
{
        struct fickle *fickle = (struct fickle *)future;
        enum rota_poll poll = rota_future_poll(fickle->child, context);

        if (poll != ROTA_POLL_READY) {
                if (fickle->left == 0)
                        return poll;
                if (--fickle->left)
                        return ROTA_POLL_YIELDED;
                rota_future_drop(fickle->child);
        }
        future->value = fickle->child->value;
        return ROTA_POLL_READY;
}

static inline void fickle_drop(struct rota_future *future)
{
        rota_future_drop(((struct fickle *)future)->child);
}

static inline struct rota_future *fickle(
        struct fickle *fickle, struct rota_future *child, uint32_t left)
{
        rota_future_init(&fickle->future, fickle_poll, fickle_drop);
        fickle->child = child;
        fickle->left = left;
        return &fickle->future;
}

static inline uint32_t dice(uint32_t *state, uint32_t below)
{
        *state = *state * 1664525u + 1013904223u;
        return (*state >> 16) % below;
}

static inline struct rota_timeout some_time(uint32_t *random)
{
        return dice(random, 3) ? rota_timeout_forever()
                               : rota_timeout_after(dice(random, 50) * ROTA_US);
}

static inline uint32_t fickle_rounds(void)
{
        return run.all ? 20000 : run.few ? 20 : 150;
}

#endif
