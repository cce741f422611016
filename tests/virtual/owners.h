/* SPDX-License-Identifier: MIT */
/*
 * Mutexes and who has them, by the model: what mutex.c and await.c share. Each says by itself who waits for
 * what, and so how urgent everybody is.
 */
#ifndef ROTA_TESTS_VIRTUAL_OWNERS_H
#define ROTA_TESTS_VIRTUAL_OWNERS_H

#include "sync/mutex.h"
#include "virtual.h"

#define TASKS          8u
#define OWNERS_MUTEXES 6u /* at most; zero, and nobody's, where a program uses fewer */
#define NOBODY         UINT32_MAX

extern struct rota_mutex mutexes[OWNERS_MUTEXES];
extern uint32_t owners[OWNERS_MUTEXES]; /* by the model: a task, or NOBODY */
extern bool orphan[OWNERS_MUTEXES];     /* its owner has ended, and nobody has known it since */

void owners_clear(void);
/* Everybody's urgency but for what others lend. */
void owners_begin(struct urgency *e);
/* The mutex was free, and the task's wait for it has ended with this: that is right. */
void owners_given(uint32_t m, uint32_t task, int result);
void owners_take(uint32_t m, uint32_t task);
/* The task is about to end: what it has is orphaned. */
void owners_leave(uint32_t task);
/* Everybody is as urgent as this, and the mutexes are whose they should be. */
void owners_verify(const struct urgency *e);
/* Changes a task's own parameters. */
void owners_change(struct virtual_task *other);

#endif
