/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Software timers: one-shot or periodic. A period never drifts: each expiry is counted from when the
 * last one was due, not from when it was served, and what was too late to be served at all is counted.
 */
#ifndef ROTA_SOFT_TIMER_H
#define ROTA_SOFT_TIMER_H

#include <rota/time.h>
#include <rota/timer.h>

ROTA_BEGIN_DECLS

struct rota_soft_timer;

/** Called at each expiry, interrupts masked, with the CPU's timer queue locked: it may wake, give, post,
 * signal, send without a wait, and queue work, but not arm, start, cancel or stop timers, and not block.
 * @return whether a periodic timer goes on. */
typedef bool (*rota_soft_timer_callback)(struct rota_soft_timer *timer);

/** A software timer in the caller's memory, zeroed before its first start. */
struct rota_soft_timer {
        struct rota_timer timer;           /**< the core's */
        rota_soft_timer_callback callback; /**< the core's */
        void *argument;                    /**< the caller's own */
        uint64_t period_ns;                /**< 0: one-shot */
        uint64_t due;      /**< in its callback: the time that this expiry was due at */
        uint64_t expiries; /**< callbacks since the start (atomic) */
        uint64_t missed;   /**< periods since the start that had no callback of their own, because a
                                whole one had passed before it came (atomic) */
};

/**
 * Starts a timer on this CPU.
 * @param first     absolute time of the first expiry, ns; one that has passed is due now
 * @param period    ns from then on, 0: once
 * @param callback  what to call
 * @return ROTA_OK; ROTA_EINVAL: no timer or callback; ROTA_ESTATE: it is started; ROTA_ECONTEXT: not on a
 * CPU of an instance's. Context: as rota_timer_arm().
 */
int rota_soft_timer_start(struct rota_soft_timer *timer, uint64_t first, uint64_t period,
        rota_soft_timer_callback callback);

/** Stops a timer. Once this returns its callback is over, or never runs, and its memory is free to use.
 * @return whether it was still started. Context: as rota_timer_cancel(). */
bool rota_soft_timer_stop(struct rota_soft_timer *timer);

ROTA_END_DECLS
#endif
