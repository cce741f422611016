/* SPDX-License-Identifier: MIT */
/*
 * What the files of the port's self-test share. Each test returns true where all is well; where not,
 * it has said who is at fault (selftest_fail). Masked on entry and return unless said otherwise.
 *
 * An interrupt may come late, early or for nothing, and a machine may be slow or emulated: so what
 * speaks of time is tried again, and the port is blamed only where no try went well.
 */
#ifndef ROTA_CORE_SELFTEST_H
#define ROTA_CORE_SELFTEST_H

#include <rota/selftest.h>

#include "core/core.h"

#define SELFTEST_TRIES 64u
/* Least looks at a counter, beside the time by the clock, before it is given up. */
#define SELFTEST_SPINS 1000000u
/* Looks at a clock before it counts as dead. */
#define SELFTEST_DEAD 20000000u
/* The most that a clock may go on by between two looks where nothing kept them apart. */
#define SELFTEST_GAP (50 * ROTA_MS)
/* A short time: much longer than an interrupt takes, short enough to wait for often. */
#define SELFTEST_SHORT (2 * ROTA_MS)

/* Names the function at fault, unless one is named already. Returns false. */
bool selftest_fail(struct rota_selftest *t, const char *function, const char *what);
/* The function's turn begins. */
void selftest_step(struct rota_selftest *t, const char *function);
/* After a call: interrupts are still masked, and this is still our CPU. */
bool selftest_still(struct rota_selftest *t, const char *function);
bool selftest_masked(void);

static inline struct rota_cpu *selftest_me(const struct rota_selftest *t)
{
        return t->cpus[t->self];
}

static inline uint64_t selftest_timers(const struct rota_cpu *cpu)
{
        return rota_count_read(&cpu->stats.timer_irqs);
}

static inline uint64_t selftest_kicks(const struct rota_cpu *cpu)
{
        return rota_count_read(&cpu->stats.kicks);
}

/* A kick may be a no-op on one CPU with a tick. */
static inline bool selftest_has_kicks(const struct rota_selftest *t)
{
        return t->tick_ns == 0 || t->cpu_count > 1;
}

static inline uint64_t selftest_short(const struct rota_selftest *t)
{
        uint64_t least = 20 * t->resolution_ns;
        return least > SELFTEST_SHORT ? least : SELFTEST_SHORT;
}

/* Unmasks, waits until a counter moves, and masks again; false where it does not in `ns`. */
bool selftest_comes(const uint64_t *counter, uint64_t before, uint64_t ns);
/* Spins for about so long, masked or not. */
void selftest_pause(const struct rota_selftest *t, uint64_t ns);

bool selftest_irq(struct rota_selftest *t);      /* selftest.c */
bool selftest_time(struct rota_selftest *t);     /* selftest_time.c: now, timer_arm, masking */
bool selftest_wake(struct rota_selftest *t);     /* selftest_wake.c: kick to itself, idle */
bool selftest_contexts(struct rota_selftest *t); /* selftest_context.c */
bool selftest_extras(struct rota_selftest *t);   /* selftest_extra.c */
bool selftest_others(struct rota_selftest *t);   /* selftest_cpus.c: all that takes two CPUs */

/* Goes from `here` to context 0, which waits, and comes back. */
void selftest_visit(struct rota_selftest *t, struct rota_context *here); /* selftest_context.c */

#endif
