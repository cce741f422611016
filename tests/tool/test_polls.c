/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The judge of polls: good ones pass, each planted fault is found.
 */
#include "tool_test.h"

#include <rota/future.h>
#include <rota/trap.h>

#include "check_trace.h"

#define R  ROTA_LEFT_RUNNABLE
#define P  ROTA_LEFT_PREEMPTED
#define S  ROTA_LEFT_SLEEPING
#define X  ROTA_LEFT_DEAD
#define US 1000u

/** Shorthands for records; times in us. Task 1 is a future, task 2 a thread. */
#define RECORD(t, cpu, event, a, b, c)                                                             \
        {                                                                                          \
                (t) * US, ROTA_EVENT_##event, cpu, a, b, c                                         \
        }
#define SWITCH(t, cpu, from, to, left) RECORD(t, cpu, SWITCH, from, to, left)
#define NEW(t, cpu, task)              RECORD(t, cpu, WAKEUP_NEW, task, 0, cpu)
#define WAKING(t, cpu, task, by)       RECORD(t, cpu, WAKING, task, by, cpu)
#define WAKE(t, cpu, task)             RECORD(t, cpu, WAKEUP, task, 0, cpu)
#define BEGIN(t, cpu, task)            RECORD(t, cpu, POLL_BEGIN, task, 0, 0)
#define ASKS(t, cpu, task, trap)       RECORD(t, cpu, POLL_BEGIN, task, (trap) + 1, 4)
#define EXIT(t, cpu, task)             RECORD(t, cpu, EXIT, task, 0, 0)
#define END(t, cpu, task, answer)      RECORD(t, cpu, POLL_END, task, ROTA_POLL_##answer, 0)

/* The future is started, polled, and yields; polled again, preempted by the thread and moved in that poll,
 * and woken in it by the thread; so it is polled once more, and then once after a wake. */
static const struct rota_record good[] = {
        NEW(0, 0, 1),
        SWITCH(1, 0, 0, 1, R),
        BEGIN(2, 0, 1),
        END(3, 0, 1, YIELDED),
        BEGIN(4, 0, 1), /* 4 */
        NEW(5, 0, 2),
        SWITCH(6, 0, 1, 2, P),
        SWITCH(8, 1, 0, 1, R),
        WAKING(9, 0, 1, 2),
        END(10, 1, 1, PENDING), /* 9 */
        SWITCH(11, 1, 1, 0, S),
        WAKING(12, 1, 1, 0),
        WAKE(12, 1, 1), /* 12 */
        SWITCH(13, 1, 0, 1, R),
        BEGIN(14, 1, 1),
        END(15, 1, 1, PENDING),
        SWITCH(16, 1, 1, 0, S), /* 16 */
        WAKING(20, 0, 1, 2),
        WAKE(20, 0, 1),
        SWITCH(22, 1, 0, 1, R),
        BEGIN(23, 1, 1), /* 20 */
        END(24, 1, 1, READY),
        SWITCH(25, 1, 1, 0, X),
        SWITCH(30, 0, 2, 0, X),
};

#define GOOD (sizeof(good) / sizeof(good[0]))

static bool judge(const struct rota_record *records, size_t count, bool gaps,
        struct check_verdict *verdict, uint64_t *polls)
{
        const struct check_trace check = {.records = records,
                .count = count,
                .cpus = 2,
                .tasks = 2,
                .idle_ns = 50 * US,
                .skew_ns = 2 * US,
                .gaps = gaps,
                .to_ns = UINT64_MAX};
        const bool result = check_trace(&check, verdict);

        *polls = verdict->polls[1];
        assert_int_equal(verdict->polls[2], 0);
        free(verdict->run_ns);
        free(verdict->polls);
        return result;
}

static void test_good(void **state)
{
        struct check_verdict verdict;
        uint64_t polls = 0;

        (void)state;
        if (!judge(good, GOOD, false, &verdict, &polls))
                fail_msg("%s", verdict.what);
        assert_int_equal(polls, 4);
}

/** One record of the good trace replaced, and what must be said; where the trace has gaps, nothing. */
static const struct {
        size_t at;
        struct rota_record record;
        const char *words;
} faults[] = {
        {3, END(3, 0, 1, PENDING), "task 1 is polled and nobody has woken it"},
        {3, END(3, 0, 1, READY), "task 1 is polled after it was ready"},
        {3, BEGIN(3, 0, 1), "task 1 is polled in its poll"},
        {2, END(2, 0, 1, PENDING), "task 1 ends a poll that had not begun"},
        {6, SWITCH(6, 0, 1, 2, S), "task 1 leaves CPU 0 in the middle of a poll"},
        {6, SWITCH(6, 0, 1, 2, R), "task 1 leaves CPU 0 in the middle of a poll"},
        {8, WAKE(9, 0, 1), "task 1 is woken twice for one poll"},
        {9, END(10, 1, 1, YIELDED), "task 1 is woken twice for one poll"},
        {12, WAKING(12, 1, 1, 0), "task 1 is polled and nobody has woken it"},
};

