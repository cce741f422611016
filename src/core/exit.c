/* SPDX-License-Identifier: MIT */
/* Ends: exit and burial (DESIGN rule 6); who waits for them is in join.c. */
#include "core/account.h"
#include "core/change.h"
#include "core/debug.h"
#include "core/joins.h"
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

/* The word of an ended task that is pinned by who ends it. BUSY: who joins now waits until the callback
 * is over, so that after a join the memory is back where it belongs. */
static inline uintptr_t dead_word(uintptr_t word)
{
        return (word & ~(uintptr_t)WORD_STATE) | WORD_DEAD | WORD_BUSY | WORD_PIN;
}

/* The slot's value is the exit code from now on; DEAD and pinned by the caller. */
static inline void keep_code(struct rota_slot *slot, intptr_t code)
{
        /* Release: who reads this value sees DEAD; partner: the two looks in gather, which reads it
         * without the pin where the word says RUNNABLE. */
        rota_atomic_store_release(&slot->value, (uintptr_t)code);
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

/* The one joiner of a dead task is to run next on this CPU, whose lock is held: claimed, and told. NULL
 * where it may not, or that cannot be said in a few words; `*stray`: it is claimed, and must go
 * elsewhere. */
static struct rota_task *claim_joiner(struct rota_cpu *cpu, struct rota_wait *wait, bool *stray)
{
        struct rota_slot *slot = slot_of(cpu->rota, wait->waiter);
        struct rota_task *task;

        /* Who waits here already comes first. */
        if (wait->next || cpu->ready || !park_claim(slot, wait->waiter, &task))
                return NULL;
        /* Only now it stays as it is: it may have gone round by another CPU since. */
        *stray = rota_atomic_load(&task->cpu) != cpu->index ||
                 !rota_affinity_allows(task->affinity, cpu->index) ||
                 task->class_epoch != queue_of(cpu, task->class_index)->epoch ||
                 task->class_index != cpu->current->class_index;
        return task;
}

/*
 * The end of a task with nobody to be called back, made while it still runs, under its CPU's lock: its
 * slot is dead and pinned, and who waits for it is claimed for this CPU. So whoever could learn that it
 * has ended either waits for the pin or runs here next, and the rest can follow behind the switch,
 * whoever arrives there (exit_finish), without a visit to the home stack.
 *
 * Returns false where more is to be done: then it is buried at home, like others; `*handed`: the joiner,
 * NULL where there is none.
 */
bool exit_at_once(struct rota_cpu *cpu, struct rota_task *task, struct rota_task **handed)
{
        struct rota_slot *slot = task->slot;
        uintptr_t word = rota_atomic_load(&slot->word);

        *handed = NULL;
        /* Not waited for: pins come before the lock. */
        if ((word & WORD_PIN) || !rota_atomic_cas(&slot->word, &word, dead_word(word)))
                return false;
        /* Acquire: as inherit_ended(). */
        if (rota_unlikely(rota_atomic_load_acquire(&task->held)))
                return false; /* others wait for what it has */
        keep_code(slot, task->exit_code);
        struct rota_wait *wait = joins_close(slot);
        bool taken = word & WORD_DETACHED;
        if (wait) {
                bool stray = false;
                struct rota_task *joiner = claim_joiner(cpu, wait, &stray);
                if (!joiner)
                        return false;
                if (rota_unlikely(stray)) {
                        /* It wakes for nothing, and parks again. */
                        rota_unlock(&cpu->lock);
                        place(cpu->rota, joiner, ROTA_ENQ_WOKEN);
                        rota_lock(&cpu->lock);
                        return false;
                }
                taken |= (wait->flags & JOIN_TAKE) != 0;
                wait->flags = 0;
                wait->value = task->exit_code;
                /* No compare-and-swap: who would see that there was another result is ours, and does
                 * not run; a time-out that came first meanwhile has come too late. Release: as
                 * wait.c's set_result. */
                rota_atomic_store_release(&wait->result, (uintptr_t)ROTA_OK);
                rota_atomic_store(&slot->joins, NULL);
                *handed = joiner;
        }
        task->fate = taken ? FATE_FREE : FATE_KEEP;
        return true;
}

bool exit_detached(struct rota_cpu *cpu, struct rota_task *task)
{
        struct rota_slot *slot = task->slot;
        uintptr_t word = rota_atomic_load(&slot->word);

        if ((word & (WORD_PIN | WORD_DETACHED)) != WORD_DETACHED ||
                !rota_atomic_cas(&slot->word, &word, dead_word(word)))
                return false;
        /* Acquire: as inherit_ended(). */
        if (rota_unlikely(joins_close(slot) || rota_atomic_load_acquire(&task->held)))
                return false;
        slot_keep(cpu, slot);
        return true;
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
                slot_keep(rota_port_cpu(), slot);
}
