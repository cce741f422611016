/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The drawing and the exports of a run that never was: two CPUs, two tasks, eighty milliseconds.
 */
#include "tool_test.h"

#include "export.h"
#include "result.h"
#include "show.h"

#define MS 1000000u

#define SWITCH(t, cpu, from, to, left)                                                             \
        {                                                                                          \
                (uint64_t)(t) * MS, ROTA_EVENT_SWITCH, cpu, from, to, left                         \
        }
#define NEW(t, task)                                                                               \
        {                                                                                          \
                (uint64_t)(t) * MS, ROTA_EVENT_WAKEUP_NEW, 0, task, 0, 0                           \
        }

#define HOTPLUG(t, what, joins)                                                                    \
        {                                                                                          \
                (uint64_t)(t) * MS, ROTA_EVENT_CPUHP_##what, 0, 1, joins, 0                        \
        }

/* Task 1 has CPU 0 for half of the time, then shares it with task 2; CPU 1 is idle, and leaves. */
static const struct rota_record records[] = {NEW(0, 1), SWITCH(0, 0, 0, 1, 0), NEW(40, 2),
        SWITCH(40, 0, 1, 2, ROTA_LEFT_PREEMPTED), SWITCH(50, 0, 2, 1, ROTA_LEFT_PREEMPTED),
        SWITCH(60, 0, 1, 2, ROTA_LEFT_PREEMPTED), HOTPLUG(62, ENTER, 0), HOTPLUG(63, EXIT, 0),
        HOTPLUG(64, ENTER, 1), SWITCH(70, 0, 2, 1, ROTA_LEFT_DEAD),
        SWITCH(80, 0, 1, 0, ROTA_LEFT_DEAD)};

#define COUNT (sizeof(records) / sizeof(records[0]))

struct made {
        struct program program;
        struct result result;
};

static void make(struct made *made)
{
        static const char text[] = "{\"tasks\":{\"a\":{\"loop\":1,\"run\":1},\"b c\":{\"loop\":1,"
                                   "\"run\":1}}}";
        struct error error;

        memset(made, 0, sizeof(*made));
        if (!test_compile(text, 2, &made->program, &error))
                fail_msg("%s", error.text);
        const struct workload_layout at = workload_report_layout(made->program.image.header);
        char *region = calloc(1, at.total);
        struct workload_report *report = (void *)region;
        struct workload_report_thread *threads = (void *)(region + at.threads);
        struct workload_report_cpu *cpus = (void *)(region + at.cpus);
        report->magic = WORKLOAD_REPORT_MAGIC;
        report->version = WORKLOAD_REPORT_VERSION;
        report->state = WORKLOAD_STATE_DONE;
        report->now_ns = 80 * MS;
        report->slice_ns = 10 * MS;
        report->control_id = 3;
        threads[0].id = 1;
        threads[0].run_ns = 60 * MS;
        threads[1].id = 2;
        threads[1].run_ns = 20 * MS;
        cpus[0].busy_ns = 80 * MS;
        cpus[0].switches = 5;
        cpus[1].idle_ns = 80 * MS;
        made->result.world = "host";
        made->result.file = "x/w.json";
        trace_open(&made->result.trace, 2);
        made->result.trace.cpu[0].records = malloc(sizeof(records));
        memcpy(made->result.trace.cpu[0].records, records, sizeof(records));
        made->result.trace.cpu[0].count = COUNT;
        result_read(&made->result, &made->program, region);
        result_judge(&made->result);
        free(region);
}

static void unmake(struct made *made)
{
        result_free(&made->result);
        program_free(&made->program);
}

static void test_drawing(void **state)
{
        struct made made;
        char *text = NULL;
        size_t size = 0;
        struct screen screen = {open_memstream(&text, &size), 43, false};
        static const char *const rows[] = {"CPU 0   │AAAAAAAAAAAAAAAABBBBAAAABBBBAAAA│",
                "CPU 1   │································│",
                "A a     │████████████████----████----████│",
                "B b c   │                ████----████    │"};

        (void)state;
        make(&made);
        show_drawing(&made.result, &screen);
        fclose(screen.out);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (!strstr(text, rows[i]))
                        fail_msg("not drawn: %s\n%s", rows[i], text);
        free(text);
        unmake(&made);
}

