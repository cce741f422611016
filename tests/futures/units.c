/* SPDX-License-Identifier: MIT */
/* What composes futures, one by one: polled at a desk, where time only passes when all wait. */
#include "drive.h"
#include "told.h"

/* ---- Time ---- */

static void sleeps(void **state)
{
        struct rota_sleep sleep;
        uint64_t from = unit_port.now;

        (void)state;
        assert_int_equal(drive(rota_sleep_init(&sleep, rota_timeout_after(500))), ROTA_OK);
        assert_int_equal(unit_port.now, from + 500);
        assert_int_equal(polls, 2);
        assert_int_equal(drive(rota_sleep_init(&sleep, rota_timeout_at(from + 2000))), ROTA_OK);
        assert_int_equal(unit_port.now, from + 2000);
        /* What is over, or is none, is ready at once, and takes from the budget. */
        assert_int_equal(drive(rota_sleep_init(&sleep, rota_timeout_at(from))), ROTA_OK);
        assert_int_equal(drive(rota_sleep_init(&sleep, rota_timeout_none())), ROTA_OK);
        assert_int_equal(polls, 1);
        struct rota_poll_context spent = {.waker = rota_self(), .budget = 0};
        (void)rota_sleep_init(&sleep, rota_timeout_none());
        assert_int_equal(rota_future_poll(&sleep.future, &spent), ROTA_POLL_YIELDED);
        assert_int_equal(poll_once(&sleep.future), ROTA_POLL_READY);
        /* For ever has no timer; what is dropped has none either; polled early it sleeps on. */
        assert_int_equal(
                poll_once(rota_sleep_init(&sleep, rota_timeout_forever())), ROTA_POLL_PENDING);
        assert_null(unit_port.cpu->timers);
        rota_future_drop(&sleep.future);
        assert_int_equal(
                poll_once(rota_sleep_init(&sleep, rota_timeout_after(9))), ROTA_POLL_PENDING);
        assert_int_equal(poll_once(&sleep.future), ROTA_POLL_PENDING);
        assert_non_null(unit_port.cpu->timers);
        rota_future_drop(&sleep.future);
        assert_null(unit_port.cpu->timers);
        /* Never polled. */
        rota_future_drop(rota_sleep_init(&sleep, rota_timeout_after(9)));
}

static void intervals(void **state)
{
        struct rota_interval interval;
        uint64_t from = unit_port.now;

        (void)state;
        rota_interval_init(&interval, from + 100, 100);
        for (uint32_t i = 1; i <= 5; i++) {
                assert_int_equal(drive(rota_interval_next(&interval)), 0);
                assert_int_equal(unit_port.now, from + 100 * i);
                unit_port.now += 37; /* what is done meanwhile */
        }
        unit_port.now = from + 950; /* 600 is late, 700, 800, 900 are missed */
        assert_int_equal(drive(rota_interval_next(&interval)), 3);
        assert_int_equal(interval.next, from + 1000);
        assert_int_equal(drive(rota_interval_next(&interval)), 0);
        assert_int_equal(unit_port.now, from + 1000);
        rota_interval_init(&interval, from, 0);
        assert_int_equal(drive(rota_interval_next(&interval)), ROTA_EINVAL);
        /* Past the end of time nothing comes. */
        rota_interval_init(&interval, from, ROTA_NEVER - 1);
        assert_int_equal(drive(rota_interval_next(&interval)), 0);
        assert_int_equal(interval.next, ROTA_NEVER);
        rota_interval_init(&interval, from, 1);
        assert_int_equal(drive(rota_interval_next(&interval)), (intptr_t)(unit_port.now - from));
}

