/* SPDX-License-Identifier: MIT */
/* What the scenarios of misuse share. */
#ifndef SCENARIOS_MISUSE_H
#define SCENARIOS_MISUSE_H

#include "harness.h"

/* In a debug build one misuse has been reported since, and this is it: called from near the function
 * `at`, forbidden by `held` since near the function `since` (0: anywhere); in others there was none. */
void misuse_reported(
        uint32_t before, const char *function, const char *held, uintptr_t at, uintptr_t since);

#define REPORTS(call, function, held, at, since)                                                   \
        do {                                                                                       \
                uint32_t before_ = get(run.misuses);                                               \
                check(call);                                                                       \
                misuse_reported(before_, function, held, (uintptr_t)(at), (uintptr_t)(since));     \
        } while (0)

intptr_t misuse_ends(struct worker *self);
/* Every call that blocks is refused, for the same reason. */
void misuse_block(struct rota_handle other, const char *held, uintptr_t at, uintptr_t since);

#endif
