/* SPDX-License-Identifier: MIT */
/*
 * Lending: a mutex that nobody locks, whose owner is the task lent to and whose one waiter is who lends. So
 * all that is known of mutexes holds (inherit.c), but that it is never passed on: with its "owner's" end, or
 * with rota_lend_end(), it is gone. The node's result is never set; `decides` names the wait for which it
 * lends.
 */
#include <rota/lend.h>

#include "sync/mutex.h"

/* The task has it from now on; false where there is none, or it has ended. The lock is held. */
static bool give(struct rota *rota, struct rota_mutex *mutex, struct rota_handle to)
{
        struct rota_slot *slot = slot_pin(rota, to, false);

        if (!slot)
                return false;
        rota_atomic_store(&mutex->generation, to.generation);
        rota_atomic_store(&mutex->word, (uintptr_t)slot | MUTEX_WAITED);
        inherit_hold(slot_task(slot), mutex);
        slot_unpin(slot);
        return true;
}

int rota_lend_begin(struct rota_handle to, struct rota_lend *lend, struct rota_wait *until)
{
        debug_call("rota_lend_begin");
        if (!lend)
                return ROTA_EINVAL;
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        struct rota *rota = core_instance();
        rota_wait_init(&lend->wait);
        if (until)
                lend->wait.decides = until;
        rota_mutex_init(&lend->mutex, MUTEX_LENT, "the end");

        uintptr_t flags = rota_port_irq_save();
        int result = ROTA_OK;
        inherit_lock(rota);
        if (!give(rota, &lend->mutex, to)) {
                result = ROTA_ESTALE;
        } else {
                /* It does not end, nor wait for others, while the lock is held. */
                struct rota_task *self = rota_port_cpu()->current;
                struct rota_task *task = mutex_owner(&lend->mutex);
                if (mutex_closes_circle(task, self)) {
                        inherit_release(task, &lend->mutex);
                        result = ROTA_EDEADLK;
                } else {
                        inherit_queue(&lend->mutex, &lend->wait, self);
                        inherit_settle(task);
                }
        }
        inherit_unlock(rota);
        dispatch_leave(flags);
        return result;
}

void rota_lend_end(struct rota_lend *lend)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota *rota = core_instance();

        inherit_lock(rota);
        if (rota_atomic_load(&lend->wait.queue))
                mutex_withdraw(&lend->wait);
        inherit_unlock(rota);
        dispatch_leave(flags);
}

int rota_join_inherit(struct rota_handle task, struct rota_timeout timeout, intptr_t *code)
{
        struct rota_wait wait;
        struct rota_lend lend;

        debug_call("rota_join_inherit");
        uint64_t deadline = rota_timeout_deadline(timeout);
        if (deadline == 0)
                return rota_join(task, timeout, code);
        if (!park_allowed())
                return rota_park(); /* says why not */
        if (rota_handle_equal(task, rota_self()))
                return ROTA_EINVAL;
        rota_wait_init(&wait);
        int result = rota_join_begin(task, &wait, true);
        if (result == ROTA_EAGAIN) {
                result = rota_lend_begin(task, &lend, &wait);
                bool lent = result == ROTA_OK;
                /* Stale: it is about to have ended. */
                if (lent || result == ROTA_ESTALE)
                        result = rota_wait_park(&wait, rota_timeout_at(deadline));
                if (lent)
                        rota_lend_end(&lend);
                rota_join_finish(task, &wait);
                /* The end may have come between the answer and here. */
                int ended = rota_wait_result(&wait);
                if (ended != ROTA_EAGAIN)
                        result = ended;
        }
        if (result == ROTA_OK && code)
                *code = wait.value;
        return result;
}
