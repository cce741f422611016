/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A run's trace in the tool: drained from the world's rings while it runs, in one order at the end.
 */
#ifndef ROTA_TOOL_TRACE_H
#define ROTA_TOOL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rota/trace.h>

#include "report.h"

/** What has come out of one CPU's ring. */
struct trace_cpu {
        struct rota_record *records;
        size_t count;
        size_t room;
        uint32_t tail; /**< ours; the ring's copy only tells the world how much room there is */
};

/** The trace. */
struct trace {
        uint32_t cpus;
        struct trace_cpu *cpu;
        struct rota_record *records; /**< of all CPUs by time, after trace_merge() */
        size_t count;
        uint64_t dropped; /**< events that are missing */
        bool corrupt;     /**< a ring made no sense */
};

void trace_open(struct trace *trace, uint32_t cpus);
void trace_close(struct trace *trace);

/** Takes what is in the rings of a report. Nothing in it is trusted. @return records taken */
size_t trace_drain(struct trace *trace, const struct workload_header *header, void *report,
        const struct workload_layout *layout);

/** Puts all records into one order; call it once, after the last drain. */
void trace_merge(struct trace *trace);

#endif
