/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A judge over trace events: it knows nothing of the scheduler but what a schedule must look like.
 *
 * - Per CPU, who is switched away from is who was switched to before.
 * - A task is on one CPU at a time, and runs only after a start or a wakeup.
 * - A waiting task is not woken again, and neither sleeps nor ends before it has run.
 * - A task that is polled (a future) is so once for each start, wakeup and poll that yielded; it does not
 *   sleep in a poll, and a wake that comes meanwhile is followed by another one.
 * - Work conservation: no CPU is idle while a task waits that may run there, for longer than a
 *   bound: the time that a kick takes.
 *
 * CPUs read the clock before they take a lock, so events on two CPUs may be noted in the wrong order
 * by as long as one of them held the other up: `skew_ns`.
 */
#ifndef ROTA_TOOL_CHECK_TRACE_H
#define ROTA_TOOL_CHECK_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rota/trace.h>

/** What is to be judged, and how strictly. */
struct check_trace {
        const struct rota_record *records; /**< by time */
        size_t count;
        uint32_t cpus;
        uint32_t tasks; /**< ids are 1 .. tasks */
        /** Whether a task may run on a CPU at all times; NULL: every task everywhere. */
        bool (*allowed)(void *argument, uint32_t id, uint32_t cpu);
        void *argument;
        uint64_t idle_ns; /**< a CPU may be idle that long while somebody waits */
        uint64_t skew_ns; /**< see above */
        bool gaps; /**< events were dropped: who runs where is only asked for from there on */
        uint64_t from_ns; /**< work conservation is asked for from here .. */
        uint64_t to_ns;   /**< .. to here */
};

/** What was found. */
struct check_verdict {
        bool good;
        char what[256]; /**< what is wrong first */
        uint64_t when;  /**< and when */
        uint64_t switches;
        uint64_t wakeups;
        uint64_t idle_most_ns; /**< longest time a CPU was idle while a task waited for it */
        uint32_t idle_cpu;     /**< that CPU */
        uint32_t idle_task;    /**< that task */
        uint64_t idle_when;    /**< when it ended */
        uint64_t wasted_ns;    /**< total time during which that was so somewhere */
        uint64_t skew_most_ns; /**< the most by which events were out of order */
        uint64_t *run_ns;      /**< per id (0: idle of all CPUs); free() it */
        uint64_t *polls;       /**< per id; free() it */
};

/** Judges. @return verdict->good */
bool check_trace(const struct check_trace *check, struct check_verdict *verdict);

#endif
