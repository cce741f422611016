/* SPDX-License-Identifier: MIT */
/* Ends: exit, burial, join (DESIGN rule 6). */
#include "core/account.h"
#include "core/debug.h"
#include "core/stack.h"

enum { JOIN_TAKE = 1, JOIN_QUEUED = 2 };

void rota_exit(intptr_t code)
{
        rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu ? cpu->current : NULL;

        if (!task || !task->on || cpu->nesting)
                rota_port_fatal("rota_exit outside a task");
        (void)debug_held(cpu, "rota_exit", "ends a task");
        task->exit_code = code;
        stack_check_exit(cpu);
        task->guard = 0;
        dispatch(cpu, WHY_EXIT);
        rota_port_fatal("a task ran on after its exit");
}

/* Pins a slot that this call owns anyway, against those who look at it by handle. */
static uintptr_t pin_own(struct rota_slot *slot)
{
        uintptr_t word = rota_atomic_load(&slot->word);
        for (;;) {
                if (word & WORD_PIN) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                } else if (rota_atomic_cas(&slot->word, &word, word | WORD_PIN)) {
                        return word | WORD_PIN;
                }
        }
}

/* On the home stack, masked, no lock held; the task is off its stack for good. */
void exit_bury(struct rota *rota, struct rota_task *task)
{
        struct rota_slot *slot = task->slot;
        struct rota_cpu *cpu = rota_port_cpu();
        intptr_t code = task->exit_code;
        rota_exit_callback on_exit = task->on_exit;

        if (rota_unlikely(task->marks & MARK_OVERFLOWN))
                stack_bury(rota, task);
        debug_callback(cpu, "a kind's `ended` runs", task->kind->ended);
        if (task->kind->ended)
                task->kind->ended(task);
        debug_called(cpu);
        if (task->on)
                rota_port_context_fini(task->on);
        if (cpu->ring)
                trace_event(cpu, rota_port_now(), ROTA_EVENT_EXIT, task_id(task), 0, 0);

        uintptr_t word = pin_own(slot);
        /* DEAD: nobody reaches the task any more. BUSY: who joins now waits until the callback is
         * over, so that after a join the memory is back where it belongs. Only then may the value
         * change its meaning: fallback.c reads it without the pin where the word says RUNNABLE. */
        uintptr_t dead;
        do {
                dead = (word & ~(uintptr_t)WORD_STATE) | WORD_DEAD | WORD_BUSY;
        } while (!rota_atomic_cas(&slot->word, &word, dead));
        /* Release: who reads this value sees DEAD; partner: the two looks in gather. */
        rota_atomic_store_release(&slot->value, (uintptr_t)code);
        slot_unpin(slot);
        debug_callback(cpu, "an exit callback runs", on_exit);
        if (on_exit)
                on_exit(task, code);
        debug_called(cpu);
        exit_release(rota, slot, ROTA_OK, false);
}

void exit_release(struct rota *rota, struct rota_slot *slot, int result, bool free)
{
        /* The pin keeps the joiners in place until all have their result. */
        uintptr_t word = pin_own(slot);
        bool taken = free;
        for (struct rota_wait *wait = slot->joins; wait;) {
                struct rota_wait *next = wait->next;
                bool take = wait->flags & JOIN_TAKE;
                wait->flags &= ~(uint32_t)JOIN_QUEUED;
                wait->value = (intptr_t)slot->value;
                if (rota_wait_complete(wait, result) && take)
                        taken = true;
                wait = next;
        }
        slot->joins = NULL;
        for (;;) {
                if (taken || (word & WORD_DETACHED)) {
                        slot_free(rota, slot);
                        return;
                }
                uintptr_t dead = word & ~(uintptr_t)(WORD_PIN | WORD_BUSY);
                if (rota_atomic_cas(&slot->word, &word, dead))
                        return;
        }
}

int rota_join_begin(struct rota_handle handle, struct rota_wait *wait, bool take)
{
        struct rota *rota = core_instance();

        if (!wait)
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_slot *slot = slot_pin(rota, handle, true);
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
                        wait->next = slot->joins;
                        if (wait->next)
                                wait->next->previous = wait;
                        slot->joins = wait;
                        slot_unpin(slot);
                        result = ROTA_EAGAIN;
                }
        }
        rota_port_irq_restore(flags);
        return result;
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
                slot->joins = wait->next;
        wait->flags = 0;
}

void rota_join_finish(struct rota_handle handle, struct rota_wait *wait)
{
        struct rota *rota = core_instance();
        uintptr_t flags = rota_port_irq_save();
        /* A stale handle says that the burial is over, and with it every use of the node. */
        struct rota_slot *slot = slot_pin(rota, handle, true);

        if (slot) {
                exit_unlink(slot, wait);
                slot_unpin(slot);
        }
        rota_port_irq_restore(flags);
}

int rota_join(struct rota_handle handle, struct rota_timeout timeout, intptr_t *code)
{
        struct rota_wait wait;

        debug_call("rota_join");
        if (!rota_current())
                return rota_park(); /* says why not */
        if (rota_handle_equal(handle, rota_self()))
                return ROTA_EINVAL;
        rota_wait_init(&wait);
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
