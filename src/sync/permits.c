/* SPDX-License-Identifier: MIT */
/* Permits, once somebody waits for them. */
#include "sync/permits.h"

/* Takes one, or sees to it that whoever gives one comes to the queue. The lock is held. */
static bool take_or_mark(uintptr_t *word)
{
        uintptr_t none = 0;

        do {
                if (permits_try(word))
                        return true;
                none = 0;
        } while (!rota_atomic_cas(word, &none, PERMITS_WAITED) && none != PERMITS_WAITED);
        return false;
}

int permits_begin(uintptr_t *word, struct rota_wait_queue *queue, struct rota_wait *wait)
{
        if (permits_try(word))
                return ROTA_OK;
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        rota_wait_init(wait);
        uintptr_t flags = queue_lock(queue);
        bool taken = take_or_mark(word);
        if (!taken) {
                queue_add(queue, wait);
                queue_trace(queue, NULL);
        }
        queue_unlock(queue, flags);
        return taken ? ROTA_OK : ROTA_EAGAIN;
}

int permits_take(uintptr_t *word, struct rota_wait_queue *queue, struct rota_timeout timeout)
{
        struct rota_wait wait;

        if (permits_try(word))
                return ROTA_OK;
        uint64_t deadline = rota_timeout_deadline(timeout);
        if (deadline == 0)
                return ROTA_EAGAIN;
        int result = permits_begin(word, queue, &wait);
        return result == ROTA_EAGAIN ? queue_park(&wait, rota_timeout_at(deadline)) : result;
}

int permits_give(uintptr_t *word, struct rota_wait_queue *queue, uint32_t permits, uint32_t most)
{
        uintptr_t flags = queue_lock(queue);
        int result = permits_add(word, permits, most);

        if (result == ROTA_EAGAIN) {
                result = permits > most ? ROTA_ENOSPC : ROTA_OK;
                if (result == ROTA_OK)
                        permits -= permits == 1 ? queue_wake_one(queue, ROTA_OK, 0)
                                                : queue_wake_many(queue, permits, ROTA_OK, 0);
                /* Release: as in permits_add. What is left over is for later: nobody waits. */
                if (!queue->first && result == ROTA_OK)
                        rota_atomic_store_release(word, (uintptr_t)permits * PERMITS_ONE);
        }
        queue_unlock(queue, flags);
        return result;
}
