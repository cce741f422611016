/* SPDX-License-Identifier: MIT */
/* What the macros of <rota/coroutine.h> call where a coroutine begins and ends. */
#include <rota/coroutine.h>

#include "core/debug.h"

static void run_cleanups(struct rota_coroutine *coroutine)
{
        while (coroutine->cleanups)
                rota_coroutine_pop(coroutine, true);
}

/* From the inside out: what is awaited, then what the body has begun, the latest first. */
static void unwind(struct rota_coroutine *coroutine)
{
        struct rota_future *child = coroutine->child;

        coroutine->child = NULL;
        coroutine->state = ROTA_COROUTINE_ENDED;
        if (child)
                rota_future_drop(child);
        run_cleanups(coroutine);
}

/* Tells of misuse; in other builds nobody. */
static void wrong(const char *text)
{
        uintptr_t flags = rota_port_irq_save();

        (void)debug_wrong(true, rota_port_cpu(), "ROTA_ASYNC", text, NULL, NULL);
        (void)text;
        rota_port_irq_restore(flags);
}

static void coroutine_drop(struct rota_future *future)
{
        struct rota_coroutine *coroutine = (struct rota_coroutine *)future;

        if (coroutine->state == ROTA_COROUTINE_ENDED)
                wrong("drops a coroutine that has ended");
        else if (coroutine->state == ROTA_COROUTINE_RUNS)
                wrong("drops a coroutine that is being polled");
        else
                unwind(coroutine);
}

void rota_coroutine_prepare(struct rota_coroutine *coroutine,
        enum rota_poll (*poll)(struct rota_future *, struct rota_poll_context *))
{
        rota_future_init(&coroutine->future, poll, coroutine_drop);
        coroutine->child = NULL;
        coroutine->cleanups = NULL;
        coroutine->awaited = 0;
        coroutine->state = 0;
}

enum rota_poll rota_coroutine_end(struct rota_coroutine *coroutine, intptr_t value)
{
        coroutine->future.value = value;
        coroutine->state = ROTA_COROUTINE_ENDED;
        run_cleanups(coroutine);
        return ROTA_POLL_READY;
}

/* There is no such place in the body. */
enum rota_poll rota_coroutine_lost(struct rota_coroutine *coroutine, uint32_t state)
{
        coroutine->state = state;
        if (state == ROTA_COROUTINE_ENDED) {
                wrong("polls a coroutine that has ended");
                return ROTA_POLL_READY;
        }
        coroutine->future.value = ROTA_ESTATE;
        if (state == ROTA_COROUTINE_RUNS) {
                wrong("polls a coroutine that is being polled");
                return ROTA_POLL_READY;
        }
        wrong("waits inside a switch, or its frame was not prepared");
        unwind(coroutine);
        return ROTA_POLL_READY;
}
