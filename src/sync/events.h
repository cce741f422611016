/* SPDX-License-Identifier: MIT */
/* Event flags, as a select uses them. */
#ifndef ROTA_SYNC_EVENTS_H
#define ROTA_SYNC_EVENTS_H

#include <rota/events.h>

#include "sync/queue.h"

/* Are they flags, and is that a way to wait for them? */
bool events_valid(const struct rota_events *events, uint32_t flags, uint32_t how);
/* Takes what is wanted, and answers what; 0 where it is not there, and then whoever sets flags comes to the
 * queue. The lock is held. */
uint32_t events_take(struct rota_events *events, uint32_t flags, uint32_t how);
/* Queues a prepared node after that. The lock is held still. */
void events_queue(struct rota_events *events, struct rota_wait *wait, uint32_t flags, uint32_t how);

#endif
