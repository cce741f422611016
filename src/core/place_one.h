/* SPDX-License-Identifier: MIT */
/* Placing one task where it was spawned or woken, in a poll mostly: place_here() of one, inline. */
#ifndef ROTA_CORE_PLACE_ONE_H
#define ROTA_CORE_PLACE_ONE_H

#include "core/queue.h"

/* Where turns need the clock (place_many.c). */
uint32_t place_one_timed(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task,
        bool ahead, uint32_t flags);

/* This CPU's lock is held. Returns need bits. */
static inline __attribute__((always_inline)) uint32_t place_one_here(struct rota_cpu *cpu,
        struct rota_queue *queue, struct rota_task *task, bool ahead, uint32_t flags)
{
        struct rota *rota = cpu->rota;

        if (rota_unlikely(queue_timed(cpu, queue)))
                return place_one_timed(cpu, queue, task, ahead, flags);
        bool first = rota_atomic_load(&cpu->ready) == 0;
        if (cpu->round != queue)
                cpu->round = &queue_no_round;
        queue->policy->enqueue(queue, task, ahead ? flags | ROTA_ENQ_AHEAD : flags, 0);
        rota_atomic_store_release(&task->where, WHERE_READY); /* partner: place_lock */
        queue_count(cpu, queue, 1);
        uint32_t need = queue_react(cpu, queue, task, 0);
        if (rota->cpu_count == 1)
                return need;
        /* As in put_here(): the next switch sees whether it runs next. */
        if ((need & NEED_RESCHED) || !cpu->current || (first && ahead))
                queue_unspread(cpu);
        else
                place_spread(cpu, task, first, rota->ranked);
        return need;
}

#endif
