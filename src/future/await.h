/* SPDX-License-Identifier: MIT */
/* Leaf futures: what is common to them (await.c), and the tables of each object. */
#ifndef ROTA_FUTURE_AWAIT_H
#define ROTA_FUTURE_AWAIT_H

#include <rota/await.h>

#include "core/core.h"

/* What is done with an object; each like the primitive's own begin and finish. */
struct rota_await_kind {
        /* Has it, or prepares and queues the node: ROTA_EAGAIN. */
        int (*begin)(struct rota_await *await);
        /* The node has a result, or is to be taken out: the answer. */
        int (*finish)(struct rota_await *await);
        /* It was dropped, and then finished with that result: gives back what it got. True: nothing is
         * left of it; false: it has happened. NULL: there is nothing to give back. */
        bool (*undo)(struct rota_await *await, int result);
        /* The node whose result counts; NULL: its own. */
        struct rota_wait *(*node)(struct rota_await *await);
        /* Where the answer is ROTA_OK there is a value beside it, which is the node's. */
        bool valued;
};

/* A task's end, as rota_await_join_inherit() has it: for those that are built on it. */
int await_inherit_begin(struct rota_await *await);
int await_inherit_finish(struct rota_await *await);

enum { AWAIT_NEW, AWAIT_QUEUED, AWAIT_OVER };

/* Prepares one. */
struct rota_future *await_init(struct rota_await *await, const struct rota_await_kind *kind,
        void *object, struct rota_timeout timeout);

/* Its answer, which is its value too. */
static inline enum rota_poll await_over(struct rota_await *await, int result)
{
        await->state = AWAIT_OVER;
        await->result = result;
        await->future.value = result;
        return ROTA_POLL_READY;
}

/* How rota_wait_arm() says it, as the blocking call would: with a time-out of none it has not been waited. */
static inline int await_answer(int result, struct rota_timeout timeout)
{
        return result == ROTA_ETIMEDOUT && rota_timeout_deadline(timeout) == 0 ? ROTA_EAGAIN
                                                                               : result;
}

#endif
