/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Workload files: what must be understood, how, and what must be refused with which words.
 */
#include "tool_test.h"

#include <glob.h>

#include "relaxed.h"

static struct program good(const char *text, uint32_t cpus)
{
        struct program program;
        struct error error;

        if (!test_compile(text, cpus, &program, &error))
                fail_msg("%s", error.text);
        return program;
}

static void test_leniency(void **state)
{
        struct program p = good("// a line\n{ /* a\n block */ \"tasks\": { \"a\": { \"run\": 5, "
                                "\"run\": 7, \"sleep1\": 0, \"run_x\": 1, \"yield\", }, }, }",
                1);
        const struct workload_event *e = p.image.events;

        (void)state;
        assert_int_equal(p.image.header->event_count, 5);
        assert_int_equal(e[0].value, 5000);
        assert_int_equal(e[1].value, 7000);
        assert_int_equal(e[2].kind, WORKLOAD_SLEEP);
        assert_int_equal(e[3].kind, WORKLOAD_RUN);
        assert_int_equal(e[4].kind, WORKLOAD_YIELD);
        program_free(&p);
}

static void test_prefixes(void **state)
{
        struct program p = good("{\"tasks\":{\"a\":{\"runtime1\":3,\"runner\":4,\"timer_b\":"
                                "{\"ref\":\"unique1\",\"period\":9,\"mode\":\"absolute\"},"
                                "\"timer\":{\"ref\":\"unique1\",\"period\":9},"
                                "\"timer2\":{\"ref\":\"tick\",\"period\":9}}}}",
                1);
        const struct workload_event *e = p.image.events;

        (void)state;
        assert_int_equal(e[0].kind, WORKLOAD_RUNTIME);
        assert_int_equal(e[1].kind, WORKLOAD_RUN);
        assert_int_equal(e[2].flags, WORKLOAD_UNIQUE | WORKLOAD_ABSOLUTE);
        assert_int_equal(e[3].flags, WORKLOAD_UNIQUE);
        assert_int_equal(e[3].object, 0);
        assert_int_equal(e[4].flags, 0);
        assert_int_equal(p.image.tasks[0].unique_timers, 1);
        assert_int_equal(p.image.header->timer_count, 1);
        program_free(&p);
}

/** User mode: of a task, where the world has it. */
static void test_user(void **state)
{
        static const char text[] =
                "{\"tasks\":{\"a\":{\"run\":1,\"user\":true},\"b\":{\"user\":true,"
                "\"user\":false,\"mem\":64},\"c\":{\"lock\":\"m\"}}}";
        struct compile_options options = test_options(1);
        struct program p;
        struct error error = {.text = ""};

        (void)state;
        options.user_mode = true;
        if (!compile_text("t.json", text, sizeof(text) - 1, &options, &p, &error))
                fail_msg("%s", error.text);
        assert_int_equal(p.image.tasks[0].flags, WORKLOAD_USER);
        assert_int_equal(p.image.tasks[1].flags, 0);
        assert_int_equal(p.image.tasks[2].flags, 0);
        /* What says both in an image is refused. */
        struct workload_image image;
        const char *wrong = NULL;
        ((struct workload_task *)(uintptr_t)p.image.tasks)[1].flags = WORKLOAD_USER;
        struct workload_header *header = p.bytes;
        header->checksum = workload_image_checksum(p.bytes, p.size);
        assert_false(workload_image_check(p.bytes, p.size, &image, &wrong));
        assert_non_null(strstr(wrong, "user mode"));
        program_free(&p);
}

/** Loops: a thread's own events are its one phase, and "loop" is that phase's. */
static void test_loops(void **state)
{
        struct program p = good("{\"tasks\":{\"a\":{\"run\":1},\"b\":{\"loop\":4,\"run\":1},"
                                "\"c\":{\"phases\":{\"p\":{\"run\":1}}},"
                                "\"d\":{\"loop\":2,\"phases\":{\"p\":{\"loop\":3,\"run\":1}}}}}",
                1);
        static const int32_t task[] = {1, 1, -1, 2};
        static const int32_t phase[] = {-1, 4, 1, 3};

        (void)state;
        for (int i = 0; i < 4; i++) {
                assert_int_equal(p.image.tasks[i].loops, task[i]);
                assert_int_equal(p.image.phases[i].loops, phase[i]);
        }
        assert_true(p.endless);
        assert_int_equal(p.image.header->duration_ns, COMPILE_DURATION_DEFAULT);
        program_free(&p);
}

