/* SPDX-License-Identifier: MIT */
/* Coroutines that are used as they may not be, where no compiler can tell: no harm, and a debug build reports it. */
#include "harness.h"

#include <rota/futures.h>

struct frame {
        struct rota_coroutine coroutine;
        struct rota_sleep sleep;
        struct rota_cleanup cleanup;
        uint32_t cleaned;
        uint64_t wide;
        enum rota_poll inner;
        intptr_t value;
};

static void clean(void *argument)
{
        ((struct frame *)argument)->cleaned++;
}

static enum rota_poll poll_once(struct rota_future *future)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = ROTA_POLL_BUDGET};

        return rota_future_poll(future, &context);
}

/* It was reported once since, by a build that does. */
#define reported(before) (get(run.misuses) - (before) == (ROTA_DEBUG ? 1u : 0u))

static ROTA_ASYNC(seven, struct frame, me)
{
        ROTA_DEFER(&me->cleanup, clean, me);
        ROTA_RETURN(7);
}
ROTA_END

static void ended(struct frame *frame)
{
        struct rota_future *future = seven(frame);

        check(poll_once(future) == ROTA_POLL_READY && future->value == 7);
        uint32_t before = get(run.misuses);
        check(poll_once(future) == ROTA_POLL_READY && future->value == 7);
        check(reported(before));
        before = get(run.misuses);
        rota_future_drop(future);
        check(reported(before) && frame->cleaned == 1);
        future = seven(frame);
        rota_future_drop(future); /* this may be: it was never polled */
        before = get(run.misuses);
        check(poll_once(future) == ROTA_POLL_READY);
        check(reported(before));
}

static ROTA_ASYNC(switched, struct frame, me)
{
        ROTA_DEFER(&me->cleanup, clean, me);
        switch (me->wide) {
        case 3:
                ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_after(1000 * ROTA_S)));
        }
}
ROTA_END

static void in_a_switch(struct frame *frame)
{
        struct rota_future *future = switched(frame);

        frame->wide = 3;
        frame->cleaned = 0;
        uint32_t before = get(run.misuses);
        check(poll_once(future) == ROTA_POLL_PENDING);
        check(get(run.misuses) == before);
        check(poll_once(future) == ROTA_POLL_READY && future->value == ROTA_ESTATE);
        check(reported(before) && frame->cleaned == 1);
        check(!rota_timer_cancel(&frame->sleep.alarm.timer)); /* what it awaited was dropped */
}

static ROTA_ASYNC(narcissus, struct frame, me)
{
        me->inner = poll_once(&me->coroutine.future);
        me->value = me->coroutine.future.value;
        rota_future_drop(&me->coroutine.future);
        ROTA_YIELD;
        ROTA_RETURN(8);
}
ROTA_END

static void itself(struct frame *frame)
{
        struct rota_future *future = narcissus(frame);
        uint32_t before = get(run.misuses);

        check(poll_once(future) == ROTA_POLL_YIELDED);
        check(frame->inner == ROTA_POLL_READY && frame->value == ROTA_ESTATE);
        check(get(run.misuses) - before == (ROTA_DEBUG ? 2u : 0u));
        check(poll_once(future) == ROTA_POLL_READY && future->value == 8);
}

static void coroutines(void)
{
        struct frame *frame = memory(sizeof(*frame));

        ended(frame);
        in_a_switch(frame);
        itself(frame);
}

const struct scenario scenarios_future_misuse[] = {
        {.name = "future-misuse-coroutines", .run = coroutines, .flags = MISUSES},
        {.name = NULL},
};
