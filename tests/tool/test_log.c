/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The log of activations: draining what nobody vouches for, and its table. And the waits in a trace.
 */
#include "tool_test.h"

#include "export.h"
#include "log.h"
#include "result.h"

#define CAPACITY 16u

/** A report with a log for each of two threads. */
struct region {
        struct program program;
        struct workload_layout at;
        char *bytes;
        struct activations log;
};

static void make(struct region *r)
{
        static const char text[] =
                "{\"tasks\":{\"a\":{\"phases\":{\"p\":{\"run\":2000,\"timer\":{\"ref\":\"t\","
                "\"period\":9000}},\"q\":{\"runtime\":500}}},\"b b\":{\"lock\":\"m m\",\"unlock\":"
                "\"m m\"}}}";
        struct compile_options options = test_options(1);
        struct error error = {""};

        memset(r, 0, sizeof(*r));
        options.log = true;
        if (!compile_text("t", text, sizeof(text) - 1, &options, &r->program, &error))
                fail_msg("%s", error.text);
        ((struct workload_header *)r->program.bytes)->log_records = CAPACITY;
        r->at = workload_report_layout(r->program.image.header);
        r->bytes = calloc(1, r->at.total);
        log_open(&r->log, 2);
}

static void unmake(struct region *r)
{
        log_close(&r->log);
        program_free(&r->program);
        free(r->bytes);
}

static struct workload_log *log_of(const struct region *r, uint32_t thread)
{
        return (void *)(r->bytes + r->at.logs + thread * r->at.log_stride);
}

static void drain(struct region *r)
{
        log_drain(&r->log, r->program.image.header, r->bytes, &r->at);
}

/** Rows come out once, in order, over many rounds of the ring and over its counter's end. */
static void test_rounds(void **state)
{
        struct region r;
        uint32_t written = 0;

        (void)state;
        make(&r);
        struct workload_log *log = log_of(&r, 1);
        log->head = log->tail = r.log.thread[1].tail = UINT32_MAX - 20;
        for (uint32_t round = 0; round < 30; round++) {
                for (uint32_t i = 0; i < round % (CAPACITY + 1); i++) {
                        log->records[log->head & (CAPACITY - 1)].start_ns = written++;
                        log->head++;
                }
                drain(&r);
                assert_int_equal(log->tail, log->head);
        }
        assert_int_equal(r.log.thread[0].count, 0);
        assert_int_equal(r.log.thread[1].count, written);
        assert_int_equal(r.log.count, written);
        for (uint32_t i = 0; i < written; i++)
                assert_int_equal(r.log.thread[1].records[i].start_ns, i);
        assert_false(r.log.corrupt);
        unmake(&r);
}

static void test_nonsense(void **state)
{
        struct region r;

        (void)state;
        make(&r);
        log_of(&r, 0)->head = CAPACITY + 1;
        log_of(&r, 1)->dropped = 7;
        drain(&r);
        assert_true(r.log.corrupt);
        assert_int_equal(r.log.count, 0);
        log_end(&r.log, r.bytes, &r.at);
        assert_int_equal(r.log.dropped, 7);
        unmake(&r);
}

/** A run's result as far as exports look at it. */
static void make_result(struct region *r, struct result *result)
{
        struct workload_report *report = (void *)r->bytes;
        struct workload_report_thread *threads = (void *)(r->bytes + r->at.threads);

        report->magic = WORKLOAD_REPORT_MAGIC;
        report->version = WORKLOAD_REPORT_VERSION;
        report->begun_ns = 1000000;
        threads[0].id = 1;
        threads[1].id = 2;
        memset(result, 0, sizeof(*result));
        result->world = "host";
        trace_open(&result->trace, 1);
        result_read(result, &r->program, r->bytes);
        result->log = r->log;
        memset(&r->log, 0, sizeof(r->log));
}

