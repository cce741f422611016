/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The channel: messages of one size, copied from the sender's buffer to the receiver's, many to many
 * (Hoare: Communicating Sequential Processes, 1978, with a buffer).
 *
 * What is sent is received in the order in which it was sent. A message goes straight into the buffer of
 * a receiver that waits, and where the channel is full a receiver takes the oldest message and the longest
 * waiting sender's comes in at the end. With capacity 0 there is no buffer between them: a send is done
 * when its message has been received.
 *
 * A receive that ends without a message (time-out, cancel, closed) leaves its buffer's contents
 * unspecified.
 */
#ifndef ROTA_CHANNEL_H
#define ROTA_CHANNEL_H

#include <rota/wait_queue.h>

ROTA_BEGIN_DECLS

/** A channel in the caller's memory. Fields are the core's, but for the name and number of receivers and
 * of senders. */
struct rota_channel {
        struct rota_wait_queue receivers; /**< who wait for a message; its lock is the channel's */
        struct rota_wait_queue senders;   /**< who wait for room */
        char *first;                      /**< the oldest message in it */
        char *next;                       /**< where the next one goes */
        size_t message_size;              /**< bytes */
        uint32_t used;                    /**< messages in it (atomic) */
        uint32_t limit;    /**< below it a message just goes in: the capacity; 0 where it is closed
                                  or receivers wait, or did */
        uint32_t capacity; /**< messages */
        bool closed;       /**< no more are taken */
        char *memory;      /**< of the messages, a circle of them */
        char *past;        /**< its end */
};

/**
 * Prepares an empty channel.
 * @param memory        at least @p capacity times @p message_size bytes, the caller's, for as long as the
 *                      channel is used; NULL where that is 0
 * @param message_size  bytes; 0: messages are signals without contents
 * @param capacity      messages that it holds; 0: none, a send waits for its receiver
 * @param order         enum rota_wait_order: which of several waiting receivers, or senders, is next.
 *                      With ROTA_WAIT_URGENCY messages of waiting senders come in by urgency.
 * @param name          for dumps, may be NULL; stays valid while the channel is used
 * @return ROTA_OK; ROTA_EINVAL: no channel, no memory, or more bytes than there can be. Context: any.
 */
int rota_channel_init(struct rota_channel *channel, void *memory, size_t message_size,
        uint32_t capacity, enum rota_wait_order order, const char *name);

/**
 * Sends a message.
 * @param message  message_size bytes, which are the caller's again once this returns
 * @return ROTA_OK: it is in the channel, or received; ROTA_ECLOSED; ROTA_EAGAIN: no room, and the time-out
 * is none; ROTA_ETIMEDOUT and ROTA_ECANCELED: it was not sent; ROTA_ECONTEXT: no room, and the caller
 * cannot wait; ROTA_EINVAL. Context: any with a time-out of none; else task.
 */
int rota_channel_send(
        struct rota_channel *channel, const void *message, struct rota_timeout timeout);

/**
 * Receives the oldest message.
 * @param message  receives message_size bytes; must not overlap another waiting receiver's
 * @return ROTA_OK; ROTA_ECLOSED: closed, and nothing is left in it; ROTA_EAGAIN: empty, and the time-out is
 * none; ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_ECONTEXT: empty, and the caller cannot wait; ROTA_EINVAL.
 * Context: any with a time-out of none; else task.
 */
int rota_channel_receive(struct rota_channel *channel, void *message, struct rota_timeout timeout);

/** Closes: nothing more can be sent, waiting senders are answered ROTA_ECLOSED and their messages are not
 * sent; what is in the channel can still be received, and after that receivers are answered
 * ROTA_ECLOSED, who wait already at once. @return ROTA_OK; ROTA_ECLOSED: it was; ROTA_EINVAL.
 * Context: any. */
int rota_channel_close(struct rota_channel *channel);

/** Gives back the message that the caller received last, as if it had not: it is the next to be received, by
 * who waits for one already or comes first. Also where the channel has been closed since.
 * @return ROTA_OK; ROTA_EAGAIN: there is no room, for others have sent since, or the capacity is 0 and nobody
 * waits; ROTA_EINVAL. Context: any. */
int rota_channel_return(struct rota_channel *channel, const void *message);

/** How many messages are in it, at some moment during the call. Context: any. */
uint32_t rota_channel_length(const struct rota_channel *channel);

/** Begins to send. @param message  stays valid until rota_channel_finish(). @return ROTA_OK: sent;
 * ROTA_EAGAIN: queued, park on @p wait; ROTA_ECLOSED; ROTA_ECONTEXT; ROTA_EINVAL. Context: task. */
int rota_channel_send_begin(
        struct rota_channel *channel, const void *message, struct rota_wait *wait);

/** Begins to receive. @param message  stays valid, and not looked at, until rota_channel_finish().
 * @return ROTA_OK: received; ROTA_EAGAIN: queued; else as rota_channel_send_begin(). Context: task. */
int rota_channel_receive_begin(struct rota_channel *channel, void *message, struct rota_wait *wait);

/** Ends to send or receive what was queued. @return ROTA_OK: sent, or received; ROTA_ECLOSED;
 * ROTA_ETIMEDOUT; ROTA_ECANCELED; ROTA_EAGAIN: the wait had no result; ROTA_EINVAL. Context: task. */
int rota_channel_finish(struct rota_channel *channel, struct rota_wait *wait);

ROTA_END_DECLS
#endif
