/* SPDX-License-Identifier: MIT */
/**
 * @file
 * From a workload file (the rt-app dialect) to the image that a world performs.
 */
#ifndef ROTA_TOOL_COMPILE_H
#define ROTA_TOOL_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "image.h"

/** What the command line decides. */
struct compile_options {
        uint32_t cpus;
        const char *policies[WORKLOAD_MAX_POLICIES]; /**< the classes, the most urgent first */
        uint32_t policy_count;
        uint64_t duration_ns; /**< 0: what the file says */
        uint64_t slice_ns;    /**< 0: the library's default */
        uint64_t tick_ns;     /**< 0: one-shot timers */
        uint64_t seed;
        uint32_t ring_records; /**< per CPU; 0: no trace */
        bool log;              /**< keep a log of activations */
        bool user_mode;        /**< the world has it, for tasks that say "user" */
        bool futures;          /**< tasks that do not say what they are, are futures */
};

/** A compiled workload. */
struct program {
        void *bytes;
        size_t size;
        struct workload_image image; /**< a view of bytes */
        char **thread_names;         /**< one per thread; instances have their number behind */
        uint32_t *thread_tasks;      /**< which task each thread performs */
        bool *thread_forked;         /**< whether it is there only once it is forked */
        char *ignored; /**< keys of the file that have no meaning here, "a, b"; or NULL */
        void *archive; /**< for the world, where there are user programs: bytes, and their files */
        size_t archive_size;
        bool endless; /**< neither file nor command line says when it ends */
};

/** How long an endless workload runs. */
#define COMPILE_DURATION_DEFAULT ((uint64_t)10000000000)

/** Reads and compiles a file. @return false with @p error set */
bool compile_file(const char *file, const struct compile_options *options, struct program *program,
        struct error *error);

/** As compile_file() for a text in memory. */
bool compile_text(const char *file, const char *text, size_t length,
        const struct compile_options *options, struct program *program, struct error *error);

void program_free(struct program *program);

/** Bytes that all threads together have for themselves. */
uint64_t program_buffers(const struct program *program);

/** Whether this build knows a policy. */
bool policy_is_known(const char *name);
/** "fifo, rr, prio" */
#define POLICY_NAMES "fifo, rr, prio"

#endif
