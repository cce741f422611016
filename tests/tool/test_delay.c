/* SPDX-License-Identifier: MIT */
/**
 * @file
 * How long a process' threads were kept waiting, told by files of this test's own, and by Linux.
 */
#include "tool_test.h"

#include "delay.h"

#include <sys/stat.h>
#include <unistd.h>

static char proc[] = "/tmp/rota-delay-XXXXXX";

static void say(const char *name, const char *text)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", proc, name);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static void folder(const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", proc, name);
        assert_int_equal(mkdir(path, 0700), 0);
}

static int make(void **state)
{
        (void)state;
        if (!mkdtemp(proc))
                return 1;
        folder("7");
        folder("7/task");
        folder("7/task/7");
        folder("7/task/9");
        say("7/task/7/schedstat", "100 1000 5\n");
        say("7/task/9/schedstat", "100 2000 5\n");
        say("stat", "cpu  1 2 3 4 5 6 7 100 9 10\ncpu0 1 2 3 4 5 6 7 50 9 10\n");
        return 0;
}

static int clean(void **state)
{
        char command[64];

        (void)state;
        snprintf(command, sizeof(command), "rm -rf %s", proc);
        return system(command) != 0;
}

/* The thread that was kept for longest counts, from one look to the next. */
static void test_threads(void **state)
{
        static struct delay delay;

        (void)state;
        delay_open(&delay, proc, 7);
        assert_int_equal(delay.longest_ns, 2000); /* and what was stolen before is nobody's */
        say("7/task/7/schedstat", "100 4000 5\n");
        say("7/task/9/schedstat", "100 3000 5\n");
        delay_look(&delay);
        assert_int_equal(delay.longest_ns, 3000);
        delay_look(&delay);
        folder("7/task/11");
        say("7/task/11/schedstat", "0 3500 1\n");  /* begun since */
        say("7/task/7/schedstat", "100 3999 5\n"); /* cannot be */
        delay_look(&delay);
        assert_int_equal(delay.longest_ns, 3500);
        assert_int_equal(delay.threads, 3);
}

static void test_stolen(void **state)
{
        static struct delay delay;
        const uint64_t tick = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);

        (void)state;
        delay_open(&delay, proc, 7);
        say("stat", "cpu  1 2 3 4 5 6 7 103 9 10\n");
        say("7/task/9/schedstat", "100 3600 5\n");
        delay_look(&delay);
        assert_int_equal(delay.longest_ns, 3 * tick + 600);
}

/* One that is ready at look after look and has not run is kept since then; not one that has run, or sleeps. */
static void test_still_waits(void **state)
{
        static struct delay delay;

        (void)state;
        say("7/task/7/schedstat", "100 0 5\n");
        say("7/task/9/schedstat", "100 0 5\n");
        say("7/task/11/schedstat", "0 0 1\n");
        say("7/task/9/stat", "9 (a) b) S 1 2 3\n");
        delay_open(&delay, proc, 7);
        usleep(2000);
        delay_look(&delay);
        assert_int_equal(delay.longest_ns, 0);
        say("7/task/9/stat", "9 (a) b) R 1 2 3\n");
        for (int i = 0; i < 3; i++) {
                usleep(2000);
                delay_look(&delay);
        }
        assert_true(delay.longest_ns >= 3 * 2000000);
        const uint64_t kept = delay.longest_ns;
        say("7/task/9/schedstat", "101 0 5\n");
        delay_look(&delay);
        assert_int_equal(delay.longest_ns, kept);
        assert_int_equal(delay.thread[0].kept_ns + delay.thread[1].kept_ns, 0);
}

/* Where nothing is told nothing is seen. */
static void test_nothing(void **state)
{
        static struct delay delay;

        (void)state;
        say("7/task/9/schedstat", "no numbers");
        say("7/task/7/schedstat", "");
        say("7/task/11/schedstat", "5");
        say("stat", "");
        delay_open(&delay, proc, 7);
        delay_open(&delay, proc, 8);
        delay_open(&delay, "/no/such/place", 7);
        assert_int_equal(delay.longest_ns, 0);
}

/* Linux's own: this process has waited at some time, if Linux tells at all; and no longer than it lives. */
static void test_linux(void **state)
{
        static struct delay delay;

        (void)state;
        delay_open(&delay, "/proc", getpid());
        for (int i = 0; i < 20; i++) {
                usleep(1000);
                delay_look(&delay);
        }
        assert_true(delay.longest_ns < UINT64_C(600000000000));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_threads),
                cmocka_unit_test(test_stolen),
                cmocka_unit_test(test_still_waits),
                cmocka_unit_test(test_nothing),
                cmocka_unit_test(test_linux),
        };
        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, make, clean);
}
