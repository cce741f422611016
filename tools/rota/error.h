/* SPDX-License-Identifier: MIT */
/**
 * @file
 * How the tool says that something is wrong: one line, kept until whoever called decides.
 */
#ifndef ROTA_TOOL_ERROR_H
#define ROTA_TOOL_ERROR_H

#include <stdbool.h>

/** What went wrong. */
struct error {
        char text[1024];
};

/** Sets the text where there is none yet. @return false, so that a caller can return it. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error, const char *format, ...);

#endif
