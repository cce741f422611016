/* SPDX-License-Identifier: MIT */
/* Waiting for the ends of tasks. */
#include "core/core.h"
#include "core/debug.h"
#include "core/joins.h"

/* As slot_pin() of one in any state, for a join: mostly it goes at once. */
static inline struct rota_slot *pin_for_join(struct rota *rota, struct rota_handle handle)
{
        struct rota_slot *slot = slot_of(rota, handle);
        if (!slot)
                return NULL;
        uintptr_t word = rota_atomic_load(&slot->word);
        if (word_generation(word) != handle.generation)
                return NULL;
        /* Acquire: as in slot_pin. */
        if (rota_likely(!(word & WORD_PIN) && word_state(word) != WORD_FREE &&
                        rota_atomic_cas(&slot->word, &word, word | WORD_PIN)))
                return slot;
        return slot_pin(rota, handle, true);
}

/* The first who waits for an end, while nobody has closed the joins: so the task's life is not over, and who
 * ends it finds the node. */
static inline bool join_first(
        struct rota *rota, struct rota_handle handle, struct rota_wait *wait, bool take)
{
        struct rota_slot *slot = slot_of(rota, handle);
        struct rota_wait *open = joins_open(handle.generation);

        if (!slot || rota_atomic_load(&slot->joins) != open)
                return false;
        wait->flags = JOIN_QUEUED | (take ? JOIN_TAKE : 0);
        wait->previous = NULL;
        wait->next = NULL;
        /* Release: the node; partners: the acquires in joins_close and take_joins. */
        return rota_atomic_cas(&slot->joins, &open, wait);
}

/* Any other, or where it has ended. */
static __attribute__((noinline)) int join_pinned(
        struct rota *rota, struct rota_handle handle, struct rota_wait *wait, bool take)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_slot *slot = pin_for_join(rota, handle);
        int result = ROTA_ESTALE;

        if (slot) {
                uintptr_t word = rota_atomic_load(&slot->word);
                if (word_state(word) == WORD_DEAD && !(word & WORD_BUSY)) {
                        wait->value = (intptr_t)slot->value;
                        if (take)
                                slot_free(rota, slot);
                        else
                                slot_unpin(slot);
                        result = ROTA_OK;
                } else {
                        wait->flags = JOIN_QUEUED | (take ? JOIN_TAKE : 0);
                        wait->previous = NULL;
                        wait->next = joins_close(slot);
                        if (wait->next)
                                wait->next->previous = wait;
                        rota_atomic_store(&slot->joins, wait);
                        slot_unpin(slot);
                        result = ROTA_EAGAIN;
                }
        }
        rota_port_irq_restore(flags);
        return result;
}

int rota_join_begin(struct rota_handle handle, struct rota_wait *wait, bool take)
{
        struct rota *rota = core_instance();

        if (!wait)
                return ROTA_EINVAL;
        if (rota_likely(join_first(rota, handle, wait, take)))
                return ROTA_EAGAIN;
        return join_pinned(rota, handle, wait, take);
}

void exit_unlink(struct rota_slot *slot, struct rota_wait *wait)
{
        if (!(wait->flags & JOIN_QUEUED))
                return;
        if (wait->next)
                wait->next->previous = wait->previous;
        if (wait->previous)
                wait->previous->next = wait->next;
        else
                rota_atomic_store(&slot->joins, wait->next);
        wait->flags = 0;
}

static __attribute__((noinline)) void finish_pinned(
        struct rota_handle handle, struct rota_wait *wait)
{
        struct rota *rota = core_instance();
        uintptr_t flags = rota_port_irq_save();
        /* A stale handle says that the burial is over, and with it every use of the node. */
        struct rota_slot *slot = pin_for_join(rota, handle);

        if (slot) {
                exit_unlink(slot, wait);
                slot_unpin(slot);
        }
        rota_port_irq_restore(flags);
}

