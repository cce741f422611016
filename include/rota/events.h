/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Event flags (as in ITRON and ThreadX): 31 flags in one word; a task waits for any or for all of several.
 *
 * A set without a waiter is one atomic operation, and so is a wait that finds what it wants. A set serves
 * everybody who then has what he waits for, in the order in which they came, and only after that are
 * cleared the flags that those waits clear: so who waits for the same event sees it, however many they are.
 */
#ifndef ROTA_EVENTS_H
#define ROTA_EVENTS_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** All flags that there are. */
#define ROTA_EVENTS_EVERY UINT32_C(0x7fffffff)

/** How to wait: one of the first two, and the third or not. */
enum rota_events_how {
        ROTA_EVENTS_ANY = 0,   /**< for one of them at least */
        ROTA_EVENTS_ALL = 1,   /**< for all of them at once */
        ROTA_EVENTS_CLEAR = 2, /**< and clear those that were waited for and are set */
};

/** Event flags in the caller's memory. All zero are none set, without a name. Fields are the core's, but
 * for waiters.name and waiters.number. */
struct rota_events {
        uintptr_t word;                 /**< flags, bit 31: others wait (atomic) */
        struct rota_wait_queue waiters; /**< FIFO */
};

/** Prepares flags. @param flags  that are set. @param name  for dumps, may be NULL; stays valid while they
 * are used. @return ROTA_OK; ROTA_EINVAL. Context: any. */
int rota_events_init(struct rota_events *events, uint32_t flags, const char *name);

/** Sets flags, and lets pass whom that serves. @return ROTA_OK; ROTA_EINVAL: bit 31 is no flag.
 * Context: any. */
int rota_events_set(struct rota_events *events, uint32_t flags);

/** Clears flags. @return ROTA_OK; ROTA_EINVAL. Context: any. */
int rota_events_clear(struct rota_events *events, uint32_t flags);

/** The flags that are set, at some moment during the call. What was written before they were set is seen.
 * Context: any. */
uint32_t rota_events_get(const struct rota_events *events);

/**
 * Waits for flags.
 * @param events  the flags
 * @param flags   those to wait for, at least one
 * @param how     ROTA_EVENTS_ANY or ROTA_EVENTS_ALL, with ROTA_EVENTS_CLEAR or not
 * @param got     receives which of @p flags were set when that was so; may be NULL
 * @return ROTA_OK; ROTA_ECANCELED: nothing is cleared; ROTA_ECONTEXT: it would have to wait, and this is
 * no place to; ROTA_EINVAL. Context: task.
 */
int rota_events_wait(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got);

/** As rota_events_wait(), at most until @p timeout. @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: they are not
 * set, and the time-out is none. Context: task; any, where the time-out is none. */
int rota_events_wait_until(struct rota_events *events, uint32_t flags, uint32_t how, uint32_t *got,
        struct rota_timeout timeout);

/** Begins to wait. @return ROTA_OK: they are set, and in @p got; ROTA_EAGAIN: queued, park on @p wait;
 * ROTA_ECONTEXT: it would have to wait, and no task runs here; ROTA_EINVAL. Context: task. */
int rota_events_begin(struct rota_events *events, struct rota_wait *wait, uint32_t flags,
        uint32_t how, uint32_t *got);

/** Ends a wait that was queued. @return ROTA_OK: what was set is in @p got; ROTA_ETIMEDOUT; ROTA_ECANCELED;
 * ROTA_EAGAIN: it had no result; ROTA_EINVAL. Context: task. */
int rota_events_finish(struct rota_events *events, struct rota_wait *wait, uint32_t *got);

ROTA_END_DECLS
#endif