static char *written(void (*write)(const struct result *, FILE *), const struct result *result)
{
        static char text[8192];
        FILE *file = tmpfile();

        assert_non_null(file);
        write(result, file);
        rewind(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        return text;
}

/** What a row says: its own times, and what its phase asks for. A phase that is not there is left out. */
static void test_row(void **state)
{
        static const struct workload_log_record rows[] = {
                {5000000, 14000999, 2500000, -3000000, 42000, 0, 0},
                {14001000, 14502000, 501000, 0, 0, 1, 0}, {1, 2, 3, 4, 5, 2, 0}};
        struct region r;
        struct result result;

        (void)state;
        make(&r);
        for (uint32_t i = 0; i < 3; i++)
                log_of(&r, 0)->records[i] = rows[i];
        log_of(&r, 0)->head = 3;
        drain(&r);
        make_result(&r, &result);
        assert_string_equal(written(export_log_json, &result),
                "\"activations_log\":[\n"
                "{\"task\":\"a\",\"phase\":\"p\",\"idx\":0,\"perf\":2000,\"run\":2500,\"period\":"
                "9000,"
                "\"start\":5000,\"end\":14000,\"rel_st\":4000,\"slack\":-3000,\"c_duration\":2000,"
                "\"c_period\":9000,\"wu_lat\":42},\n"
                "{\"task\":\"a\",\"phase\":\"q\",\"idx\":0,\"perf\":500,\"run\":501,\"period\":501,"
                "\"start\":14001,\"end\":14502,\"rel_st\":13001,\"slack\":0,\"c_duration\":500,"
                "\"c_period\":0,\"wu_lat\":0}],\"dropped_activations\":0");
        result_free(&result);
        unmake(&r);
}

static void write_ftrace(const struct result *result, FILE *file)
{
        export_ftrace(result, file, 0);
}

/** A wait with its owner, what the owner inherits and shows from then on, and the end of both. An
 * object that is not there is none. */
static void test_waits(void **state)
{
        static const struct rota_record records[] = {{10, ROTA_EVENT_SWITCH, 0, 0, 2, 0},
                {20, ROTA_EVENT_BLOCK, 0, 2, 1, 1}, {30, ROTA_EVENT_PI_SETPRIO, 0, 1, 128, 9},
                {40, ROTA_EVENT_SWITCH, 0, 2, 1, 2}, {50, ROTA_EVENT_PI_SETPRIO, 0, 1, 9, 128},
                {60, ROTA_EVENT_WAKING, 0, 2, 1, 0}, {60, ROTA_EVENT_WAKEUP, 0, 2, 0, 0},
                {70, ROTA_EVENT_BLOCK, 0, 1, 99, 0}};
        static const char *const words[] = {
                ": sched_block: comm=b_b pid=2 object=m_m kind=mutex owner_comm=a owner_pid=1\n",
                ": sched_pi_setprio: comm=a pid=1 oldprio=129 newprio=10\n",
                "next_comm=a next_pid=1 next_prio=10\n",
                ": sched_pi_setprio: comm=a pid=1 oldprio=10 newprio=129\n",
                ": sched_unblock: comm=b_b pid=2 object=m_m kind=mutex waker_comm=a waker_pid=1\n",
                ": sched_block: comm=a pid=1 object=? kind=?\n"};
        struct region r;
        struct result result;

        (void)state;
        make(&r);
        make_result(&r, &result);
        result.trace.records = malloc(sizeof(records));
        memcpy(result.trace.records, records, sizeof(records));
        result.trace.count = sizeof(records) / sizeof(records[0]);
        const char *at = written(write_ftrace, &result);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                const char *found = strstr(at, words[i]);
                if (!found)
                        fail_msg("not there, or not in its place: %s in\n%s", words[i], at);
                at = found + 1;
        }
        /* To a viewer it begins where its turn ends: slices of a track are not to overlap. */
        const char *chrome = written(export_chrome, &result);
        assert_non_null(strstr(chrome, "\"name\":\"mutex m m\",\"ts\":-999.960,\"dur\":0.020,"
                                       "\"args\":{\"owner\":1}"));
        result_free(&result);
        unmake(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rounds),
                cmocka_unit_test(test_nonsense),
                cmocka_unit_test(test_row),
                cmocka_unit_test(test_waits),
        };
        return RUN(tests);
}
