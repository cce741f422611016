/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the tests of the command line share: CMocka with a line per case.
 */
#ifndef ROTA_TOOL_TEST_H
#define ROTA_TOOL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"

/** Runs a table of tests, a TAP line for each. */
#define RUN(tests)                                                                                 \
        (cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

/** The command line's defaults, with so many CPUs. */
static inline struct compile_options test_options(uint32_t cpus)
{
        struct compile_options options = {
                .cpus = cpus, .policies = {"rr"}, .policy_count = 1, .ring_records = 1024};
        return options;
}

/** Compiles a text under the name "t.json". */
static inline bool test_compile(
        const char *text, uint32_t cpus, struct program *program, struct error *error)
{
        const struct compile_options options = test_options(cpus);

        error->text[0] = '\0';
        return compile_text("t.json", text, strlen(text), &options, program, error);
}

/** A text that is refused with one line, which has the words. */
static inline void test_refused(const char *text, const char *words)
{
        struct program program;
        struct error error;

        assert_false(test_compile(text, 4, &program, &error));
        if (!strstr(error.text, words) || strchr(error.text, '\n'))
                fail_msg("%s\n  says: %s\n  not:  %s", text, error.text, words);
}

#endif
