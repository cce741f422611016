/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Awaitable file descriptors: reading, writing, accepting and connecting as futures of the host world.
 *
 *      ROTA_AWAIT(rota_io_recv(&me->io, socket, me->buffer, 4096, rota_timeout_after(5 * ROTA_S)));
 *
 *      rota_io_recv(&io, socket, buffer, 4096, rota_timeout_forever());
 *      intptr_t got = rota_io_block(&io); // on a thread
 *
 * The system calls are made for all tasks together: by Linux's io_uring, one ring per CPU, where operations are
 * submitted and their results taken in batches; where there is none, by epoll (edge-triggered, one
 * instance for all CPUs). An idle CPU sleeps in the kernel until something of this, a timer or a kick
 * comes. A busy one looks at most every millisecond, and only while it awaits something.
 *
 * The library behind it is rota_host_io; it uses liburing where that was there when it was built.
 *
 * Facts about the two interfaces are from io_uring_enter(2), io_uring_register(2) and epoll(7).
 */
#ifndef ROTA_HOST_IO_H
#define ROTA_HOST_IO_H

#include <rota/rota.h>
#include <rota/future.h>

ROTA_BEGIN_DECLS

struct sockaddr;

/** By what the system calls are made. */
enum rota_io_backend {
        ROTA_IO_BEST = 0,  /**< io_uring where it works, else epoll; the environment's ROTA_IO
                              ("io_uring", "epoll") counts first */
        ROTA_IO_URING = 1, /**< io_uring: Linux 6.0 or later, built with liburing */
        ROTA_IO_EPOLL = 2, /**< epoll */
};

/** Settings of the room. Zero means the default. */
struct rota_io_options {
        enum rota_io_backend backend; /**< default ROTA_IO_BEST */
        /** Operations that a CPU collects before it submits them, though it has not become idle and
         * looked at nothing; default 64, at most 256 */
        uint32_t batch;
};

/** What it has done since rota_io_start(). */
struct rota_io_stats {
        uint64_t operations; /**< begun */
        uint64_t calls;      /**< system calls made for them, all kinds */
        uint64_t waits;      /**< of these, those in which an idle CPU slept */
        uint64_t taken;      /**< completions, or events, taken */
        uint64_t batches;    /**< times that at least one was taken */
};

/**
 * Has the next world_run() serve operations; once per process at a time. Before the run, outside Rota.
 * @param cpus     how many CPUs the run has
 * @param options  NULL: all defaults
 * @return ROTA_OK; ROTA_EBUSY: it has been started; ROTA_EINVAL; ROTA_ENOSPC: memory or descriptors (rota_io_why());
 * ROTA_EPORT: the back-end that was asked for does not work here (rota_io_why()).
 */
int rota_io_start(uint32_t cpus, const struct rota_io_options *options);

/** Gives all back, after the run. @return ROTA_OK; ROTA_EBUSY: an operation is pending, whose memory
 * the kernel may still write. */
int rota_io_stop(void);

/** "io_uring" or "epoll"; NULL where nothing is started. Context: any. */
const char *rota_io_name(void);

/** Why io_uring was not taken, in words; "" where it was. Context: any. */
const char *rota_io_why(void);

/** Reads the counters; while CPUs run they may be of slightly different moments. Context: any. */
void rota_io_stats(struct rota_io_stats *stats);

/** One operation, in the caller's memory, with the buffer that it names: both stay where they are until its
 * future is ready or dropped, and are the caller's at once then (a drop, and a time-out, end the operation
 * in the kernel before they return). It may be used again, from its function below on. */
struct rota_io {
        struct rota_future future;   /**< its value: see the functions */
        struct rota_wait wait;       /**< ours from here on */
        struct rota_timeout timeout; /**< for the whole of it */
        struct rota_io *next;        /**< in a descriptor's list of those who wait */
        void *buffer;                /**< the caller's */
        size_t size;                 /**< bytes of it */
        size_t done;                 /**< bytes written, also where writing ended early */
        int fd;                      /**< the descriptor */
        int32_t result;              /**< the system call's, negative: an errno */
        uint32_t sequence;           /**< among its ring's submissions */
        uint16_t cpu;                /**< whose ring has it */
        uint8_t what;                /**< which operation */
        uint8_t state;               /**< waiting or not */
        uint32_t events;             /**< poll(2)'s, asked for */
        uint32_t landed;             /**< the kernel has done with it (atomic) */
};

