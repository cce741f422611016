/* SPDX-License-Identifier: MIT */
/*
 * io_uring: a ring per CPU. Operations are only noted in it, and submitted all at once: by the CPU when it is
 * about to halt, when as many as a batch are there, or by the look that a busy one takes (devices.h). Other
 * CPUs touch a ring only to take an operation back; so there is a lock, which is nearly always free.
 *
 * IORING_SETUP_COOP_TASKRUN: the kernel does not interrupt a worker in user mode to complete what has
 * come; it does so at the next entry into the kernel, which the wait, the next submission, or the look's signal is.
 */
#define _GNU_SOURCE
#include "rota_port.h"
#include "backend.h"
#include "base/atomic.h"
#include "interrupts.h"
#include "syscall.h"
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#define ENTRIES     256  /* submissions that a ring can note; few, so that they stay in the cache */
#define COMPLETIONS 4096 /* results that it holds; the kernel keeps more in a list of its own */
#define BATCH       64

struct ring {
        struct io_uring uring;
        uint32_t lock;
        uint32_t queued, submitted; /* counts, modulo 2^32 */
        uint32_t flying;            /* operations that are noted or in the kernel (atomic) */
        int32_t thread;             /* the worker's that begins operations here (atomic) */
        struct rota_io_stats stats; /* under the lock */
} __attribute__((aligned(128)));

static struct ring *rings;
static uint32_t ring_count, batch;

static struct ring *ring_of(const struct rota_cpu *cpu)
{
        return cpu && cpu->index < ring_count ? &rings[cpu->index] : NULL;
}

/* Where COOP_TASKRUN is known, and IORING_REGISTER_SYNC_CANCEL too: Linux 6.0. */
static int set_up(struct io_uring *uring, uint32_t entries, uint32_t completions)
{
        struct io_uring_params params = {
                .flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE,
                .cq_entries = completions};
        struct io_uring_sync_cancel_reg nothing = {.addr = 1, .timeout = {-1, -1}};
        int result = io_uring_queue_init_params(entries, uring, &params);

        if (result < 0)
                return result;
        result = io_uring_register_sync_cancel(uring, &nothing);
        if (result == -ENOENT)
                return 0;
        io_uring_queue_exit(uring);
        return result < 0 ? result : -EINVAL;
}

static const char *reason(int error)
{
        return error == -EPERM || error == -EACCES ? "io_uring is forbidden here"
               : error == -ENOSYS                  ? "this Linux has no io_uring"
               : error == -ENOMEM ? "io_uring: not enough memory, or not so much may be locked"
                                  : "this Linux's io_uring is older than 6.0's";
}

static void give_back(uint32_t count)
{
        for (uint32_t i = 0; i < count; i++)
                io_uring_queue_exit(&rings[i].uring);
        free(rings);
        rings = NULL;
        ring_count = 0;
}

static int start(uint32_t cpus, const struct rota_io_options *options, const char **why)
{
        rings = aligned_alloc(128, cpus * sizeof(*rings));
        if (!rings)
                return ROTA_ENOSPC;
        for (uint32_t i = 0; i < cpus; i++) {
                rings[i] = (struct ring){.lock = 0};
                int error = set_up(&rings[i].uring, ENTRIES, COMPLETIONS);
                if (error) {
                        bool full = error == -EMFILE || error == -ENFILE;
                        give_back(i);
                        *why = full ? "no descriptor is left for it" : reason(error);
                        return full ? ROTA_ENOSPC : ROTA_EPORT;
                }
        }
        ring_count = cpus;
        batch = options->batch ? options->batch : BATCH;
        return ROTA_OK;
}

static bool stop(void)
{
        for (uint32_t i = 0; i < ring_count; i++)
                if (__atomic_load_n(&rings[i].flying, __ATOMIC_ACQUIRE))
                        return false;
        give_back(ring_count);
        return true;
}

/* Submits what is noted. Locked. Where the kernel has no memory for it, it is tried again at the next occasion. */
static void submit(struct ring *ring)
{
        if (ring->submitted == ring->queued)
                return;
        int count = io_uring_submit(&ring->uring);
        rota_count(&ring->stats.calls);
        if (count > 0)
                ring->submitted += (uint32_t)count;
}

