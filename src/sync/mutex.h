/* SPDX-License-Identifier: MIT */
/*
 * The mutex between its files: mutex.c has the short ways and the API, contend.c what happens once
 * somebody waits, inherit.c who counts as how urgent. Everything about a mutex that somebody waits for
 * is under one lock of the instance's (DESIGN rule 13).
 */
#ifndef ROTA_SYNC_MUTEX_H
#define ROTA_SYNC_MUTEX_H

#include <rota/mutex.h>

#include "base/list.h"
#include "core/change.h"
#include "sync/queue.h"

/* mutex->word, beside the owner's slot. While it is set only who holds the lock of inheritance changes
 * the word. */
enum { MUTEX_WAITED = 1 };

/* mutex->flags, beside enum rota_mutex_flag: no mutex, but the end of its "owner", for which one task waits
 * (lend.c). It is never passed on. */
enum { MUTEX_LENT = 4 };

static inline struct rota_slot *mutex_slot(uintptr_t word)
{
        return (struct rota_slot *)(word & ~(uintptr_t)MUTEX_WAITED);
}

/* The owner of a mutex that somebody waits for: it exists. */
static inline struct rota_task *mutex_owner(const struct rota_mutex *mutex)
{
        return slot_task(mutex_slot(rota_atomic_load(&mutex->word)));
}

/* Who has a mutex whose word is this, not 0. Where the generation is not said yet the owner is on its way in
 * or out, so it lives in its slot. */
static inline struct rota_handle mutex_handle(
        const struct rota *rota, const struct rota_mutex *mutex, uintptr_t word)
{
        struct rota_slot *slot = mutex_slot(word);
        uint32_t generation = rota_atomic_load(&mutex->generation);
        struct rota_handle owner = {(uint32_t)(slot - rota->slots),
                generation ? generation : word_generation(rota_atomic_load(&slot->word))};
        return owner;
}

static inline struct rota_mutex *mutex_of(const struct rota_wait *wait)
{
        struct rota_wait_queue *queue = rota_atomic_load(&wait->queue);
        return rota_container(queue, struct rota_mutex, waiters);
}

/* A task's next node, of those with which it waits for mutexes: until it is served a node has no value. */
static inline struct rota_wait *blocked_next(const struct rota_wait *wait)
{
        return (struct rota_wait *)wait->value;
}

/* Whether the running task has it. */
bool mutex_owned(const struct rota_mutex *mutex);

/* Interrupts masked, no lock held: takes the lock of inheritance, and from then on the core says what
 * changes. */
void inherit_lock(struct rota *rota);
static inline void inherit_unlock(struct rota *rota)
{
        rota_unlock(&rota->inherit_lock);
}

/* All below: the lock of inheritance is held. */

/* Puts a waiter behind those that are at least as urgent; its task is blocked on it. */
void inherit_queue(struct rota_mutex *mutex, struct rota_wait *wait, struct rota_task *task);
/* Its task is not blocked on it any more. */
void inherit_unblock(struct rota_task *task, struct rota_wait *wait);
/* Goes through all that a task waits for, directly or over others, from task->blocked on: with `deeper` to
 * what the owner of the mutex of `wait` waits for, else past that. NULL: that was all. */
struct rota_wait *inherit_walk(struct rota_wait *wait, bool deeper);
/* The owner, which is pinned or waits, has a mutex more that others wait for. */
void inherit_hold(struct rota_task *owner, struct rota_mutex *mutex);
/* It has one less: what it inherits is settled. */
void inherit_release(struct rota_task *owner, struct rota_mutex *mutex);
/* Who waits for the task's mutexes, or how urgent they are, has changed: settles what it inherits, and
 * along the chain of those that it waits for. */
void inherit_settle(struct rota_task *task);

/* Gives a mutex to the first that still waits for it, who is woken; false where nobody does, and then
 * its word is the caller's to set. The owner has given it up (inherit_release) or
 * ended. */
bool mutex_pass(struct rota *rota, struct rota_mutex *mutex, int result);
/* Would the task, waiting for what the owner has, close a circle of who waits for whom? Who is found to have
 * stopped waiting is taken out. */
bool mutex_closes_circle(const struct rota_task *owner, const struct rota_task *task);
/* Takes a wait that is not served out of its mutex's queue. */
void mutex_withdraw(struct rota_wait *wait);

/* The slow way to lock (contend.c), no lock held, the caller's interrupts enabled or not: takes it, or
 * queues `wait` where there is one. As rota_mutex_begin(). */
int mutex_contend(struct rota_mutex *mutex, struct rota_wait *wait);
/* Locks for the task that waits on `wait` (prepared, in no queue, and not to be decided by anybody else).
 * Returns whom to wake, where the node has its result and may be gone: the mutex is the waiter's, or with
 * ROTA_EDEADLK not; nobody where it is queued. Interrupts masked, no lock but a condition's held. */
struct rota_handle mutex_hand(struct rota *rota, struct rota_mutex *mutex, struct rota_wait *wait);
/* The slow way to unlock, by the owner. */
void mutex_release(struct rota *rota, struct rota_mutex *mutex, struct rota_task *owner);
/* No lock held. What rota_mutex_begin() or rota_mutex_finish() gave to the running task, with that result, is
 * given back, as if it had not been: who is next learns of an owner that ended. */
void mutex_give_back(struct rota_mutex *mutex, int result);

#endif
