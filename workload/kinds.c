/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The two ways to perform a workload: a thread of Rota's parks where it has to wait, a future ends its poll.
 * What they perform is the same (perform_go_on()).
 *
 * A future here keeps to what a thread would do, so that the two can be compared: it yields where its
 * workload says so and nowhere else. What works for long is preempted in its poll, on a spare stack, as a
 * thread is on its own; so it needs no budget either.
 */
#include "perform.h"

static struct perform_thread *thread_of(struct rota_future *work)
{
        return (void *)((char *)work - offsetof(struct perform_thread, work));
}

bool perform_block(struct perform_thread *thread, enum perform_result on)
{
        if (on == PERFORM_PENDING)
                rota_wait_park(thread->act.wait, thread->act.timeout);
        return on != PERFORM_YIELDED || rota_yield() == ROTA_OK;
}

intptr_t perform_thread_main(void *argument)
{
        struct perform_thread *thread = argument;
        enum perform_result result = perform_go_on(thread);

        while (result != PERFORM_END && perform_block(thread, result))
                result = perform_go_on(thread);
        return 0;
}

static enum rota_poll answer(struct perform_thread *thread)
{
        if (thread->waits && rota_wait_disarm(thread->act.wait) == ROTA_EAGAIN)
                return ROTA_POLL_PENDING;
        thread->waits = false;
        for (;;) {
                switch (perform_go_on(thread)) {
                case PERFORM_PENDING:
                        if (rota_wait_arm(thread->act.wait, thread->act.timeout) != ROTA_EAGAIN)
                                break; /* it is over already */
                        thread->waits = true;
                        return ROTA_POLL_PENDING;
                case PERFORM_YIELDED:
                        return ROTA_POLL_YIELDED;
                case PERFORM_DONE:
                case PERFORM_END:
                        return ROTA_POLL_READY;
                }
        }
}

static void count(uint64_t *counter)
{
        __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static enum rota_poll poll(struct rota_future *work, struct rota_poll_context *context)
{
        struct perform_thread *thread = thread_of(work);

        (void)context;
        count(&thread->polls);
        const enum rota_poll answered = answer(thread);
        if (answered == ROTA_POLL_YIELDED)
                count(&thread->yields);
        return answered;
}

/** The run is over while it waits: every wait ends as cancelled from here on, and so does the event that
 * it is at, as it would for a thread. */
static void drop(struct rota_future *work)
{
        struct perform_thread *thread = thread_of(work);

        count(&thread->polls);                     /* it is the answer to a wake like any other */
        for (bool waits = thread->waits; waits;) { /* else it has yielded, or was never polled */
                rota_wait_complete(thread->act.wait, ROTA_ECANCELED);
                rota_wait_disarm(thread->act.wait);
                waits = perform_go_on(thread) == PERFORM_PENDING;
        }
}

int perform_make_future(struct perform_thread *thread, const struct rota_task_options *options)
{
        rota_future_init(&thread->work, poll, drop);
        return rota_future_create(&thread->is.future, &thread->work, options, &thread->handle);
}
