/* SPDX-License-Identifier: MIT */
/* The slot table: handles outlive tasks (DESIGN rule 2). */
#include "core/core.h"

struct rota_slot *slot_take(struct rota *rota, uint32_t *index)
{
        struct rota_slot *slot = NULL;

        rota_lock(&rota->slot_lock);
        if (rota->slot_free) {
                *index = rota->slot_free - 1;
                slot = &rota->slots[*index];
                rota->slot_free = (uint32_t)slot->value;
                rota_atomic_store(&rota->slot_used, rota->slot_used + 1);
        }
        rota_unlock(&rota->slot_lock);
        return slot;
}

void slot_free(struct rota *rota, struct rota_slot *slot)
{
        uint32_t generation = word_generation(rota_atomic_load(&slot->word));

        rota_lock(&rota->slot_lock);
        slot->joins = NULL;
        if (generation >= WORD_GENERATION_MAX) {
                /* Used up: a handle of generation 1 may still be about, so never again. */
                rota->slot_retired++;
                rota_atomic_store_release(&slot->word, word_make(0, WORD_FREE));
        } else {
                /* Release: whoever reads this for a task (gather) finds by the word that it is none. */
                rota_atomic_store_release(&slot->value, rota->slot_free);
                rota->slot_free = (uint32_t)(slot - rota->slots) + 1;
                rota_atomic_store_release(&slot->word, word_make(generation + 1, WORD_FREE));
        }
        rota_atomic_store(&rota->slot_used, rota->slot_used - 1);
        rota_unlock(&rota->slot_lock);
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
