/* SPDX-License-Identifier: MIT */
/*
 * Two CPUs at a desk: the test plays the one or the other, and moves on by calling the core. Both run
 * an adopted thread; policies are prio and rr; each CPU has a trace.
 */
#ifndef UNIT_DESK_H
#define UNIT_DESK_H

#include "core/core.h"
#include "port.h"
#include "unit.h"

#define DESK_CPUS    2u
#define DESK_TASKS   6u
#define DESK_RECORDS 64u

struct desk {
        struct rota rota;
        struct rota_config config;
        struct rota_cpu cpu[DESK_CPUS];
        struct rota_cpu *cpus[DESK_CPUS];
        struct rota_stack home[DESK_CPUS];
        char home_memory[DESK_CPUS][ROTA_STACK_MIN];
        struct rota_ring *rings[DESK_CPUS];
        struct rota_slot slots[DESK_CPUS + DESK_TASKS];
        const struct rota_policy *policies[2];
        _Alignas(64) char memory[1 << 16];
        struct rota_thread running[DESK_CPUS]; /* the adopted ones */
        struct rota_handle running_handle[DESK_CPUS];
        struct rota_task_stats running_stats[DESK_CPUS];
        struct rota_thread thread[DESK_TASKS];
        struct rota_handle handle[DESK_TASKS];
        struct rota_task_stats stats[DESK_TASKS];
        char stack[DESK_TASKS][ROTA_STACK_MIN];
};

/* For cmocka: *state is a struct desk. */
int desk_set_up(void **state);
int desk_tear_down(void **state);
/* From here on the test is that CPU. */
struct rota_cpu *desk_play(struct desk *d, uint32_t cpu);
/* A thread on one CPU, not started. */
struct rota_handle desk_thread(
        struct desk *d, uint32_t i, uint32_t cpu, const struct rota_task_options *options);
/* rota_check() finds nothing; or this. */
void desk_whole(struct desk *d);
void desk_found(struct desk *d, const char *what);

/* Sets a place to a value, expects the rule, puts the place right. */
#define BREAK(place, value, what)                                                                  \
        do {                                                                                       \
                __typeof__(place) was = (place);                                                   \
                (place) = (value);                                                                 \
                desk_found(d, what);                                                               \
                (place) = was;                                                                     \
                desk_whole(d);                                                                     \
        } while (0)

#endif
