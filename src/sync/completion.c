/* SPDX-License-Identifier: MIT */
/* The completion: permits, of which there may be no end. */
#include <rota/completion.h>

#include "sync/permits.h"

#define COMPLETIONS_MOST UINT32_C(0x7ffffffe)

void rota_completion_init(struct rota_completion *completion, const char *name)
{
        *completion = (struct rota_completion){.waiters = {.name = name}};
}

int rota_completion_complete(struct rota_completion *completion)
{
        if (!completion)
                return ROTA_EINVAL;
        int result = permits_add(&completion->word, 1, COMPLETIONS_MOST);
        if (result != ROTA_EAGAIN)
                return result;
        return permits_give(&completion->word, &completion->waiters, 1, COMPLETIONS_MOST);
}

int rota_completion_complete_all(struct rota_completion *completion)
{
        if (!completion)
                return ROTA_EINVAL;
        struct rota_wait_queue *queue = &completion->waiters;
        uintptr_t flags = queue_lock(queue);
        queue_wake_many(queue, UINT32_MAX, ROTA_OK, 0);
        /* Release: what is complete; partner: the acquire in permits_try. A swap, where nobody waited
         * others may be counting. */
        (void)rota_atomic_swap(&completion->word, PERMITS_ENDLESS);
        queue_unlock(queue, flags);
        return ROTA_OK;
}

int rota_completion_reset(struct rota_completion *completion)
{
        if (!completion)
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&completion->waiters);
        /* Where somebody waits there is nothing to take back, and WAITED stays. */
        (void)rota_atomic_and(&completion->word, (uintptr_t)PERMITS_WAITED);
        queue_unlock(&completion->waiters, flags);
        return ROTA_OK;
}

/* After a wait that passed its completion may be gone. */
static int passed(struct rota_completion *completion, int result)
{
        if (result == ROTA_OK)
                queue_settle(&completion->waiters);
        return result;
}

int rota_completion_wait(struct rota_completion *completion)
{
        debug_call("rota_completion_wait");
        if (!completion)
                return ROTA_EINVAL;
        return passed(completion,
                permits_take(&completion->word, &completion->waiters, rota_timeout_forever()));
}

int rota_completion_wait_until(struct rota_completion *completion, struct rota_timeout timeout)
{
        debug_call("rota_completion_wait_until");
        if (!completion)
                return ROTA_EINVAL;
        return passed(completion, permits_take(&completion->word, &completion->waiters, timeout));
}

bool rota_completion_done(const struct rota_completion *completion)
{
        return completion && rota_atomic_load_acquire(&completion->word) >= PERMITS_ONE;
}

int rota_completion_begin(struct rota_completion *completion, struct rota_wait *wait)
{
        debug_call("rota_completion_begin");
        if (!completion || !wait)
                return ROTA_EINVAL;
        return passed(completion, permits_begin(&completion->word, &completion->waiters, wait));
}

int rota_completion_finish(struct rota_completion *completion, struct rota_wait *wait)
{
        return completion && wait ? passed(completion, queue_finish(wait)) : ROTA_EINVAL;
}
