/* SPDX-License-Identifier: MIT */
/* The one thing that calls wait on: a node, with a time at which it is given up. And those that wait for
 * nothing but that time. */
#include "user/process.h"

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct kernel_wait *wait = (struct kernel_wait *)future;
        const int result = future->value ? rota_wait_disarm(&wait->node)
                                         : rota_wait_arm(&wait->node, rota_timeout_at(wait->until));

        (void)context; /* who polls it is the node's waiter */
        future->value = 1;
        if (result == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        if (wait->leave)
                wait->leave(wait);
        future->value = result;
        return ROTA_POLL_READY;
}

static void drop(struct rota_future *future)
{
        struct kernel_wait *wait = (struct kernel_wait *)future;

        rota_wait_withdraw(&wait->node);
        if (wait->leave)
                wait->leave(wait);
}

struct rota_future *kernel_wait(
        struct kernel_wait *wait, uint64_t until, void (*leave)(struct kernel_wait *))
{
        rota_future_init(&wait->future, poll, drop);
        wait->until = until;
        wait->leave = leave;
        return &wait->future;
}

void kernel_wait_leave_queue(struct kernel_wait *wait)
{
        rota_wait_queue_finish(&wait->node);
}

static ROTA_ASYNC(sleep_call, struct kernel_sleep, me)
{
        rota_wait_init(&me->wait.node);
        ROTA_AWAIT(kernel_wait(&me->wait, me->wait.until, NULL));
        ROTA_RETURN(0);
}
ROTA_END

static enum rota_serve sleep(struct kernel_thread *thread, uint64_t until)
{
        thread->wait.sleep.wait.until = until;
        return rota_user_await(&thread->user, sleep_call(&thread->wait.sleep));
}

enum rota_serve kernel_call_sleep(struct kernel_thread *thread, const struct rota_trap *trap)
{
        const uint64_t now = rota_now();

        return sleep(thread, trap->args[0] < ROTA_NEVER - now ? now + trap->args[0] : ROTA_NEVER);
}

enum rota_serve kernel_call_sleep_until(struct kernel_thread *thread, const struct rota_trap *trap)
{
        return sleep(thread, trap->args[0]);
}