static void test_instances(void **state)
{
        struct program p = good("{\"tasks\":{\"a\":{\"instance\":3,\"loop\":1,\"run\":1},"
                                "\"b\":{\"instance\":0,\"run\":1},\"c\":{\"loop\":1,\"run\":1}}}",
                1);

        (void)state;
        assert_int_equal(p.image.header->thread_count, 4);
        assert_string_equal(p.thread_names[2], "a-2");
        assert_string_equal(p.thread_names[3], "c");
        assert_int_equal(p.thread_tasks[3], 2);
        assert_false(p.endless);
        assert_int_equal(p.image.header->duration_ns, 0);
        program_free(&p);
}

/** A phase without CPUs of its own falls back to the thread's, or to all. */
static void test_cpus(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"cpus\":[2],\"phases\":{\"x\":{\"cpus\":[0,1],\"run\":1},"
                     "\"y\":{\"run\":1}}},\"b\":{\"phases\":{\"x\":{\"cpus\":[1],\"run\":1},"
                     "\"y\":{\"run\":1}}},\"c\":{\"run\":1}}}",
                        3);
        static const uint64_t masks[] = {3, 4, 2, 7, 0};

        (void)state;
        for (int i = 0; i < 5; i++) {
                const uint32_t mask = p.image.phases[i].mask;
                assert_int_equal(mask ? p.image.masks[mask - 1] : 0, masks[i]);
        }
        assert_int_equal(p.image.masks[p.image.tasks[0].mask - 1], 4);
        program_free(&p);
}

static void test_parameters(void **state)
{
        static const char text[] =
                "{\"tasks\":{"
                "\"fifo\":{\"policy\":\"SCHED_FIFO\",\"priority\":99,\"run\":1},"
                "\"rr\":{\"policy\":\"SCHED_RR\",\"run\":1},"
                "\"nice\":{\"priority\":-20,\"run\":1,\"dl-runtime\":300},"
                "\"batch\":{\"policy\":\"SCHED_BATCH\",\"priority\":19,\"run\":1},"
                "\"idle\":{\"policy\":\"SCHED_IDLE\",\"run\":1},"
                "\"turns\":{\"phases\":{\"a\":{\"run\":1},\"b\":{\"policy\":\"SCHED_FIFO\","
                "\"priority\":1,\"run\":1}}}}}";
        struct compile_options options = test_options(1);
        struct error error = {""};
        struct program p;

        (void)state;
        options.policies[0] = "prio";
        options.policies[1] = "rr";
        options.policy_count = 2;
        assert_true(compile_text("t", text, sizeof(text) - 1, &options, &p, &error));
        static const uint16_t priorities[] = {1, 90, 109, 148, 256, 129};
        static const uint8_t classes[] = {0, 0, 1, 1, 1, 1};
        for (int i = 0; i < 6; i++) {
                assert_int_equal(p.image.tasks[i].params.priority, priorities[i]);
                assert_int_equal(p.image.tasks[i].params.class_index, classes[i]);
        }
        assert_int_equal(p.image.tasks[0].params.flags, 1);
        assert_int_equal(p.image.tasks[1].params.flags, 0);
        assert_int_equal(p.image.tasks[2].params.slice_ns, 300000);
        assert_int_equal(p.image.tasks[5].params.weight, 1024);
        assert_int_equal(p.image.phases[5].has_params, 0);
        assert_int_equal(p.image.phases[6].has_params, 1);
        assert_int_equal(p.image.phases[6].params.priority, 99);
        program_free(&p);
}

static void test_global(void **state)
{
        struct program p =
                good("{\"tasks\":{\"a\":{\"run\":1,\"taskgroup\":\"/x\"}},\"global\":"
                     "{\"duration\":3,\"default_policy\":\"SCHED_RR\",\"gnuplot\":true}}",
                        1);

        (void)state;
        assert_int_equal(p.image.header->duration_ns, 3000000000);
        assert_int_equal(p.image.tasks[0].params.priority, 90);
        assert_string_equal(p.ignored, "gnuplot, taskgroup");
        program_free(&p);
}

