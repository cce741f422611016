/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Durations on the command line, and as people read them.
 */
#ifndef ROTA_TOOL_DURATION_H
#define ROTA_TOOL_DURATION_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/** Reads "5ms", "1.5s", "250us", "100ns", "2m". @param what  the option, for the error */
bool duration_read(const char *text, const char *what, uint64_t *ns, struct error *error);

/** Writes @p ns in three or four digits and a unit, such as "1.25ms". @return @p out */
const char *duration_text(char *out, size_t size, uint64_t ns);

#endif
