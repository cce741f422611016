/* SPDX-License-Identifier: MIT */
/* Ends: exit and burial (DESIGN rule 6); who waits for them is in join.c. */
#include "core/account.h"
#include "core/change.h"
#include "core/debug.h"
#include "core/ends.h"
#include "core/stack.h"

void rota_exit(intptr_t code)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu ? cpu->current : NULL;

        if (!task || !task->on || task_lent(task) || cpu->nesting)
                rota_port_fatal("rota_exit outside a task");
        struct rota_cleanup **cleanups = thread_cleanups(task);
        if (rota_unlikely(cleanups && *cleanups)) {
                rota_port_irq_restore(flags);
                cleanup_run(cleanups);
                rota_port_irq_save();
                cpu = rota_port_cpu();
        }
        (void)debug_held(cpu, "rota_exit", "ends a task");
        task->exit_code = code;
        stack_check_exit(cpu);
        task->guard = 0;
        dispatch_end(cpu);
        rota_port_fatal("a task ran on after its exit");
}

/* Gives back the pin of a dead task's slot. A plain store will do: nobody changes the word of a slot
 * that is dead and pinned, for wakes and cancels refuse, and whoever pins waits. Release: what was done
 * under the pin; partner: the acquire in slot_pin. */
static inline void unpin_dead(struct rota_slot *slot, uintptr_t gone)
{
        rota_atomic_store_release(&slot->word, rota_atomic_load(&slot->word) & ~(WORD_PIN | gone));
}

/* Makes a slot's word dead(word) once nobody else has it pinned. */
static void pin_dead(struct rota_slot *slot)
{
        uintptr_t word = rota_atomic_load(&slot->word);
        for (;;) {
                if (word & WORD_PIN) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                } else if (rota_atomic_cas(&slot->word, &word, dead_word(word))) {
                        return;
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

        /* DEAD: nobody reaches the task any more. It is already, and pinned, where exit_at_once() has
         * left the rest to us. */
        if (word_state(rota_atomic_load(&slot->word)) != WORD_DEAD)
                pin_dead(slot);
        /* Nobody can begin to wait for its mutexes any more; who has looks by the slot's value. */
        inherit_ended(rota, task);
        keep_code(slot, code);
        if (on_exit) {
                unpin_dead(slot, 0); /* joiners may give up meanwhile */
                debug_callback(cpu, "an exit callback runs", on_exit);
                on_exit(task, code);
                debug_called(cpu);
                pin_dead(slot);
        }
        exit_release(rota, slot, ROTA_OK, false);
}

void exit_release(struct rota *rota, struct rota_slot *slot, int result, bool free)
{
        /* The pin keeps the joiners in place until all have their result. */
        bool taken = free;
        for (struct rota_wait *wait = joins_close(slot); wait;) {
                struct rota_wait *next = wait->next;
                bool take = wait->flags & JOIN_TAKE;
                wait->flags &= ~(uint32_t)JOIN_QUEUED;
                wait->value = (intptr_t)slot->value;
                if (rota_wait_complete(wait, result) && take)
                        taken = true;
                wait = next;
        }
        rota_atomic_store(&slot->joins, NULL);
        if (taken || (rota_atomic_load(&slot->word) & WORD_DETACHED))
                slot_free(rota, slot);
        else
                unpin_dead(slot, WORD_BUSY);
}

void exit_finish(struct rota *rota, struct rota_task *task, bool free)
{
        struct rota_slot *slot = task->slot;

        if (task->on)
                rota_port_context_fini(task->on);
        if (!free)
                unpin_dead(slot, WORD_BUSY);
        else if (task->on)
                slot_free(rota, slot);
        else
                slot_keep(rota_port_cpu(), slot, task->handle.index);
}
