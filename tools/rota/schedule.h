/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A trace as a picture's raw material: who had how much of each CPU in each cell of time.
 */
#ifndef ROTA_TOOL_SCHEDULE_H
#define ROTA_TOOL_SCHEDULE_H

#include "result.h"

/** Flag of cpu_who: somebody ran, but the CPU was idle for most of the cell. */
#define SCHEDULE_LIGHT 0x80000000u

/** A window of time in cells. Threads count from 0; `threads` is everybody else (control). */
struct schedule {
        uint64_t from_ns;
        uint64_t cell_ns;
        uint32_t cells;
        uint32_t cpus;
        uint32_t threads;
        uint64_t *cpu_busy;    /**< per CPU and cell: ns with somebody running */
        uint32_t *cpu_who;     /**< per CPU and cell: who ran most + 1, with SCHEDULE_LIGHT where it
                                    was idle more; 0: idle but for a sliver */
        uint64_t *thread_run;  /**< per thread and cell: ns on any CPU */
        uint64_t *thread_wait; /**< per thread and cell: ns waiting for a CPU */
};

void schedule_make(struct schedule *schedule, const struct result *result, uint64_t from_ns,
        uint64_t to_ns, uint32_t cells);
void schedule_free(struct schedule *schedule);

#endif
