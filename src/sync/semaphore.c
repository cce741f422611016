/* SPDX-License-Identifier: MIT */
/* The counting semaphore. */
#include <rota/semaphore.h>

#include "sync/permits.h"

int rota_semaphore_init(struct rota_semaphore *semaphore, uint32_t permits, uint32_t most,
        enum rota_wait_order order, const char *name)
{
        uint32_t limit = most ? most : ROTA_SEMAPHORE_MOST;

        if (!semaphore || limit > ROTA_SEMAPHORE_MOST || permits > limit)
                return ROTA_EINVAL;
        *semaphore =
                (struct rota_semaphore){.word = (uintptr_t)permits * PERMITS_ONE, .most = most};
        rota_wait_queue_init(&semaphore->waiters, order, name);
        return ROTA_OK;
}

static inline uint32_t limit_of(const struct rota_semaphore *semaphore)
{
        return semaphore->most ? semaphore->most : ROTA_SEMAPHORE_MOST;
}

int rota_semaphore_take(struct rota_semaphore *semaphore)
{
        debug_call("rota_semaphore_take");
        if (rota_unlikely(!semaphore))
                return ROTA_EINVAL;
        if (rota_likely(permits_try(&semaphore->word)))
                return ROTA_OK;
        return permits_take(&semaphore->word, &semaphore->waiters, rota_timeout_forever());
}

int rota_semaphore_take_until(struct rota_semaphore *semaphore, struct rota_timeout timeout)
{
        debug_call("rota_semaphore_take_until");
        if (rota_unlikely(!semaphore))
                return ROTA_EINVAL;
        return permits_take(&semaphore->word, &semaphore->waiters, timeout);
}

int rota_semaphore_try_take(struct rota_semaphore *semaphore)
{
        if (rota_unlikely(!semaphore))
                return ROTA_EINVAL;
        return permits_try(&semaphore->word) ? ROTA_OK : ROTA_EAGAIN;
}

int rota_semaphore_give(struct rota_semaphore *semaphore)
{
        if (rota_unlikely(!semaphore))
                return ROTA_EINVAL;
        int result = permits_add(&semaphore->word, 1, limit_of(semaphore));
        if (rota_likely(result != ROTA_EAGAIN))
                return result;
        return permits_give(&semaphore->word, &semaphore->waiters, 1, limit_of(semaphore));
}

int rota_semaphore_give_many(struct rota_semaphore *semaphore, uint32_t permits)
{
        if (!semaphore)
                return ROTA_EINVAL;
        int result = permits_add(&semaphore->word, permits, limit_of(semaphore));
        if (result != ROTA_EAGAIN)
                return result;
        return permits_give(&semaphore->word, &semaphore->waiters, permits, limit_of(semaphore));
}

uint32_t rota_semaphore_permits(const struct rota_semaphore *semaphore)
{
        return semaphore ? (uint32_t)(rota_atomic_load(&semaphore->word) / PERMITS_ONE) : 0;
}

int rota_semaphore_begin(struct rota_semaphore *semaphore, struct rota_wait *wait)
{
        debug_call("rota_semaphore_begin");
        if (!semaphore || !wait)
                return ROTA_EINVAL;
        return permits_begin(&semaphore->word, &semaphore->waiters, wait);
}

int rota_semaphore_finish(struct rota_semaphore *semaphore, struct rota_wait *wait)
{
        return semaphore && wait ? queue_finish(wait) : ROTA_EINVAL;
}
