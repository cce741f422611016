/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The command line of the kernel that runs programs; main.c says what the words mean.
 */
#ifndef KERNEL_PROGRAMS_OPTIONS_H
#define KERNEL_PROGRAMS_OPTIONS_H

#include "user/process.h"
#include <world.h>

struct options {
        const char *run; /**< behind "run="; NULL: not given */
        char policy[16];
        uint32_t cpus, copies, slots;
        uint64_t slice_ns, until;
        bool quiet;
        struct kernel_limits limits;
};

/** @return NULL, or what is wrong. */
const char *options_read(struct options *options, const struct world *world);

/** Whether two texts are the same. */
bool options_same(const char *a, const char *b);

#endif