/** What is bad, and words that must be in the one line about it. */
static const struct {
        const char *text;
        const char *words;
} bad[] = {
        {"", "t.json:1: the file ends"},
        {"{", "t.json:1: the \"}\" of line 1 is missing"},
        {"{\n/* no end", "t.json:2: a comment without an end"},
        {"{\"tasks", "t.json:1: a string without an end"},
        {"{\"tasks\":{}}x", "t.json:1: text after the end"},
        {"{\"tasks\":{}}", "t.json:1: there are no \"tasks\""},
        {"{\"global\":{}}", "t.json:1: there are no \"tasks\""},
        {"{\"tasks\" 5}", "\":\" or \",\" should follow the key \"tasks\""},
        {"{tasks:{}}", "t.json:1: a key in quotes"},
        {"[]", "a workload is an object, not an array"},
        {"{\"tasks\":[]}", "\"tasks\" should be an object, not an array"},
        {"{\"tasks\":{\n\"a\":5}}", "t.json:2: the task \"a\" should be an object"},
        {"{\"tasks\":{\n\"a\":{}}}", "t.json:2: the task \"a\" has neither events nor phases"},
        {"{\"tasks\":{\"a\":{\"phases\":{\n\"p\":{}}}}}", "t.json:2: the phase \"p\" has no event"},
        {"{\"tasks\":{\"a\":{\n\n\"exec\":1}}}",
                "t.json:3: unknown key \"exec\" in the task \"a\""},
        {"{\"tasks\":{\"a\":{\"run\":\"x\"}}}", "\"run\" should be a whole number, not a string"},
        {"{\"tasks\":{\"a\":{\"run\":1.5}}}", "\"run\" should be a whole number, not a fraction"},
        {"{\"tasks\":{\"a\":{\"run\":-1}}}", "\"run\" should be 0 to"},
        {"{\"tasks\":{\"a\":{\"run\":99999999999999999999}}}", "not a number that can be read"},
        {"{\"tasks\":{\"a\":{\"loop\":-2,\"run\":1}}}", "\"loop\" should be -1 to"},
        {"{\"tasks\":{\"a\":{\"instance\":-1,\"run\":1}}}", "\"instance\" should be 0 to"},
        {"{\"tasks\":{\"a\":{\"instance\":0,\"run\":1}}}", "0 threads"},
        {"{\"tasks\":{\"a\":{\"cpus\":[4],\"run\":1}}}",
                "CPU 4 is asked for and this run has 4; try"},
        {"{\"tasks\":{\"a\":{\"cpus\":[],\"run\":1}}}",
                "\"cpus\" should be an array with at least"},
        {"{\"tasks\":{\"a\":{\"timer\":{\"ref\":\"t\"}}}}", "the timer \"timer\" has no period"},
        {"{\"tasks\":{\"a\":{\"timer\":{\"period\":1}}}}", "the timer \"timer\" has no ref"},
        {"{\"tasks\":{\"a\":{\"timer\":{\"mode\":\"x\"}}}}",
                "\"relative\" or \"absolute\", not \"x\""},
        {"{\"tasks\":{\"a\":{\"policy\":\"FAIR\",\"run\":1}}}", "unknown policy \"FAIR\""},
        {"{\"tasks\":{\"a\":{\n\"policy\":\"SCHED_DEADLINE\",\"run\":1}}}",
                "t.json:2: SCHED_DEADLINE"},
        {"{\"tasks\":{\"a\":{\"priority\":20,\"run\":1}}}", "nice value, -20 to 19, not 20"},
        {"{\"tasks\":{\"a\":{\"policy\":\"SCHED_RR\",\"priority\":0,\"run\":1}}}",
                "1 to 99, not 0"},
        {"{\"tasks\":{\"a\":{\"user\":1,\"run\":1}}}", "\"user\" should be true or false"},
        {"{\"tasks\":{\"a\":\n{\"user\":true,\"run\":1}}}",
                "t.json:2: the task \"a\" is to run in user mode"},
        {"{\"tasks\":{\"a\":{\"run\":1}},\"x\":1}", "unknown key \"x\" beside \"tasks\""},
        {"{\"tasks\":{\"a\":{\"run\":1}},\"global\":{\"x\":1}}", "unknown key \"x\" in \"global\""},
        {"{\"tasks\":{\"\\q\":1}}", "an escape in a string"},
        {"{\"tasks\":{\"a\\u0000\":1}}", "an escape in a string"},
        {"{\"tasks\":@}", "\"@\" where a value should be"},
};

