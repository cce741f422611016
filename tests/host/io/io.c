/* SPDX-License-Identifier: MIT */
/*
 * Awaitable descriptors, case by case, by either back-end, from threads and from future tasks.
 *
 *      host_io BACKEND [--cpus N]
 */
#define _GNU_SOURCE
#include "io_test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MUCH (1u << 20)
static char sent_bytes[MUCH], got_bytes[MUCH];

static void fill(char *at, size_t size, unsigned seed)
{
        for (size_t i = 0; i < size; i++)
                at[i] = (char)(seed + i * 7 + i / 251);
}

/* Sends or writes all, and ends its side. */
struct sender {
        int fd;
        bool socket;
        size_t size;
        intptr_t value;
};

static intptr_t sender_main(void *argument)
{
        struct sender *sender = argument;
        struct rota_io io;

        if (sender->socket)
                rota_io_send(&io, sender->fd, sent_bytes, sender->size, rota_timeout_forever());
        else
                rota_io_write(&io, sender->fd, sent_bytes, sender->size, rota_timeout_forever());
        sender->value = rota_io_block(&io);
        if (sender->socket)
                shutdown(sender->fd, SHUT_WR);
        else
                rota_io_close_now(sender->fd);
        return 0;
}

/* All of it, through something that holds much less, to a reader that takes odd pieces now and then. */
static bool all_of_it(bool is_socket)
{
        struct sender sender = {.socket = is_socket, .size = MUCH};
        struct rota_io io;
        size_t got = 0;
        intptr_t n;
        int ends[2];

        fill(sent_bytes, MUCH, 3);
        memset(got_bytes, 0, MUCH);
        if (is_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends))
                return false;
        sender.fd = ends[1];
        struct rota_handle handle = test_thread(sender_main, &sender);
        do {
                size_t piece = 1 + got * 31 % 9001;
                if (piece > MUCH - got)
                        piece = MUCH - got + (got == MUCH); /* then the end */
                if (is_socket)
                        rota_io_recv(&io, ends[0], got_bytes + (got == MUCH ? 0 : got), piece,
                                rota_timeout_forever());
                else
                        rota_io_read(&io, ends[0], got_bytes + (got == MUCH ? 0 : got), piece,
                                rota_timeout_forever());
                n = rota_io_block(&io);
                if (n > 0)
                        got += (size_t)n;
        } while (n > 0 && got <= MUCH);
        rota_join(handle, rota_timeout_forever(), NULL);
        rota_io_close_now(ends[0]);
        if (is_socket)
                rota_io_close_now(ends[1]);
        return n == 0 && got == MUCH && sender.value == MUCH &&
               !memcmp(sent_bytes, got_bytes, MUCH);
}

static bool a_pipe(void)
{
        return all_of_it(false);
}

static bool a_socket(void)
{
        return all_of_it(true);
}

/* After a time-out the buffer is the caller's: what comes later is for the next. */
static bool time_out(void)
{
        char buffer[16] = "untouched", next[16] = "";
        struct rota_io io;
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                return false;
        uint64_t began = rota_now();
        rota_io_recv(&io, ends[0], buffer, sizeof(buffer), rota_timeout_after(5 * ROTA_MS));
        intptr_t first = rota_io_block(&io);
        uint64_t took = rota_now() - began;
        rota_io_recv(&io, ends[0], buffer, sizeof(buffer), rota_timeout_none());
        intptr_t second = rota_io_block(&io);
        if (write(ends[1], "later", 5) != 5)
                return false;
        rota_sleep_for(2 * ROTA_MS);
        bool untouched = strcmp(buffer, "untouched") == 0;
        rota_io_recv(&io, ends[0], next, sizeof(next), rota_timeout_forever());
        intptr_t third = rota_io_block(&io);
        /* What is there needs no time. */
        if (write(ends[1], "at once", 7) != 7)
                return false;
        rota_io_recv(&io, ends[0], got_bytes, 100, rota_timeout_none());
        intptr_t fourth = rota_io_block(&io);
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return first == ROTA_ETIMEDOUT && took >= 5 * ROTA_MS && second == ROTA_ETIMEDOUT &&
               untouched && third == 5 && fourth == 7 && strcmp(next, "later") == 0;
}

/* A read that may not wait asks the kernel, whatever is known of the descriptor. */
static bool at_once(void)
{
        struct rota_io io;
        int ends[2];
        bool ok = true;

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                return false;
        for (int i = 1; i <= 20; i++) {
                ok = ok && write(ends[1], sent_bytes, (size_t)i) == i;
                rota_io_recv(&io, ends[0], got_bytes, 100, rota_timeout_none());
                ok = ok && rota_io_block(&io) == i;
                rota_io_recv(&io, ends[0], got_bytes, 100, rota_timeout_none());
                ok = ok && (i % 3 || rota_io_block(&io) == ROTA_ETIMEDOUT);
        }
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return ok;
}

