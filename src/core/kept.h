/* SPDX-License-Identifier: MIT */
/* The free slots that a CPU keeps (slot.c), whose lock is held: inline, for where futures are spawned and end. */
#ifndef ROTA_CORE_KEPT_H
#define ROTA_CORE_KEPT_H

#include "core/core.h"

#define KEEP_MOST 64u /* that a CPU keeps */

/* Has more than that: some go back to the instance. */
void slot_give_back(struct rota_cpu *cpu);

/* Into a list. Release: whoever reads the value for a task (gather) finds by the word that it is none. */
static inline void slot_push(uint32_t *list, struct rota_slot *slot, uint32_t index)
{
        rota_atomic_store_release(&slot->value, *list);
        *list = index + 1;
}

/* The generation of the slot's next task; 0 where it is used up: a handle of generation 1 may still be
 * about, so never again. */
static inline uint32_t slot_next_generation(const struct rota_slot *slot)
{
        uint32_t generation = word_generation(rota_atomic_load(&slot->word));
        return generation < WORD_GENERATION_MAX ? generation + 1 : 0;
}

/* A free slot of those that a CPU keeps, whose lock is held; NULL where the instance's list is empty too. */
static inline struct rota_slot *slot_take_kept(struct rota_cpu *cpu, uint32_t *index)
{
        if (rota_unlikely(!cpu->slots_kept) && !slot_refill(cpu))
                return NULL;
        *index = cpu->slots_kept - 1;
        struct rota_slot *slot = &cpu->rota->slots[*index];
        cpu->slots_kept = (uint32_t)slot->value;
        rota_atomic_store(&cpu->slots_count, cpu->slots_count - 1);
        return slot;
}

/* Frees a slot that the caller owns, and the CPU keeps it for the next one that is spawned there. */
static inline void slot_keep(struct rota_cpu *cpu, struct rota_slot *slot, uint32_t index)
{
        uint32_t generation = slot_next_generation(slot);

        if (rota_unlikely(!generation)) {
                slot_free(cpu->rota, slot);
                return;
        }
        rota_atomic_store(&slot->joins, NULL);
        slot_push(&cpu->slots_kept, slot, index);
        rota_atomic_store(&cpu->slots_count, cpu->slots_count + 1);
        rota_atomic_store_release(&slot->word, word_make(generation, WORD_FREE));
        if (rota_unlikely(cpu->slots_count > KEEP_MOST))
                slot_give_back(cpu);
}

#endif
