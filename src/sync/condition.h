/* SPDX-License-Identifier: MIT */
/* The condition variable, as futures use it: a task has several of them, so none holds its cancel. */
#ifndef ROTA_SYNC_CONDITION_H
#define ROTA_SYNC_CONDITION_H

#include <rota/condition.h>

/* rota_condition_relock() and _finish(), which leave the task's rota_cancel_hold() as it is. */
int condition_relock(struct rota_condition_wait *wait);
int condition_finish(struct rota_condition_wait *wait);
/* Ends a wait that is not wanted any more, whether it has been signalled or not, and after condition_relock()
 * or before: without the mutex. A signal that it had goes on to the next one who waits. */
void condition_drop(
        struct rota_condition *condition, struct rota_condition_wait *wait, bool relocking);

#endif
