/* SPDX-License-Identifier: MIT */
/* An operation as a future: prepared, begun, waited for, and tried again where a part of it was done. */
#define _GNU_SOURCE
#include "rota_port.h"
#include "backend.h"
#include "syscall.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

long io_socket_call(long number, const struct rota_io *io, int flags)
{
        return rota_host_syscall_6(number, (uintptr_t)io->fd, (uintptr_t)io->buffer + io->done,
                io->size - io->done, (uintptr_t)(unsigned)(flags | MSG_DONTWAIT), 0, 0);
}

/* What the last try came to, for this kind of operation: bytes or a descriptor, or a negative errno; -EAGAIN
 * where it is to be tried again. */
static int32_t outcome(struct rota_io *io)
{
        int32_t got = io->result;
        bool polled = io->state & IO_BLOCKED;

        io->state &= (uint8_t)~IO_BLOCKED;
        if (polled && got >= 0)
                return -EAGAIN;
        if (io->what == IO_CONNECT) {
                /* Once begun it is asked again how it ended. */
                if (got == -EINPROGRESS || got == -EALREADY) {
                        io->done = 1;
                        got = -EAGAIN;
                } else if (got == -EISCONN && io->done) {
                        got = 0;
                }
        }
        if (got == -EAGAIN)
                io->state |= IO_BLOCKED | IO_TRIED;
        /* Linux itself takes operations back now and then (a read of a signalfd whose process gets many
         * signals, for one): nobody here has asked for it, or it would not count. */
        return got == -EINTR || got == -ECANCELED ? -EAGAIN : got;
}

/* Whether it is over, its value set. @p result is the wait's: where that is no success it is over in any case,
 * and what the kernel had for it all the same comes first, an error too: it may be told only once. */
static bool advance(struct rota_io *io, int result)
{
        int32_t got = outcome(io);

        if (got >= 0 && (io->what == IO_SEND || io->what == IO_WRITE)) {
                io->done += (size_t)got;
                if (io->done == io->size)
                        got = 0;
                else
                        got = got ? -EAGAIN : -EIO; /* nothing of something, and no error */
        }
        if (got == -EAGAIN && result == ROTA_OK)
                return false;
        if (got == -EAGAIN)
                io->future.value = result;
        else if (got < 0)
                io->future.value = ROTA_IO_OS_ERROR + got;
        else
                io->future.value =
                        io->what == IO_SEND || io->what == IO_WRITE ? (intptr_t)io->size : got;
        return true;
}

/* The wait has a result. */
static void end_wait(struct rota_io *io, int result)
{
        io->state &= (uint8_t)~IO_WAITING;
        if (result != ROTA_OK)
                io_backend->cancel(io);
}

/* Whether it is over, with the wait's result; else it is awaited. */
static bool begin(struct rota_io *io, struct rota_poll_context *context, int *result)
{
        rota_wait_init(&io->wait);
        io->landed = 0;
        *result = ROTA_OK;
        if (io_backend->begin(io)) {
                rota_poll_spend(context);
                return true;
        }
        io->state |= IO_WAITING;
        *result = rota_wait_arm(&io->wait, io->timeout);
        if (*result == ROTA_EAGAIN)
                return false;
        end_wait(io, *result);
        return true;
}

static enum rota_poll poll_op(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_io *io = (struct rota_io *)future;
        int result;

        if (!io_backend) {
                future->value = ROTA_ESTATE;
                return ROTA_POLL_READY;
        }
        if (io->state & IO_WAITING) {
                result = rota_wait_disarm(&io->wait);
                if (result == ROTA_EAGAIN)
                        return ROTA_POLL_PENDING;
                end_wait(io, result);
                if (advance(io, result))
                        return ROTA_POLL_READY;
        } else {
                uint64_t deadline = rota_timeout_deadline(io->timeout);
                if (deadline)
                        io->timeout = rota_timeout_at(deadline); /* for all tries together */
        }
        for (;;) {
                /* What never has to wait shall not keep the CPU for ever either. */
                if (!context->budget)
                        return ROTA_POLL_YIELDED;
                if (!begin(io, context, &result))
                        return ROTA_POLL_PENDING;
                if (advance(io, result))
                        return ROTA_POLL_READY;
        }
}

