/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The log of activations in the tool: drained from the world's logs while it runs.
 */
#ifndef ROTA_TOOL_LOG_H
#define ROTA_TOOL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

/** What has come out of one thread's log. */
struct log_thread {
        struct workload_log_record *records;
        size_t count;
        size_t room;
        uint32_t tail; /**< ours; the log's copy only tells the world how much room there is */
};

struct activations {
        uint32_t threads;
        struct log_thread *thread; /**< as the image counts them */
        size_t count;              /**< of all threads */
        uint64_t dropped;          /**< activations that are missing */
        bool corrupt;              /**< a log made no sense */
};

void log_open(struct activations *log, uint32_t threads);
void log_close(struct activations *log);

/** Takes what is in the logs of a report. Nothing in it is trusted. */
void log_drain(struct activations *log, const struct workload_header *header, void *report,
        const struct workload_layout *layout);
/** Counts what found no room; call it once, after the last drain. */
void log_end(struct activations *log, const void *report, const struct workload_layout *layout);

#endif
