/* SPDX-License-Identifier: MIT */
/* The slot table: handles outlive tasks (DESIGN rule 2). */
#include "core/kept.h"

/*
 * Free slots are in the instance's list; and a CPU keeps some for tasks that are spawned there and end there,
 * under the lock of its queues, which it has at both moments anyway. Whoever finds the instance's list empty
 * takes theirs.
 */
#define KEEP_MOVE (KEEP_MOST / 2) /* how many move at once between a CPU and the instance */

/* Out of the instance's list, whose lock is held; NULL where it is empty. */
static inline struct rota_slot *pop(struct rota *rota, uint32_t *index)
{
        if (!rota->slot_free)
                return NULL;
        *index = rota->slot_free - 1;
        struct rota_slot *slot = &rota->slots[*index];
        rota->slot_free = (uint32_t)slot->value;
        return slot;
}

/* Some of what a CPU keeps, whose lock is held, goes back to the instance. */
static void give_back(struct rota *rota, struct rota_cpu *cpu, uint32_t count)
{
        rota_lock(&rota->slot_lock);
        for (uint32_t n = 0; n < count && cpu->slots_kept; n++) {
                struct rota_slot *slot = &rota->slots[cpu->slots_kept - 1];
                cpu->slots_kept = (uint32_t)slot->value;
                slot_push(&rota->slot_free, slot, (uint32_t)(slot - rota->slots));
                rota_atomic_store(&cpu->slots_count, cpu->slots_count - 1);
                rota_atomic_store(&rota->slot_used, rota->slot_used - 1);
        }
        rota_unlock(&rota->slot_lock);
}

void slot_give_back(struct rota_cpu *cpu)
{
        give_back(cpu->rota, cpu, KEEP_MOVE);
}

static inline struct rota_slot *take(struct rota *rota, uint32_t *index)
{
        rota_lock(&rota->slot_lock);
        struct rota_slot *slot = pop(rota, index);
        if (slot)
                rota_atomic_store(&rota->slot_used, rota->slot_used + 1);
        rota_unlock(&rota->slot_lock);
        return slot;
}

/* Out of what the CPUs keep. */
static __attribute__((noinline)) struct rota_slot *take_kept_elsewhere(
        struct rota *rota, uint32_t *index)
{
        struct rota_slot *slot = NULL;

        for (uint32_t i = 0; i < rota->cpu_count && !slot; i++) {
                struct rota_cpu *cpu = rota->cpus[i];
                if (!rota_atomic_load(&cpu->slots_count))
                        continue;
                rota_lock(&cpu->lock);
                give_back(rota, cpu, UINT32_MAX);
                rota_unlock(&cpu->lock);
                slot = take(rota, index);
        }
        return slot;
}

struct rota_slot *slot_take(struct rota *rota, uint32_t *index)
{
        struct rota_slot *slot = take(rota, index);
        return rota_likely(slot) ? slot : take_kept_elsewhere(rota, index);
}

bool slot_refill(struct rota_cpu *cpu)
{
        struct rota *rota = cpu->rota;
        struct rota_slot *slot;
        uint32_t index;

        rota_lock(&rota->slot_lock);
        for (uint32_t n = 0; n < KEEP_MOVE && (slot = pop(rota, &index)) != NULL; n++) {
                slot_push(&cpu->slots_kept, slot, index);
                rota_atomic_store(&cpu->slots_count, cpu->slots_count + 1);
                rota_atomic_store(&rota->slot_used, rota->slot_used + 1);
        }
        rota_unlock(&rota->slot_lock);
        return cpu->slots_kept;
}

void slot_free(struct rota *rota, struct rota_slot *slot)
{
        uint32_t generation = slot_next_generation(slot);

        rota_lock(&rota->slot_lock);
        rota_atomic_store(&slot->joins, NULL);
        if (generation)
                slot_push(&rota->slot_free, slot, (uint32_t)(slot - rota->slots));
        else
                rota->slot_retired++;
        rota_atomic_store_release(&slot->word, word_make(generation, WORD_FREE));
        rota_atomic_store(&rota->slot_used, rota->slot_used - 1);
        rota_unlock(&rota->slot_lock);
}

uint32_t slot_in_use(const struct rota *rota)
{
        uint32_t used = rota_atomic_load(&rota->slot_used);
        for (uint32_t i = 0; i < rota->cpu_count; i++)
                used -= rota_atomic_load(&rota->cpus[i]->slots_count);
        return used;
}

struct rota_slot *slot_pin(struct rota *rota, struct rota_handle handle, bool any_state)
{
        struct rota_slot *slot = slot_of(rota, handle);
        if (!slot)
                return NULL;
        uintptr_t word = rota_atomic_load(&slot->word);
        for (;;) {
                if (word_generation(word) != handle.generation || word_state(word) == WORD_FREE)
                        return NULL;
                if (word_state(word) == WORD_DEAD && !any_state)
                        return NULL;
                if (word & WORD_PIN) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                        continue;
                }
                /* Acquire: its partner is the release in slot_unpin and in slot_free. */
                if (rota_atomic_cas(&slot->word, &word, word | WORD_PIN))
                        return slot;
        }
}

void slot_unpin(struct rota_slot *slot)
{
        rota_atomic_and(&slot->word, ~(uintptr_t)WORD_PIN);
}

bool slot_hold(struct rota_handle handle, struct held *held)
{
        held->rota = core_instance();
        held->flags = rota_port_irq_save();
        held->slot = slot_pin(held->rota, handle, false);
        if (!held->slot) {
                rota_port_irq_restore(held->flags);
                return false;
        }
        held->task = slot_task(held->slot);
        held->cpu = place_lock(held->rota, held->slot, held->task);
        return true;
}

void slot_let_go(const struct held *held)
{
        rota_unlock(&held->cpu->lock);
        slot_unpin(held->slot);
}
