/* SPDX-License-Identifier: MIT */
/* Every task has a stack of its own: stands in for turn.c and spare.c below level 4. rota_task_create refuses
 * the others (turn_taken). */
#include "core/spare.h"

const bool turn_taken = false;

void turn_take(struct rota_cpu *cpu, struct rota_task *task)
{
        (void)cpu;
        (void)task;
        rota_port_fatal("a task without a stack, below level 4");
}

bool spare_react(struct rota_cpu *cpu)
{
        (void)cpu;
        return false;
}

bool polls_wake(struct rota_cpu *cpu, struct rota_task *woken)
{
        (void)cpu;
        (void)woken;
        return false;
}

int rota_spares_add(struct rota *rota, void *memory, size_t size)
{
        (void)rota;
        (void)memory;
        (void)size;
        return ROTA_EINVAL;
}

int rota_get_spare_stats(struct rota *rota, struct rota_spare_stats *stats)
{
        (void)rota;
        (void)stats;
        return ROTA_EINVAL;
}
