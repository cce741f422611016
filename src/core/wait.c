/* SPDX-License-Identifier: MIT */
/* The wait node (DESIGN rule 4): its result is set once, by whoever comes first. */
#include "core/debug.h"

static bool set_result(struct rota_wait *wait, int result)
{
        return wait_decide(wait, wait_encode(result));
}

bool wait_decide(struct rota_wait *wait, uintptr_t result)
{
        uintptr_t pending = ROTA_WAIT_PENDING;
        /* Release: wait->value, to the waiter; partner: the acquire in rota_wait_result. */
        return rota_atomic_cas(&wait->decides->result, &pending, result);
}

void rota_wait_init(struct rota_wait *wait)
{
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *cpu = rota_port_cpu();
        const struct rota_task *self = cpu ? cpu->current : NULL;

        rota_port_irq_restore(flags);
        wait_begin(wait, self ? self->handle : ROTA_HANDLE_NONE);
}

bool rota_wait_settle(struct rota_wait *wait, int result, struct rota_handle *waiter)
{
        *waiter = wait->waiter; /* once the result is set the node is not ours */
        return set_result(wait, result);
}

bool rota_wait_complete(struct rota_wait *wait, int result)
{
        struct rota_handle waiter;

        if (!rota_wait_settle(wait, result, &waiter))
                return false;
        rota_wake(waiter);
        return true;
}

int rota_wait_result(const struct rota_wait *wait)
{
        uintptr_t result = rota_atomic_load_acquire(&wait->result);
        return result == ROTA_WAIT_PENDING ? ROTA_EAGAIN : wait_decode(result);
}

static void timed_out(void *argument)
{
        rota_wait_complete((struct rota_wait *)argument, ROTA_ETIMEDOUT);
}

static bool pending(const struct rota_wait *wait)
{
        return rota_atomic_load_acquire(&wait->result) == ROTA_WAIT_PENDING;
}

/* As rota_wait_park(); *foreign tells whether somebody else's wake came meanwhile. */
static int wait_park(struct rota_wait *wait, struct rota_timeout timeout, bool *foreign)
{
        *foreign = false;
        if (!pending(wait))
                return rota_wait_result(wait);
        uint64_t deadline = rota_timeout_deadline(timeout);
        if (deadline == 0)
                return ROTA_EAGAIN;
        if (deadline != ROTA_NEVER) {
                if (rota_unlikely(!park_allowed()))
                        return rota_park(); /* before the timer: in its callback its queue is locked */
                if (deadline <= rota_port_now())
                        set_result(wait, ROTA_ETIMEDOUT);
                else
                        rota_timer_arm(&wait->timer, deadline, timed_out, wait);
        }
        int result = ROTA_OK;
        while (pending(wait) && result != ROTA_ECONTEXT) {
                result = rota_park();
                if (result == ROTA_ECANCELED)
                        set_result(wait, ROTA_ECANCELED);
                else if (result == ROTA_OK && pending(wait))
                        *foreign = true;
        }
        if (deadline != ROTA_NEVER)
                rota_timer_cancel(&wait->timer);
        return pending(wait) ? result : rota_wait_result(wait);
}

int rota_wait_park(struct rota_wait *wait, struct rota_timeout timeout)
{
        bool foreign;

        debug_call("rota_wait_park");
        if (!wait)
                return ROTA_EINVAL;
        if (debug_not_mine(wait))
                return ROTA_EINVAL;
        struct rota_task *self = rota_current();
        if (!self)
                return wait_park(wait, timeout, &foreign);
        /* Meanwhile an overflow of its stack would leave the node in its primitive's queue. */
        rota_atomic_store(&self->marks, self->marks | MARK_WAITING);
        int result = wait_park(wait, timeout, &foreign);
        rota_atomic_store(&self->marks, self->marks & (uint8_t)~MARK_WAITING);
        return result;
}

int rota_wait_arm(struct rota_wait *wait, struct rota_timeout timeout)
{
        debug_call("rota_wait_arm");
        if (!wait)
                return ROTA_EINVAL;
        if (debug_not_mine(wait))
                return ROTA_EINVAL;
        uint64_t deadline = pending(wait) ? rota_timeout_deadline(timeout) : ROTA_NEVER;
        if (deadline != ROTA_NEVER) {
                if (deadline <= rota_port_now())
                        set_result(wait, ROTA_ETIMEDOUT);
                else
                        rota_timer_arm(&wait->timer, deadline, timed_out, wait);
        }
        return rota_wait_disarm(wait);
}

int rota_wait_disarm(struct rota_wait *wait)
{
        const struct rota_task *self = rota_current();

        if (!wait)
                return ROTA_EINVAL;
        if (self && pending(wait) && park_cancelled(self))
                set_result(wait, ROTA_ECANCELED);
        if (pending(wait))
                return ROTA_EAGAIN;
        rota_timer_cancel(&wait->timer);
        return rota_wait_result(wait);
}

int rota_wait_withdraw(struct rota_wait *wait)
{
        if (!wait)
                return ROTA_EINVAL;
        set_result(wait, ROTA_ECANCELED);
        rota_timer_cancel(&wait->timer);
        return rota_wait_result(wait);
}

int wait_park_own(struct rota_wait *wait, struct rota_timeout timeout)
{
        bool foreign;
        return wait_park(wait, timeout, &foreign);
}

int rota_park_until(struct rota_timeout timeout)
{
        struct rota_wait wait;

        debug_call("rota_park_until");
        rota_wait_init(&wait);
        uint64_t deadline = rota_timeout_deadline(timeout);
        if (deadline == ROTA_NEVER)
                return rota_park();
        struct rota_task *self = rota_current();
        if (!self)
                return rota_park();
        bool token = rota_atomic_load(&self->slot->word) & WORD_TOKEN;
        bool at_once = token || park_cancelled(self); /* a cancel that is held back ends no park */
        if (deadline == 0 && !at_once)
                return ROTA_EAGAIN;
        if (!at_once && deadline <= rota_port_now())
                return ROTA_ETIMEDOUT;
        if (rota_unlikely(!park_allowed()))
                return rota_park(); /* says why not */
        if (!at_once)
                rota_timer_arm(&wait.timer, deadline, timed_out, &wait);
        int result = rota_park();
        rota_timer_cancel(&wait.timer);
        if (result == ROTA_OK && !pending(&wait))
                result = ROTA_ETIMEDOUT;
        return result;
}

int rota_sleep_for(uint64_t ns)
{
        debug_call("rota_sleep_for");
        uint64_t now = rota_port_now();
        uint64_t until = ns < ROTA_NEVER - now ? now + ns : ROTA_NEVER;
        return (int)rota_sleep_until(&until, 0);
}

int64_t rota_sleep_until(uint64_t *next, uint64_t period)
{
        struct rota_wait wait;
        bool foreign;

        debug_call("rota_sleep_until");
        if (!next)
                return ROTA_EINVAL;
        rota_wait_init(&wait);
        int result = wait_park(&wait, rota_timeout_at(*next), &foreign);
        if (foreign)
                rota_wake(rota_self()); /* not ours to take */
        if (result != ROTA_ETIMEDOUT)
                return result;
        if (period == 0)
                return 0;
        uint64_t now = rota_port_now();
        uint64_t late = now > *next ? now - *next : 0;
        uint64_t missed = late / period;
        *next += (missed + 1) * period;
        return (int64_t)missed;
}
