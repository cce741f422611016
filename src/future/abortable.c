/* SPDX-License-Identifier: MIT */
/* A part of a tree of futures that others may end. */
#include <rota/combine.h>

#include "core/core.h"

/* NEW: nobody is to be woken; POLLED: the waker is there; ABORTED; OVER: too late. */
enum { NEW, POLLED, ABORTED, OVER };

static struct rota_future *take(struct rota_abortable *abortable)
{
        struct rota_future *child = abortable->child;

        abortable->child = NULL;
        return child;
}

/* Whether it was aborted; from now on it is too late for that. */
static bool close(struct rota_abortable *abortable)
{
        return rota_atomic_swap(&abortable->state, (uint32_t)OVER) == ABORTED;
}

static enum rota_poll abortable_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_abortable *abortable = (struct rota_abortable *)future;
        uint32_t state = NEW;

        if (rota_atomic_load(&abortable->state) == NEW) {
                abortable->waker = context->waker;
                /* Release: the waker; partner: the acquire in rota_abort. */
                rota_atomic_cas(&abortable->state, &state, (uint32_t)POLLED);
        }
        if (rota_atomic_load_acquire(&abortable->state) != ABORTED) {
                enum rota_poll poll = rota_future_poll(abortable->child, context);
                if (poll != ROTA_POLL_READY)
                        return poll;
                (void)close(abortable); /* who aborts now is too late: the child has ended */
                future->value = take(abortable)->value;
                return ROTA_POLL_READY;
        }
        (void)close(abortable);
        future->value = ROTA_ECANCELED;
        rota_future_drop(take(abortable));
        return ROTA_POLL_READY;
}

static void abortable_drop(struct rota_future *future)
{
        struct rota_abortable *abortable = (struct rota_abortable *)future;

        (void)close(abortable);
        rota_future_drop(take(abortable));
}

struct rota_future *rota_abortable_init(struct rota_abortable *abortable, struct rota_future *child)
{
        rota_future_init(&abortable->future, abortable_poll, abortable_drop);
        abortable->child = child;
        abortable->waker = ROTA_HANDLE_NONE;
        rota_atomic_store(&abortable->state, (uint32_t)NEW);
        return &abortable->future;
}

bool rota_abort(struct rota_abortable *abortable)
{
        uint32_t state = rota_atomic_load_acquire(&abortable->state);

        while (state == NEW || state == POLLED) {
                struct rota_handle waker = ROTA_HANDLE_NONE;
                if (state == POLLED)
                        waker = abortable->waker; /* after the swap the memory may be reused */
                if (rota_atomic_cas(&abortable->state, &state, (uint32_t)ABORTED)) {
                        if (state == POLLED)
                                rota_wake(waker);
                        return true;
                }
        }
        return false;
}