static void untils(void **state)
{
        struct rota_until until;
        struct rota_sleep sleep;
        struct told told;
        uint64_t from = unit_port.now;

        (void)state;
        /* In time; at the same time; too late. */
        assert_int_equal(
                drive(rota_until_init(&until, rota_sleep_init(&sleep, rota_timeout_after(9)),
                        rota_timeout_after(10))),
                ROTA_OK);
        assert_int_equal(unit_port.now, from + 9);
        assert_int_equal(
                drive(rota_until_init(&until, rota_sleep_init(&sleep, rota_timeout_after(10)),
                        rota_timeout_after(10))),
                ROTA_OK);
        assert_int_equal(
                drive(rota_until_init(&until, rota_sleep_init(&sleep, rota_timeout_after(11)),
                        rota_timeout_after(10))),
                ROTA_ETIMEDOUT);
        assert_int_equal(unit_port.now, from + 29);
        /* Ready at once: no timer is armed. None: one poll. */
        assert_int_equal(
                drive(rota_until_init(&until, tell(&told, 0, 7), rota_timeout_after(1))), 7);
        assert_int_equal(drive(rota_until_init(&until, tell(&told, 0, 7), rota_timeout_none())), 7);
        assert_int_equal(drive(rota_until_init(&until, tell(&told, 1, 7), rota_timeout_none())),
                ROTA_ETIMEDOUT);
        assert_int_equal(told.drops, 1);
        /* Dropped before and after its first poll. */
        rota_future_drop(rota_until_init(&until, never(&told), rota_timeout_after(5)));
        assert_int_equal(told.drops, 1);
        assert_int_equal(poll_once(rota_until_init(&until, never(&told), rota_timeout_after(5))),
                ROTA_POLL_PENDING);
        rota_future_drop(&until.future);
        assert_int_equal(told.drops, 1);
        assert_null(unit_port.cpu->timers);
}

/* ---- Several ---- */

static struct told told[4];
static struct rota_branch branch[4];

static void several(uint32_t yields[4], const intptr_t values[4])
{
        dropped_so_far = 0;
        for (uint32_t i = 0; i < 4; i++)
                branch[i].future = tell(&told[i], yields[i], values[i]);
}

static void joins(void **state)
{
        static const uint32_t wanted[] = {3, 1, 4, 2};
        struct rota_join join;

        (void)state;
        several((uint32_t[]){2, 0, 3, 1}, (intptr_t[]){1, 2, 3, 4});
        assert_int_equal(drive(rota_join_init(&join, branch, 4)), ROTA_OK);
        assert_int_equal(join.failed, ROTA_BRANCH_NONE);
        assert_int_equal(polls, 4);
        for (uint32_t i = 0; i < 4; i++) {
                assert_int_equal(branch[i].future->value, i + 1);
                assert_int_equal(told[i].polls, wanted[i]); /* not once it is ready */
        }
        /* The first failure is the value, the others end all the same. */
        several((uint32_t[]){2, 0, 3, 1}, (intptr_t[]){-5, 2, 3, -7});
        assert_int_equal(drive(rota_join_init(&join, branch, 4)), -7);
        assert_int_equal(join.failed, 3);
        assert_int_equal(dropped_so_far, 0);
        /* Or are dropped, the last first. */
        several((uint32_t[]){2, 0, 3, 1}, (intptr_t[]){-5, 2, 3, -7});
        assert_int_equal(drive(rota_try_join_init(&join, branch, 4)), -7);
        assert_int_equal(told[2].order, 1);
        assert_int_equal(told[0].order, 2);
        assert_int_equal(dropped_so_far, 2);
        assert_int_equal(drive(rota_join_init(&join, NULL, 0)), ROTA_OK);
        branch[0].future = tell(&told[0], 0, 5);
        assert_int_equal(drive(rota_try_join_init(&join, branch, 1)), ROTA_OK);
        /* Dropped before it was polled. */
        several((uint32_t[]){2, 0, 3, 1}, (intptr_t[4]){0});
        rota_future_drop(rota_join_init(&join, branch, 4));
        for (uint32_t i = 0; i < 4; i++)
                assert_int_equal(told[i].order, 4 - i);
}

