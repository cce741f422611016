/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Waiting for each other: everything that is built on the wait queue. Not part of <rota/rota.h>: a
 * kernel that has its own compiles none of it (ROTA_SYNC in rota.mk).
 */
#ifndef ROTA_SYNC_H
#define ROTA_SYNC_H

#include <rota/barrier.h>
#include <rota/channel.h>
#include <rota/completion.h>
#include <rota/condition.h>
#include <rota/events.h>
#include <rota/lend.h>
#include <rota/mutex.h>
#include <rota/notify.h>
#include <rota/once.h>
#include <rota/pool.h>
#include <rota/rwlock.h>
#include <rota/select.h>
#include <rota/semaphore.h>
#include <rota/soft_timer.h>
#include <rota/spinlock.h>
#include <rota/wait_queue.h>
#include <rota/work.h>

#endif
