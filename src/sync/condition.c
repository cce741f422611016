/* SPDX-License-Identifier: MIT */
/*
 * The condition variable. A wait has two nodes: `signal` is in the condition's queue, `lock` in none until
 * the wait is signalled. Who signals it, under the lock of the condition's queue, sets the result of `signal`
 * without a wake, and puts `lock` into the mutex's queue by the mutex's own way, or gives the mutex to it.
 * The waiter goes on to `lock` once `signal` has a result; where that says that it was signalled the node
 * is queued, or has its result, or is about to. So from the signal on it is in every respect a task that
 * waits for the mutex: its owner inherits from it, and it is woken once.
 *
 * Lock order: the condition's queue, then inheritance.
 */
#include "sync/condition.h"
#include "sync/mutex.h"

#include "base/list.h"

void rota_condition_init(
        struct rota_condition *condition, enum rota_wait_order order, const char *name)
{
        rota_wait_queue_init(&condition->waiters, order, name);
}

int rota_condition_begin(struct rota_condition *condition, struct rota_mutex *mutex,
        struct rota_condition_wait *wait)
{
        if (!condition || !mutex || !wait)
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool task = cpu && cpu->current && cpu->nesting == 0;

        rota_port_irq_restore(flags);
        if (!task)
                return ROTA_ECONTEXT;
        if (!mutex_owned(mutex))
                return ROTA_EPERM;
        rota_wait_init(&wait->signal);
        rota_wait_init(&wait->lock);
        wait->mutex = mutex;
        wait->depth = mutex->depth;
        wait->held = false;
        wait->locked = ROTA_OK;
        mutex->depth = 0;
        flags = queue_lock(&condition->waiters);
        queue_add(&condition->waiters, &wait->signal);
        queue_trace(&condition->waiters, NULL);
        /* Under the lock: who signals finds it waiting and without the mutex, or not at all. */
        rota_mutex_unlock(mutex);
        queue_unlock(&condition->waiters, flags);
        return ROTA_EAGAIN;
}

static bool signalled(const struct rota_condition_wait *wait)
{
        /* Acquire: who signalled it; partner: wait_decide(). */
        return rota_atomic_load_acquire(&wait->signal.result) & WAIT_SERVED;
}

int condition_relock(struct rota_condition_wait *wait)
{
        queue_finish(&wait->signal);
        if (signalled(wait))
                return rota_wait_result(&wait->lock) == ROTA_EAGAIN ? ROTA_EAGAIN : ROTA_OK;
        wait->locked = rota_mutex_begin(wait->mutex, &wait->lock);
        return wait->locked == ROTA_EAGAIN ? ROTA_EAGAIN : ROTA_OK;
}

int rota_condition_relock(struct rota_condition_wait *wait)
{
        wait->held = rota_cancel_hold(true);
        return condition_relock(wait);
}

static void report_circle(void)
{
        uintptr_t flags = rota_port_irq_save();
        (void)debug_wrong(true, rota_port_cpu(), "rota_condition_finish",
                "was signalled, and the mutex's owner waits for it", NULL, NULL);
        rota_port_irq_restore(flags);
}

int condition_finish(struct rota_condition_wait *wait)
{
        int locked = wait->locked;
        bool handed = signalled(wait);

        if (handed || locked == ROTA_EAGAIN)
                locked = rota_mutex_finish(wait->mutex, &wait->lock);
        if (locked == ROTA_OK || locked == ROTA_EOWNERDEAD)
                wait->mutex->depth = wait->depth;
        if (handed && locked == ROTA_EDEADLK) /* else it has been reported */
                report_circle();
        if (locked != ROTA_OK)
                return locked;
        return rota_wait_result(&wait->signal);
}

int rota_condition_finish(struct rota_condition_wait *wait)
{
        int result = condition_finish(wait);

        rota_cancel_hold(wait->held);
        return result;
}

void condition_drop(
        struct rota_condition *condition, struct rota_condition_wait *wait, bool relocking)
{
        wait_decide(&wait->signal, wait_encode(ROTA_ECANCELED));
        rota_timer_cancel(&wait->signal.timer);
        queue_finish(&wait->signal);
        bool handed = signalled(wait);
        if (handed)
                queue_settle(&condition->waiters); /* by now the other node is where it belongs */
        if (handed || (relocking && wait->locked == ROTA_EAGAIN)) {
                wait_decide(&wait->lock, wait_encode(ROTA_ECANCELED));
                int locked = rota_mutex_finish(wait->mutex, &wait->lock);
                if (locked == ROTA_OK || locked == ROTA_EOWNERDEAD)
                        mutex_give_back(wait->mutex, locked);
        }
        if (handed)
                rota_condition_signal(condition);
}

int rota_condition_wait_until(
        struct rota_condition *condition, struct rota_mutex *mutex, struct rota_timeout timeout)
{
        struct rota_condition_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);

        debug_call("rota_condition_wait_until");
        if (condition && mutex && !park_allowed())
                return rota_park(); /* says why not */
        if (condition && mutex && deadline == 0)
                return mutex_owned(mutex) ? ROTA_EAGAIN : ROTA_EPERM;
        int result = rota_condition_begin(condition, mutex, &wait);
        if (result != ROTA_EAGAIN)
                return result;
        rota_wait_park(&wait.signal, rota_timeout_at(deadline));
        if (rota_condition_relock(&wait) == ROTA_EAGAIN)
                rota_wait_park(&wait.lock, rota_timeout_forever());
        return rota_condition_finish(&wait);
}

int rota_condition_wait(struct rota_condition *condition, struct rota_mutex *mutex)
{
        debug_call("rota_condition_wait");
        return rota_condition_wait_until(condition, mutex, rota_timeout_forever());
}

/* Signals the first that still waits: true, and *waiter is to be woken where it is valid. The lock of the
 * condition's queue is held. */
static bool signal_one(struct rota_wait_queue *waiters, struct rota_handle *waiter)
{
        struct rota_handle none;
        struct rota_wait *first;

        while ((first = queue_next(waiters)) != NULL) {
                struct rota_condition_wait *wait =
                        rota_container(first, struct rota_condition_wait, signal);
                if (queue_serve(waiters, first, ROTA_OK, 0, &none)) {
                        /* It stays until its other node has a result. */
                        *waiter = mutex_hand(core_instance(), wait->mutex, &wait->lock);
                        return true;
                }
        }
        return false;
}

/* Who was given a mutex is woken when those behind it are queued for it: it could be done with it before,
 * and the next one would be woken too. */
static uint32_t signal_up_to(struct rota_condition *condition, uint32_t most)
{
        struct rota_handle lucky = ROTA_HANDLE_NONE;
        struct rota_handle waiter;
        uint32_t count = 0;
        uintptr_t flags = queue_lock(&condition->waiters);

        while (count < most && signal_one(&condition->waiters, &waiter)) {
                count++;
                if (!rota_handle_valid(waiter))
                        continue;
                park_wake(core_instance(), lucky); /* another mutex's */
                lucky = waiter;
        }
        park_wake(core_instance(), lucky);
        queue_unlock(&condition->waiters, flags);
        return count;
}

bool rota_condition_signal(struct rota_condition *condition)
{
        return signal_up_to(condition, 1) == 1;
}

uint32_t rota_condition_broadcast(struct rota_condition *condition)
{
        return signal_up_to(condition, UINT32_MAX);
}
