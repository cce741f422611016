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
                .first = memory,
                .next = memory,
                .message_size = message_size,
                .limit = capacity,
                .capacity = capacity,
                .memory = memory,
                .past = (char *)memory + bytes,
        };
        rota_wait_queue_init(&channel->receivers, order, name);
        rota_wait_queue_init(&channel->senders, order, name);
        return ROTA_OK;
}

/* The place behind a message of that size. */
static inline char *behind(const struct rota_channel *channel, char *at, size_t size)
{
        at += size;
        return rota_unlikely(at == channel->past) ? channel->memory : at;
}

/* The place before one. */
static inline char *before(const struct rota_channel *channel, char *at)
{
        return (at == channel->memory ? channel->past : at) - channel->message_size;
}

/* A message has been put in, or taken out. */
static inline void was_put(struct rota_channel *channel)
{
        channel->next = behind(channel, channel->next, channel->message_size);
        rota_atomic_store(&channel->used, channel->used + 1);
}

static inline void was_taken(struct rota_channel *channel)
{
        channel->first = behind(channel, channel->first, channel->message_size);
        rota_atomic_store(&channel->used, channel->used - 1);
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
        if (channel->closed)
                return ROTA_ECLOSED;
        if (hand_over(channel, message))
                return ROTA_OK;
        channel->limit = channel->capacity; /* no receiver waits */
        if (channel->used >= channel->capacity)
                return ROTA_EAGAIN;
        copy_message(channel->next, message, channel->message_size);
        was_put(channel);
        return ROTA_OK;
}

int channel_try_receive(struct rota_channel *channel, void *message)
{
        if (channel->used) {
                copy_message(message, channel->first, channel->message_size);
                was_taken(channel);
                if (fetch(channel, channel->next))
                        was_put(channel);
                return ROTA_OK;
        }
        if (fetch(channel, message))
                return ROTA_OK;
        return channel->closed ? ROTA_ECLOSED : ROTA_EAGAIN;
}

void channel_queue(struct rota_channel *channel, struct rota_wait_queue *queue,
        struct rota_wait *wait, const void *message)
{
        wait->value = (intptr_t)message;
        if (queue == &channel->receivers)
                channel->limit = 0;
        queue_add(queue, wait);
        queue_trace(queue, NULL);
}

/* Only a task has a node to put into a queue. */
static int queue_up(struct rota_channel *channel, struct rota_wait_queue *queue,
        struct rota_wait *wait, const void *message)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (!cpu || !cpu->current || cpu->nesting)
                return ROTA_ECONTEXT;
        rota_wait_init(wait);
        channel_queue(channel, queue, wait, message);
        return ROTA_EAGAIN;
}