static void races(void **state)
{
        struct rota_race race;

        (void)state;
        several((uint32_t[]){2, 3, 1, 1}, (intptr_t[]){1, 2, -3, 4});
        assert_int_equal(drive(rota_race_init(&race, branch, 4)), -3);
        assert_int_equal(race.winner, 2);
        assert_int_equal(dropped_so_far, 3);
        assert_int_equal(told[3].order, 1);
        assert_int_equal(told[0].order, 3);
        several((uint32_t[]){2, 3, 1, 2}, (intptr_t[]){-1, 2, -3, 4});
        assert_int_equal(drive(rota_race_success_init(&race, branch, 4)), 4);
        several((uint32_t[]){2, 3, 1, 2}, (intptr_t[]){-1, -2, -3, -4});
        assert_int_equal(drive(rota_race_success_init(&race, branch, 4)), -2);
        assert_int_equal(race.winner, 1);
        assert_int_equal(dropped_so_far, 0);
        assert_int_equal(drive(rota_race_init(&race, NULL, 0)), ROTA_EINVAL);
        /* Always ready, again and again: each in its turn. */
        several((uint32_t[4]){0}, (intptr_t[]){10, 11, 12, 13});
        intptr_t won = drive(rota_race_init(&race, branch, 4));
        for (uint32_t i = 0; i < 9; i++) {
                assert_int_equal(won, 10 + i % 4);
                several((uint32_t[4]){0}, (intptr_t[]){10, 11, 12, 13});
                won = drive(rota_race_again(&race));
        }
}

/* A thousand that sleep: who is ready is not polled again. */
static void wide(void **state)
{
        static struct rota_sleep sleeps[1000];
        static struct rota_branch branches[1000];
        struct rota_join join;

        (void)state;
        for (uint32_t i = 0; i < 1000; i++)
                branches[i].future =
                        rota_sleep_init(&sleeps[i], rota_timeout_after(10 * (1 + i * 7 % 1000)));
        assert_int_equal(drive(rota_join_init(&join, branches, 1000)), ROTA_OK);
        assert_int_equal(polls, 1001);
}

/* Who uses up the budget in each poll does not starve its sibling. */
struct greedy {
        struct rota_coroutine coroutine;
        struct rota_ready ready;
        uint32_t rounds;
        uint32_t stop;
};

static ROTA_ASYNC(greed, struct greedy, me)
{
        for (me->rounds = 0; me->rounds < me->stop; me->rounds++)
                ROTA_AWAIT(rota_ready_init(&me->ready, 1));
        ROTA_RETURN((intptr_t)me->rounds);
}
ROTA_END

static void budget(void **state)
{
        struct greedy a = {.stop = 1000}, b = {.stop = 1000};
        struct rota_join join;
        struct rota_branch both[2];

        (void)state;
        assert_int_equal(drive(greed(&a)), 1000);
        assert_int_equal(polls, 1 + 1000 / ROTA_POLL_BUDGET);
        both[0].future = greed(&a);
        both[1].future = greed(&b);
        (void)rota_join_init(&join, both, 2);
        for (uint32_t i = 0; i < 8; i++)
                assert_int_equal(poll_once(&join.future), ROTA_POLL_YIELDED);
        assert_int_equal(a.rounds, 4 * ROTA_POLL_BUDGET);
        assert_int_equal(b.rounds, 4 * ROTA_POLL_BUDGET);
        rota_future_drop(&join.future);
}

/* ---- Retry ---- */

static uint64_t at[16];
static uint32_t attempts;

static struct rota_future *attempt(struct rota_retry *retry)
{
        assert_int_equal(retry->tries, attempts);
        assert_ptr_equal(retry->argument, told);
        assert_true(attempts == 0 || retry->future.value == -10 - (intptr_t)attempts + 1);
        at[attempts++] = unit_port.now;
        return attempts == 7 ? NULL
                             : tell(&told[0], 0, attempts == 6 ? 99 : -10 - (intptr_t)attempts + 1);
}

