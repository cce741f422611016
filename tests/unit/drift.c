/* SPDX-License-Identifier: MIT */
/*
 * Drift: periods keep their phase exactly, however late each one is served; two million periods of
 * a millisecond, a thousand million with ROTA_TEST_ALL: eleven days. And the edges of the timers.
 */
#include <rota/sync.h>

#include "desk.h"

#define PERIOD ROTA_MS

static uint64_t periods(void)
{
        return getenv("ROTA_TEST_ALL") ? UINT64_C(1000000000) : UINT64_C(2000000);
}

/* How late the next one is served: mostly a little, now and then by whole periods. */
static uint64_t lateness(uint64_t *seed)
{
        return chance(seed, 64) == 0 ? chance(seed, 5 * (uint32_t)PERIOD) : chance(seed, 50000);
}

/* The timer interrupt on CPU 0, at that time. */
static void tick_at(uint64_t now)
{
        unit_port.now = now;
        rota_irq_enter();
        rota_timer();
        rota_irq_exit();
}

static bool goes_on(struct rota_soft_timer *timer)
{
        (void)timer;
        return true;
}

static void periodic_timer(void **state)
{
        static struct rota_soft_timer timer;
        uint64_t first = 123457;
        uint64_t next = first;
        uint64_t missed = 0;
        uint64_t served = 0;
        uint64_t seed = 1;
        (void)state;

        assert_int_equal(rota_soft_timer_start(&timer, first, PERIOD, goes_on), ROTA_OK);
        for (uint64_t end = first + periods() * PERIOD; next < end;) {
                tick_at(next - 1);
                assert_int_equal(timer.expiries, served); /* never early */
                uint64_t late = lateness(&seed);
                tick_at(next + late);
                assert_int_equal(timer.due, next);
                assert_int_equal(timer.expiries, ++served);
                missed += late / PERIOD;
                next += (late / PERIOD + 1) * PERIOD;
                assert_int_equal(timer.timer.node.key, next);
                assert_int_equal(timer.missed, missed);
        }
        assert_int_equal((next - first) % PERIOD, 0);
        assert_int_equal((next - first) / PERIOD, served + missed);
        assert_true(missed > 0);
        assert_true(rota_soft_timer_stop(&timer));
        assert_false(rota_soft_timer_stop(&timer));
}

static void sleep_until(void **state)
{
        uint64_t first = 123457;
        uint64_t next = first;
        uint64_t missed = 0;
        uint64_t served = 0;
        uint64_t seed = 2;
        (void)state;

        for (uint64_t end = first + periods() * PERIOD; next < end;) {
                uint64_t late = lateness(&seed);
                uint64_t due = next;
                unit_port.now = next + late;
                int64_t result = rota_sleep_until(&next, PERIOD);
                assert_int_equal(result, late / PERIOD);
                assert_int_equal(next, due + (late / PERIOD + 1) * PERIOD);
                missed += (uint64_t)result;
                served++;
        }
        assert_int_equal((next - first) % PERIOD, 0);
        assert_int_equal((next - first) / PERIOD, served + missed);
}

static bool only_twice(struct rota_soft_timer *timer)
{
        return timer->expiries < 2;
}

static void edges(void **state)
{
        static struct rota_soft_timer timer;
        (void)state;

        assert_int_equal(rota_soft_timer_start(NULL, 1, 1, goes_on), ROTA_EINVAL);
        assert_int_equal(rota_soft_timer_start(&timer, 1, 1, NULL), ROTA_EINVAL);
        assert_false(rota_soft_timer_stop(NULL));
        assert_false(rota_soft_timer_stop(&timer));
        assert_int_equal(rota_soft_timer_start(&timer, 5000, 0, goes_on), ROTA_OK);
        assert_int_equal(rota_soft_timer_start(&timer, 5000, 0, goes_on), ROTA_ESTATE);
        tick_at(5000);
        assert_int_equal(timer.expiries, 1);
        assert_false(rota_soft_timer_stop(&timer)); /* once is once */
        /* A callback that has had enough. */
        assert_int_equal(rota_soft_timer_start(&timer, 6000, 10, only_twice), ROTA_OK);
        tick_at(6000);
        tick_at(6010);
        tick_at(6020);
        assert_int_equal(timer.expiries, 2);
        assert_false(rota_soft_timer_stop(&timer));
        /* The end of time: the next period would be beyond it. */
        assert_int_equal(rota_soft_timer_start(&timer, 7000, ROTA_NEVER - 5000, goes_on), ROTA_OK);
        tick_at(7000);
        assert_int_equal(timer.expiries, 1);
        assert_false(rota_soft_timer_stop(&timer));
        /* From outside there is no CPU whose queue it could be in. */
        desk_play(NULL, DESK_CPUS);
        assert_int_equal(rota_soft_timer_start(&timer, 1, 1, goes_on), ROTA_ECONTEXT);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(periodic_timer, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(sleep_until, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(edges, desk_set_up, desk_tear_down),
};
RUN(tests)
