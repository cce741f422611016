/* SPDX-License-Identifier: MIT */
/* Who waits for the end of a task: what a slot's `joins` says. */
#ifndef ROTA_CORE_JOINS_H
#define ROTA_CORE_JOINS_H

#include <rota/wait.h>

#include "base/atomic.h"

/* wait->flags: the end's code is for this one; it is in the list. */
enum { JOIN_TAKE = 1, JOIN_QUEUED = 2 };

/*
 * A slot's joins, those who wait for the end of its task: a list, of who has the slot pinned; or, open, nobody so
 * far, and then who comes first enters by one compare-and-swap, without the pin (join_first). An open one
 * names its generation, an odd word that is no node's address: so that never happens to the slot's next task.
 */
static inline struct rota_wait *joins_open(uint32_t generation)
{
        return (struct rota_wait *)(((uintptr_t)generation << 1) | 1);
}

static inline bool joins_are_open(const struct rota_wait *joins)
{
        return (uintptr_t)joins & 1;
}

/* The joins of a slot that the caller has pinned: from now on nobody enters them without the pin. */
static inline struct rota_wait *joins_close(struct rota_slot *slot)
{
        /* Acquire: the first one's node; partner: join_first. */
        struct rota_wait *joins = rota_atomic_load_acquire(&slot->joins);

        if (joins_are_open(joins) && rota_atomic_cas(&slot->joins, &joins, NULL))
                return NULL;
        return joins;
}

#endif
