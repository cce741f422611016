/* SPDX-License-Identifier: MIT */
/*
 * The channel. One lock, that of the receivers' queue, guards both queues and the messages.
 *
 * Invariant: while a receiver waits the channel is empty, and while a sender waits it is full; who has
 * timed out or was cancelled, and has not taken himself out yet, does not count. So what comes never
 * overtakes what waits.
 *
 * A message is copied before the other side's result is set, while its node is still queued: until it
 * has been taken out, by whoever serves it or by its owner under the lock, the buffer is there.
 */
#include "sync/channel.h"
#include "sync/copy.h"

int rota_channel_init(struct rota_channel *channel, void *memory, size_t message_size,
        uint32_t capacity, enum rota_wait_order order, const char *name)
{
        size_t bytes;

        if (!channel || __builtin_mul_overflow(message_size, (size_t)capacity, &bytes) ||
                bytes > UINTPTR_MAX - (uintptr_t)memory || (bytes && !memory))
                return ROTA_EINVAL;
        *channel = (struct rota_channel){
                .memory = memory,
                .first = memory,
                .end = memory,
                .message_size = message_size,
                .capacity = capacity,
        };
        rota_wait_queue_init(&channel->receivers, order, name);
        rota_wait_queue_init(&channel->senders, order, name);
        return ROTA_OK;
}

/* The place behind a message's. */
static inline char *behind(const struct rota_channel *channel, char *at)
{
        at += channel->message_size;
        return at == channel->memory + channel->capacity * channel->message_size ? channel->memory
                                                                                 : at;
}

static inline void put(struct rota_channel *channel, const char *message)
{
        copy_message(channel->end, message, channel->message_size);
        channel->end = behind(channel, channel->end);
        rota_atomic_store(&channel->used, channel->used + 1);
}

/* Gives the message to a receiver that waits. */
static bool hand_over(struct rota_channel *channel, const char *message)
{
        struct rota_handle waiter;
        struct rota_wait *wait;

        while ((wait = queue_next(&channel->receivers)) != NULL) {
                copy_message((char *)wait->value, message, channel->message_size);
                if (queue_serve(&channel->receivers, wait, ROTA_OK, 0, &waiter)) {
                        park_wake(core_instance(), waiter);
                        return true;
                }
        }
        return false;
}

/* Takes the message of a sender that waits. */
static bool fetch(struct rota_channel *channel, char *to)
{
        struct rota_handle waiter;
        struct rota_wait *wait;

        while ((wait = queue_next(&channel->senders)) != NULL) {
                copy_message(to, (const char *)wait->value, channel->message_size);
                if (queue_serve(&channel->senders, wait, ROTA_OK, 0, &waiter)) {
                        park_wake(core_instance(), waiter);
                        return true;
                }
        }
        return false;
}

int channel_try_send(struct rota_channel *channel, const void *message)
{
        if (rota_unlikely(channel->closed))
                return ROTA_ECLOSED;
        if (rota_unlikely(channel->receivers.first) && hand_over(channel, message))
                return ROTA_OK;
        if (rota_unlikely(channel->used >= channel->capacity))
                return ROTA_EAGAIN;
        put(channel, message);
        return ROTA_OK;
}

int channel_try_receive(struct rota_channel *channel, void *message)
{
        if (rota_likely(channel->used)) {
                copy_message(message, channel->first, channel->message_size);
                channel->first = behind(channel, channel->first);
                rota_atomic_store(&channel->used, channel->used - 1);
                if (rota_unlikely(channel->senders.first) && fetch(channel, channel->end)) {
                        channel->end = behind(channel, channel->end);
                        rota_atomic_store(&channel->used, channel->used + 1);
                }
                return ROTA_OK;
        }
        if (channel->senders.first && fetch(channel, message))
                return ROTA_OK;
        return channel->closed ? ROTA_ECLOSED : ROTA_EAGAIN;
}

/* May this be waited for here? Only a task has a node to put into a queue. */
static int queued(struct rota_wait *wait)
{
        struct rota_cpu *cpu = rota_port_cpu();
        bool task = cpu && cpu->current && cpu->nesting == 0;

        if (!task)
                return ROTA_ECONTEXT;
        rota_wait_init(wait);
        return ROTA_EAGAIN;
}

static inline int send(struct rota_channel *channel, const void *message, struct rota_wait *wait)
{
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel_try_send(channel, message);

        if (rota_unlikely(result == ROTA_EAGAIN) && wait) {
                result = queued(wait);
                if (result == ROTA_EAGAIN)
                        channel_queue(&channel->senders, wait, message);
        }
        queue_unlock(&channel->receivers, flags);
        return result;
}

static inline int receive(struct rota_channel *channel, void *message, struct rota_wait *wait)
{
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel_try_receive(channel, message);

        if (rota_unlikely(result == ROTA_EAGAIN) && wait) {
                result = queued(wait);
                if (result == ROTA_EAGAIN)
                        channel_queue(&channel->receivers, wait, message);
        }
        queue_unlock(&channel->receivers, flags);
        return result;
}

static inline bool wrong(const struct rota_channel *channel, const void *message)
{
        return rota_unlikely(!channel || (!message && channel->message_size));
}

/* Parks on what was queued, until the deadline, and takes it out. */
static int wait_for(struct rota_channel *channel, struct rota_wait *wait, uint64_t deadline)
{
        int parked = rota_wait_park(wait, rota_timeout_at(deadline));
        int result = rota_channel_finish(channel, wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_channel_send(
        struct rota_channel *channel, const void *message, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);

        debug_call("rota_channel_send");
        if (wrong(channel, message))
                return ROTA_EINVAL;
        int result = send(channel, message, deadline ? &wait : NULL);
        if (rota_likely(result != ROTA_EAGAIN) || !deadline)
                return result;
        return wait_for(channel, &wait, deadline);
}

int rota_channel_receive(struct rota_channel *channel, void *message, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);

        debug_call("rota_channel_receive");
        if (wrong(channel, message))
                return ROTA_EINVAL;
        int result = receive(channel, message, deadline ? &wait : NULL);
        if (rota_likely(result != ROTA_EAGAIN) || !deadline)
                return result;
        return wait_for(channel, &wait, deadline);
}

int rota_channel_send_begin(
        struct rota_channel *channel, const void *message, struct rota_wait *wait)
{
        return wrong(channel, message) || !wait ? ROTA_EINVAL : send(channel, message, wait);
}

int rota_channel_receive_begin(struct rota_channel *channel, void *message, struct rota_wait *wait)
{
        return wrong(channel, message) || !wait ? ROTA_EINVAL : receive(channel, message, wait);
}

int rota_channel_finish(struct rota_channel *channel, struct rota_wait *wait)
{
        if (!channel || !wait)
                return ROTA_EINVAL;
        return queue_finish_under(&channel->receivers, wait);
}

int rota_channel_close(struct rota_channel *channel)
{
        if (!channel)
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel->closed ? ROTA_ECLOSED : ROTA_OK;

        channel->closed = true;
        while (queue_wake_one(&channel->senders, ROTA_ECLOSED, 0))
                ;
        while (queue_wake_one(&channel->receivers, ROTA_ECLOSED, 0))
                ;
        queue_unlock(&channel->receivers, flags);
        return result;
}

uint32_t rota_channel_length(const struct rota_channel *channel)
{
        return channel ? rota_atomic_load(&channel->used) : 0;
}
