/* SPDX-License-Identifier: MIT */
/* Deferred work, for what is built on it. */
#ifndef ROTA_SYNC_WORK_H
#define ROTA_SYNC_WORK_H

#include <rota/work.h>

#include "sync/queue.h"

/* By the work itself, as it runs: it is nobody's from now on, and its worker does not look at it again. Its
 * pool is locked; queue_unlock(&workers->idle, ...) is the caller's. */
uintptr_t work_let_go(struct rota_workers *workers, struct rota_work *work);

#endif
