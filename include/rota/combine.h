/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Futures made of futures, and of time. Each is a structure of the caller's that begins with its future;
 * its `_init` prepares it (for another time too, once it is ready or dropped) and answers that future,
 * to be awaited, spawned, or given to another one.
 *
 * A future's value tells how it ended: below zero it is an error. All that is not said to be readable is the
 * library's. What is dropped is dropped from the inside out: a future's children, the last one first,
 * before itself. Nothing here blocks or allocates; where children are many, the array is the caller's and
 * stays in place until the whole is ready or dropped.
 *
 * One waker serves a whole task. So who is polled polls all children that are not ready: with n of them
 * left, a wake costs n short polls. (A thousand sleeps under one join, each woken by itself: half a million
 * polls of a few nanoseconds.) Where children are many and wake often, give each a task.
 */
#ifndef ROTA_COMBINE_H
#define ROTA_COMBINE_H

#include <rota/future.h>
#include <rota/time.h>
#include <rota/timer.h>

ROTA_BEGIN_DECLS

/* ---- At once ---- */

/** A value that is there. */
struct rota_ready {
        struct rota_future future; /**< first */
};

/** Ready at its first poll, with @p value. Context: any. */
struct rota_future *rota_ready_init(struct rota_ready *ready, intptr_t value);

/** Others' turn first. */
struct rota_yield_now {
        struct rota_future future; /**< first */
        bool begun;                /**< it has yielded */
};

/** Yields once, then is ready with ROTA_OK. Context: any. */
struct rota_future *rota_yield_now_init(struct rota_yield_now *yield);

/* ---- Time ---- */

/** What rings once, for a future. Fields are the library's. */
struct rota_alarm {
        struct rota_timer timer;  /**< armed while it is waited for */
        struct rota_handle waker; /**< whom it wakes */
        uint32_t state;           /**< not begun, armed, rung (atomic) */
};

/** A sleep. */
struct rota_sleep {
        struct rota_future future;   /**< first */
        struct rota_timeout timeout; /**< as it was given */
        struct rota_alarm alarm;     /**< the library's */
};

/** Ready with ROTA_OK when @p timeout is over: rota_timeout_after() counts from the first poll,
 * rota_timeout_at() is absolute; rota_timeout_none() is ready at once. Context: any. */
struct rota_future *rota_sleep_init(struct rota_sleep *sleep, struct rota_timeout timeout);

/** What is due again and again. */
struct rota_interval {
        struct rota_future future; /**< first */
        uint64_t next;             /**< readable: when it is due next, in ns */
        uint64_t period;           /**< in ns */
        struct rota_alarm alarm;   /**< the library's */
};

/** Due at @p first and each @p period after it, both in ns: it does not drift. Context: any. */
void rota_interval_init(struct rota_interval *interval, uint64_t first, uint64_t period);

/** Ready when the interval is due next; its value is how many times it was due since the last one and
 * was missed (they are left out). ROTA_EINVAL: the period is 0. Not while the one before is being waited for.
 * Context: any. */
struct rota_future *rota_interval_next(struct rota_interval *interval);

/** A future that has so much time. */
struct rota_until {
        struct rota_future future;   /**< first */
        struct rota_future *child;   /**< what has it; NULL: it has ended */
        struct rota_timeout timeout; /**< as it was given */
        struct rota_alarm alarm;     /**< the library's */
};

/** Ready with @p child's value; or with ROTA_ETIMEDOUT, and then the child was dropped. The time counts from
 * the first poll; a child that is ready when it is over has won; with rota_timeout_none() it is polled once.
 * Context: any. */
struct rota_future *rota_until_init(
        struct rota_until *until, struct rota_future *child, struct rota_timeout timeout);

/* ---- Several ---- */

/** One of several children, in an array of the caller's. */
struct rota_branch {
        struct rota_future *future; /**< the caller's to set, before the whole is prepared */
        struct rota_branch
                *next; /**< the library's: the next that is not ready; NULL: this one is */
};

/** Children of which some are not ready. Fields are the library's. */
struct rota_branches {
        struct rota_branch *all; /**< the caller's array */
        struct rota_branch
                *last;  /**< of the circle of those that are not ready; behind it a poll begins */
        uint32_t count; /**< in the array */
        uint32_t left;  /**< not ready */
};

/** No branch. */
#define ROTA_BRANCH_NONE UINT32_MAX

/** All of several. */
struct rota_join {
        struct rota_future future;     /**< first */
        struct rota_branches branches; /**< the library's */
        uint32_t
                failed; /**< readable: whose value is the join's, ROTA_BRANCH_NONE: nobody failed */
        bool early;     /**< the first error ends it */
};

