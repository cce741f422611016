/* SPDX-License-Identifier: MIT */
/**
 * @file
 * User programs, for a program that runs in any world: the bare machines have them, where the boot module
 * is an archive with their files; the host world answers that it has none.
 */
#ifndef ROTA_WORLD_PROGRAMS_H
#define ROTA_WORLD_PROGRAMS_H

#include <world.h>

ROTA_BEGIN_DECLS

/** How a program ended. */
struct world_program_end {
        intptr_t code;     /**< its exit code */
        const char *fault; /**< what it did that it may not; NULL: nothing */
        bool killed;       /**< it was ended by world_programs_end() */
};

/** Called once a program has ended and nothing of it is left. On a home stack, masked; it may wake and
 * start, not block. */
typedef void (*world_program_ended)(void *user, const struct world_program_end *end);

/** A program that is to be started. */
struct world_program {
        const char *name; /**< of its file in the archive */
        struct rota_params
                params; /**< of its first thread; its class is the only one that it has */
        struct rota_affinity affinity; /**< likewise */
        struct rota_task_stats *stats; /**< likewise; NULL: not kept */
        void *user;                    /**< for world_program_ended */
};

/** A file of the boot module, where that is an archive. @return whether it is there. Context: any. */
bool world_file(const struct world *world, const char *name, const void **bytes, size_t *size);

/** Before the first program. @param cpus  of the instance that they run in.
 * @return NULL, or why there can be none, in one line. Context: boot. */
const char *world_programs_begin(
        const struct world *world, uint32_t cpus, world_program_ended ended);

/** Starts one. @param handle  receives its first thread's, before that runs.
 * @return NULL, or why it cannot be, in one line. Context: task. */
const char *world_program_start(const struct world_program *program, struct rota_handle *handle);

/** Begins the end of all that run. Context: any. */
void world_programs_end(void);

ROTA_END_DECLS
#endif
