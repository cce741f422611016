/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The condition variable (Hoare: Monitors, 1974, with the signals of Lampson and Redell: Experience with
 * Processes and Monitors in Mesa, 1980): waits, without the mutex, until somebody says that what the mutex
 * protects has changed.
 *
 *      rota_mutex_lock(&mutex);
 *      while (!full)
 *              rota_condition_wait(&changed, &mutex);
 *      ...
 *      rota_mutex_unlock(&mutex);
 *
 * Who is signalled is not woken to find the mutex taken: it waits for the mutex from then on, as if it had
 * come to lock it, and is woken once it has it. So of all that a broadcast reaches one at most runs at
 * once; each of the others when the mutex is handed to it.
 */
#ifndef ROTA_CONDITION_H
#define ROTA_CONDITION_H

#include <rota/mutex.h>

ROTA_BEGIN_DECLS

/** A condition variable in the caller's memory. All zero is one that nobody waits for, FIFO, without a
 * name. Fields are the core's, but for waiters.name and waiters.number. */
struct rota_condition {
        struct rota_wait_queue waiters; /**< who waits for a signal */
};

/** One wait for a condition, on the waiting thread's stack or in a future's data. Fields are the core's. */
struct rota_condition_wait {
        struct rota_wait signal;  /**< for the signal */
        struct rota_wait lock;    /**< then for the mutex */
        struct rota_mutex *mutex; /**< which the wait gave up */
        uint16_t depth;           /**< times that it was locked again */
        bool held;                /**< former rota_cancel_hold() */
        int locked;               /**< what locking again without a signal answered */
};

/** Prepares a condition variable. @param order  enum rota_wait_order: who is signalled first.
 * @param name  for dumps, may be NULL; stays valid while the condition is used. Context: any. */
void rota_condition_init(
        struct rota_condition *condition, enum rota_wait_order order, const char *name);

/**
 * Gives up the mutex (a recursive one altogether) and waits until signalled, in one step: no signal is
 * missed in between. Answers with the mutex locked, as often as it was, in every case but ROTA_EDEADLK.
 * May answer ROTA_OK although what is waited for is not so, or not any more: wait in a loop.
 * @return ROTA_OK: signalled; ROTA_ECANCELED: and not signalled; ROTA_EOWNERDEAD: signalled or not, and
 * the mutex's last owner ended while it had it; ROTA_EDEADLK: signalled or not, and the mutex is not the
 * caller's, for its owner waits for what the caller has; ROTA_EPERM: the mutex is not the caller's;
 * ROTA_ECONTEXT; ROTA_EINVAL: no condition or no mutex. Context: task.
 */
int rota_condition_wait(struct rota_condition *condition, struct rota_mutex *mutex);

/** As rota_condition_wait(), at most until @p timeout; then it still waits for the mutex, however long.
 * @return likewise; ROTA_ETIMEDOUT: not signalled; ROTA_EAGAIN: the time-out is none, the mutex was kept.
 * Context: task. */
int rota_condition_wait_until(
        struct rota_condition *condition, struct rota_mutex *mutex, struct rota_timeout timeout);

/** Signals one of those that wait: the first whose wait is neither timed out nor cancelled. With or
 * without the mutex. @return whether there was one. Context: any. */
bool rota_condition_signal(struct rota_condition *condition);

/** Signals all that wait. @return how many. Context: any. */
uint32_t rota_condition_broadcast(struct rota_condition *condition);

/** Begins to wait. @return ROTA_EAGAIN: the mutex is given up, park on wait->signal; ROTA_EPERM,
 * ROTA_ECONTEXT, ROTA_EINVAL as rota_condition_wait(). Context: task. */
int rota_condition_begin(struct rota_condition *condition, struct rota_mutex *mutex,
        struct rota_condition_wait *wait);

/** Ends to wait for the signal, whether wait->signal has a result or not, and goes on to the mutex. From
 * here to rota_condition_finish() a cancel ends no wait of the task's.
 * @return ROTA_OK: finish; ROTA_EAGAIN: park on wait->lock, for ever, until it has a result, then finish.
 * Context: task. */
int rota_condition_relock(struct rota_condition_wait *wait);

/** Ends to wait. @return as rota_condition_wait_until(); ROTA_EAGAIN: wait->signal had no result, and the
 * mutex is the caller's. Context: task. */
int rota_condition_finish(struct rota_condition_wait *wait);

ROTA_END_DECLS
#endif
