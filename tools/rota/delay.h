/* SPDX-License-Identifier: MIT */
/**
 * @file
 * How long Linux, and what is below it, kept a process' threads from running though they could: what a judge
 * of times must allow for on a busy machine. See proc(5) and Linux' Documentation/scheduler/sched-stats.rst.
 */
#ifndef ROTA_TOOL_DELAY_H
#define ROTA_TOOL_DELAY_H

#include <stdint.h>
#include <sys/types.h>

/** Threads that are looked at: the first ones. */
#define DELAY_THREADS 128

/** What was seen so far. */
struct delay {
        char proc[128]; /**< where processes are: "/proc" */
        pid_t pid;
        struct {
                unsigned long id;
                uint64_t ran_ns;    /**< at the latest look */
                uint64_t waited_ns; /**< likewise */
                uint64_t kept_ns;   /**< how long it has been ready and has not run, at looks */
        } thread[DELAY_THREADS];
        uint64_t looked_ns; /**< when the latest look was */
        uint32_t threads;
        uint64_t stolen_ns; /**< of all processors, at the latest look */
        uint32_t looks;
        uint64_t
                longest_ns; /**< the most between two looks: of one thread, and what was stolen meanwhile */
};

/** Begins. @param proc  "/proc" */
void delay_open(struct delay *delay, const char *proc, pid_t pid);

/** Looks again. Where Linux does not tell nothing is seen. */
void delay_look(struct delay *delay);

#endif
