/* SPDX-License-Identifier: MIT */
/*
 * Permits: a word that counts what may be taken, and a queue of those for whom there was none. What the
 * semaphore and the completion share.
 *
 * The word is the count * 2. Bit 0, WAITED, says that the queue is to be asked first; it is set where the
 * count is 0, and while it is set only who holds the queue's lock changes the word. It may stay set when
 * the last waiter has timed out: the next give finds nobody, and clears it.
 */
#ifndef ROTA_SYNC_PERMITS_H
#define ROTA_SYNC_PERMITS_H

#include "sync/queue.h"

enum { PERMITS_WAITED = 1, PERMITS_ONE = 2 };

/* No end of permits: a take changes nothing. No count reaches it. */
#define PERMITS_ENDLESS (~(uintptr_t)PERMITS_WAITED)

static inline bool permits_try(uintptr_t *word)
{
        /* Acquire: what the giver wrote before; partner: the release in permits_add. */
        uintptr_t is = rota_atomic_load_acquire(word);

        while (is >= PERMITS_ONE)
                if (is == PERMITS_ENDLESS || rota_atomic_cas(word, &is, is - PERMITS_ONE))
                        return true;
        return false;
}

/* Adds to a count that nobody waits for; ROTA_EAGAIN: somebody does. */
static inline int permits_add(uintptr_t *word, uint32_t permits, uint32_t most)
{
        uintptr_t is = rota_atomic_load(word);

        while (!(is & PERMITS_WAITED)) {
                if (is == PERMITS_ENDLESS)
                        return ROTA_OK;
                if (permits > most || is / PERMITS_ONE > most - permits)
                        return ROTA_ENOSPC;
                /* Release: what was written before; partner: the acquire in permits_try. */
                if (rota_atomic_cas(word, &is, is + (uintptr_t)permits * PERMITS_ONE))
                        return ROTA_OK;
        }
        return ROTA_EAGAIN;
}

/* Takes one, or queues `wait`: ROTA_OK, ROTA_EAGAIN, ROTA_ECONTEXT. */
int permits_begin(uintptr_t *word, struct rota_wait_queue *queue, struct rota_wait *wait);
/* Takes one, or waits for it. */
int permits_take(uintptr_t *word, struct rota_wait_queue *queue, struct rota_timeout timeout);
/* Gives, where somebody waits or did. */
int permits_give(uintptr_t *word, struct rota_wait_queue *queue, uint32_t permits, uint32_t most);

#endif
