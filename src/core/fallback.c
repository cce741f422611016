/* SPDX-License-Identifier: MIT */
/*
 * A policy that breaks its word is replaced by round robin, for the whole class, and the run goes
 * on. The CPU that found out converts its own queue at once; the others convert theirs when they
 * next touch it, and parked tasks when they come back (task->class_epoch).
 */
#include "core/core.h"

/* Tasks that wait in this queue, found without the policy's structure, which is not to be trusted.
 * A ready task of this CPU cannot leave while we hold the lock; a slot of another may change under
 * our eyes, so it is pinned, unless somebody else has pinned it, which holds it as well. */
static uint32_t gather(struct rota_cpu *cpu, struct rota_queue *queue)
{
        struct rota *rota = cpu->rota;
        uint32_t found = 0;

        for (uint32_t i = 0; i < rota->slot_count; i++) {
                struct rota_slot *slot = &rota->slots[i];
                uintptr_t word = rota_atomic_load_acquire(&slot->word);
                if (word_state(word) != WORD_RUNNABLE)
                        continue;
                bool pinned = !(word & WORD_PIN);
                if (pinned && !rota_atomic_cas(&slot->word, &word, word | WORD_PIN)) {
                        i--; /* it changed: look again */
                        continue;
                }
                struct rota_task *task = (struct rota_task *)rota_atomic_load_acquire(&slot->value);
                if (!pinned && rota_atomic_load_acquire(&slot->word) != word) {
                        i--; /* it may have ended, and the value be something else */
                        continue;
                }
                /* Acquire: who sees it queued elsewhere sees on which CPU; partner: queue_insert. And
                 * none becomes this one while its lock is held. */
                if (rota_atomic_load_acquire(&task->where) == WHERE_READY &&
                        rota_atomic_load(&task->cpu) == cpu->index &&
                        task->class_index == queue->class_index) {
                        struct rota_params params = {.class_index = queue->class_index};
                        queue->policy->init_task(task, &params);
                        task->class_epoch = queue->epoch;
                        queue->policy->enqueue(queue, task, ROTA_ENQ_RESTORED, 0);
                        found++;
                }
                if (pinned)
                        slot_unpin(slot);
        }
        return found;
}

void fallback_adopt(struct rota_cpu *cpu, struct rota_queue *queue)
{
        uint8_t class_index = queue->class_index;

        queue->epoch = rota_atomic_load_acquire(&cpu->rota->class_epoch[class_index]);
        rota_atomic_store(&queue->policy, &rota_policy_rr); /* pull.c looks without the lock */
        queue->timed = true;
        queue->line = NULL;
        rota_policy_rr.init_queue(queue);
        if (queue->current) {
                struct rota_params params = {.class_index = class_index};
                rota_policy_rr.init_task(queue->current, &params);
                queue->current->class_epoch = queue->epoch;
        }
        uint32_t found = gather(cpu, queue);
        rota_atomic_store(&cpu->ready, rota_atomic_load(&cpu->ready) + found - queue->ready);
        rota_atomic_store(&queue->ready, found);
        if (found)
                cpu->ready_classes |= 1u << class_index;
        else
                cpu->ready_classes &= ~(1u << class_index);
}

void fallback_enter(struct rota_cpu *cpu, struct rota_queue *queue, const char *reason)
{
        struct rota *rota = cpu->rota;
        uint8_t class_index = queue->class_index;

        if (queue->policy == &rota_policy_rr)
                rota_port_fatal("round robin itself broke its word");
        if (rota_atomic_load(&rota->class_epoch[class_index]) == queue->epoch) {
                uint8_t epoch = queue->epoch;
                rota_atomic_store(&rota->classes[class_index], &rota_policy_rr);
                if (rota_atomic_cas(
                            &rota->class_epoch[class_index], &epoch, (uint8_t)(epoch + 1))) {
                        rota_atomic_store(&rota->fallback_reason, reason);
                        rota_atomic_add(&rota->fallbacks, 1u);
                        for (uint32_t i = 0; i < rota->cpu_count; i++)
                                place_notify(rota->cpus[i], NEED_RESCHED); /* adopt it soon */
                        if (rota->report)
                                rota->report(reason);
                }
        }
        fallback_adopt(cpu, queue);
}
