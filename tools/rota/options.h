/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The command line of `rota run`.
 */
#ifndef ROTA_TOOL_OPTIONS_H
#define ROTA_TOOL_OPTIONS_H

#include "compile.h"

struct run_options {
        const char *world; /**< "host", or a machine's, see machine.h */
        const char *file;
        const char *programs; /**< files of user programs, "a,b"; NULL: a workload */
        const char *kind;     /**< of tasks that do not say theirs; NULL: thread */
        const char *json;     /**< NULL: none */
        const char *trace;    /**< NULL: none */
        const char *log;      /**< NULL: none */
        bool help;
        bool icount; /**< the world's time is its count of instructions */
        struct compile_options compile;
        char policies[256]; /**< where the names are */
};

/** Reads what follows "run". @return false with @p error set */
bool options_read(int count, char **words, struct run_options *options, struct error *error);

#endif
