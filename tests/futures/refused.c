/* SPDX-License-Identifier: MIT */
/*
 * What a compiler refuses of coroutines. Each case is a line "case N: what", and code that compiles with GOOD
 * and does not without; see refused.
 */
#include <rota/futures.h>

struct inner {
        struct rota_coroutine coroutine;
        int count;
};

struct rota_future *inner_run(struct inner *me);

ROTA_ASYNC(inner_run, struct inner, me)
{
        ROTA_YIELD;
        ROTA_RETURN(me->count);
}
ROTA_END

struct frame {
#if CASE == 4 && !defined(GOOD)
        int first; /* case 4: a frame that does not begin with its coroutine */
#endif
        struct rota_coroutine coroutine;
#if CASE == 5 && !defined(GOOD)
        int inner; /* case 5: awaits what is no future */
#else
        struct inner inner;
#endif
        intptr_t kept;
        int step;
};

/* case 1: a wait outside a coroutine */
#if CASE == 1 && !defined(GOOD)
void outside(struct frame *me)
{
        ROTA_AWAIT(inner_run(&me->inner));
}
#endif

/* case 2: a yield outside a coroutine */
#if CASE == 2 && !defined(GOOD)
int outside(int n)
{
        switch (n) {
        case 1:
                ROTA_YIELD;
        }
        return n;
}
#endif

struct rota_future *frame_run(struct frame *me);

ROTA_ASYNC(frame_run, struct frame, me)
{
#if CASE == 3 && !defined(GOOD)
        /* clang-format off */
        ROTA_YIELD; ROTA_YIELD; /* case 3: two waits on one line */
        /* clang-format on */
#elif CASE == 5 && !defined(GOOD)
        ROTA_AWAIT(&me->inner);
#elif CASE == 6 && !defined(GOOD)
        ROTA_AWAIT(&me->inner.coroutine); /* case 6: awaits a coroutine instead of its future */
#elif CASE == 7 && !defined(GOOD)
        return 0; /* case 7: returns a number */
#elif CASE == 8 && !defined(GOOD)
        return ROTA_POLL_READY; /* case 8: returns as a poll does */
#elif CASE == 9 && !defined(GOOD)
        if (me->kept)
                return; /* case 9: returns nothing */
#elif CASE == 10
        /* case 10: a wait in a switch */
#ifdef GOOD
        if (me->step == 1) {
                ROTA_YIELD;
        }
#else
        switch (me->step) {
        case 1:
                ROTA_YIELD;
        }
#endif
#elif CASE == 11
        /* case 11: a wait in a switch over an enum */
        enum rota_poll poll = (enum rota_poll)me->step;
#ifdef GOOD
        if (poll == ROTA_POLL_READY)
                me->kept = 1;
#else
        switch (poll) {
        case ROTA_POLL_READY:
                ROTA_YIELD;
                break;
        default:
                break;
        }
#endif
        me->step = 0;
#elif CASE == 12
        /* case 12: a variable of the body's own over a wait */
#ifdef GOOD
        {
                int local = me->step + 1;
                me->kept = local;
        }
        ROTA_AWAIT(inner_run(&me->inner));
#else
        int local = me->step + 1;
        ROTA_AWAIT(inner_run(&me->inner));
        me->kept = local;
#endif
#elif CASE == 13
        /* case 13: a loop's variable over a wait */
#ifdef GOOD
        for (me->step = 0; me->step < 3; me->step++)
                ROTA_AWAIT(inner_run(&me->inner));
#else
        for (int i = 0; i < 3; i++)
                ROTA_AWAIT(inner_run(&me->inner));
#endif
#elif CASE == 14 && !defined(GOOD)
        inner_run(&me->inner); /* case 14: a coroutine that is made and not awaited */
#elif CASE == 15 && !defined(GOOD)
        ROTA_AWAIT(3); /* case 15: awaits a number */
#elif CASE == 16 && !defined(GOOD)
        ROTA_AWAIT(inner_run(me)); /* case 16: another coroutine's frame */
#else
        ROTA_AWAIT_INTO(me->kept, inner_run(&me->inner));
#endif
        ROTA_RETURN(me->kept);
}
#if CASE != 17 || defined(GOOD)
ROTA_END /* case 17: no end */
#endif

        /* clang-format off */
/* case 19: a frame without a coroutine */
struct bare {
#if CASE == 19 && !defined(GOOD)
        struct rota_future coroutine;
#else
        struct rota_coroutine coroutine;
#endif
};

struct rota_future *bare_run(struct bare *me);
ROTA_ASYNC(bare_run, struct bare, me)
{
}
ROTA_END

/* case 20: awaits in a handler of its own */
#if CASE == 20 && !defined(GOOD)
static void handler(void *argument)
{
        struct frame *me = argument;
        ROTA_AWAIT(&me->inner.coroutine.future);
}
void (*handlers)(void *) = handler;
#endif

/* case 18: an end without a beginning */
#if CASE == 18 && !defined(GOOD)
ROTA_END
#endif
