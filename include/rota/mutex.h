/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The mutex, with priority inheritance (Sha, Rajkumar, Lehoczky: Priority Inheritance Protocols, 1990).
 *
 * While others wait for what a task holds, the task counts as at least as urgent as the most urgent of
 * them, over all mutexes that it holds, and whoever it waits for itself counts so too, along the chain.
 * That is settled anew at each lock, unlock, time-out, cancel and change of parameters. How urgent a
 * task is says its class, and within the class its policy (`urgency` in <rota/policy.h>): `prio` lends
 * its level; a task of a lower class comes to the waiter's class for as long. Policies without
 * `urgency` (`rr`, `fifo`) treat all their tasks alike, so within them there is nothing to lend.
 *
 * An unlock hands the mutex to the most urgent waiter, among equals to the longest waiting; it is never
 * free while somebody waits.
 */
#ifndef ROTA_MUTEX_H
#define ROTA_MUTEX_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** Flags of a mutex. */
enum rota_mutex_flag {
        ROTA_MUTEX_RECURSIVE = 1, /**< its owner may lock it again, and unlocks it as often */
        ROTA_MUTEX_PLAIN = 2,     /**< its owner inherits nothing */
};

/** What a task inherits, written in the first of its mutexes that others wait for. */
struct rota_inherited {
        uint64_t urgency;       /**< of the most urgent waiter, ROTA_URGENCY_NONE: nothing */
        struct rota_params own; /**< where displaced: its own parameters */
        bool displaced;         /**< it has left its class for the waiter's */
};

/** A mutex in the caller's memory. All zero is a free one, with inheritance, not recursive, without a
 * name. Fields are the core's, but for waiters.name and waiters.number. */
struct rota_mutex {
        uintptr_t word;      /**< the owner's slot, bit 0: others wait; 0: free (atomic) */
        uint32_t generation; /**< of the owner's handle, 0: not said yet (atomic) */
        uint16_t depth;      /**< times that it was locked again, the owner's */
        uint8_t flags;       /**< enum rota_mutex_flag */
        struct rota_wait_queue waiters;  /**< under the instance's lock of inheritance */
        struct rota_mutex *next;         /**< of the owner's mutexes that others wait for */
        struct rota_wait *under;         /**< where who walks the graph goes back to */
        struct rota_inherited inherited; /**< in the first of those: by the owner, from all */
};

/** Prepares a free mutex. @param flags  enum rota_mutex_flag. @param name  for dumps and reports, may be
 * NULL; stays valid while the mutex is used. Context: any. */
void rota_mutex_init(struct rota_mutex *mutex, uint32_t flags, const char *name);

/**
 * Locks: waits until the mutex is the caller's.
 * @return ROTA_OK; ROTA_EOWNERDEAD: it is the caller's, and its last owner ended while it had it, so
 * what it protects may be half changed; ROTA_EDEADLK: the caller has it already (and it is not
 * recursive), or its owner waits, directly or over others, for what the caller has; ROTA_ECANCELED: it is
 * not the caller's; ROTA_ECONTEXT; ROTA_ENOSPC: locked again 65535 times. Context: task.
 */
int rota_mutex_lock(struct rota_mutex *mutex);

/** As rota_mutex_lock(), at most until @p timeout. @return likewise; ROTA_ETIMEDOUT; ROTA_EAGAIN: it is
 * not free, and the time-out is none. Context: task. */
int rota_mutex_lock_until(struct rota_mutex *mutex, struct rota_timeout timeout);

/** Locks where that needs no wait. @return ROTA_OK; ROTA_EOWNERDEAD; ROTA_EAGAIN; ROTA_EDEADLK: the
 * caller has it; ROTA_ECONTEXT. Context: task. */
int rota_mutex_try_lock(struct rota_mutex *mutex);

/** Unlocks; where somebody waits, the mutex is its. @return ROTA_OK; ROTA_EPERM: it is not the
 * caller's; ROTA_ECONTEXT. Context: task. */
int rota_mutex_unlock(struct rota_mutex *mutex);

/** Who has it, at some moment during the call; ROTA_HANDLE_NONE where it is free. Context: any. */
struct rota_handle rota_mutex_owner(const struct rota_mutex *mutex);

/** Begins to lock. @return ROTA_OK or ROTA_EOWNERDEAD: it is the caller's; ROTA_EAGAIN: queued, park on
 * @p wait; else as rota_mutex_lock(). Context: task. */
int rota_mutex_begin(struct rota_mutex *mutex, struct rota_wait *wait);

/** Ends to lock what was queued. @return ROTA_OK or ROTA_EOWNERDEAD: it is the caller's;
 * ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN: the wait had no result. Context: task. */
int rota_mutex_finish(struct rota_mutex *mutex, struct rota_wait *wait);

ROTA_END_DECLS
#endif
