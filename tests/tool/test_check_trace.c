/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The judge of traces: good ones pass, each planted fault is found.
 */
#include "tool_test.h"

#include "check_trace.h"

#define R  ROTA_LEFT_RUNNABLE
#define P  ROTA_LEFT_PREEMPTED
#define S  ROTA_LEFT_SLEEPING
#define X  ROTA_LEFT_DEAD
#define US 1000u

/** Shorthands for records; times in us. */
#define SWITCH(t, cpu, from, to, left)                                                             \
        {                                                                                          \
                (t) * US, ROTA_EVENT_SWITCH, cpu, from, to, left                                   \
        }
#define WAKE(t, cpu, task, target)                                                                 \
        {                                                                                          \
                (t) * US, ROTA_EVENT_WAKEUP, cpu, task, 0, target                                  \
        }
#define NEW(t, cpu, task, target)                                                                  \
        {                                                                                          \
                (t) * US, ROTA_EVENT_WAKEUP_NEW, cpu, task, 0, target                              \
        }

#define HOTPLUG(t, cpu, what, which, joins)                                                        \
        {                                                                                          \
                (t) * US, ROTA_EVENT_CPUHP_##what, cpu, which, joins, 0                            \
        }

/* Two CPUs, three tasks: 1 and 2 run at once, 3 waits its turn, is taken over by CPU 1, all end. */
static const struct rota_record good[] = {NEW(0, 0, 1, 0), SWITCH(1, 0, 0, 1, R), NEW(1, 0, 2, 1),
        SWITCH(5, 1, 0, 2, R), NEW(6, 0, 3, 0), SWITCH(500, 0, 1, 3, P), SWITCH(600, 1, 2, 1, S),
        SWITCH(700, 0, 3, 0, S), WAKE(800, 1, 3, 0), SWITCH(810, 0, 0, 3, R),
        SWITCH(900, 1, 1, 0, X), WAKE(905, 0, 2, 1), SWITCH(910, 1, 0, 2, R),
        SWITCH(950, 0, 3, 0, X), SWITCH(990, 1, 2, 0, X)};

#define GOOD (sizeof(good) / sizeof(good[0]))

static bool judge(const struct rota_record *records, size_t count, struct check_verdict *verdict)
{
        const struct check_trace check = {.records = records,
                .count = count,
                .cpus = 2,
                .tasks = 3,
                .idle_ns = 20 * US,
                .skew_ns = 2 * US,
                .to_ns = UINT64_MAX};
        const bool result = check_trace(&check, verdict);

        free(verdict->run_ns);
        free(verdict->polls);
        return result;
}

static void test_good(void **state)
{
        const struct check_trace check = {.records = good,
                .count = GOOD,
                .cpus = 2,
                .tasks = 3,
                .idle_ns = 20 * US,
                .skew_ns = 0,
                .to_ns = UINT64_MAX};
        struct check_verdict verdict;

        (void)state;
        if (!check_trace(&check, &verdict))
                fail_msg("%s", verdict.what);
        assert_int_equal(verdict.run_ns[1], (499 + 300) * US);
        assert_int_equal(verdict.run_ns[2], (595 + 80) * US);
        assert_int_equal(verdict.run_ns[3], (200 + 140) * US);
        assert_int_equal(verdict.idle_most_ns, 10 * US);
        assert_int_equal(verdict.switches, 10);
        free(verdict.run_ns);
        free(verdict.polls);
}

/** The fault of faults: CPU 0 goes idle while 3 waits, and nobody tells it. */
static void test_idle(void **state)
{
        struct rota_record planted[GOOD];
        struct check_verdict verdict;

        (void)state;
        memcpy(planted, good, sizeof(good));
        planted[5] = (struct rota_record)SWITCH(500, 0, 1, 0, S);
        planted[6] = (struct rota_record)SWITCH(560, 0, 0, 3, R);
        planted[7] = (struct rota_record)SWITCH(700, 0, 3, 0, S);
        assert_false(judge(planted, 8, &verdict));
        assert_non_null(strstr(verdict.what, "CPU 0 was idle for 60000 ns while task 3 waited"));
        assert_int_equal(verdict.idle_most_ns, 60 * US);
        assert_int_equal(verdict.wasted_ns, (1 + 4 + 60) * US);
}