/** Ready when all children are; each has its own value then. Its value is ROTA_OK, or that of the child that
 * failed first. Each poll begins with another child, so that one who uses the whole budget does not starve
 * the others. @param branches  the children, prepared; may be NULL where @p count is 0. Context: any. */
struct rota_future *rota_join_init(
        struct rota_join *join, struct rota_branch *branches, uint32_t count);

/** Likewise, but the first child that fails ends it: the others are dropped, and have no value.
 * Context: any. */
struct rota_future *rota_try_join_init(
        struct rota_join *join, struct rota_branch *branches, uint32_t count);

/** The first of several. */
struct rota_race {
        struct rota_future future;     /**< first */
        struct rota_branches branches; /**< the library's */
        uint32_t winner;               /**< readable: whose value is the race's */
        bool success;                  /**< who fails does not win */
};

/** Ready with the value of the first child that is, well or not; the others were dropped. Of several that are
 * ready in one poll the first that is polled wins; the first poll begins with the first in the array, each further
 * one with the next. ROTA_EINVAL: there are none. Context: any. */
struct rota_future *rota_race_init(
        struct rota_race *race, struct rota_branch *branches, uint32_t count);

/** Likewise, but a child that fails does not win: ready with the first value that is no error; where all
 * fail, with that of the last. Context: any. */
struct rota_future *rota_race_success_init(
        struct rota_race *race, struct rota_branch *branches, uint32_t count);

/** A race that has ended, once more: the first poll begins behind the last winner, so that in a loop each has its
 * turn where several are always ready. The children are prepared anew by the caller before. Context: any. */
struct rota_future *rota_race_again(struct rota_race *race);

/* ---- Once more ---- */

/** How often and how long apart. */
struct rota_backoff {
        uint32_t tries;    /**< at most; 0: until one succeeds */
        uint64_t first_ns; /**< after the first try; then twice as long each time */
        uint64_t cap_ns;   /**< not longer; 0: no limit */
        uint64_t seed; /**< not 0: each delay is a random part of that, from a sequence that this
                                begins ("full jitter": Brooker, "Exponential Backoff And Jitter", 2015) */
};

/** The delay in ns after so many failures in a row. @param random  the sequence's state, which begins as
 * backoff->seed. Context: any. */
uint64_t rota_backoff_delay(
        const struct rota_backoff *backoff, uint32_t failures, uint64_t *random);

/** What is tried until it succeeds. */
struct rota_retry {
        struct rota_future future; /**< first; its value is that of the latest try */
        struct rota_future *(*attempt)(struct rota_retry *); /**< begins a try */
        void *argument;                                      /**< readable: the caller's */
        struct rota_backoff backoff;                         /**< a copy of the caller's */
        uint32_t tries;            /**< readable: that were begun before */
        bool sleeping;             /**< between two */
        struct rota_future *child; /**< the try */
        uint64_t random;           /**< of the delays */
        struct rota_sleep sleep;   /**< the delay */
};

/**
 * Ready with the value of the first try that succeeds (0 or above), or of the last one.
 * @param attempt   called in a poll, before each try: prepares a future and answers it. It may look at
 *                  retry->tries, retry->argument and, from the second on, retry->future.value, the last error;
 *                  NULL: no more tries, the last error is the value (ROTA_EINVAL: there was none)
 * @param backoff   copied
 * Context: any.
 */
struct rota_future *rota_retry_init(struct rota_retry *retry,
        struct rota_future *(*attempt)(struct rota_retry *), void *argument,
        const struct rota_backoff *backoff);

/* ---- From outside ---- */

/** A part of a tree of futures that others may end. */
struct rota_abortable {
        struct rota_future future; /**< first */
        struct rota_future *child; /**< what may be ended; NULL: it has ended */
        struct rota_handle waker;  /**< who polls it */
        uint32_t state;            /**< (atomic) */
};

/** Ready with @p child's value, or, after rota_abort(), with ROTA_ECANCELED: then the child was dropped.
 * Context: any. */
struct rota_future *rota_abortable_init(
        struct rota_abortable *abortable, struct rota_future *child);

/** Has it end: at its next poll, for which it wakes who polls it, it drops its child.
 * @return true: it will, unless a poll that goes on just now finds the child ready; false: it was over, or
 * aborted before. Between its _init and the last of these calls the memory stays valid. Context: any. */
bool rota_abort(struct rota_abortable *abortable);

ROTA_END_DECLS
#endif
