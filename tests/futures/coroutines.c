/* SPDX-License-Identifier: MIT */
/* Coroutines, polled at a desk: each way through one and out of it. What a compiler refuses is refused.c. */
#include "told.h"

struct routine {
        struct rota_coroutine coroutine;
        struct told told;
        struct rota_cleanup cleanup[3];
        char *log;
        int step;
        int how;
        uint64_t wide;
};

static void log_a(void *argument)
{
        *((struct routine *)argument)->log++ = 'a';
}

static void log_b(void *argument)
{
        struct routine *me = argument;
        *me->log++ = me->told.drops ? 'D' : 'b'; /* what is awaited is dropped before */
}

static void log_c(void *argument)
{
        *((struct routine *)argument)->log++ = 'c';
}

static ROTA_ASYNC(routine, struct routine, me)
{
        ROTA_DEFER(&me->cleanup[0], log_a, me);
        ROTA_DEFER(&me->cleanup[1], log_b, me);
        ROTA_DEFER(&me->cleanup[2], log_c, me);
        ROTA_UNDEFER(me->how == 1);
        ROTA_YIELD;
        if (me->how == 2)
                ROTA_AWAIT(never(&me->told));
        else
                ROTA_AWAIT_INTO(me->step, tell(&me->told, 2, 41));
        *me->log++ = '.';
        if (me->how == 3)
                ROTA_RETURN(ROTA_AWAITED + 1);
        ROTA_UNDEFER(false);
        ROTA_UNDEFER(true);
        ROTA_UNDEFER(true); /* there is none */
}
ROTA_END

static void coroutines(void **state)
{
        char log[16];
        struct routine frame;

        (void)state;
        memset(&frame, 0xa5, sizeof(frame)); /* its _init is all that it needs */
        for (int how = 0; how < 4; how++) {
                memset(log, 0, sizeof(log));
                frame.log = log;
                frame.how = how;
                struct rota_future *future = routine(&frame);
                if (how == 2) {
                        assert_int_equal(poll_once(future), ROTA_POLL_YIELDED);
                        assert_int_equal(poll_once(future), ROTA_POLL_PENDING);
                        assert_int_equal(poll_once(future), ROTA_POLL_PENDING);
                        rota_future_drop(future);
                        assert_int_equal(frame.told.drops, 1);
                } else {
                        assert_int_equal(drive(future), how == 3 ? 42 : 0);
                        assert_int_equal(frame.step, 41);
                        assert_int_equal(polls, 4);
                }
                static const char *const logs[] = {".a", "c.a", "Da", ".ba"};
                assert_string_equal(log, logs[how]);
        }
        frame.log = log;
        rota_future_drop(routine(&frame)); /* not begun: nothing to put right */
        assert_int_equal(poll_once(&frame.coroutine.future), ROTA_POLL_READY); /* misuse: no harm */
}

/* What the compiler cannot tell. */
static ROTA_ASYNC(switched, struct routine, me)
{
        ROTA_DEFER(&me->cleanup[0], log_a, me);
        switch (me->wide) {
        case 3:
                ROTA_AWAIT(never(&me->told));
        }
}
ROTA_END

static void lost(void **state)
{
        char log[4] = "";
        struct routine frame = {.log = log, .wide = 3};

        (void)state;
        assert_int_equal(poll_once(switched(&frame)), ROTA_POLL_PENDING);
        assert_int_equal(poll_once(&frame.coroutine.future), ROTA_POLL_READY);
        assert_int_equal(frame.coroutine.future.value, ROTA_ESTATE);
        assert_int_equal(frame.told.drops, 1);
        assert_string_equal(log, "a");
}

int main(void)
{
#define each(name) cmocka_unit_test_setup_teardown(name, desk_set_up, desk_tear_down)
        const struct CMUnitTest tests[] = {
                each(coroutines),
                each(lost),
        };
#undef each
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
