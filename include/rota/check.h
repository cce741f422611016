/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The invariants of the house as an executable predicate, and the dump for a human.
 */
#ifndef ROTA_CHECK_H
#define ROTA_CHECK_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

struct rota;

/** What rota_check() found. */
struct rota_check_report {
        const char *what; /**< the invariant that is broken, NULL where all hold */
        uint32_t slot;    /**< of the task concerned, UINT32_MAX where none is */
        uint32_t cpu;     /**< concerned, UINT32_MAX where none is */
};

/** Verifies everything. The caller sees to it that nothing else runs: one thread that plays all
 * CPUs, or between rota_world_stop() and rota_world_resume(). @return true where all holds.
 * Context: any. */
bool rota_check(struct rota *rota, struct rota_check_report *report);

/** Verifies one CPU's queues and timers under their locks, on a live system. @return true where all
 * holds. Context: any. */
bool rota_check_cpu(struct rota *rota, uint32_t cpu, struct rota_check_report *report);

/** Brings every other started CPU to rest in an interrupt, outside every lock of Rota's. Waits for
 * them; returns with interrupts masked. @return ROTA_OK; ROTA_ECONTEXT: interrupts are masked, a
 * guard is held, or no CPU has started; nothing is stopped. Context: task with interrupts enabled,
 * no guard. */
int rota_world_stop(void);

/** Lets the others go on. @return ROTA_OK; ROTA_ESTATE: this CPU has not stopped the world. Context:
 * after rota_world_stop(), same CPU. */
int rota_world_resume(void);

/** Writes the state of all CPUs and tasks as text; takes no locks. Context: any. */
void rota_dump(void (*putc)(char));

ROTA_END_DECLS
#endif
