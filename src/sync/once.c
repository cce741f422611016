/* SPDX-License-Identifier: MIT */
/* Once. The word is 0, the slot of who does it, or DONE; it leaves 0 and a slot under the queue's lock. */
#include <rota/once.h>

#include "sync/queue.h"

enum { ONCE_DONE = 2 };

static uintptr_t mine(void)
{
        const struct rota_task *task = rota_current();
        return (uintptr_t)(task ? task->slot : NULL);
}

bool rota_once_done(const struct rota_once *once)
{
        /* Acquire: what was done; partner: the release in rota_once_end. */
        return once && rota_atomic_load_acquire(&once->word) == ONCE_DONE;
}

/* `wait` NULL: it does not wait. The lock is held. */
static int join(struct rota_once *once, struct rota_wait *wait)
{
        uintptr_t word = rota_atomic_load_acquire(&once->word);

        if (word == ONCE_DONE)
                return ROTA_OK;
        if (word == mine())
                return ROTA_EDEADLK;
        if (word == 0) {
                rota_atomic_store(&once->word, mine());
                return ROTA_ONCE_YOURS;
        }
        if (wait) {
                queue_add(&once->waiters, wait);
                queue_trace(&once->waiters, NULL);
        }
        return ROTA_EAGAIN;
}

static int begin(struct rota_once *once, struct rota_wait *wait)
{
        if (rota_once_done(once))
                return ROTA_OK;
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        if (wait)
                rota_wait_init(wait);
        uintptr_t flags = queue_lock(&once->waiters);
        int result = join(once, wait);
        queue_unlock(&once->waiters, flags);
        return result;
}

int rota_once_begin(struct rota_once *once, struct rota_wait *wait)
{
        debug_call("rota_once_begin");
        return once && wait ? begin(once, wait) : ROTA_EINVAL;
}

int rota_once_finish(struct rota_once *once, struct rota_wait *wait)
{
        if (!once || !wait)
                return ROTA_EINVAL;
        int result = queue_finish(wait);
        return result == ROTA_OK ? (int)wait->value : result;
}

/* It is the next one's to do, or nobody's. The lock is held. */
static void pass_on(struct rota_once *once)
{
        struct rota_handle waiter;
        struct rota_wait *wait;

        while ((wait = queue_next(&once->waiters)) != NULL) {
                /* Before it knows: then it may be done with it at once. */
                rota_atomic_store(&once->word, (uintptr_t)wait_task(wait)->slot);
                if (queue_serve(&once->waiters, wait, ROTA_OK, ROTA_ONCE_YOURS, &waiter)) {
                        park_wake(core_instance(), waiter);
                        return;
                }
        }
        rota_atomic_store(&once->word, 0);
}

int rota_once_end(struct rota_once *once, int result)
{
        if (!once)
                return ROTA_EINVAL;
        if (!rota_current() || rota_atomic_load(&once->word) != mine())
                return ROTA_EPERM;
        uintptr_t flags = queue_lock(&once->waiters);
        if (result >= 0) {
                /* Release: what was done; partner: the acquire in rota_once_done. */
                rota_atomic_store_release(&once->word, ONCE_DONE);
                queue_wake_many(&once->waiters, UINT32_MAX, ROTA_OK, ROTA_OK);
        } else {
                pass_on(once);
        }
        queue_unlock(&once->waiters, flags);
        return ROTA_OK;
}

static int call(struct rota_once *once, int (*function)(void *), void *argument,
        struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);
        int result = begin(once, deadline ? &wait : NULL);

        if (result == ROTA_EAGAIN && deadline) {
                result = queue_park(&wait, rota_timeout_at(deadline));
                if (result == ROTA_OK)
                        result = (int)wait.value;
        }
        if (result == ROTA_ONCE_YOURS) {
                result = function(argument);
                rota_once_end(once, result);
        }
        return result;
}

int rota_once_call(struct rota_once *once, int (*function)(void *), void *argument)
{
        debug_call("rota_once_call");
        if (rota_unlikely(!once || !function))
                return ROTA_EINVAL;
        if (rota_likely(rota_once_done(once)))
                return ROTA_OK;
        return call(once, function, argument, rota_timeout_forever());
}

int rota_once_call_until(struct rota_once *once, int (*function)(void *), void *argument,
        struct rota_timeout timeout)
{
        debug_call("rota_once_call_until");
        if (!once || !function)
                return ROTA_EINVAL;
        if (rota_once_done(once))
                return ROTA_OK;
        return call(once, function, argument, timeout);
}