static void test_faults(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                struct rota_record planted[GOOD];
                struct check_verdict verdict;
                uint64_t polls = 0;
                memcpy(planted, good, sizeof(good));
                planted[faults[i].at] = faults[i].record;
                assert_false(judge(planted, GOOD, false, &verdict, &polls));
                if (!strstr(verdict.what, faults[i].words))
                        fail_msg("fault %zu: %s", i, verdict.what);
                if (!judge(planted, GOOD, true, &verdict, &polls))
                        fail_msg("fault %zu with gaps: %s", i, verdict.what);
        }
}

/** A wake in a poll that no other poll follows. */
static void test_lost(void **state)
{
        struct rota_record planted[GOOD];
        struct check_verdict verdict;
        uint64_t polls = 0;

        (void)state;
        memcpy(planted, good, sizeof(good));
        planted[11] = (struct rota_record)SWITCH(30, 0, 2, 0, X);
        assert_false(judge(planted, 12, false, &verdict, &polls));
        assert_non_null(strstr(verdict.what, "task 1 was woken in a poll and is not polled again"));
        assert_int_equal(polls, 2);
        /* The trace may end before it is. */
        planted[11] = (struct rota_record)SWITCH(11, 0, 2, 0, X);
        if (!judge(planted, 12, false, &verdict, &polls))
                fail_msg("%s", verdict.what);
}

/* Task 1 is a user task: it starts, and asks for something that is there after a wake; it is woken in user
 * mode, yields there, and asks for something that is there at once. It ends, and its id is another one's, which
 * awaits something for a fault, and yields in that. */
static const struct rota_record calls[] = {
        NEW(0, 0, 1),
        SWITCH(1, 0, 0, 1, R),
        ASKS(2, 0, 1, ROTA_TRAP_SYSCALL), /* 2 */
        END(3, 0, 1, PENDING),            /* 3 */
        SWITCH(4, 0, 1, 0, S),
        WAKING(10, 0, 1, 0),
        WAKE(10, 0, 1), /* 6 */
        SWITCH(11, 0, 0, 1, R),
        BEGIN(12, 0, 1),      /* 8 */
        END(13, 0, 1, READY), /* 9 */
        WAKING(14, 0, 1, 1),
        SWITCH(15, 0, 1, 0, R),
        SWITCH(16, 0, 0, 1, R),            /* 12 */
        ASKS(20, 0, 1, ROTA_TRAP_SYSCALL), /* 13 */
        END(21, 0, 1, READY),              /* 14 */
        EXIT(25, 0, 1),                    /* 15 */
        SWITCH(25, 0, 1, 0, X),
        NEW(30, 0, 1),
        SWITCH(31, 0, 0, 1, R),
        ASKS(32, 0, 1, ROTA_TRAP_FAULT), /* 19 */
        END(33, 0, 1, YIELDED),          /* 20 */
        BEGIN(34, 0, 1),
        END(35, 0, 1, READY),
        EXIT(40, 0, 1),
        SWITCH(40, 0, 1, 0, X),
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static const struct {
        size_t at;
        struct rota_record record;
        const char *words;
} call_faults[] = {
        {2, BEGIN(2, 0, 1), "task 1 is a future and has a trap"},
        {3, END(3, 0, 1, READY), "task 1 is polled after it was ready"},
        {3, END(3, 0, 1, YIELDED), "task 1 is woken twice for one poll"},
        {6, WAKING(10, 0, 1, 0), "task 1 is polled and nobody has woken it"},
        {8, ASKS(12, 0, 1, ROTA_TRAP_SYSCALL), "task 1 asks again before it was answered"},
        {9, END(13, 0, 1, PENDING), "task 1 asks again before it was answered"},
        {12, BEGIN(16, 0, 1), "task 1 is polled after it was ready"},
        {14, SWITCH(21, 0, 1, 1, R), "task 1 leaves CPU 0 in the middle of a poll"},
        {19, BEGIN(32, 0, 1), ""}, /* is one of a future's */
        {20, END(33, 0, 1, PENDING), "task 1 is polled and nobody has woken it"},
};

static void test_calls(void **state)
{
        struct check_verdict verdict;
        uint64_t polls = 0;

        (void)state;
        if (!judge(calls, CALLS, false, &verdict, &polls))
                fail_msg("%s", verdict.what);
        assert_int_equal(polls, 5);
        for (size_t i = 0; i < sizeof(call_faults) / sizeof(call_faults[0]); i++) {
                struct rota_record planted[CALLS];
                memcpy(planted, calls, sizeof(calls));
                planted[call_faults[i].at] = call_faults[i].record;
                const bool good = judge(planted, CALLS, false, &verdict, &polls);
                if (good != !call_faults[i].words[0] || !strstr(verdict.what, call_faults[i].words))
                        fail_msg("fault %zu: %s", i, verdict.what);
                if (!judge(planted, CALLS, true, &verdict, &polls))
                        fail_msg("fault %zu with gaps: %s", i, verdict.what);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_lost),
                cmocka_unit_test(test_calls),
        };
        return RUN(tests);
}
