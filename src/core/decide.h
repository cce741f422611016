/* SPDX-License-Identifier: MIT */
#ifndef ROTA_CORE_DECIDE_H
#define ROTA_CORE_DECIDE_H

#include "core/core.h"

/* Puts prev where it belongs and commits who runs next; NULL: home. The lock is held; `flags` say how
 * prev is queued where it stays, *now is the time where anybody needed it. */
struct rota_task *decide(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why,
        uint32_t flags, uint64_t *now);

#endif
