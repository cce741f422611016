/* SPDX-License-Identifier: MIT */
/* The ends of tasks that are made where they are, without a burial: inline, for the ways that lead to one
 * (quick.c, polls.c). */
#ifndef ROTA_CORE_ENDS_H
#define ROTA_CORE_ENDS_H

#include "core/joins.h"
#include "core/kept.h"

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

/* The one joiner of a dead task is to run next on this CPU, whose lock is held: claimed, and told. NULL
 * where it may not, or that cannot be said in a few words; `*stray`: it is claimed, and must go
 * elsewhere. */
static inline struct rota_task *claim_joiner(
        struct rota_cpu *cpu, struct rota_wait *wait, bool *stray)
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
static inline bool exit_at_once(
        struct rota_cpu *cpu, struct rota_task *task, struct rota_task **handed)
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

/* Likewise of a detached task that nobody joins all the same, on the home stack: its slot is free, all that
 * is left is its exit callback. False where more is to be done. */
static inline bool exit_detached(struct rota_cpu *cpu, struct rota_task *task)
{
        struct rota_slot *slot = task->slot;
        uintptr_t word = rota_atomic_load(&slot->word);

        if ((word & (WORD_PIN | WORD_DETACHED)) != WORD_DETACHED ||
                !rota_atomic_cas(&slot->word, &word, dead_word(word)))
                return false;
        /* Acquire: as inherit_ended(). */
        if (rota_unlikely(joins_close(slot) || rota_atomic_load_acquire(&task->held)))
                return false;
        slot_keep(cpu, slot, task->handle.index);
        return true;
}

#endif
