/* SPDX-License-Identifier: MIT */
/*
 * The short way of a wake, for an instance of one CPU: the policy says in one call whether who was woken
 * takes the CPU from who runs, and if so it does, at once. With more CPUs there is more to ask: which one,
 * and who else is to be told (place.c). In level 1 plain.c stands in.
 */
#include "core/debug.h"
#include "core/queue.h"
#include "core/stack.h"
#include "core/switch.h"

/* Would a yield go round, but that somebody of the class is woken? The lock is held. Then nobody keeps
 * accounts (allow_round). */
static inline bool simple(const struct rota_cpu *cpu, const struct rota_queue *queue,
        const struct rota_task *prev, const struct rota_task *woken)
{
        return cpu->round == queue && queue->line && !queue->timed && queue->policy->arrive &&
               unbound(prev) && woken->class_index == queue->class_index &&
               woken->class_epoch == queue->epoch &&
               queue->epoch == rota_atomic_load(&cpu->rota->class_epoch[queue->class_index]) &&
               woken->on && !(woken->flags & TASK_SAVED);
}

/* The woken one waits; what that means for who runs is the policy's to say. */
static void wait_here(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *woken)
{
        rota_atomic_store_release(&woken->where, WHERE_READY); /* partner: place_lock */
        queue_count(cpu, queue, 1);
        if (rota_unlikely(queue->timed)) {
                uint32_t need = queue_react(cpu, queue, woken, rota_port_now());
                rota_atomic_or(&cpu->need, need);
        }
        rota_unlock(&cpu->lock);
}

bool dispatch_arrive_masked(struct rota_cpu *cpu, struct rota_task *woken)
{
        const struct rota_task *current = cpu->current;

        return !(current && current->on) && polls_wake(cpu, woken);
}

bool dispatch_arrive(struct rota_cpu *cpu, struct rota_task *woken)
{
        struct rota_task *prev = cpu->current;

        if (rota_unlikely(cpu->rota->cpu_count != 1 || !prev || rota_atomic_load(&cpu->need) ||
                          !dispatch_allowed(cpu) || !stack_sound(cpu->on)))
                return dispatch_arrive_masked(cpu, woken);
        /* Most have none, and need no lock to know. */
        if (!rota_atomic_load(&cpu->rota->classes[woken->class_index])->arrive)
                return false;
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        if (rota_unlikely(!simple(cpu, queue, prev, woken))) {
                rota_unlock(&cpu->lock);
                return false;
        }
        if (!queue->policy->arrive(queue, prev, woken)) {
                wait_here(cpu, queue, woken);
                return true;
        }
        rota_atomic_store(&prev->where, WHERE_READY);
        queue_count(cpu, queue, 1);
        rota_count(&cpu->stats.preemptions);
        switch_round(cpu, queue, prev, woken, false); /* prev called: what the ABI says is kept */
        return true;
}
