/* SPDX-License-Identifier: MIT */
/* What prio keeps: its part of a queue, and of a task. prio.c works with it, prio_check.c verifies it. */
#ifndef ROTA_POLICY_PRIO_H
#define ROTA_POLICY_PRIO_H

#include <rota/policy.h>

#include "base/atomic.h"
#include "base/bitmap.h"
#include "base/list.h"
#include "policy/line.h"
#include "policy/slice.h"

#define LEVELS ROTA_PRIO_LEVELS

struct prio_queue {
        struct rota_queue queue;
        uint32_t waiting;        /* most urgent waiting level, LEVELS: none (atomic) */
        uint32_t running;        /* level that runs, LEVELS: none (atomic) */
        uint32_t sliced;         /* tasks with slices that are here, running or waiting */
        struct line_ahead ahead; /* of others in the line of one level */
        uintptr_t levels[ROTA_BITMAP_WORDS_MAX(LEVELS)];
        struct rota_list lines[LEVELS];
};

struct prio_task {
        struct rota_list node; /* first: see policy/line.h */
        struct slice slice;
        uint16_t level; /* 0 .. 255, the more urgent of the two below (atomic) */
        uint16_t own;   /* as its parameters say */
        uint16_t lent;  /* inherited, LEVELS: none */
        bool fifo;      /* no slices */
        bool here;      /* counted in some queue's `sliced` where it has slices */
};

static inline struct prio_queue *queue_of(const struct rota_queue *queue)
{
        return (struct prio_queue *)(uintptr_t)queue;
}

static inline struct prio_task *state_of(const struct rota_task *task)
{
        return (struct prio_task *)rota_policy_state(task);
}

/* Where a yield of the running task goes round: its level's line, where no more urgent level waits and
 * nobody here has slices. */
static inline struct rota_list *round_of(struct prio_queue *q)
{
        uint32_t running = rota_atomic_load(&q->running);
        bool round = !q->sliced && !q->ahead.turn && running < LEVELS &&
                     running <= rota_atomic_load(&q->waiting);
        return round ? &q->lines[running] : NULL;
}

const char *prio_check(const struct rota_queue *queue);

#endif
