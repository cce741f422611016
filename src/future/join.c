/* SPDX-License-Identifier: MIT */
/* All of several. */
#include "future/branches.h"

static void join_drop(struct rota_future *future)
{
        branches_drop(&((struct rota_join *)future)->branches);
}

/* The child behind `previous` is ready. Whether that ends the join. */
static bool took(struct rota_future *whole, struct rota_branch *previous)
{
        struct rota_join *join = (struct rota_join *)whole;
        struct rota_branch *branch = previous->next;
        intptr_t value = branch->future->value;

        branches_take(&join->branches, previous);
        if (value < 0 && join->failed == ROTA_BRANCH_NONE) {
                join->failed = branches_number(&join->branches, branch);
                join->future.value = value;
                if (join->early)
                        branches_drop(&join->branches);
        }
        return join->branches.left == 0;
}

static enum rota_poll join_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_branches *branches = &((struct rota_join *)future)->branches;

        if (branches->count == 0)
                return rota_poll_spend(context) ? ROTA_POLL_READY : ROTA_POLL_YIELDED;
        return branches_poll(branches, context, future, took);
}

static struct rota_future *prepare(
        struct rota_join *join, struct rota_branch *branches, uint32_t count, bool early)
{
        rota_future_init(&join->future, join_poll, join_drop);
        branches_init(&join->branches, branches, count, 0);
        join->failed = ROTA_BRANCH_NONE;
        join->early = early;
        return &join->future;
}

struct rota_future *rota_join_init(
        struct rota_join *join, struct rota_branch *branches, uint32_t count)
{
        return prepare(join, branches, count, false);
}

struct rota_future *rota_try_join_init(
        struct rota_join *join, struct rota_branch *branches, uint32_t count)
{
        return prepare(join, branches, count, true);
}