/* Takes up to IO_AT_ONCE results; returns how many. */
static uint32_t take(struct ring *ring)
{
        struct io_uring_cqe *cqes[IO_AT_ONCE];
        struct {
                struct rota_io *io;
                int32_t result;
        } taken[IO_AT_ONCE];

        io_lock(&ring->lock);
        uint32_t count = io_uring_peek_batch_cqe(&ring->uring, cqes, IO_AT_ONCE);
        for (uint32_t i = 0; i < count; i++) {
                taken[i].io = io_uring_cqe_get_data(cqes[i]);
                taken[i].result = cqes[i]->res;
        }
        io_uring_cq_advance(&ring->uring, count);
        rota_count_add(&ring->stats.taken, count);
        rota_count_add(&ring->stats.batches, count != 0);
        io_unlock(&ring->lock);

        struct io_wakes wakes;
        uint32_t landed = 0;
        wakes.count = 0;
        for (uint32_t i = 0; i < count; i++) {
                if (!taken[i].io)
                        continue; /* what stands for one that was taken back */
                io_landed(&wakes, taken[i].io, taken[i].result);
                landed++;
        }
        io_wake(&wakes);
        /* Release: for stop(). */
        __atomic_fetch_sub(&ring->flying, landed, __ATOMIC_RELEASE);
        return count;
}

static void take_all(struct ring *ring)
{
        while (take(ring) == IO_AT_ONCE)
                ;
}

static void fill(struct io_uring_sqe *sqe, struct rota_io *io)
{
        char *at = (char *)io->buffer + io->done;
        size_t left = io->size - io->done;
        const unsigned most = 0x7ffff000; /* of bytes in one call, as for all of Linux's */
        unsigned size = left < most ? (unsigned)left : most;

        switch (io->state & IO_BLOCKED ? IO_POLL : (enum io_what)io->what) {
        case IO_RECV:
                io_uring_prep_recv(sqe, io->fd, at, size, 0);
                /* Mostly the other side has to answer first. (What cannot be waited for, -EAGAIN.) */
                if (!(io->state & IO_TRIED))
                        sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
                break;
        case IO_SEND:
                io_uring_prep_send(sqe, io->fd, at, size, MSG_NOSIGNAL);
                break;
        case IO_READ:
                io_uring_prep_read(sqe, io->fd, at, size, (uint64_t)-1);
                break;
        case IO_WRITE:
                io_uring_prep_write(sqe, io->fd, at, size, (uint64_t)-1);
                break;
        case IO_ACCEPT:
                io_uring_prep_accept(sqe, io->fd, NULL, NULL, SOCK_CLOEXEC);
                break;
        case IO_CONNECT:
                io_uring_prep_connect(sqe, io->fd, io->buffer, (socklen_t)io->size);
                break;
        case IO_POLL:
        case IO_CLOSE:
                io_uring_prep_poll_add(sqe, io->fd, io->events);
                break;
        }
        io_uring_sqe_set_data(sqe, io); /* which the above sets too, to nothing */
}

static bool over(struct rota_io *io, int32_t result)
{
        io->result = result;
        return true;
}

static bool begin(struct rota_io *io)
{
        bool is_over = false;

        /* Nothing is pending on it, so it does not wait; and it keeps its order to what follows. */
        if (io->what == IO_CLOSE)
                return over(io, (int32_t)rota_host_syscall(SYS_close, (uintptr_t)io->fd, 0, 0, 0));
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *cpu = rota_port_cpu();
        struct ring *ring = ring_of(cpu);
        if (!ring) {
                is_over = over(io, -ENXIO);
        } else {
                io_lock(&ring->lock);
                __atomic_store_n(&ring->thread, rota_host_self()->thread, __ATOMIC_RELAXED);
                struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->uring);
                if (!sqe) {
                        submit(ring);
                        sqe = io_uring_get_sqe(&ring->uring);
                }
                if (sqe) {
                        fill(sqe, io);
                        io->cpu = (uint16_t)cpu->index;
                        io->sequence = ring->queued++;
                        rota_count(&ring->stats.operations);
                        __atomic_fetch_add(&ring->flying, 1, __ATOMIC_RELAXED);
                        /* What is not to wait is tried now: its time is over at once. */
                        if (ring->queued - ring->submitted >= batch ||
                                rota_timeout_deadline(io->timeout) == 0)
                                submit(ring);
                        rota_host_look_arm(rota_host_self());
                } else {
                        is_over = over(io, -ENOBUFS);
                }
                io_unlock(&ring->lock);
        }
        rota_port_irq_restore(flags);
        return is_over;
}

