/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a workload's tasks are: threads, futures, or in user mode.
 */
#include "tool_test.h"

/** Compiles with user mode to be had. @return whether it is good */
static bool compile(const char *text, bool futures, struct program *program, struct error *error)
{
        struct compile_options options = test_options(1);

        options.user_mode = true;
        options.futures = futures;
        error->text[0] = '\0';
        return compile_text("t.json", text, strlen(text), &options, program, error);
}

/** The task's own word, then that user mode is for threads, then the command line's; the last word
 * counts, and an event may stand before it. */
static void test_choice(void **state)
{
        static const char text[] =
                "{\"tasks\":{\"a\":{\"run\":1},\"b\":{\"run\":1,\"kind\":\"future\"},"
                "\"c\":{\"kind\":\"thread\",\"run\":1},\"d\":{\"user\":true,\"run\":1},"
                "\"e\":{\"kind\":\"future\",\"kind\":\"thread\",\"user\":true,\"run\":1},"
                "\"f\":{\"kind\":\"future\",\"phases\":{\"p\":{\"mem\":64}}}}}";
        static const uint32_t flags[2][6] = {
                {0, WORKLOAD_FUTURE, 0, WORKLOAD_USER, WORKLOAD_USER, WORKLOAD_FUTURE},
                {WORKLOAD_FUTURE, WORKLOAD_FUTURE, 0, WORKLOAD_USER, WORKLOAD_USER,
                        WORKLOAD_FUTURE}};
        struct program p;
        struct error error;

        (void)state;
        for (int futures = 0; futures < 2; futures++) {
                if (!compile(text, futures, &p, &error))
                        fail_msg("%s", error.text);
                for (int i = 0; i < 6; i++)
                        assert_int_equal(p.image.tasks[i].flags, flags[futures][i]);
                program_free(&p);
        }
}

static void test_bad(void **state)
{
        static const struct {
                const char *task, *words;
        } bad[] = {
                {"\"kind\":\"fiber\",\"run\":1", "t.json:2: \"kind\" of the task \"a\" should be "
                                                 "\"thread\" or \"future\", not \"fiber\""},
                {"\"kind\":\"\",\"run\":1", "or \"future\", not \"\""},
                {"\"kind\":\"Future\",\"run\":1", "or \"future\", not \"Future\""},
                {"\"kind\":1,\"run\":1", "t.json:2: \"kind\" should be a string"},
                {"\"kind\":true,\"run\":1", "\"kind\" should be a string"},
                {"\"kind\":[\"future\"],\"run\":1", "\"kind\" should be a string"},
                {"\"kind\",\"run\":1", "\"kind\" should be a string"},
                {"\"phases\":{\"p\":{\"kind\":\"future\",\"run\":1}}",
                        "unknown key \"kind\" in the phase \"p\""},
                {"\"user\":true,\n\"kind\":\"future\",\"run\":1",
                        "t.json:3: the task \"a\" runs in user mode, and so cannot be a future"},
                {"\"kind\":\"future\",\n\"user\":true,\"run\":1",
                        "t.json:2: the task \"a\" runs in user mode, and so cannot be a future"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct program p;
                struct error error;
                char text[256];
                snprintf(text, sizeof(text), "{\"tasks\":{\"a\":{\n%s}}}", bad[i].task);
                assert_false(compile(text, i & 1, &p, &error));
                if (!strstr(error.text, bad[i].words) || strchr(error.text, '\n'))
                        fail_msg("%s\n  says: %s\n  not:  %s", text, error.text, bad[i].words);
        }
}

/** What a file cannot say is refused in an image, too. */
static void test_image(void **state)
{
        static const char text[] = "{\"tasks\":{\"a\":{\"loop\":1,\"run\":1}}}";
        static const struct {
                uint32_t flags;
                uint16_t kind;
                const char *words;
        } bad[] = {
                {WORKLOAD_FUTURE | WORKLOAD_USER, WORKLOAD_RUN, "a future in user mode"},
                {WORKLOAD_FUTURE, WORKLOAD_PROGRAM, "a program beside something else"},
                {WORKLOAD_FUTURE << 1, WORKLOAD_RUN, "a task with stray bits"},
        };
        struct workload_image image;
        const char *wrong = NULL;

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct program p;
                struct error error;
                if (!compile(text, false, &p, &error))
                        fail_msg("%s", error.text);
                struct workload_header *header = p.bytes;
                struct workload_event *event = (void *)(uintptr_t)p.image.events;
                ((struct workload_task *)(uintptr_t)p.image.tasks)->flags = bad[i].flags;
                event->kind = bad[i].kind;
                event->value = 0;
                header->checksum = workload_image_checksum(p.bytes, p.size);
                assert_false(workload_image_check(p.bytes, p.size, &image, &wrong));
                assert_string_equal(wrong, bad[i].words);
                /* An image of the version before, which knew no kinds. */
                header->version = WORKLOAD_VERSION - 1;
                header->checksum = workload_image_checksum(p.bytes, p.size);
                assert_false(workload_image_check(p.bytes, p.size, &image, &wrong));
                assert_string_equal(wrong, "the image is of another version");
                program_free(&p);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_choice),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_image),
        };
        return RUN(tests);
}
