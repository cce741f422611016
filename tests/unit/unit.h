/* SPDX-License-Identifier: MIT */
/* What the unit tests share: cmocka, a seeded sequence, results as lines. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Next of a sequence, below `limit`. */
static inline uint32_t chance(uint64_t *seed, uint32_t limit)
{
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        return (uint32_t)((*seed >> 33) % limit);
}

/* TAP's lines begin with "ok" and "not ok". */
#define RUN(tests)                                                                                 \
        int main(void)                                                                             \
        {                                                                                          \
                cmocka_set_message_output(CM_OUTPUT_TAP);                                          \
                return cmocka_run_group_tests(tests, NULL, NULL);                                  \
        }

#endif
