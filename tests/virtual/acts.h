/* SPDX-License-Identifier: MIT */
/* What tasks do at random, with the core's own calls: what random.c and polls.c share. */
#ifndef ROTA_TESTS_VIRTUAL_ACTS_H
#define ROTA_TESTS_VIRTUAL_ACTS_H

#include "virtual.h"

struct rota_params acts_params(void);
struct rota_affinity acts_affinity(void);
/* Any, used or not. */
struct virtual_task *acts_task(void);
/* What a call answered is one of these. */
void acts_expect(int result, int a, int b);
/* A task's memory is used from now on: with what it is to be made. @param on_exit  is told to half of them */
struct rota_task_options acts_options(struct virtual_task *t, rota_exit_callback on_exit);
void acts_start(struct virtual_task *t);
/* Who has come back is one that ended so. */
struct virtual_task *acts_came_back(struct rota_task *task, intptr_t code);
/* Of tasks without a callback nothing tells the end but their slots. */
bool acts_untold_end(const struct virtual_task *t);
/* It has ended: its memory is the caller's again, and nobody may look at it. */
void acts_gone(struct virtual_task *t);
/* CPUs leave and join. Before everybody ends all are called in: some tasks may run nowhere else. */
void acts_move_cpu(void);

#endif