static void retries(void **state)
{
        struct rota_backoff backoff = {.tries = 4, .first_ns = 100, .cap_ns = 300};
        struct rota_retry retry;
        uint64_t random = 5, again = 5;

        (void)state;
        attempts = 0;
        assert_int_equal(drive(rota_retry_init(&retry, attempt, told, &backoff)), -13);
        assert_int_equal(attempts, 4);
        assert_int_equal(at[1] - at[0], 100);
        assert_int_equal(at[2] - at[1], 200);
        assert_int_equal(at[3] - at[2], 300);
        backoff.tries = 0;
        attempts = 0;
        assert_int_equal(drive(rota_retry_init(&retry, attempt, told, &backoff)), 99);
        assert_int_equal(attempts, 6);
        /* It gives up, with the last error or its own. */
        backoff.tries = 0;
        attempts = 6;
        (void)rota_retry_init(&retry, attempt, told, &backoff);
        retry.tries = 6;
        retry.future.value = -15;
        assert_int_equal(drive(&retry.future), -15);
        /* Dropped in a try, between two, and before. */
        attempts = 0;
        assert_int_equal(
                poll_once(rota_retry_init(&retry, attempt, told, &backoff)), ROTA_POLL_PENDING);
        assert_non_null(unit_port.cpu->timers);
        rota_future_drop(&retry.future);
        assert_null(unit_port.cpu->timers);
        rota_future_drop(rota_retry_init(&retry, attempt, told, &backoff));
        /* Neither sum nor product is too large; chance repeats itself, and stays within. */
        backoff = (struct rota_backoff){.first_ns = ROTA_NEVER / 3};
        assert_int_equal(rota_backoff_delay(&backoff, 2, &random), ROTA_NEVER / 3 * 2);
        assert_int_equal(rota_backoff_delay(&backoff, 3, &random), ROTA_NEVER);
        assert_int_equal(rota_backoff_delay(&backoff, UINT32_MAX, &random), ROTA_NEVER);
        backoff = (struct rota_backoff){.first_ns = 1000, .cap_ns = 8000, .seed = 5};
        uint64_t sum = 0;
        for (uint32_t i = 0; i < 1000; i++) {
                uint64_t delay = rota_backoff_delay(&backoff, 1 + i % 9, &random);
                assert_true(delay < (i % 9 < 3 ? UINT64_C(1000) << i % 9 : 8000));
                assert_int_equal(delay, rota_backoff_delay(&backoff, 1 + i % 9, &again));
                sum += delay;
        }
        assert_in_range(sum / 1000, 2800, 3400); /* half of what it would be without: 3055 */
}

/* ---- From outside ---- */

static void aborts(void **state)
{
        struct rota_abortable abortable;

        (void)state;
        assert_int_equal(drive(rota_abortable_init(&abortable, tell(&told[0], 2, 8))), 8);
        assert_false(rota_abort(&abortable));
        (void)rota_abortable_init(&abortable, never(&told[0]));
        assert_true(rota_abort(&abortable)); /* before its first poll */
        assert_false(rota_abort(&abortable));
        assert_int_equal(drive(&abortable.future), ROTA_ECANCELED);
        assert_int_equal(told[0].drops, 1);
        assert_int_equal(told[0].polls, 0);
        assert_int_equal(
                poll_once(rota_abortable_init(&abortable, never(&told[0]))), ROTA_POLL_PENDING);
        assert_true(rota_abort(&abortable));
        assert_int_equal(drive(&abortable.future), ROTA_ECANCELED);
        assert_int_equal(told[0].drops, 1);
        rota_future_drop(rota_abortable_init(&abortable, never(&told[0])));
        assert_false(rota_abort(&abortable));
        assert_int_equal(told[0].drops, 1);
}

int main(void)
{
#define each(name) cmocka_unit_test_setup_teardown(name, desk_set_up, desk_tear_down)
        const struct CMUnitTest tests[] = {
                each(sleeps),
                each(intervals),
                each(untils),
                each(joins),
                each(races),
                each(wide),
                each(budget),
                each(retries),
                each(aborts),
        };
#undef each
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
