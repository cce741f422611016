/* SPDX-License-Identifier: MIT */
/* The preemption of turns on home stacks (spare.c; no_turns.c below level 4). */
#ifndef ROTA_CORE_SPARE_H
#define ROTA_CORE_SPARE_H

#include <rota/spare.h>

#include "core/core.h"

/* dispatch_react(), for a task that has no stack: is its turn to make room, and is there a spare? Masked, no
 * lock held. Returns whether others have run meanwhile. */
bool spare_react(struct rota_cpu *cpu);
/* A turn has ended that was preempted: the stack it is on is this CPU's home. Masked, no lock held. */
void spare_give_back(struct rota_cpu *cpu, struct rota_task *task);

#endif
