/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Files that are there whole or not at all: written beside their place, then moved there.
 */
#ifndef ROTA_TOOL_OUTFILE_H
#define ROTA_TOOL_OUTFILE_H

#include <stdio.h>

#include "error.h"

struct outfile {
        const char *name; /**< "-" is standard output */
        char *temporary;
        FILE *stream;
};

bool outfile_open(struct outfile *file, const char *name, struct error *error);
/** Moves the file to its place. @return false with @p error set, and nothing left behind */
bool outfile_close(struct outfile *file, struct error *error);
/** Gives the file up. */
void outfile_drop(struct outfile *file);

/** Writes a text as a JSON string with its quotes. */
void json_string(FILE *stream, const char *text);

#endif