/** Values below this are errors of the system calls: -1000 - errno. */
#define ROTA_IO_OS_ERROR (-1000)

/** The errno in a future's value; 0: it is a result, or one of enum rota_error. Context: any. */
static inline int rota_io_errno(intptr_t value)
{
        return value < ROTA_IO_OS_ERROR ? (int)(ROTA_IO_OS_ERROR - value) : 0;
}

/** The value in words: "Connection reset by peer". Context: any. */
const char *rota_io_error_text(intptr_t value);

/*
 * Each prepares an operation and answers its future, which then does it. With rota_timeout_none() it is tried
 * once, and ROTA_ETIMEDOUT says that it would wait. Time-outs are for the whole operation, from its first
 * poll. Values: what is said, or ROTA_ETIMEDOUT, ROTA_ECANCELED (the thread's), ROTA_ESTATE (nothing is
 * started), ROTA_ENOSPC, or an errno. Where a time-out, or a cancel of the thread, and a result come at
 * the same time the result counts, so nothing that came is lost.
 *
 * A future that is dropped, by a race, a time-out around it or the cancel of a future task, may have a result
 * at that moment too: rota_io_dropped() has it then, for whoever goes on with the descriptor.
 *
 * A descriptor that was used here is closed by rota_io_close(). Under epoll it is made non-blocking.
 * Context: any; the futures: task.
 */

/**
 * What an operation came to whose future was dropped: as its value would have been, bytes that are in the
 * buffer, the end, an error; or ROTA_ECANCELED where nothing had come, which is nearly always, and by
 * epoll always. What was sent or written is in io->done. A connection that an accept had is not handed out:
 * it is closed, as who does not ask would leak it; so who drops accepts and wants to refuse nobody awaits
 * rota_io_poll(), and accepts then with rota_timeout_none(). Likewise who does not want to ask.
 *
 *      ROTA_AWAIT(rota_race_init(&me->race, me->branches, 2)); // rota_io_recv(&me->io, ...) is one of them
 *      me->got = rota_io_dropped(&me->io); // won or lost: where it won this is its value
 *
 * Context: task.
 */
static inline intptr_t rota_io_dropped(const struct rota_io *io)
{
        return io->future.value;
}

/** Receives from a socket: @return value: bytes, at least 1; 0: the other side has ended. */
struct rota_future *rota_io_recv(
        struct rota_io *io, int fd, void *buffer, size_t size, struct rota_timeout timeout);

/** Sends all of a buffer to a socket, without SIGPIPE. Value: @p size; io->done says how far it came. */
struct rota_future *rota_io_send(
        struct rota_io *io, int fd, const void *buffer, size_t size, struct rota_timeout timeout);

/** Reads from a pipe, terminal, file or whatever, at its own position. Value: bytes; 0: the end. */
struct rota_future *rota_io_read(
        struct rota_io *io, int fd, void *buffer, size_t size, struct rota_timeout timeout);

/** Writes all of a buffer to the like. Value: @p size; io->done says how far it came. */
struct rota_future *rota_io_write(
        struct rota_io *io, int fd, const void *buffer, size_t size, struct rota_timeout timeout);

/** Accepts a connection. Value: its descriptor, which is closed on exec. */
struct rota_future *rota_io_accept(struct rota_io *io, int fd, struct rota_timeout timeout);

/** Connects a socket. Value: 0. @param address  stays valid as the operation does. */
struct rota_future *rota_io_connect(struct rota_io *io, int fd, const struct sockaddr *address,
        size_t size, struct rota_timeout timeout);

/** Waits until a descriptor is ready. @param events  POLLIN, POLLOUT, ... Value: those that are,
 * POLLERR and POLLHUP included. Nothing is lost where it is dropped. */
struct rota_future *rota_io_poll(
        struct rota_io *io, int fd, uint32_t events, struct rota_timeout timeout);

/** Closes a descriptor on which no operation is pending. Value: 0. Is ready at once. */
struct rota_future *rota_io_close(struct rota_io *io, int fd);

/** Closes one at once, for handlers that must not wait. @return 0, or as the future's value. Context: any. */
intptr_t rota_io_close_now(int fd);

/** Does a prepared operation on a thread, which waits for it. @return its value; ROTA_ECONTEXT: this task
 * cannot wait. Context: task. */
intptr_t rota_io_block(struct rota_io *io);

ROTA_END_DECLS
#endif
