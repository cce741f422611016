/* SPDX-License-Identifier: MIT */
/*
 * Notes. The word in the slot is the whole of it: the notes, NOTES_WAITS while the task is on its way to
 * park or parked for them, and part of the generation. Who sets a note takes NOTES_WAITS away in the
 * same operation, and then has to wake: so a task that does not wait costs one atomic operation.
 *
 * The generation in the word is not the whole one. The slot's own word is compared first, with all of it,
 * so a stale handle could only pass if between that look and the operation the slot were taken a multiple
 * of 2^31 times (2^15 on 32-bit machines).
 */
#include <rota/notify.h>

#include "core/debug.h"

#define NOTES_TAG (~((NOTES_WAITS << 1) - 1))

int rota_notify(struct rota_handle task, uint32_t bits)
{
        struct rota *rota = core_instance();
        struct rota_slot *slot = slot_of(rota, task);

        if (rota_unlikely(bits & ~ROTA_NOTES_ALL))
                return ROTA_EINVAL;
        if (rota_unlikely(!slot))
                return ROTA_ESTALE;
        uintptr_t state = rota_atomic_load(&slot->word);
        if (rota_unlikely(word_generation(state) != task.generation ||
                          word_state(state) == WORD_FREE || word_state(state) == WORD_DEAD))
                return ROTA_ESTALE;
        uintptr_t flags = rota_port_irq_save();
        uintptr_t notes = rota_atomic_load(&slot->notes);
        do {
                if (rota_unlikely((notes & NOTES_TAG) != notes_of(task.generation))) {
                        rota_port_irq_restore(flags);
                        return ROTA_ESTALE;
                }
                /* Release: what the caller wrote; partner: the acquire in take(). */
        } while (rota_unlikely(
                !rota_atomic_cas(&slot->notes, &notes, (notes & ~NOTES_WAITS) | bits)));
        if (notes & NOTES_WAITS)
                park_wake(rota, task);
        dispatch_leave(flags);
        return ROTA_OK;
}

/* Takes what is in the mask; where nothing is, says whether the task waits. */
static inline int take(struct rota_slot *slot, uint32_t mask, uint32_t *bits, bool waits)
{
        uintptr_t notes = rota_atomic_load(&slot->notes);
        uintptr_t taken;
        uintptr_t wanted;

        do {
                taken = notes & mask;
                wanted = notes & ~(taken | NOTES_WAITS);
                if (!taken && waits)
                        wanted |= NOTES_WAITS;
                /* Acquire: what who set them wrote; partner: the release in rota_notify. */
        } while (rota_unlikely(!rota_atomic_cas(&slot->notes, &notes, wanted)));
        if (bits)
                *bits = (uint32_t)taken;
        return taken ? ROTA_OK : ROTA_EAGAIN;
}

/* The running task's slot, where there is one. */
static inline struct rota_slot *own_slot(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool task = cpu && cpu->nesting == 0 && cpu->current;
        struct rota_slot *slot = task ? cpu->current->slot : NULL;

        rota_port_irq_restore(flags);
        return slot;
}

static int take_own(uint32_t mask, uint32_t *bits, bool waits)
{
        if (bits)
                *bits = 0;
        if (!(mask & ROTA_NOTES_ALL))
                return ROTA_EINVAL;
        struct rota_slot *slot = own_slot();
        return slot ? take(slot, mask & ROTA_NOTES_ALL, bits, waits) : ROTA_ECONTEXT;
}

int rota_notify_begin(uint32_t mask, uint32_t *bits)
{
        return take_own(mask, bits, true);
}

int rota_notify_finish(uint32_t mask, uint32_t *bits)
{
        return take_own(mask, bits, false);
}

int rota_notify_wait(uint32_t mask, struct rota_timeout timeout, uint32_t *bits)
{
        uint64_t deadline = rota_timeout_deadline(timeout);
        struct rota_slot *slot = own_slot();
        uint32_t none = 0;

        debug_call("rota_notify_wait");
        bits = bits ? bits : &none;
        *bits = 0;
        mask &= ROTA_NOTES_ALL;
        if (!mask)
                return ROTA_EINVAL;
        if (!slot)
                return ROTA_ECONTEXT;
        int result = take(slot, mask, bits, deadline != 0);
        while (result == ROTA_EAGAIN && deadline) {
                int parked = deadline == ROTA_NEVER ? rota_park()
                                                    : rota_park_until(rota_timeout_at(deadline));
                result = take(slot, mask, bits, parked == ROTA_OK);
                if (rota_unlikely(parked != ROTA_OK))
                        return result == ROTA_OK ? ROTA_OK : parked;
        }
        return result;
}
