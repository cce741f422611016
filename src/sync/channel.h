/* SPDX-License-Identifier: MIT */
/* The channel, as select uses it too: all under the channel's lock, which is that of its receivers. */
#ifndef ROTA_SYNC_CHANNEL_H
#define ROTA_SYNC_CHANNEL_H

#include <rota/channel.h>

#include "sync/queue.h"

/* Sends or receives, where that can be done at once: ROTA_OK, ROTA_ECLOSED, or ROTA_EAGAIN. */
int channel_try_send(struct rota_channel *channel, const void *message);
int channel_try_receive(struct rota_channel *channel, void *message);

/* Queues a prepared node in one of the channel's queues. */
void channel_queue(struct rota_channel *channel, struct rota_wait_queue *queue,
        struct rota_wait *wait, const void *message);

#endif