/* It is only noted: nothing is to be submitted in its place. Locked. */
static bool take_back(struct ring *ring, const struct rota_io *io)
{
        uint32_t behind = ring->queued - io->sequence; /* it is so many from the end */

        if (behind > ring->queued - ring->submitted)
                return false;
        struct io_uring_sqe *sqe =
                &ring->uring.sq.sqes[(ring->uring.sq.sqe_tail - behind) & ring->uring.sq.ring_mask];
        io_uring_prep_nop(sqe);
        io_uring_sqe_set_data(sqe, NULL);
        return true;
}

static void cancel(struct rota_io *io)
{
        struct ring *ring = &rings[io->cpu];
        struct io_uring_sync_cancel_reg which = {.addr = (uintptr_t)io, .timeout = {-1, -1}};

        uintptr_t flags = rota_port_irq_save();
        io_lock(&ring->lock);
        bool noted = !io_has_landed(io) && take_back(ring, io);
        io_unlock(&ring->lock);
        rota_port_irq_restore(flags);
        if (noted) {
                __atomic_fetch_sub(&ring->flying, 1, __ATOMIC_RELEASE);
                io->result = -ECANCELED;
                return;
        }
        for (uint32_t i = 0; !io_has_landed(io); i++) {
                flags = rota_port_irq_save();
                /* Again now and then: in the middle of a try of its own Linux does not find it. */
                if (i % 256 == 0) {
                        io_uring_register_sync_cancel(&ring->uring, &which);
                        rota_count(&ring->stats.calls);
                }
                /* The result is written by the thread that submitted it, in the kernel. */
                int32_t thread = __atomic_load_n(&ring->thread, __ATOMIC_RELAXED);
                if (i % 256 == 0 && thread != rota_host_self()->thread)
                        rota_host_syscall(SYS_tgkill, (uintptr_t)getpid(), (uintptr_t)thread,
                                (uintptr_t)ROTA_HOST_SIGNAL, 0);
                take_all(ring);
                rota_port_irq_restore(flags);
                if (i)
                        rota_host_spun();
        }
}

/* Masked. */
static bool look(struct rota_host_tls *self)
{
        struct ring *ring = ring_of(self->cpu);

        if (!ring)
                return false;
        io_lock(&ring->lock);
        submit(ring);
        io_unlock(&ring->lock);
        take_all(ring);
        return __atomic_load_n(&ring->flying, __ATOMIC_RELAXED);
}

static bool has_come(struct ring *ring)
{
        const struct io_uring_cq *cq = &ring->uring.cq;
        /* Acquire: partner of the kernel's release. The head another CPU may move, in cancel(). */
        return __atomic_load_n(cq->khead, __ATOMIC_RELAXED) !=
                       __atomic_load_n(cq->ktail, __ATOMIC_ACQUIRE) ||
               io_uring_cq_has_overflow(&ring->uring);
}

static void halt(struct rota_host_tls *self)
{
        struct ring *ring = ring_of(self->cpu);

        if (!ring || !__atomic_load_n(&ring->flying, __ATOMIC_RELAXED))
                return;
        io_lock(&ring->lock);
        submit(ring);
        io_unlock(&ring->lock);
        rota_host_halting(self);
        while (!__atomic_load_n(&self->pending, __ATOMIC_SEQ_CST)) {
                if (!has_come(ring)) {
                        rota_host_wait(SYS_io_uring_enter, (uintptr_t)ring->uring.ring_fd, 0, 1,
                                IORING_ENTER_GETEVENTS, 0);
                        rota_count(&ring->stats.calls);
                        rota_count(&ring->stats.waits);
                }
                if (has_come(ring))
                        __atomic_fetch_or(&self->pending, ROTA_HOST_IO, __ATOMIC_SEQ_CST);
        }
        rota_host_look_arm(self); /* it may be busy from here on */
}

static void stats(struct rota_io_stats *sum)
{
        for (uint32_t i = 0; i < ring_count; i++)
                io_stats_add(sum, &rings[i].stats);
}

const struct io_backend io_uring_backend = {
        .name = "io_uring",
        .devices = {.halt = halt, .look = look},
        .start = start,
        .stop = stop,
        .begin = begin,
        .cancel = cancel,
        .stats = stats,
};
