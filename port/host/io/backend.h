/* SPDX-License-Identifier: MIT */
/* What makes the system calls: io_uring or epoll, as what op.c and start.c ask of it. */
#ifndef ROTA_HOST_IO_BACKEND_H
#define ROTA_HOST_IO_BACKEND_H

#include "io.h"
#include "devices.h"

enum io_what {
        IO_RECV,
        IO_SEND,
        IO_READ,
        IO_WRITE,
        IO_ACCEPT,
        IO_CONNECT,
        IO_POLL,
        IO_CLOSE,
};

/* io->state */
#define IO_WAITING 1u
#define IO_BLOCKED 2u /* it would block, said the last try: the descriptor is non-blocking */
#define IO_TRIED   4u /* it did so once */

/* Results, or events, that are taken from the kernel at once. */
#define IO_AT_ONCE 64

struct io_backend {
        const char *name;
        struct rota_host_devices devices;
        /* Outside Rota. Returns an enum rota_error, and why in words. */
        int (*start)(uint32_t cpus, const struct rota_io_options *options, const char **why);
        /* Whether nothing was pending, and all is given back. */
        bool (*stop)(void);
        /* Begins what io says, io->wait being ready for it. Returns true where it is over already, its
         * result in io->result; else io_landed() will be called. */
        bool (*begin)(struct rota_io *io);
        /* The wait has got another result: ends the operation. Its result, in io->result, is what came
         * first; afterwards nothing of it is left in the kernel, nor here. */
        void (*cancel)(struct rota_io *io);
        void (*stats)(struct rota_io_stats *stats);
};

extern const struct io_backend io_uring_backend, io_epoll_backend;

/* What is started, or NULL. */
extern const struct io_backend *io_backend;

/* Who is to be woken, of results that came together. Begins with a count of 0. */
struct io_wakes {
        uint32_t count;
        struct rota_handle handles[IO_AT_ONCE];
};

static inline void io_wake(struct io_wakes *wakes)
{
        if (wakes->count == 1)
                rota_wake(wakes->handles[0]);
        else if (wakes->count)
                rota_wake_many(wakes->handles, wakes->count);
        wakes->count = 0;
}

/* The operation's result is there: who waits is to be told by io_wake(), soon. Afterwards it may be gone. */
static inline void io_landed(struct io_wakes *wakes, struct rota_io *io, int32_t result)
{
        struct rota_handle waiter;

        io->result = result;
        /* Where the wait has another result already, who set that waits for this; partner:
         * io_has_landed(). */
        if (!rota_wait_settle(&io->wait, ROTA_OK, &waiter)) {
                __atomic_store_n(&io->landed, 1, __ATOMIC_RELEASE);
                return;
        }
        if (wakes->count == IO_AT_ONCE)
                io_wake(wakes);
        wakes->handles[wakes->count++] = waiter;
}

static inline bool io_has_landed(const struct rota_io *io)
{
        return __atomic_load_n(&io->landed, __ATOMIC_ACQUIRE);
}

/* A CPU's, which it may be counting at the moment, to a sum. */
static inline void io_stats_add(struct rota_io_stats *sum, const struct rota_io_stats *one)
{
        sum->operations += __atomic_load_n(&one->operations, __ATOMIC_RELAXED);
        sum->calls += __atomic_load_n(&one->calls, __ATOMIC_RELAXED);
        sum->waits += __atomic_load_n(&one->waits, __ATOMIC_RELAXED);
        sum->taken += __atomic_load_n(&one->taken, __ATOMIC_RELAXED);
        sum->batches += __atomic_load_n(&one->batches, __ATOMIC_RELAXED);
}

/* recvfrom() or sendto() of what is left of an operation, without waiting. */
long io_socket_call(long number, const struct rota_io *io, int flags);

/* A lock among masked workers. */
static inline void io_lock(uint32_t *lock)
{
        while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE))
                rota_port_relax();
}

static inline void io_unlock(uint32_t *lock)
{
        __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

#endif
