/* SPDX-License-Identifier: MIT */
/* What awaits.c gives to scripts and programs. */
#ifndef ROTA_TESTS_EXPLORE_AWAITS_H
#define ROTA_TESTS_EXPLORE_AWAITS_H

#include "explore.h"

void awaits_boot(void);
/* A step of a thread's. */
int awaits_perform(struct explore_task *me, const struct step *step);
/* A future's task that has steps. */
enum rota_poll awaits_poll(struct rota_future *future, struct rota_poll_context *context);

/* Is it one of those that the barrier is for? */
bool awaits_meets(uint32_t task);

#endif
