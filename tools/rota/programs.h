/* SPDX-License-Identifier: MIT */
/**
 * @file
 * User programs instead of a workload file.
 */
#ifndef ROTA_TOOL_PROGRAMS_H
#define ROTA_TOOL_PROGRAMS_H

#include "compile.h"

/** Reads the files (their names, with commas between) and makes a workload of them: a task each, of its
 * file's name, and the archive of both. Each file is checked as the world's kernel will.
 * @return false with @p error set */
bool programs_compile(const char *files, const char *world, const struct compile_options *options,
        struct program *program, struct error *error);

#endif