static int listen_somewhere(struct sockaddr_in *address)
{
        socklen_t size = sizeof(*address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        *address =
                (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        if (bind(fd, (struct sockaddr *)address, size) || listen(fd, 8) ||
                getsockname(fd, (struct sockaddr *)address, &size))
                return -1;
        return fd;
}

static bool connections(void)
{
        struct sockaddr_in address;
        int listener = listen_somewhere(&address), mine = socket(AF_INET, SOCK_STREAM, 0);
        int other = socket(AF_INET, SOCK_STREAM, 0), deaf = socket(AF_INET, SOCK_STREAM, 0);
        const struct sockaddr_in nowhere = {
                .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof(address);
        struct rota_io io;

        rota_io_accept(&io, listener, rota_timeout_after(3 * ROTA_MS));
        if (listener < 0 || rota_io_block(&io) != ROTA_ETIMEDOUT)
                return false;
        rota_io_connect(
                &io, mine, (struct sockaddr *)&address, sizeof(address), rota_timeout_after(LONG));
        if (rota_io_block(&io) != 0)
                return false;
        rota_io_accept(&io, listener, rota_timeout_after(LONG));
        intptr_t theirs = rota_io_block(&io);
        if (theirs < 0 || !(fcntl((int)theirs, F_GETFD) & FD_CLOEXEC))
                return false;
        rota_io_send(&io, mine, "hello", 5, rota_timeout_after(LONG));
        intptr_t sent = rota_io_block(&io);
        rota_io_recv(&io, (int)theirs, got_bytes, 100, rota_timeout_after(LONG));
        intptr_t got = rota_io_block(&io);

        /* The port of one that does not listen: nobody else's meanwhile. */
        rota_io_close_now(listener);
        if (bind(deaf, (struct sockaddr *)&nowhere, sizeof(nowhere)) ||
                getsockname(deaf, (struct sockaddr *)&address, &size))
                return false;
        rota_io_connect(
                &io, other, (struct sockaddr *)&address, sizeof(address), rota_timeout_after(LONG));
        intptr_t nobody = rota_io_block(&io);

        /* A reset is an error of the other side's next wait, and no signal. */
        struct linger at_once = {1, 0};
        setsockopt(mine, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        rota_io_close_now(mine);
        rota_io_recv(&io, (int)theirs, got_bytes, 100, rota_timeout_after(LONG));
        intptr_t reset = rota_io_block(&io);
        rota_io_send(&io, (int)theirs, "x", 1, rota_timeout_after(LONG));
        intptr_t closed = rota_io_block(&io);
        rota_io_close(&io, (int)theirs);
        intptr_t close = rota_io_block(&io);
        rota_io_close_now(other);
        rota_io_close_now(deaf);
        return sent == 5 && got == 5 && rota_io_errno(nobody) == ECONNREFUSED &&
               rota_io_errno(reset) == ECONNRESET && rota_io_errno(closed) == EPIPE && close == 0;
}

static bool readiness(void)
{
        struct rota_io io;
        int ends[2];

        if (pipe(ends))
                return false;
        rota_io_poll(&io, ends[0], POLLIN, rota_timeout_after(3 * ROTA_MS));
        intptr_t nothing = rota_io_block(&io);
        rota_io_poll(&io, ends[1], POLLOUT, rota_timeout_after(LONG));
        intptr_t room = rota_io_block(&io);
        if (write(ends[1], "x", 1) != 1)
                return false;
        rota_io_poll(&io, ends[0], POLLIN, rota_timeout_after(LONG));
        intptr_t something = rota_io_block(&io);
        rota_io_close_now(ends[1]);
        rota_io_poll(&io, ends[0], POLLIN, rota_timeout_after(LONG));
        intptr_t end = rota_io_block(&io);
        rota_io_close_now(ends[0]);
        return nothing == ROTA_ETIMEDOUT && room == POLLOUT && something == POLLIN &&
               (end & POLLHUP);
}

static bool files_and_nonsense(void)
{
        struct rota_io io;
        char name[] = "/tmp/rota-io-XXXXXX";
        int fd = mkstemp(name);

        if (fd < 0 || unlink(name))
                return false;
        fill(sent_bytes, 100000, 9);
        rota_io_write(&io, fd, sent_bytes, 100000, rota_timeout_forever());
        intptr_t written = rota_io_block(&io);
        lseek(fd, 0, SEEK_SET);
        rota_io_read(&io, fd, got_bytes, 100000, rota_timeout_forever());
        intptr_t got = rota_io_block(&io);
        bool same = memcmp(sent_bytes, got_bytes, 100000) == 0;
        rota_io_read(&io, fd, got_bytes, 1, rota_timeout_forever());
        intptr_t end = rota_io_block(&io);
        rota_io_recv(&io, fd, got_bytes, 1, rota_timeout_forever());
        intptr_t no_socket = rota_io_block(&io);
        rota_io_close_now(fd);
        rota_io_read(&io, fd, got_bytes, 1, rota_timeout_forever());
        intptr_t closed = rota_io_block(&io);
        rota_io_recv(&io, -1, got_bytes, 1, rota_timeout_forever());
        intptr_t none = rota_io_block(&io);
        return written == 100000 && got == 100000 && same && end == 0 &&
               rota_io_errno(no_socket) == ENOTSOCK && rota_io_errno(closed) == EBADF &&
               rota_io_errno(none) == EBADF && rota_io_close_now(fd) < 0;
}

/* A descriptor that its owner made non-blocking is waited for like others. */
static bool non_blocking(void)
{
        struct sender sender = {.socket = true, .size = 300000};
        struct rota_io io;
        size_t got = 0;
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends))
                return false;
        sender.fd = ends[1];
        fill(sent_bytes, MUCH, 5);
        struct rota_handle handle = test_thread(sender_main, &sender);
        for (;;) {
                rota_io_read(&io, ends[0], got_bytes + got, MUCH - got, rota_timeout_after(LONG));
                intptr_t n = rota_io_block(&io);
                if (n <= 0)
                        break;
                got += (size_t)n;
        }
        rota_join(handle, rota_timeout_forever(), NULL);
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return io.future.value == 0 && got == 300000 && !memcmp(sent_bytes, got_bytes, got);
}

static uint32_t spin_end;

static intptr_t spinner_main(void *argument)
{
        (void)argument;
        while (!__atomic_load_n(&spin_end, __ATOMIC_RELAXED))
                ;
        return 0;
}

/* No CPU is ever idle, and nobody gives one up: what comes is seen all the same. */
static bool busy_cpus(void)
{
        struct sender sender = {.socket = false, .size = 300000};
        struct rota_handle spinners[TEST_CPUS], handle;
        struct rota_io io;
        size_t got = 0;
        int ends[2];

        if (pipe(ends))
                return false;
        spin_end = 0;
        for (uint32_t i = 0; i < test_cpus; i++)
                spinners[i] = test_thread(spinner_main, NULL);
        sender.fd = ends[1];
        handle = test_thread(sender_main, &sender);
        for (intptr_t n = 1; n > 0; got += n > 0 ? (size_t)n : 0) {
                rota_io_read(&io, ends[0], got_bytes, 65536, rota_timeout_forever());
                n = rota_io_block(&io);
        }
        __atomic_store_n(&spin_end, 1, __ATOMIC_RELAXED);
        rota_join(handle, rota_timeout_forever(), NULL);
        for (uint32_t i = 0; i < test_cpus; i++)
                rota_join(spinners[i], rota_timeout_forever(), NULL);
        rota_io_close_now(ends[0]);
        return got == sender.size;
}

const struct test_case test_cases[] = {
        {"a pipe, all of a megabyte", a_pipe, 1},
        {"a socket, all of a megabyte", a_socket, 1},
        {"a time-out, and the buffer after it", time_out, 1},
        {"what is there needs no time, again and again", at_once, 1},
        {"connect, accept, refusal, reset", connections, 1},
        {"readiness", readiness, 1},
        {"files, and what is no descriptor", files_and_nonsense, 1},
        {"a non-blocking descriptor", non_blocking, 1},
        {"no CPU is ever idle", busy_cpus, 1},
        {"a cancelled thread, a cancelled future task", test_cancel, 1},
        {"a race dropped what was awaited, and lost nothing", test_drop, 1},
        {"a dropped read, and what it got", test_dropped_read, 1},
        {"a future task is cancelled as its byte comes", test_cancelled_read, 1},
        {"a dropped accept leaks no descriptor", test_dropped_accept, 1},
        {"drops beside traffic lose and repeat nothing", test_drop_all, 1},
        {"time-outs beside traffic lose and repeat nothing", test_traffic, 1},
        {"a CPU leaves with an operation pending", test_leave, 2},
        {NULL, NULL, 0},
};
