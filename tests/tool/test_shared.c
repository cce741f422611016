/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Workload files: what tasks share, whom they fork, and the memory they go to.
 */
#include "tool_test.h"

static struct program good(const char *text)
{
        struct program program;
        struct error error;

        if (!test_compile(text, 4, &program, &error))
                fail_msg("%s", error.text);
        return program;
}

static const char *resource_name(const struct program *p, uint32_t number)
{
        return p->image.names + p->image.resources[number].name;
}

/** Every event by its prefix, with what it is about. */
static void test_events(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"lock1\":\"m\",\"wait1\":{\"ref\":\"q\",\"mutex\":\"m\"},"
                     "\"sync\":{\"mutex\":\"m\",\"ref\":\"q\"},\"unlock1\":\"m\",\"signal\":\"q\","
                     "\"broad\":\"q\",\"sem_post\":\"s\",\"sem_wait\":\"s\",\"barrier\":\"b\","
                     "\"iorun\":1000,\"resume\":\"a\"}}}");
        static const uint16_t kinds[] = {WORKLOAD_LOCK, WORKLOAD_WAIT, WORKLOAD_SYNC,
                WORKLOAD_UNLOCK, WORKLOAD_SIGNAL, WORKLOAD_BROAD, WORKLOAD_SEM_POST,
                WORKLOAD_SEM_WAIT, WORKLOAD_BARRIER, WORKLOAD_IORUN, WORKLOAD_RESUME};
        const struct workload_event *e = p.image.events;

        (void)state;
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                assert_int_equal(e[i].kind, kinds[i]);
        assert_int_equal(e[3].object, e[0].object);
        assert_int_equal(e[1].second, e[0].object);
        assert_int_equal(e[2].object, e[1].object);
        assert_int_equal(e[5].object, e[1].object);
        assert_string_equal(resource_name(&p, e[6].object), "s");
        assert_int_equal(p.image.resources[e[6].object].kind, WORKLOAD_SEMAPHORE);
        assert_int_equal(e[9].value, 10000); /* at 100 MB a second */
        program_free(&p);
}

/** A bare suspend goes by the task's name; names of kinds do not meet, but those of conditions do. */
static void test_names(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"suspend\",\"suspend\":\"\",\"suspend\":\"b\"},"
                     "\"b\":{\"resume\":\"a\",\"lock\":\"a\",\"sync\":{\"ref\":\"a\",\"mutex\":"
                     "\"a\"},\"unlock\":\"a\",\"sem_post\":\"a\"}}}");
        const struct workload_event *e = p.image.events;

        (void)state;
        assert_string_equal(resource_name(&p, e[0].object), "a");
        assert_int_equal(e[1].object, e[0].object);
        assert_string_equal(resource_name(&p, e[2].object), "b");
        assert_int_equal(e[3].object, e[0].object);
        assert_int_equal(e[4].object, e[0].second); /* the mutex it is suspended with */
        assert_int_equal(e[5].object, e[0].object);
        assert_int_equal(p.image.header->resource_count, 5);
        program_free(&p);
}

/** Priority inheritance is asked for by the file, as in the dialect. */
static void test_inherit(void **state)
{
        struct program p = good("{\"tasks\":{\"a\":{\"lock\":\"m\",\"unlock\":\"m\",\"suspend\"}},"
                                "\"global\":{\"pi_enabled\":true,\"cumulative_slack\":true}}");
        struct program q = good("{\"tasks\":{\"a\":{\"lock\":\"m\",\"unlock\":\"m\"}}}");

        (void)state;
        assert_int_equal(p.image.resources[0].flags, WORKLOAD_INHERIT);
        assert_int_equal(p.image.resources[2].flags, 0); /* a condition */
        assert_true(p.image.header->flags & WORKLOAD_CUMULATIVE);
        assert_int_equal(q.image.resources[0].flags, 0);
        assert_false(q.image.header->flags & WORKLOAD_CUMULATIVE);
        program_free(&p);
        program_free(&q);
}

/** At a barrier meet all threads that name it, however often each does. */
static void test_barrier(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"instance\":3,\"barrier1\":\"x\",\"barrier2\":\"x\"},"
                     "\"b\":{\"barrier\":\"x\"},\"c\":{\"instance\":0,\"barrier\":\"y\"}}}");

        (void)state;
        assert_int_equal(p.image.resources[0].users, 4);
        assert_int_equal(p.image.resources[1].users, 0);
        program_free(&p);
}

