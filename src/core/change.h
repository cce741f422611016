/* SPDX-License-Identifier: MIT */
/* Changing what a task's policy knows of it (change.c), and who wants to hear of that. */
#ifndef ROTA_CORE_CHANGE_H
#define ROTA_CORE_CHANGE_H

#include "core/core.h"

/* Gives a task that is held other parameters (NULL: its own) and what it inherits (ROTA_URGENCY_NONE:
 * nothing), now, whatever it does. What it answers is for change_end(). */
uint32_t change_make(const struct held *held, const struct rota_params *params, uint64_t urgency);
/* Lets the task go and has its CPU look. Interrupts stay masked; the caller ends with dispatch_leave(). */
void change_end(const struct held *held, uint32_t made);
/* Reads the parameters of a task that is held. */
void change_read(const struct held *held, struct rota_params *params);

/* What the core tells priority inheritance, which is src/sync's, once that has begun. */
struct rota_inherit {
        /* rota_set_params() and rota_get_params(), the parameters admitted. */
        int (*set_params)(
                struct rota *rota, struct rota_handle handle, const struct rota_params *params);
        int (*get_params)(struct rota *rota, struct rota_handle handle, struct rota_params *params);
        /* A task has ended that has mutexes which others wait for; masked, only its slot pinned. */
        void (*ended)(struct rota *rota, struct rota_task *task);
};

static inline const struct rota_inherit *inherit_of(struct rota *rota)
{
        /* Acquire: the table; its partner is the release where it is set (sync/inherit.c). */
        return rota_atomic_load_acquire(&rota->inherit);
}

/* The slot of a task that has ended is DEAD and pinned, its value still the task. */
static inline void inherit_ended(struct rota *rota, struct rota_task *task)
{
        /* Acquire: who has settled what it inherited is done with it; partner: inherit_release(). */
        if (rota_unlikely(rota_atomic_load_acquire(&task->held)))
                inherit_of(rota)->ended(rota, task);
}

#endif
