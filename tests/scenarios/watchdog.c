/* SPDX-License-Identifier: MIT */
#include "harness.h"
const struct scenario scenarios_watchdog[] = {
        {.name = NULL},
};
