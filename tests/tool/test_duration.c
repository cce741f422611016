/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Durations as people write and read them.
 */
#include "tool_test.h"

#include "duration.h"

static void test_read(void **state)
{
        static const struct {
                const char *text;
                uint64_t ns;
        } good[] = {{"5ms", 5000000}, {"1s", 1000000000}, {"250us", 250000}, {"100ns", 100},
                {"1.5s", 1500000000}, {"2m", 120000000000}, {"0ns", 0}, {"0.25ms", 250000}};

        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                struct error error = {""};
                uint64_t ns = 1;
                assert_true(duration_read(good[i].text, "--slice", &ns, &error));
                assert_int_equal(ns, good[i].ns);
        }
}

static void test_refuse(void **state)
{
        static const struct {
                const char *text;
                const char *words;
        } bad[] = {{"5", "has no unit; write 5ms"}, {"", "is no duration"},
                {"ms", "is no duration"}, {"-5ms", "is no duration"}, {"5 ms", "no unit of time"},
                {"5h", "no unit of time"}, {"99999999999999999999s", "too long"},
                {"9999999999999999m", "too long"}, {"1.5", "has no unit"}};

        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                struct error error = {""};
                uint64_t ns = 0;
                assert_false(duration_read(bad[i].text, "--slice", &ns, &error));
                assert_non_null(strstr(error.text, "--slice"));
                if (!strstr(error.text, bad[i].words))
                        fail_msg("%s: %s", bad[i].text, error.text);
        }
}

static void test_text(void **state)
{
        static const struct {
                uint64_t ns;
                const char *text;
        } texts[] = {{0, "0"}, {7, "7ns"}, {999, "999ns"}, {1000, "1.00us"}, {12345, "12.3us"},
                {123456, "123us"}, {999600, "1.00ms"}, {5000000, "5.00ms"}, {1500000000, "1.50s"},
                {600000000000, "600s"}};

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                char text[24];
                assert_string_equal(duration_text(text, sizeof(text), texts[i].ns), texts[i].text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read),
                cmocka_unit_test(test_refuse),
                cmocka_unit_test(test_text),
        };
        return RUN(tests);
}
