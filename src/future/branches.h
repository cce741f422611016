/* SPDX-License-Identifier: MIT */
/* Several children, of which those that are not ready are in a circle: so nobody looks at the others. */
#ifndef ROTA_FUTURE_BRANCHES_H
#define ROTA_FUTURE_BRANCHES_H

#include <rota/combine.h>

/* All are not ready; the first poll begins with number `first`. */
static inline void branches_init(
        struct rota_branches *branches, struct rota_branch *all, uint32_t count, uint32_t first)
{
        branches->all = all;
        branches->count = count;
        branches->left = count;
        for (uint32_t i = 0; i < count; i++)
                all[i].next = &all[i + 1 < count ? i + 1 : 0];
        branches->last = count ? &all[(first ? first : count) - 1] : NULL;
}

static inline uint32_t branches_number(
        const struct rota_branches *branches, const struct rota_branch *branch)
{
        return (uint32_t)(branch - branches->all);
}

/* The one behind `previous` is ready. */
static inline void branches_take(struct rota_branches *branches, struct rota_branch *previous)
{
        struct rota_branch *branch = previous->next;

        previous->next = branch->next;
        if (branches->last == branch)
                branches->last = previous;
        branch->next = NULL; /* also where it was the last of them */
        branches->left--;
}

/* Those that are not ready are dropped, the last in the array first. */
static inline void branches_drop(struct rota_branches *branches)
{
        for (uint32_t i = branches->count; i-- > 0 && branches->left;) {
                if (!branches->all[i].next)
                        continue;
                branches->all[i].next = NULL;
                branches->left--;
                rota_future_drop(branches->all[i].future);
        }
}

/* Polls those that are not ready, until `took` says of one that has become so (the one behind `previous`) that the
 * whole is ready. The next poll begins one further: who uses all of the budget does not starve the others. */
static inline enum rota_poll branches_poll(struct rota_branches *branches,
        struct rota_poll_context *context, struct rota_future *whole,
        bool (*took)(struct rota_future *whole, struct rota_branch *previous))
{
        struct rota_branch *previous = branches->last;
        enum rota_poll answer = ROTA_POLL_PENDING;

        for (uint32_t n = branches->left; n; n--) {
                enum rota_poll poll = rota_future_poll(previous->next->future, context);
                if (poll == ROTA_POLL_READY) {
                        if (took(whole, previous))
                                return ROTA_POLL_READY;
                        continue;
                }
                if (poll == ROTA_POLL_YIELDED)
                        answer = ROTA_POLL_YIELDED;
                previous = previous->next;
        }
        branches->last = branches->last->next;
        return answer;
}

#endif