void rota_join_finish(struct rota_handle handle, struct rota_wait *wait)
{
        /* Who ended the task has said so, and had let go of the node before. Acquire: its flags; partners: the
         * releases in exit_at_once and wait_decide. */
        if (rota_unlikely(rota_atomic_load_acquire(&wait->result) != (uintptr_t)ROTA_OK ||
                          (wait->flags & JOIN_QUEUED)))
                finish_pinned(handle, wait);
}

int rota_join(struct rota_handle handle, struct rota_timeout timeout, intptr_t *code)
{
        struct rota_wait wait;

        debug_call("rota_join");
        const struct rota_task *self = rota_current();
        if (!self)
                return rota_park(); /* says why not */
        if (rota_handle_equal(handle, self->handle))
                return ROTA_EINVAL;
        wait_begin(&wait, self->handle);
        int result = rota_join_begin(handle, &wait, true);
        if (result == ROTA_EAGAIN) {
                result = wait_park_own(&wait, timeout);
                rota_join_finish(handle, &wait);
                /* The end may have come between the park's answer and here. */
                if (result == ROTA_EAGAIN)
                        result = rota_wait_result(&wait);
        }
        if (result == ROTA_OK && code)
                *code = wait.value;
        return result;
}

/* One node a task, each queued at its own; whoever ends wakes us, and which one it was is seen by
 * looking, so nothing is taken and nothing lost. Returns an index, or ROTA_EAGAIN. */
static int first_ended(const struct rota_wait *waits, uint32_t count)
{
        for (uint32_t i = 0; i < count; i++) {
                if (rota_wait_result(&waits[i]) == ROTA_OK)
                        return (int)i;
        }
        return ROTA_EAGAIN;
}

int rota_join_any(const struct rota_handle *tasks, struct rota_wait *waits, uint32_t count,
        struct rota_timeout timeout)
{
        int result = ROTA_EAGAIN;
        uint32_t queued = 0;

        debug_call("rota_join_any");
        if (!rota_current())
                return rota_park(); /* says why not */
        if (!tasks || !waits || count == 0 || count > INT32_MAX)
                return ROTA_EINVAL;
        for (uint32_t i = 0; i < count; i++) {
                if (rota_handle_equal(tasks[i], rota_self()))
                        return ROTA_EINVAL;
        }
        for (; queued < count; queued++) {
                rota_wait_init(&waits[queued]);
                int begun = rota_join_begin(tasks[queued], &waits[queued], false);
                if (begun != ROTA_EAGAIN) {
                        result = begun == ROTA_OK ? (int)queued : begun;
                        break;
                }
        }
        uint64_t deadline = rota_timeout_deadline(timeout);
        while (result == ROTA_EAGAIN) {
                result = first_ended(waits, queued);
                if (result != ROTA_EAGAIN || deadline == 0)
                        break;
                int slept = rota_park_until(rota_timeout_at(deadline));
                if (slept != ROTA_OK)
                        result = slept;
        }
        for (uint32_t i = 0; i < queued; i++)
                rota_join_finish(tasks[i], &waits[i]);
        /* An end that came with the time-out counts. */
        if (result == ROTA_EAGAIN || result == ROTA_ETIMEDOUT) {
                int late = first_ended(waits, queued);
                if (late >= 0)
                        result = late;
        }
        return result;
}

int rota_detach(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        uintptr_t flags = rota_port_irq_save();
        struct rota_slot *slot = slot_pin(rota, handle, true);
        int result = ROTA_ESTALE;

        if (slot) {
                uintptr_t word = rota_atomic_load(&slot->word);
                result = ROTA_OK;
                if (word_state(word) == WORD_DEAD && !(word & WORD_BUSY)) {
                        slot_free(rota, slot);
                } else {
                        rota_atomic_or(&slot->word, (uintptr_t)WORD_DETACHED);
                        slot_unpin(slot);
                }
        }
        rota_port_irq_restore(flags);
        return result;
}
