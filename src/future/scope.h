/* SPDX-License-Identifier: MIT */
/* Scopes, as the kind of future tasks sees them. */
#ifndef ROTA_FUTURE_SCOPE_H
#define ROTA_FUTURE_SCOPE_H

#include <rota/scope.h>

/* The future of the running task is over, but for scopes that it has opened: cancels them. True: all have
 * ended; false: the task is woken when one of them has, and asks again. */
bool scope_linger(struct rota_future_task *task);

#endif