/* Its value is as that of a task's cancel: see rota_io_dropped(). */
static void drop_op(struct rota_future *future)
{
        struct rota_io *io = (struct rota_io *)future;

        if (!(io->state & IO_WAITING))
                return;
        io->state &= (uint8_t)~IO_WAITING;
        if (rota_wait_withdraw(&io->wait) != ROTA_OK)
                io_backend->cancel(io);
        advance(io, ROTA_ECANCELED);
        if (io->what == IO_ACCEPT && future->value >= 0) {
                rota_host_syscall(SYS_close, (uintptr_t)future->value, 0, 0, 0);
                future->value = ROTA_ECANCELED;
        }
}

static struct rota_future *prepare(struct rota_io *io, enum io_what what, int fd,
        const void *buffer, size_t size, struct rota_timeout timeout)
{
        rota_future_init(&io->future, poll_op, drop_op);
        io->future.value = ROTA_ECANCELED; /* where it is dropped before it is over */
        io->timeout = timeout;
        io->buffer = (void *)(uintptr_t)buffer;
        io->size = size;
        io->done = 0;
        io->fd = fd;
        io->what = (uint8_t)what;
        io->state = 0;
        io->events = what == IO_SEND || what == IO_WRITE || what == IO_CONNECT ? POLLOUT : POLLIN;
        return &io->future;
}

struct rota_future *rota_io_recv(
        struct rota_io *io, int fd, void *buffer, size_t size, struct rota_timeout timeout)
{
        return prepare(io, IO_RECV, fd, buffer, size, timeout);
}

struct rota_future *rota_io_send(
        struct rota_io *io, int fd, const void *buffer, size_t size, struct rota_timeout timeout)
{
        return prepare(io, IO_SEND, fd, buffer, size, timeout);
}

struct rota_future *rota_io_read(
        struct rota_io *io, int fd, void *buffer, size_t size, struct rota_timeout timeout)
{
        return prepare(io, IO_READ, fd, buffer, size, timeout);
}

struct rota_future *rota_io_write(
        struct rota_io *io, int fd, const void *buffer, size_t size, struct rota_timeout timeout)
{
        return prepare(io, IO_WRITE, fd, buffer, size, timeout);
}

struct rota_future *rota_io_accept(struct rota_io *io, int fd, struct rota_timeout timeout)
{
        return prepare(io, IO_ACCEPT, fd, NULL, 0, timeout);
}

struct rota_future *rota_io_connect(struct rota_io *io, int fd, const struct sockaddr *address,
        size_t size, struct rota_timeout timeout)
{
        return prepare(io, IO_CONNECT, fd, address, size, timeout);
}

struct rota_future *rota_io_poll(
        struct rota_io *io, int fd, uint32_t events, struct rota_timeout timeout)
{
        prepare(io, IO_POLL, fd, NULL, 0, timeout);
        io->events = events;
        return &io->future;
}

struct rota_future *rota_io_close(struct rota_io *io, int fd)
{
        return prepare(io, IO_CLOSE, fd, NULL, 0, rota_timeout_forever());
}

intptr_t rota_io_close_now(int fd)
{
        struct rota_io io;

        rota_io_close(&io, fd);
        if (!io_backend)
                return ROTA_ESTATE;
        io_backend->begin(&io);
        return io.result < 0 ? ROTA_IO_OS_ERROR + io.result : 0;
}

intptr_t rota_io_block(struct rota_io *io)
{
        for (;;) {
                struct rota_poll_context context = {
                        .waker = rota_self(), .budget = ROTA_POLL_BUDGET};
                int result = ROTA_OK;

                switch (rota_future_poll(&io->future, &context)) {
                case ROTA_POLL_READY:
                        return io->future.value;
                case ROTA_POLL_YIELDED:
                        rota_yield();
                        break;
                case ROTA_POLL_PENDING:
                        /* A cancel, of which it tells, is found again by the poll. */
                        result = rota_park();
                        break;
                }
                if (result != ROTA_OK && result != ROTA_ECANCELED) {
                        rota_future_drop(&io->future);
                        return io->future.value == ROTA_ECANCELED ? result : io->future.value;
                }
        }
}

const char *rota_io_error_text(intptr_t value)
{
        const char *text = rota_io_errno(value) ? strerrordesc_np(rota_io_errno(value))
                           : value < 0          ? rota_error_text((int)value)
                                                : "no error";
        return text ? text : "unknown error";
}
