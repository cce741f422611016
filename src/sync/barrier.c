/* SPDX-License-Identifier: MIT */
/*
 * The barrier. Who has come is counted under the queue's lock, and so is who gives up; a node that has
 * timed out and not been taken out yet still counts. So when the last comes all the others are there, and
 * pass, whatever their nodes say: wait->value tells them.
 */
#include <rota/barrier.h>

#include "sync/queue.h"

enum { PASSED = 1 };

int rota_barrier_init(struct rota_barrier *barrier, uint32_t parties, const char *name)
{
        if (!barrier || !parties)
                return ROTA_EINVAL;
        *barrier = (struct rota_barrier){.parties = parties, .waiters = {.name = name}};
        return ROTA_OK;
}

uint32_t rota_barrier_here(const struct rota_barrier *barrier)
{
        return barrier ? rota_atomic_load(&barrier->here) : 0;
}

/* All are here. The lock is held. */
static void let_pass(struct rota_barrier *barrier)
{
        rota_atomic_store(&barrier->here, 0);
        queue_wake_many(&barrier->waiters, UINT32_MAX, ROTA_OK, PASSED);
}

/* `wait` NULL: it does not wait. */
static int begin(struct rota_barrier *barrier, struct rota_wait *wait)
{
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        if (wait)
                rota_wait_init(wait);
        uintptr_t flags = queue_lock(&barrier->waiters);
        int result = ROTA_EAGAIN;
        if (barrier->here + 1 >= barrier->parties) {
                let_pass(barrier);
                result = ROTA_BARRIER_LAST;
        } else if (wait) {
                queue_add(&barrier->waiters, wait);
                rota_atomic_store(&barrier->here, barrier->here + 1);
                queue_trace(&barrier->waiters, NULL);
        }
        queue_unlock(&barrier->waiters, flags);
        return result;
}

static int finish(struct rota_barrier *barrier, struct rota_wait *wait)
{
        /* Acquire: who served it has let it go; partner: wait_decide(). */
        if (rota_atomic_load_acquire(&wait->result) & WAIT_SERVED) {
                queue_settle(&barrier->waiters);
                return ROTA_OK;
        }
        uintptr_t flags = queue_lock(&barrier->waiters);
        bool passed = wait->value == PASSED;
        if (!passed) {
                queue_unlink(&barrier->waiters, wait);
                rota_atomic_store(&wait->queue, NULL);
                rota_atomic_store(&barrier->here, barrier->here - 1);
        }
        queue_unlock(&barrier->waiters, flags);
        return passed ? ROTA_OK : rota_wait_result(wait);
}

int rota_barrier_begin(struct rota_barrier *barrier, struct rota_wait *wait)
{
        debug_call("rota_barrier_begin");
        return barrier && wait && barrier->parties ? begin(barrier, wait) : ROTA_EINVAL;
}

int rota_barrier_finish(struct rota_barrier *barrier, struct rota_wait *wait)
{
        return barrier && wait ? finish(barrier, wait) : ROTA_EINVAL;
}

static int wait_until(struct rota_barrier *barrier, struct rota_timeout timeout)
{
        struct rota_wait wait;

        if (!barrier || !barrier->parties)
                return ROTA_EINVAL;
        uint64_t deadline = rota_timeout_deadline(timeout);
        int result = begin(barrier, deadline ? &wait : NULL);
        if (result != ROTA_EAGAIN || !deadline)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = finish(barrier, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_barrier_wait(struct rota_barrier *barrier)
{
        debug_call("rota_barrier_wait");
        return wait_until(barrier, rota_timeout_forever());
}

int rota_barrier_wait_until(struct rota_barrier *barrier, struct rota_timeout timeout)
{
        debug_call("rota_barrier_wait_until");
        return wait_until(barrier, timeout);
}