static void test_bad(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                test_refused(bad[i].text, bad[i].words);
}

static void test_depth(void **state)
{
        char text[4096];
        struct error error = {""};

        (void)state;
        memset(text, '[', sizeof(text));
        assert_null(relaxed_read("t", text, sizeof(text), &error));
        assert_non_null(strstr(error.text, "nested too deeply"));
}

/** Any bytes give a document or one line, and nothing worse. */
static void test_noise(void **state)
{
        static const char seed[] =
                "{\"tasks\":{\"a\":{\"cpus\":[0],\"phases\":{\"p\":{\"loop\":2,"
                "\"run\":10,\"timer\":{\"ref\":\"u\",\"period\":3}/*x*/,\"lock\":"
                "\"m\",\"wait\":{\"ref\":\"q\",\"mutex\":\"m\"},\"unlock\":\"m\","
                "\"suspend\",\"fork\":\"a\",\"mem\":9,\"memrun\":{\"type\":\"chase\","
                "\"size\":64,\"count\":3},\"barrier\":\"b\"}}}},}";
        uint64_t random = 88172645463325252u;

        (void)state;
        for (int i = 0; i < 100000; i++) {
                char text[sizeof(seed)];
                struct program program;
                struct error error = {""};
                const struct compile_options options = test_options(1);
                memcpy(text, seed, sizeof(seed));
                for (int n = 0; n < 3; n++) {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        text[random % (sizeof(seed) - 1)] = (char)(random >> 32);
                }
                const size_t length = i % 3 ? sizeof(seed) - 1 : random % sizeof(seed);
                if (compile_text("t", text, length, &options, &program, &error))
                        program_free(&program);
                else
                        assert_true(error.text[0] && !strchr(error.text, '\n'));
        }
}

/** The field's own files, where they are: each is understood, or refused by file and line. */
static void test_field(void **state)
{
        const char *shared = getenv("ROTA_SHARED");
        static const char *const folders[] = {
                "", "merge/", "tutorial/", "cpufreq_governor_efficiency/"};
        char pattern[512];
        size_t files = 0;
        size_t understood = 0;

        (void)state;
        if (!shared) {
                print_message("no workloads of the field: set ROTA_SHARED\n");
                skip();
        }
        for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
                glob_t found;
                snprintf(pattern, sizeof(pattern), "%s/workloads/%s*.json", shared, folders[i]);
                if (glob(pattern, 0, NULL, &found) != 0)
                        continue;
                for (size_t f = 0; f < found.gl_pathc; f++) {
                        const struct compile_options options = test_options(4);
                        struct program program;
                        struct error error = {""};
                        files++;
                        if (compile_file(found.gl_pathv[f], &options, &program, &error)) {
                                understood++;
                                program_free(&program);
                                continue;
                        }
                        const size_t name = strlen(found.gl_pathv[f]);
                        assert_memory_equal(error.text, found.gl_pathv[f], name);
                        assert_int_equal(error.text[name], ':');
                        if (!strstr(error.text, "unknown key") &&
                                !strstr(error.text, "there are no \"tasks\"") &&
                                !strstr(error.text, "SCHED_DEADLINE needs"))
                                fail_msg("%s", error.text);
                }
                globfree(&found);
        }
        if (files == 0)
                skip();
        assert_int_equal(files, 28);
        /* All but a deadline, and six pieces of workloads in a dialect before this one. */
        assert_int_equal(understood, 21);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_leniency),
                cmocka_unit_test(test_prefixes),
                cmocka_unit_test(test_user),
                cmocka_unit_test(test_loops),
                cmocka_unit_test(test_instances),
                cmocka_unit_test(test_cpus),
                cmocka_unit_test(test_parameters),
                cmocka_unit_test(test_global),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_depth),
                cmocka_unit_test(test_noise),
                cmocka_unit_test(test_field),
        };
        return RUN(tests);
}