static void test_resources(void **state)
{
        struct program p = good(
                "{\"tasks\":{\"a\":{\"signal\":\"trig\",\"lock\":\"m\",\"wait\":{\"ref\":\"w\","
                "\"mutex\":\"m\"},\"unlock\":\"m\"}},\"resources\":{\"m\":{\"type\":\"mutex\"},"
                "\"w\":{\"type\":\"wait\"},\"trig\":{\"type\":\"signal\",\"target\":\"w\"},"
                "\"n\":{\"type\":\"mutex\"},\"t\":{\"type\":\"timer\"}}}");

        (void)state;
        assert_int_equal(p.image.header->resource_count, 3);
        assert_string_equal(resource_name(&p, 0), "m");
        assert_string_equal(resource_name(&p, 2), "n");
        assert_string_equal(resource_name(&p, p.image.events[0].object), "w");
        assert_null(p.ignored);
        program_free(&p);
}

/** How many threads can be forked is known from the loops around. */
static void test_forks(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"instance\":2,\"loop\":3,\"phases\":{\"p\":{\"loop\":"
                     "2,\"fork\":\"b\"}}},\"b\":{\"instance\":0,\"loop\":1,\"fork\":\"c\","
                     "\"fork\":\"c\"},\"c\":{\"loop\":1,\"run\":1}}}");

        (void)state;
        assert_int_equal(p.image.tasks[0].forks, 0);
        assert_int_equal(p.image.tasks[1].forks, 12);
        assert_int_equal(p.image.tasks[2].forks, 24);
        assert_int_equal(p.image.header->thread_count, 2 + 12 + 25);
        assert_string_equal(p.thread_names[2], "b-fork-0");
        assert_string_equal(p.thread_names[14], "c");
        assert_string_equal(p.thread_names[38], "c-fork-23");
        assert_false(p.thread_forked[14]);
        assert_true(p.thread_forked[15]);
        assert_false(p.endless);
        program_free(&p);

        /* Without an end, by loops or by forks of forks: a bound. */
        p = good("{\"tasks\":{\"a\":{\"fork\":\"b\",\"sleep\":1},\"b\":{\"instance\":0,\"run\":1},"
                 "\"c\":{\"loop\":1,\"fork\":\"c\"}}}");
        assert_int_equal(p.image.tasks[1].forks, 1024);
        assert_int_equal(p.image.tasks[2].forks, 1024);
        program_free(&p);
}

/** Each name is a buffer with a head of 64 bytes, one behind the other, each as large as its largest
 * user needs. */
static void test_memory(void **state)
{
        struct program p = good(
                "{\"tasks\":{\"a\":{\"memrun\":{\"type\":\"read\",\"size\":100,\"count\":5},"
                "\"memrun\":{\"type\":\"chase\",\"size\":256,\"count\":6,\"stride\":32,\"pattern\":"
                "\"random\"},\"mem\":7,\"memrun\":{\"type\":\"write\",\"size\":64,\"count\":1,"
                "\"ref\":\"x\"}},\"b\":{\"run\":1}},\"global\":{\"mem_buffer_size\":1000}}");
        const struct workload_event *e = p.image.events;

        (void)state;
        assert_int_equal(e[0].object, 0);
        assert_int_equal(e[0].second, 64);
        assert_int_equal(e[1].object, 0);
        assert_int_equal(e[1].flags, WORKLOAD_CHASE | WORKLOAD_RANDOM);
        assert_int_equal(e[1].second, 32);
        assert_int_equal(e[2].object, 5); /* behind 64 + 256 bytes */
        assert_int_equal(e[2].size, 1000);
        assert_int_equal(e[3].object, 5 + 1 + 16);
        assert_int_equal(e[3].flags, WORKLOAD_WRITE);
        assert_int_equal(p.image.tasks[0].buffer_bytes, (5 + 17 + 2) * 64);
        assert_int_equal(p.image.tasks[1].buffer_bytes, 0);
        assert_int_equal(program_buffers(&p), 24 * 64);
        program_free(&p);
}

#define EVENT(event) "{\"tasks\":{\"a\":{\n" event "}}}"

