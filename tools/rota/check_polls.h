/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The judge's part for tasks that are polled, and what it shares with the rest of the judge.
 */
#ifndef ROTA_TOOL_CHECK_POLLS_H
#define ROTA_TOOL_CHECK_POLLS_H

#include "check_trace.h"

struct check_polled;

struct check_polls {
        const struct check_trace *check;
        struct check_verdict *verdict;
        struct check_polled *tasks; /**< per id */
};

void check_polls_begin(
        struct check_polls *polls, const struct check_trace *check, struct check_verdict *verdict);
/** An event of the trace, of whatever kind. */
void check_polls_event(struct check_polls *polls, const struct rota_record *r);
/** The trace's end, at @p now. Frees what it has. */
void check_polls_end(struct check_polls *polls, uint64_t now);

/** Notes the first fault. */
__attribute__((format(printf, 3, 4))) void check_wrong(
        struct check_verdict *verdict, uint64_t now, const char *format, ...);

#endif
