/* SPDX-License-Identifier: MIT */
/*
 * Parking, and the waits that decide why a park is over: the words that a park and its wake change.
 */
#ifndef ROTA_CORE_PARK_H
#define ROTA_CORE_PARK_H

#include <rota/task.h>
#include <rota/wait.h>

#include "base/atomic.h"
#include "core/state.h"

/* ---- Parking (park.c). ---- */

/* PARKED -> RUNNABLE or the token, see rota_wake(); `*won` receives the task to be queued. */
int park_wake_word(struct rota_slot *slot, struct rota_handle handle, struct rota_task **won);
/* PARKED -> RUNNABLE where that goes at once: no wait for a pin, no token. `*won` is the caller's. */
static inline bool park_claim(
        struct rota_slot *slot, struct rota_handle handle, struct rota_task **won)
{
        uintptr_t word = rota_atomic_load(&slot->word);

        /* PARKED and RUNNABLE are neighbours. Release and acquire as in park_wake_word. */
        if (rota_unlikely(
                    (word & (WORD_STATE | WORD_PIN)) != WORD_PARKED ||
                    word_generation(word) != handle.generation ||
                    !rota_atomic_cas(&slot->word, &word, word - (WORD_PARKED - WORD_RUNNABLE))))
                return false;
        *won = slot_task(slot);
        return true;
}
/* May the running task block, now? */
bool park_allowed(void);
/* Commits a park, or says that it must not be: the task was woken or cancelled meanwhile. */
bool park_commit_again(struct rota_task *task);
static inline bool park_commit(struct rota_task *task)
{
        uintptr_t *at = &task->slot->word;
        uintptr_t word = rota_atomic_load(at);

        /* Release: the saved context; partner: park_claim, park_wake_word. */
        if (rota_likely(!(word & (WORD_TOKEN | WORD_CANCEL)) &&
                        rota_atomic_cas(at, &word, word + (WORD_PARKED - WORD_RUNNABLE))))
                return true;
        return park_commit_again(task);
}

/* Was it asked to end, and listens? */
static inline bool park_cancelled(const struct rota_task *task)
{
        /* Acquire: what its canceller wrote before; partner: the exchange in rota_cancel. */
        uintptr_t word = rota_atomic_load_acquire(&task->slot->word);
        return (word & (WORD_CANCEL | WORD_HOLD)) == WORD_CANCEL;
}

/* The wakes that have come are answered by what follows, a poll: those from here on by another one. */
static inline void park_take_wakes(const struct rota_task *task)
{
        uintptr_t *word = &task->slot->word;

        /* Acquire: what who woke it wrote before; partner: the release in park_wake_word. */
        if (rota_unlikely(rota_atomic_load(word) & WORD_TOKEN))
                rota_atomic_and(word, ~(uintptr_t)WORD_TOKEN);
}

/* As rota_wait_init(), of that task. */
static inline void wait_begin(struct rota_wait *wait, struct rota_handle waiter)
{
        wait->next = NULL;
        wait->previous = NULL;
        wait->waiter = waiter;
        wait->value = 0;
        wait->flags = 0;
        wait->index = 0;
        wait->decides = wait;
        wait->queue = NULL;
        wait->timer.cpu = 0;
        wait->timer.node.rank = 0;
        rota_atomic_store(&wait->result, ROTA_WAIT_PENDING);
}
/* As rota_wait_park(), for a node that nobody but the core has in a queue. */
int wait_park_own(struct rota_wait *wait, struct rota_timeout timeout);

/* Wakes as rota_wake() does, interrupts masked; the caller ends with dispatch_leave(). */
void park_wake(struct rota *rota, struct rota_handle handle);
/* Likewise several of them, as rota_wake_many() does. */
uint32_t park_wake_many(struct rota *rota, const struct rota_handle *handles, uint32_t count);

/* ---- Waits (wait.c). ---- */

/* A result, as it is kept: WAIT_SERVED says that who set it took the node out of its queue first. */
enum { WAIT_SERVED = 2, WAIT_INDEX_SHIFT = 10 };

static inline uintptr_t wait_encode(int result)
{
        return (uintptr_t)(-result) << 2;
}

static inline int wait_decode(uintptr_t result)
{
        return -(int)((result >> 2) & 255);
}

/* Sets the result where there is none; whether this call did. */
bool wait_decide(struct rota_wait *wait, uintptr_t result);

#endif
