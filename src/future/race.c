/* SPDX-License-Identifier: MIT */
/* The first of several. */
#include "future/branches.h"

static void race_drop(struct rota_future *future)
{
        branches_drop(&((struct rota_race *)future)->branches);
}

/* The child behind `previous` is ready. Whether that ends the race. */
static bool took(struct rota_future *whole, struct rota_branch *previous)
{
        struct rota_race *race = (struct rota_race *)whole;
        struct rota_branch *branch = previous->next;

        branches_take(&race->branches, previous);
        race->winner = branches_number(&race->branches, branch);
        race->future.value = branch->future->value;
        if (race->future.value >= 0 || !race->success)
                branches_drop(&race->branches);
        return race->branches.left == 0;
}

static enum rota_poll race_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_branches *branches = &((struct rota_race *)future)->branches;

        if (branches->count)
                return branches_poll(branches, context, future, took);
        future->value = ROTA_EINVAL;
        return ROTA_POLL_READY;
}

static struct rota_future *prepare(struct rota_race *race, struct rota_branch *branches,
        uint32_t count, uint32_t first, bool success)
{
        rota_future_init(&race->future, race_poll, race_drop);
        branches_init(&race->branches, branches, count, first);
        race->winner = ROTA_BRANCH_NONE;
        race->success = success;
        return &race->future;
}

struct rota_future *rota_race_init(
        struct rota_race *race, struct rota_branch *branches, uint32_t count)
{
        return prepare(race, branches, count, 0, false);
}

struct rota_future *rota_race_success_init(
        struct rota_race *race, struct rota_branch *branches, uint32_t count)
{
        return prepare(race, branches, count, 0, true);
}

struct rota_future *rota_race_again(struct rota_race *race)
{
        uint32_t count = race->branches.count;
        uint32_t first = race->winner < count ? (race->winner + 1) % count : 0;

        return prepare(race, race->branches.all, count, first, race->success);
}
