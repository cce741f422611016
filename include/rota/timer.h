/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A deadline in a CPU's timer queue. The building block of time-outs.
 */
#ifndef ROTA_TIMER_H
#define ROTA_TIMER_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Node of an intrusive leftist heap (Crane 1972); see src/base/heap.h. */
struct rota_heap_node {
        struct rota_heap_node *left;   /**< child, of at least the right one's rank */
        struct rota_heap_node *right;  /**< child */
        struct rota_heap_node *parent; /**< NULL at the root */
        uint64_t key;                  /**< what it is ordered by */
        uint32_t rank;                 /**< shortest way down to a missing child; 0: in no heap */
};

/** Called when the deadline has come, interrupts masked, the timer queue's lock held: it may wake
 * and complete waits, not arm or cancel timers, and not block. */
typedef void (*rota_timer_callback)(void *argument);

/** A timer in the caller's memory. Fields are the core's. */
struct rota_timer {
        struct rota_heap_node node;   /**< first; its key is the deadline */
        rota_timer_callback callback; /**< what to call */
        void *argument;               /**< with what */
        uint32_t cpu;                 /**< whose queue it is in, + 1; 0: in none (atomic) */
};

/** Arms @p timer, which was zeroed before its first use, on this CPU for an absolute time in ns.
 * @return ROTA_OK; ROTA_EINVAL: no timer or callback; ROTA_ESTATE: it is armed; ROTA_ECONTEXT: not
 * on a CPU of an instance's. Context: task, interrupt or home, but not a timer's callback, which
 * would wait for itself (ROTA_ECONTEXT and a report with ROTA_DEBUG). */
int rota_timer_arm(
        struct rota_timer *timer, uint64_t deadline, rota_timer_callback callback, void *argument);

/** Cancels a timer. Once this returns its callback is over, or never runs, and the memory is free
 * to use. @return whether it was still armed. Context: any but a timer's callback, which would wait
 * for itself (false and a report with ROTA_DEBUG). */
bool rota_timer_cancel(struct rota_timer *timer);

ROTA_END_DECLS
#endif
