/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the parts of the export to Chrome's trace events share.
 */
#ifndef ROTA_TOOL_CHROME_H
#define ROTA_TOOL_CHROME_H

#include <stdio.h>

#include "result.h"

/** What viewers show as processes, each with a track for each of its threads. */
enum {
        PID_CPUS = 1,  /**< by CPU: who runs */
        PID_TASKS = 2, /**< by task: whether it runs, waits for a CPU or for an object */
        PID_POLLS = 3, /**< by task: its polls */
};

/** The file as it is written. */
struct chrome {
        const struct result *result;
        FILE *out;
        const char *comma; /**< between events */
};

/** Begins an event, up to its place; the caller writes the rest and its closing brace. */
void chrome_begin(struct chrome *c, const char *phase, uint32_t pid, uint32_t tid);
/** A member of the present event: a time of the trace. */
void chrome_time(struct chrome *c, const char *key, uint64_t time);
/** The name of a process, and of a track: they stand in the order of their numbers. */
void chrome_process(struct chrome *c, uint32_t pid, const char *text);
void chrome_track(struct chrome *c, uint32_t pid, uint32_t tid, const char *text);
/** A slice of a track. @param args  the members of its "args" */
void chrome_slice(struct chrome *c, uint32_t pid, uint32_t tid, const char *name, uint64_t from,
        uint64_t to, const char *args);

/** The polls of a future, or of what a user task awaits, while the trace is gone through. */
struct chrome_polled {
        bool polled;      /**< somewhere in the trace: it has a track */
        bool user;        /**< it is a user task, so its polls are those of calls */
        bool in_call;     /**< a call's slice is open */
        bool parks;       /**< the next wake is that which takes back its park */
        uint64_t begun;   /**< the present poll, 0: in none */
        uint64_t count;   /**< polls so far, of a user task in this call */
        uint32_t flows;   /**< the latest wake that no poll has answered, + 1 */
        uint32_t answers; /**< the latest that the present poll answers, + 1 */
};

/** A wake, which may lead to a poll. */
struct chrome_flow {
        uint64_t time;
        uint32_t pid, tid; /**< the track of who made it */
        uint32_t before;   /**< the same task's earlier one, + 1 */
};

struct chrome_polls {
        struct chrome_polled *tasks; /**< per id */
        struct chrome_flow *flows;
        size_t flow_count, flow_room;
};

void chrome_polls_begin(struct chrome_polls *polls, struct chrome *c);
/** An event of the trace, of whatever kind. @param runs  who ran on its CPU before it */
void chrome_polls_event(
        struct chrome_polls *polls, struct chrome *c, const struct rota_record *r, uint32_t runs);
/** Frees what it has. */
void chrome_polls_end(struct chrome_polls *polls, struct chrome *c);

#endif
