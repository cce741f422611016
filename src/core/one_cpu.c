/* SPDX-License-Identifier: MIT */
/*
 * Placing on the only CPU: stands in for place.c, pull.c, leave.c and stop.c in level 1. Everything waits in
 * one place, nobody else has to be told, and masking interrupts stops the world.
 */
#include "core/account.h"
#include "core/debug.h"

const uint32_t place_cpus_most = 1;

bool place_possible(const struct rota *rota, struct rota_affinity affinity)
{
        (void)rota;
        return rota_affinity_allows(affinity, 0);
}

bool place_notify(struct rota_cpu *target, uint32_t need)
{
        /* It reacts at the end of this call, interrupt or round of the home loop. */
        if (need)
                rota_atomic_or(&target->need, need);
        return false;
}

void place_spread(struct rota_cpu *cpu, struct rota_task *task, bool first, bool ranked)
{
        (void)cpu;
        (void)task;
        (void)first;
        (void)ranked;
}

void place_offer(struct rota_cpu *cpu, struct rota_task *task, uint32_t need, bool first)
{
        (void)cpu;
        (void)task;
        (void)need;
        (void)first;
}

void place_spread_all(struct rota_cpu *cpu)
{
        (void)cpu;
}

uint32_t place_lighter(const struct rota_cpu *cpu, const struct rota_task *task)
{
        (void)cpu;
        (void)task;
        return UINT32_MAX;
}

void place(struct rota *rota, struct rota_task *task, uint32_t flags)
{
        place_on(rota, task, 0, flags);
}

void place_on(struct rota *rota, struct rota_task *task, uint32_t to, uint32_t flags)
{
        struct rota_cpu *cpu = rota->cpus[to];

        rota_lock(&cpu->lock);
        uint64_t now = queue_timed(cpu, queue_of(cpu, task->class_index)) ? rota_port_now() : 0;
        account_placed(task, flags & ROTA_ENQ_REASON, to, to, now);
        queue_insert(cpu, task, flags, now);
        uint32_t need = queue_reaction(cpu, task, now);
        rota_unlock(&cpu->lock);
        place_notify(cpu, need);
}

void place_many(struct rota *rota, struct rota_task **tasks, uint32_t count)
{
        for (uint32_t i = 0; i < count; i++)
                place(rota, tasks[i], ROTA_ENQ_WOKEN);
}

/* On return the lock of the queues is held. A task on its way into one is so with interrupts masked
 * throughout, so nobody here can find it between two places. */
struct rota_cpu *place_lock(struct rota *rota, struct rota_slot *slot, struct rota_task *task)
{
        (void)slot;
        (void)task;
        rota_lock(&rota->cpus[0]->lock);
        return rota->cpus[0];
}

bool pull(struct rota_cpu *cpu, bool asked)
{
        (void)cpu;
        (void)asked;
        return false;
}

bool pull_tempting(const struct rota_cpu *cpu, const struct rota_task *next)
{
        (void)cpu;
        (void)next;
        return false;
}

bool leave_elsewhere(const struct rota *rota, struct rota_affinity affinity, uint32_t but)
{
        (void)rota;
        (void)affinity;
        (void)but;
        return false;
}

bool leave_step(struct rota_cpu *cpu)
{
        (void)cpu; /* the only one is never asked */
        return true;
}

void leave_join(struct rota_cpu *cpu)
{
        (void)cpu;
}

void world_rest(struct rota_cpu *cpu)
{
        rota_atomic_and(&cpu->need, ~(uint32_t)NEED_STOP);
}

int rota_world_stop(void)
{
        if (!world_may_stop(__builtin_return_address(0)))
                return ROTA_ECONTEXT;
        rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        debug_mark(true, cpu->debug.stop_at);
        cpu->rota->world_stop = cpu->index + 1;
        return ROTA_OK;
}

int rota_world_resume(void)
{
        const struct rota_cpu *cpu = rota_port_cpu();

        if (!cpu || !cpu->rota || cpu->rota->world_stop != cpu->index + 1)
                return ROTA_ESTATE;
        cpu->rota->world_stop = 0;
        rota_port_irq_enable();
        rota_resched();
        return ROTA_OK;
}