/** A CPU that leaves may be idle while a task waits; once it has left it runs nobody. */
static void test_hotplug(void **state)
{
        static const struct rota_record records[] = {NEW(0, 0, 1, 0), SWITCH(1, 0, 0, 1, R),
                HOTPLUG(2, 0, ENTER, 1, 0), HOTPLUG(3, 1, EXIT, 1, 0), NEW(10, 0, 2, 0),
                HOTPLUG(100, 1, ENTER, 1, 1), HOTPLUG(110, 1, EXIT, 1, 1), SWITCH(120, 1, 0, 2, R),
                SWITCH(150, 1, 2, 0, X), SWITCH(160, 0, 1, 0, X)};
        enum { ALL = sizeof(records) / sizeof(records[0]), JOINS = 6, RUNS = 7 };
        struct rota_record planted[ALL];
        struct check_verdict verdict;

        (void)state;
        assert_true(judge(records, ALL, &verdict));
        assert_int_equal(verdict.idle_most_ns, 10 * US);
        /* It has joined long before it takes the task. */
        memcpy(planted, records, sizeof(records));
        planted[JOINS - 1].time = planted[JOINS].time = 50 * US;
        assert_false(judge(planted, ALL, &verdict));
        assert_non_null(strstr(verdict.what, "CPU 1 was idle for 70000 ns while task 2 waited"));
        /* It has not joined. */
        memcpy(planted, records, sizeof(records));
        planted[JOINS] = planted[JOINS - 1];
        assert_false(judge(planted, ALL, &verdict));
        assert_non_null(strstr(verdict.what, "CPU 1 has left and runs task 2"));
        /* It says that it has left while it runs somebody. */
        memcpy(planted, records, sizeof(records));
        planted[RUNS + 1] = (struct rota_record)HOTPLUG(140, 1, EXIT, 1, 0);
        assert_false(judge(planted, ALL, &verdict));
        assert_non_null(strstr(verdict.what, "CPU 1 has left and runs task 2"));
        planted[RUNS + 1] = (struct rota_record)HOTPLUG(140, 1, EXIT, 7, 0);
        assert_false(judge(planted, ALL, &verdict));
        assert_non_null(strstr(verdict.what, "CPU 7 leaves or joins; there are 2"));
}

/** A CPU on which the waiting task may not run may be idle. */
static bool only_cpu_1(void *argument, uint32_t id, uint32_t cpu)
{
        (void)argument;
        return id != 3 || cpu == 1;
}

static void test_affinity(void **state)
{
        static const struct rota_record records[] = {NEW(0, 1, 2, 1), SWITCH(1, 1, 0, 2, R),
                NEW(2, 1, 3, 1), SWITCH(500, 1, 2, 3, X), SWITCH(600, 1, 3, 0, X)};
        struct check_trace check = {.records = records,
                .count = 5,
                .cpus = 2,
                .tasks = 3,
                .allowed = only_cpu_1,
                .idle_ns = 20 * US,
                .to_ns = UINT64_MAX};
        struct check_verdict verdict;

        (void)state;
        assert_true(check_trace(&check, &verdict));
        free(verdict.run_ns);
        free(verdict.polls);
        check.allowed = NULL;
        assert_false(check_trace(&check, &verdict));
        free(verdict.run_ns);
        free(verdict.polls);
}

/** One record of the good trace replaced, and what must be said. */
static const struct {
        size_t at;
        struct rota_record record;
        const char *words;
} faults[] = {
        {5, SWITCH(500, 0, 2, 3, P), "CPU 0 switches away from 2 and ran 1"},
        {5, SWITCH(500, 0, 1, 2, P), "task 2 is on CPU"},
        {8, WAKE(800, 1, 1, 0), "ran and nobody had woken it"},
        {8, SWITCH(800, 1, 1, 1, R), "ran and nobody had woken it"},
        {10, SWITCH(700, 1, 1, 0, X), "time runs backwards"},
        {5, SWITCH(500, 0, 1, 9, P), "names the tasks 1 and 9; there are 3"},
        {11, WAKE(905, 0, 1, 1), "task 1 was woken after its end"},
};

static void test_faults(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
                struct rota_record planted[GOOD];
                struct check_verdict verdict;
                memcpy(planted, good, sizeof(good));
                planted[faults[i].at] = faults[i].record;
                assert_false(judge(planted, GOOD, &verdict));
                if (!strstr(verdict.what, faults[i].words))
                        fail_msg("fault %zu: %s", i, verdict.what);
        }
}

/** CPUs read the clock before they take a lock: small disorder is none, large is one. */
static void test_skew(void **state)
{
        struct rota_record late[GOOD];
        struct check_verdict verdict;

        (void)state;
        memcpy(late, good, sizeof(good));
        late[8] = (struct rota_record)SWITCH(799, 0, 0, 3, R);
        late[9] = (struct rota_record)WAKE(800, 1, 3, 0);
        assert_true(judge(late, GOOD, &verdict));
        assert_int_equal(verdict.skew_most_ns, US);
        late[8].time = 780 * US;
        assert_false(judge(late, GOOD, &verdict));
}

static void test_empty(void **state)
{
        struct check_verdict verdict;

        (void)state;
        assert_true(judge(NULL, 0, &verdict));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_idle),
                cmocka_unit_test(test_hotplug),
                cmocka_unit_test(test_affinity),
                cmocka_unit_test(test_faults),
                cmocka_unit_test(test_skew),
                cmocka_unit_test(test_empty),
        };
        return RUN(tests);
}
