/* SPDX-License-Identifier: MIT */
/* What a dropped operation got at that moment: nothing of it is lost, and nothing leaks. */
#define _GNU_SOURCE
#include "io_test.h"

#include <dirent.h>
#include <netinet/in.h>
#include <rota/coroutine.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Polls once: pending, and submitted where the back-end does so later. */
static bool begins(struct rota_io *io)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = ROTA_POLL_BUDGET};
        bool pending = rota_future_poll(&io->future, &context) == ROTA_POLL_PENDING;

        rota_sleep_for(3 * ROTA_MS);
        return pending;
}

/* What came before a drop, and before anybody polled for it, is in the buffer, or still in the socket. */
static bool dropped_read(int from, int to, bool at_once)
{
        char buffer[16] = "untouched", rest[16] = "";
        struct rota_io io;

        rota_io_recv(&io, from, buffer, sizeof(buffer), rota_timeout_forever());
        if (!begins(&io) || send(to, "hello", 5, 0) != 5)
                return false;
        if (!at_once)
                rota_sleep_for(3 * ROTA_MS);
        rota_future_drop(&io.future);
        intptr_t got = rota_io_dropped(&io);
        if (got == 5)
                return memcmp(buffer, "hello", 5) == 0 &&
                       recv(from, rest, sizeof(rest), MSG_DONTWAIT) < 0;
        return got == ROTA_ECANCELED && strcmp(buffer, "untouched") == 0 &&
               recv(from, rest, sizeof(rest), MSG_DONTWAIT) == 5;
}

bool test_dropped_read(void)
{
        struct rota_io io;
        char byte = 0;
        int ends[2];
        bool ok = true;

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                return false;
        for (int i = 0; i < 20; i++)
                ok = ok && dropped_read(ends[0], ends[1], i % 2);
        /* Where nothing had come, nothing did; nor where it was not even begun. */
        rota_io_recv(&io, ends[0], &byte, 1, rota_timeout_forever());
        ok = ok && begins(&io);
        rota_future_drop(&io.future);
        ok = ok && rota_io_dropped(&io) == ROTA_ECANCELED;
        rota_io_recv(&io, ends[0], &byte, 1, rota_timeout_forever());
        rota_future_drop(&io.future);
        ok = ok && rota_io_dropped(&io) == ROTA_ECANCELED;
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return ok;
}

struct told {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_cleanup cleanup;
        struct rota_io io;
        int fd;
        intptr_t dropped;
        char byte;
};

static void ask(void *argument)
{
        struct told *told = argument;
        told->dropped = rota_io_dropped(&told->io);
}

static ROTA_ASYNC(read_and_tell, struct told, me)
{
        ROTA_DEFER(&me->cleanup, ask, me);
        ROTA_AWAIT(rota_io_recv(&me->io, me->fd, &me->byte, 1, rota_timeout_forever()));
}
ROTA_END

/* A future task that is cancelled as its byte comes: its cleanup is told of it, or the socket has it still. */
bool test_cancelled_read(void)
{
        static struct told told;
        int ends[2];
        bool ok = !socketpair(AF_UNIX, SOCK_STREAM, 0, ends);

        for (int i = 0; ok && i < 20; i++) {
                struct rota_handle handle;
                char byte = 0;
                told = (struct told){.fd = ends[0]};
                ok = rota_spawn(&told.task, read_and_tell(&told), NULL, &handle) == ROTA_OK;
                if (ok)
                        test_until_waits(
                                handle); /* one that has not run has no cleanup to be told */
                rota_sleep_for(2 * ROTA_MS);
                ok = ok && send(ends[1], "x", 1, 0) == 1;
                rota_cancel(
                        handle); /* another CPU may have been faster: then it has read, and ended */
                rota_join(handle, rota_timeout_forever(), NULL);
                ssize_t left = recv(ends[0], &byte, 1, MSG_DONTWAIT);
                ok = ok && (told.dropped == 1 ? left < 0 && told.byte == 'x'
                                              : told.dropped == ROTA_ECANCELED && left == 1);
        }
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return ok;
}

static int open_descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        while (directory && readdir(directory))
                count++;
        if (directory)
                closedir(directory);
        return count;
}

/* The drop has closed the other side, or the next accept has it: maybe not at once, where the client's connect()
 * has returned before the listener had its last packet. */
static bool closed_or_accepted(int client, int listener)
{
        uint64_t until = rota_now() + LONG;
        struct rota_io io;
        char byte;

        do {
                rota_io_accept(&io, listener, rota_timeout_none());
                intptr_t next = rota_io_block(&io);
                if (next >= 0)
                        rota_io_close_now((int)next);
                else if (next != ROTA_ETIMEDOUT)
                        return false;
                if (recv(client, &byte, 1, MSG_DONTWAIT) == 0)
                        return true;
                rota_sleep_for(100 * ROTA_US);
        } while (rota_now() < until);
        return false;
}

/* A dropped accept that had a connection keeps it from leaking: it is closed, or waits for the next. */
bool test_dropped_accept(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof(address);
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct rota_io io;
        bool ok = listener >= 0 && !bind(listener, (struct sockaddr *)&address, size) &&
                  !listen(listener, 8) &&
                  !getsockname(listener, (struct sockaddr *)&address, &size);

        for (int i = 0; ok && i < 20; i++) {
                int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                int before = open_descriptors();
                rota_io_accept(&io, listener, rota_timeout_forever());
                ok = begins(&io) && !connect(client, (struct sockaddr *)&address, size);
                if (i % 2)
                        rota_sleep_for(3 * ROTA_MS);
                rota_future_drop(&io.future);
                ok = ok && rota_io_dropped(&io) == ROTA_ECANCELED && open_descriptors() == before;
                ok = ok && closed_or_accepted(client, listener);
                close(client);
        }
        rota_io_close_now(listener);
        return ok;
}
