/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a run leaves in files: the report as JSON, the trace as ftrace's text or as Chrome's JSON.
 */
#ifndef ROTA_TOOL_EXPORT_H
#define ROTA_TOOL_EXPORT_H

#include <stdio.h>

#include "result.h"

/** The report. @param name  "-" is standard output */
bool export_json(const struct result *result, const char *name, struct error *error);

/** Whether the file's ending says which format a trace is to have. */
bool export_trace_known(const char *name);

/** The trace, in the format that the file's ending says. */
bool export_trace(const struct result *result, const char *name, struct error *error);

/** The log of activations as a table. @param name  "-" is standard output */
bool export_log(const struct result *result, const char *name, struct error *error);

/** The log of activations as a member of the report's object. */
void export_log_json(const struct result *result, FILE *stream);

/** The last events of the trace as text, for a person who asks what happened. */
void export_tail(const struct result *result, FILE *stream, size_t most);

/** A trace in ftrace's text form, the events @p from to the end. */
void export_ftrace(const struct result *result, FILE *stream, size_t from);

/** What a poll answered, from the trace. */
const char *export_answer(uint32_t poll);

/** For what a user task's first poll is, from the trace: a call's name. Of a poll that begins. */
const char *export_trap(const struct rota_record *begin);

/** A trace in Chrome's JSON form. */
void export_chrome(const struct result *result, FILE *stream);

#endif