/** What is bad, and words that must be in the one line about it. */
static const struct {
        const char *text;
        const char *words;
} bad[] = {
        {EVENT("\"lock1\":5"), "t.json:2: \"lock1\" should be the name of a mutex, not a whole"},
        {EVENT("\"lock\""), "t.json:2: \"lock\" should be the name of a mutex, not nothing"},
        {EVENT("\"unlock\":\"\""), "t.json:2: \"unlock\" should be the name of a mutex, not empty"},
        {EVENT("\"unlock\":\"m\""),
                "t.json:2: the task \"a\" unlocks the mutex \"m\" and never locks it"},
        {EVENT("\"wait\":\"q\""), "t.json:2: \"wait\" should be { \"ref\": condition"},
        {EVENT("\"wait\":{\"ref\":\"q\"}"), "t.json:2: \"wait\" has no mutex"},
        {EVENT("\"wait\":{\"mutex\":\"m\"}"), "t.json:2: \"wait\" has no ref"},
        {EVENT("\"wait\":{\n\"ref\":7}"), "t.json:3: \"ref\" should be the name of a condition"},
        {EVENT("\"wait\":{\"time\":7}"), "t.json:2: unknown key \"time\" in \"wait\""},
        {EVENT("\"wait\":{\"ref\":\"q\",\"mutex\":\"m\"}"),
                "t.json:2: the task \"a\" waits with the mutex \"m\" and never locks it"},
        {EVENT("\"sync2\":{\"ref\":\"q\"}"), "t.json:2: \"sync2\" has no mutex"},
        {EVENT("\"signal\":{}"), "t.json:2: \"signal\" should be the name of a condition, not an"},
        {EVENT("\"broad\":1"), "t.json:2: \"broad\" should be the name of a condition"},
        {EVENT("\"barrier\":[]"), "t.json:2: \"barrier\" should be the name of a barrier"},
        {EVENT("\"suspend\":3"), "t.json:2: \"suspend\" should be the name of a condition"},
        {EVENT("\"resume\""),
                "t.json:2: \"resume\" should be the name of a condition, not nothing"},
        {EVENT("\"sem_post\":true"), "t.json:2: \"sem_post\" should be the name of a semaphore"},
        {EVENT("\"sem_wait\":\"\""), "t.json:2: \"sem_wait\" should be the name of a semaphore"},
        {EVENT("\"fork\":1"), "t.json:2: \"fork\" should be the name of a task"},
        {EVENT("\"fork\":\"b\""), "t.json:2: there is no task \"b\" to fork"},
        {"{\"tasks\":{\"a\":{\"fork\":\"b\"},\"b\":{\n\"barrier\":\"x\"}}}",
                "t.json:2: the task \"b\" is forked and cannot use the barrier \"x\""},
        {EVENT("\"mem\":-1"), "t.json:2: \"mem\" should be 0 to"},
        {EVENT("\"iorun\":\"x\""), "t.json:2: \"iorun\" should be a whole number, not a string"},
        {EVENT("\"memrun\":1"), "t.json:2: \"memrun\" should be { \"type\": type"},
        {EVENT("\"memrun\":{\"type\":\"jump\"}"),
                "t.json:2: the type of a memrun is \"read\", \"write\" or \"chase\", not \"jump\""},
        {EVENT("\"memrun\":{\"pattern\":\"wild\"}"), "t.json:2: the pattern of a memrun is"},
        {EVENT("\"memrun\":{\"size\":64,\"count\":1}"),
                "t.json:2: the memrun \"memrun\" has no type"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"count\":1}"), "has no size"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"size\":64}"), "has no count"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"size\":63}"), "t.json:2: \"size\" should be 64 to"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"size\":64,\"count\":1,\"stride\":12}"),
                "t.json:2: the stride of a memrun is a multiple of 8"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"size\":64,\"count\":1,\"stride\":72}"),
                "at most its size, not 72"},
        {EVENT("\"memrun\":{\"speed\":1}"), "t.json:2: unknown key \"speed\" in a memrun"},
        {EVENT("\"memrun\":{\"type\":\"read\",\"size\":500000000,\"count\":1,\"ref\":\"x\"},"
               "\"memrun\":{\"type\":\"read\",\"size\":500000000,\"count\":1,\"ref\":\"y\"},"
               "\"memrun\":{\"type\":\"read\",\"size\":500000000,\"count\":1,\"ref\":\"z\"}"),
                "t.json:2: the task \"a\" wants 1430 MiB for each thread"},
        {"{\"resources\":[],\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:1: \"resources\" should be an object"},
        {"{\"resources\":{\n\"m\":1},\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:2: the resource \"m\" should be { \"type\": type }, not a whole number"},
        {"{\"resources\":{\n\"m\":{}},\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:2: the resource \"m\" has no type"},
        {"{\"resources\":{\n\"m\":{\"type\":\"lamp\"}},\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:2: the resource \"m\" is of an unknown type, \"lamp\""},
        {"{\"resources\":{\n\"m\":{\"type\":\"signal\"}},\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:2: the resource \"m\" has no target"},
        {"{\"resources\":{\"m\":{\n\"kind\":1}},\"tasks\":{\"a\":{\"run\":1}}}",
                "t.json:2: unknown key \"kind\" in the resource \"m\""},
        {"{\"tasks\":{\"a\":{\"run\":1}},\"global\":{\n\"pi_enabled\":1}}",
                "t.json:2: \"pi_enabled\" should be true or false, not a whole number"},
        {"{\"tasks\":{\"a\":{\"run\":1}},\"global\":{\n\"mem_buffer_size\":0}}",
                "t.json:2: \"mem_buffer_size\" should be 64 to"},
};

static void test_bad(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                test_refused(bad[i].text, bad[i].words);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_events),
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_inherit),
                cmocka_unit_test(test_barrier),
                cmocka_unit_test(test_resources),
                cmocka_unit_test(test_forks),
                cmocka_unit_test(test_memory),
                cmocka_unit_test(test_bad),
        };
        return RUN(tests);
}
