/* SPDX-License-Identifier: MIT */
/*
 * Who comes to prio's levels and who leaves them, and what is published of that: all that changes them.
 * For prio.c only, whose compiler decides what of it is inline.
 */
#ifndef ROTA_POLICY_PRIO_LEVELS_H
#define ROTA_POLICY_PRIO_LEVELS_H

#include "policy/prio.h"

static void publish_waiting(struct prio_queue *q, uint32_t level)
{
        if (level != rota_atomic_load(&q->waiting)) {
                rota_atomic_store(&q->waiting, level);
                q->queue.line = round_of(q);
        }
}

static void publish_running(struct prio_queue *q, uint32_t level)
{
        if (level != rota_atomic_load(&q->running)) {
                rota_atomic_store(&q->running, level);
                q->queue.line = round_of(q);
        }
}

/* The task comes to this queue, or leaves it: keeps the count of those that need the clock. */
static void attach(struct prio_queue *q, struct prio_task *t, bool here)
{
        if (t->here == here)
                return;
        t->here = here;
        if (t->fifo)
                return;
        q->sliced += here ? 1 : (uint32_t)-1;
        q->queue.timed = q->sliced != 0;
        q->queue.line = round_of(q);
}

/* To run, or for another reason. */
static void take_out(struct prio_queue *q, struct rota_task *task, bool runs)
{
        uint32_t level = state_of(task)->level;
        if (line_leaves(&q->lines[level], &q->ahead, line_node(task), runs))
                q->queue.line = round_of(q);
        rota_list_remove(line_node(task));
        if (rota_list_empty(&q->lines[level])) {
                rota_bitmap_clear(q->levels, level);
                publish_waiting(q, rota_bitmap_first(q->levels, LEVELS));
        }
}

/* A level that has somebody waiting from now on. */
static inline void occupy(struct prio_queue *q, uint32_t level)
{
        if (rota_list_empty(&q->lines[level])) {
                rota_bitmap_set(q->levels, level);
                if (level < rota_atomic_load(&q->waiting))
                        publish_waiting(q, level);
        }
}

static void put_in(struct prio_queue *q, struct rota_task *task, bool first)
{
        uint32_t level = state_of(task)->level;
        occupy(q, level);
        line_put(&q->lines[level], task, first);
}

/* Ahead of others of its level, where that is the running one's, or, where nobody runs, no less urgent
 * than who waits; in one level at a time. */
static void put_ahead(struct prio_queue *q, struct rota_task *task)
{
        uint32_t level = state_of(task)->level;
        uint32_t running = rota_atomic_load(&q->running);
        bool may = running == LEVELS ? level <= rota_atomic_load(&q->waiting) : level == running;

        if (q->ahead.turn)
                may &= state_of(line_task(q->ahead.turn))->level == level;
        occupy(q, level);
        if (may)
                line_put_ahead(&q->lines[level], &q->ahead, task);
        else
                line_put(&q->lines[level], task, false);
        q->queue.line = round_of(q);
}

#endif
