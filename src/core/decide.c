/* SPDX-License-Identifier: MIT */
/*
 * The general decision: any classes, any reason to leave. What the fused operation of one class
 * cannot answer (dispatch.c) comes here.
 */
#include "core/account.h"
#include "core/decide.h"

/* Is `next` less urgent than `prev` was? */
static bool drops(struct rota_cpu *cpu, const struct rota_task *prev, const struct rota_task *next,
        uint64_t now)
{
        if (!next || next->class_index != prev->class_index)
                return !next || next->class_index > prev->class_index;
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        return queue_preempts(queue, next, prev, now);
}

/* Takes `prev` off its class: it does not stay ready here. */
static void put_away(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why, uint64_t now)
{
        static const uint8_t flags[] = {[WHY_PARK] = ROTA_DEQ_SLEEP,
                [WHY_EXIT] = ROTA_DEQ_EXIT,
                [WHY_YIELD] = ROTA_DEQ_MIGRATE,
                [WHY_PREEMPT] = ROTA_DEQ_MIGRATE};

        queue_remove(cpu, prev, flags[why], now);
        prev->flags &= (uint8_t)~TASK_DISPLACED;
        if (why == WHY_PARK) {
                prev->fate = FATE_PARK;
        } else if (why == WHY_EXIT) {
                rota_atomic_store(&prev->where, WHERE_ENDED);
                prev->fate = FATE_EXIT;
        } else {
                rota_atomic_store(&prev->where, WHERE_MOVING);
                prev->fate = FATE_MOVE;
        }
}

/* The general way: any classes, any reason. The lock is held; returns who runs, NULL for home. */
struct rota_task *decide(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why,
        uint32_t flags, uint64_t *now)
{
        bool leaves = rota_atomic_load(&cpu->online) != CPU_ONLINE;
        bool stays = (why == WHY_YIELD || why == WHY_PREEMPT) && !(prev->flags & TASK_DISPLACED) &&
                     !leaves;

        if (stays)
                queue_insert(cpu, prev, flags, *now);
        else
                put_away(cpu, prev, why, *now);
        cpu->current = NULL;
        cpu->round = &queue_no_round;
        if (cpu->handed) {
                struct rota_task *handed = cpu->handed;
                cpu->handed = NULL;
                if (cpu->exact && !*now)
                        *now = rota_port_now();
                if (cpu->exact)
                        account_placed(handed, ROTA_ENQ_WOKEN, cpu->index, cpu->index, *now);
                queue_insert(cpu, handed, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD, *now);
                queue_unspread(cpu);
        }
        /* The end of a task, of an instance and of a CPU's part in it are the home stack's to see to. */
        if (why == WHY_EXIT || leaves || rota_atomic_load(&cpu->rota->stopping)) {
                rota_atomic_store(&cpu->running_class, CLASS_NONE);
                return NULL;
        }
        struct rota_task *next = queue_commit_next(cpu, now);
        if (!next)
                rota_atomic_store(&cpu->running_class, CLASS_NONE);
        else if (stays && next != prev)
                place_spread(cpu, prev, false, cpu->rota->ranked);

        if (cpu->rota->ranked && cpu->rota->cpu_count > 1 && next && drops(cpu, prev, next, *now)) {
                /* Partner: place.c stores the waiting level, then looks at what runs. */
                rota_atomic_store_then_look();
                if (pull_tempting(cpu, next))
                        rota_atomic_or(&cpu->need, NEED_LOOK | NEED_RESCHED);
        }
        return next;
}
