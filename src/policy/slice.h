/* SPDX-License-Identifier: MIT */
/*
 * A slice: how long a task may run before others of its rank have their turn. It belongs to the
 * task: preemption and migration carry the rest, everything else begins a full one.
 */
#ifndef ROTA_POLICY_SLICE_H
#define ROTA_POLICY_SLICE_H

#include <rota/policy.h>

struct slice {
        uint64_t left; /* ns of the present turn */
        uint64_t own;  /* full slice in ns, 0: the instance's */
};

static inline void slice_fill(const struct rota_queue *queue, struct slice *slice)
{
        slice->left = slice->own ? slice->own : queue->slice_ns;
}

static inline bool slice_over(const struct rota_queue *queue, const struct slice *slice)
{
        return slice->left <= queue->slack_ns;
}

static inline void slice_charge(struct slice *slice, uint64_t ns)
{
        slice->left = slice->left > ns ? slice->left - ns : 0;
}

/* A task enters a queue; returns whether it goes on with the rest of its turn. */
static inline bool slice_enter(const struct rota_queue *queue, struct slice *slice, uint32_t flags)
{
        uint32_t reason = flags & ROTA_ENQ_REASON;
        bool carries = reason == ROTA_ENQ_PREEMPTED || reason == ROTA_ENQ_MIGRATED ||
                       reason == ROTA_ENQ_CHANGED || reason == ROTA_ENQ_RESTORED;
        if (carries && !slice_over(queue, slice))
                return true;
        slice_fill(queue, slice);
        return false;
}

#endif