static void test_colours(void **state)
{
        struct made made;
        char *text = NULL;
        size_t size = 0;
        struct screen screen = {open_memstream(&text, &size), 43, true};

        (void)state;
        make(&made);
        show_result(&made.result, &screen);
        fclose(screen.out);
        assert_non_null(strstr(text, "\033[38;5;33m█\033[0m"));
        assert_non_null(strstr(text, "\033[0m"));
        free(text);
        unmake(&made);
}

static void test_ftrace(void **state)
{
        struct made made;
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        static const char *const lines[] = {"# tracer: nop\n",
                ("       swapper/0-0       [000] d..2.     0.000000000: sched_wakeup_new: comm=a "
                 "pid=1 "
                 "prio=129 target_cpu=000\n"),
                ("               a-1       [000] d..2.     0.040000000: sched_switch: prev_comm=a "
                 "prev_pid=1 prev_prio=129 prev_state=R+ ==> next_comm=b_c next_pid=2 "
                 "next_prio=129\n"),
                ("             b_c-2       [000] d..2.     0.070000000: sched_switch: "
                 "prev_comm=b_c "
                 "prev_pid=2 prev_prio=129 prev_state=X ==> next_comm=a next_pid=1 "
                 "next_prio=129\n"),
                "0.062000000: cpuhp_enter: cpu: 0001 target:   0 step:   0 (rota_cpu_leave)\n",
                "0.063000000: cpuhp_exit:  cpu: 0001  state:   0 step:   0 ret: 0\n",
                "0.064000000: cpuhp_enter: cpu: 0001 target:   1 step:   0 (rota_cpu_run)\n"};

        (void)state;
        make(&made);
        export_ftrace(&made.result, out, 0);
        fclose(out);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                if (!strstr(text, lines[i]))
                        fail_msg("not written: %s\n%s", lines[i], text);
        free(text);
        unmake(&made);
}

/** A CPU that leaves is a mark in its row. */
static void test_chrome(void **state)
{
        struct made made;
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        (void)state;
        make(&made);
        export_chrome(&made.result, out);
        fclose(out);
        assert_non_null(strstr(text, "\"name\":\"is to leave\",\"ts\":62000.000}"));
        assert_non_null(strstr(text, "\"pid\":1,\"tid\":1,\"s\":\"t\",\"cat\":\"cpuhp\","
                                     "\"name\":\"has left\""));
        assert_non_null(strstr(text, "\"name\":\"joins\""));
        free(text);
        unmake(&made);
}

/** The account of a task must be what the trace says; a report may claim anything. */
static void test_judge(void **state)
{
        struct made made;

        (void)state;
        make(&made);
        assert_string_equal(made.result.checks, "ok");
        assert_int_equal(made.result.verdict.run_ns[1], 60 * MS);
        made.result.thread[1].run_ns = 40 * MS;
        made.result.trace.count = 0;
        free(made.result.trace.records);
        free(made.result.verdict.run_ns);
        free(made.result.verdict.polls);
        result_judge(&made.result);
        assert_non_null(strstr(made.result.checks, "task 2 (b c) ran for 40000000 ns by its account"
                                                   " and for 20000000 ns by the trace"));
        unmake(&made);
}

/** A ring that lies about how much is in it is not followed. */
static void test_ring(void **state)
{
        struct made made;

        (void)state;
        make(&made);
        const struct workload_header *h = made.program.image.header;
        const struct workload_layout at = workload_report_layout(h);
        char *region = calloc(1, at.total);
        struct rota_ring *ring = (void *)(region + at.rings);
        ring->capacity = 0xffffffff;
        ring->head = 3;
        struct trace trace;
        trace_open(&trace, 2);
        assert_int_equal(trace_drain(&trace, h, region, &at), 3);
        assert_false(trace.corrupt);
        ring->head = 1000000;
        assert_int_equal(trace_drain(&trace, h, region, &at), 0);
        assert_true(trace.corrupt);
        trace_close(&trace);
        free(region);
        unmake(&made);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_drawing),
                cmocka_unit_test(test_colours),
                cmocka_unit_test(test_ftrace),
                cmocka_unit_test(test_chrome),
                cmocka_unit_test(test_judge),
                cmocka_unit_test(test_ring),
        };
        return RUN(tests);
}