/* Queues, lets the lock go, parks, and takes it out. */
static int wait_for(struct rota_channel *channel, struct rota_wait_queue *queue,
        const void *message, uint64_t deadline, uintptr_t flags)
{
        struct rota_wait wait;
        int result = queue_up(channel, queue, &wait, message);

        queue_unlock(&channel->receivers, flags);
        if (result != ROTA_EAGAIN)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = queue_finish_under(&channel->receivers, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

/*
 * The slow ways, interrupts masked. Out of line and called last, so that the short ones, which call nothing,
 * need no frame.
 */
static __attribute__((noinline)) int send_slowly(struct rota_channel *channel, const void *message,
        struct rota_timeout timeout, uintptr_t flags, bool locked)
{
        if (!locked)
                rota_lock(&channel->receivers.lock);
        int result = channel_try_send(channel, message);
        if (result == ROTA_EAGAIN) {
                uint64_t deadline = rota_timeout_deadline(timeout);
                if (deadline)
                        return wait_for(channel, &channel->senders, message, deadline, flags);
        }
        queue_unlock(&channel->receivers, flags);
        return result;
}

static __attribute__((noinline)) int receive_slowly(struct rota_channel *channel, void *message,
        struct rota_timeout timeout, uintptr_t flags, bool locked)
{
        if (!locked)
                rota_lock(&channel->receivers.lock);
        int result = channel_try_receive(channel, message);
        if (result == ROTA_EAGAIN) {
                uint64_t deadline = rota_timeout_deadline(timeout);
                if (deadline)
                        return wait_for(channel, &channel->receivers, message, deadline, flags);
        }
        queue_unlock(&channel->receivers, flags);
        return result;
}

static inline bool wrong(const struct rota_channel *channel, const void *message)
{
        return rota_unlikely(!channel || (!message && channel->message_size));
}

/* Lets the lock go where nobody was woken. */
static inline int done(struct rota_channel *channel, uintptr_t flags)
{
        rota_unlock(&channel->receivers.lock);
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

int rota_channel_send(
        struct rota_channel *channel, const void *message, struct rota_timeout timeout)
{
        debug_call("rota_channel_send");
        if (wrong(channel, message))
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        if (rota_unlikely(!rota_trylock(&channel->receivers.lock)))
                return send_slowly(channel, message, timeout, flags, false);
        uint32_t used = channel->used; /* read before the copy: a message may be anywhere */
        size_t size = channel->message_size;
        char *next = channel->next;
        if (rota_unlikely(used >= channel->limit) ||
                rota_unlikely(!copy_short(next, message, size)))
                return send_slowly(channel, message, timeout, flags, true);
        channel->next = behind(channel, next, size);
        rota_atomic_store(&channel->used, used + 1);
        return done(channel, flags);
}

int rota_channel_receive(struct rota_channel *channel, void *message, struct rota_timeout timeout)
{
        debug_call("rota_channel_receive");
        if (wrong(channel, message))
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        if (rota_unlikely(!rota_trylock(&channel->receivers.lock)))
                return receive_slowly(channel, message, timeout, flags, false);
        uint32_t used = channel->used;
        size_t size = channel->message_size;
        char *first = channel->first;
        if (rota_unlikely(!used || channel->senders.first) ||
                rota_unlikely(!copy_short(message, first, size)))
                return receive_slowly(channel, message, timeout, flags, true);
        channel->first = behind(channel, first, size);
        rota_atomic_store(&channel->used, used - 1);
        return done(channel, flags);
}

int rota_channel_send_begin(
        struct rota_channel *channel, const void *message, struct rota_wait *wait)
{
        if (wrong(channel, message) || !wait)
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel_try_send(channel, message);
        if (result == ROTA_EAGAIN)
                result = queue_up(channel, &channel->senders, wait, message);
        queue_unlock(&channel->receivers, flags);
        return result;
}

int rota_channel_receive_begin(struct rota_channel *channel, void *message, struct rota_wait *wait)
{
        if (wrong(channel, message) || !wait)
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel_try_receive(channel, message);
        if (result == ROTA_EAGAIN)
                result = queue_up(channel, &channel->receivers, wait, message);
        queue_unlock(&channel->receivers, flags);
        return result;
}

int rota_channel_finish(struct rota_channel *channel, struct rota_wait *wait)
{
        if (!channel || !wait)
                return ROTA_EINVAL;
        return queue_finish_under(&channel->receivers, wait);
}

int rota_channel_return(struct rota_channel *channel, const void *message)
{
        if (wrong(channel, message))
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = ROTA_OK;
        if (!hand_over(channel, message)) {
                if (channel->used >= channel->capacity) {
                        result = ROTA_EAGAIN;
                } else {
                        channel->first = before(channel, channel->first);
                        copy_message(channel->first, message, channel->message_size);
                        rota_atomic_store(&channel->used, channel->used + 1);
                }
        }
        queue_unlock(&channel->receivers, flags);
        return result;
}

int rota_channel_close(struct rota_channel *channel)
{
        if (!channel)
                return ROTA_EINVAL;
        uintptr_t flags = queue_lock(&channel->receivers);
        int result = channel->closed ? ROTA_ECLOSED : ROTA_OK;

        channel->closed = true;
        channel->limit = 0;
        queue_wake_many(&channel->senders, UINT32_MAX, ROTA_ECLOSED, 0);
        queue_wake_many(&channel->receivers, UINT32_MAX, ROTA_ECLOSED, 0);
        queue_unlock(&channel->receivers, flags);
        return result;
}

uint32_t rota_channel_length(const struct rota_channel *channel)
{
        return channel ? rota_atomic_load(&channel->used) : 0;
}
