/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What came of a run: the report's numbers, copied out of the shared region and bounded, with what
 * the tool itself knows and found.
 */
#ifndef ROTA_TOOL_RESULT_H
#define ROTA_TOOL_RESULT_H

#include "check_trace.h"
#include "compile.h"
#include "log.h"
#include "report.h"
#include "trace.h"

struct result {
        const struct program *program;
        const char *world;
        const char *file;
        char policy[256];     /**< the classes, separated by commas */
        uint64_t slice_ns;    /**< in force */
        uint64_t duration_ns; /**< that it took */
        uint64_t begun_ns;    /**< on the world's clock */
        uint64_t delay_ns; /**< the world's threads were kept from running for so long at a time */
        enum workload_state state;
        uint32_t control_id;
        uint32_t cpus;
        uint32_t threads; /**< rows below: all but those that were to be forked and never were */
        struct workload_report_cpu *cpu;
        struct workload_report_thread *thread;
        uint32_t *which; /**< per row: which of the image's threads */
        struct workload_report_resource *resource;
        bool stalled; /**< in the end every thread waited for another */
        char message[WORKLOAD_REPORT_TEXT + 1];
        char checks[1024]; /**< "ok", or the first that failed */
        struct trace trace;
        struct activations log;
        struct check_verdict verdict;
        uint32_t ids;        /**< the largest id + 1 */
        uint32_t *thread_of; /**< per id: thread + 1, 0: none */
};

/** Copies the report. */
void result_read(struct result *result, const struct program *program, const void *report);

/** After the last drain: merges the trace and judges it; fills `checks`. */
void result_judge(struct result *result);

/** The name of a task by its id in the trace. @param cpu  for the idle task */
const char *result_name(const struct result *result, uint32_t id, uint32_t cpu);

/** The level of a task by its id, as in the report. */
uint32_t result_priority(const struct result *result, uint32_t id);

/** The name of a thread, by its row. */
const char *result_thread_name(const struct result *result, uint32_t thread);

/** What a thread is, by its row: "thread", "future", "user" or "program". */
const char *result_thread_kind(const struct result *result, uint32_t thread);

/** Whether a task is a future, by its id in the trace. */
bool result_is_future(const struct result *result, uint32_t id);

/** What a resource is, and its name, by its number in the image. */
const char *result_resource_kind(const struct result *result, uint32_t resource);
const char *result_resource_name(const struct result *result, uint32_t resource);

/** Whether a thread may run on a CPU, in whatever phase. */
bool result_allows(const struct result *result, uint32_t thread, uint32_t cpu);

/** The parameters that a thread starts with. */
const struct workload_params *result_params(const struct result *result, uint32_t thread);

void result_free(struct result *result);

#endif
