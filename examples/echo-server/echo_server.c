/* SPDX-License-Identifier: MIT */
/*
 * A server that sends back what it receives, over TCP: one task per connection, written as a coroutine that
 * waits for its socket, on as many CPUs (worker threads) as it is given.
 *
 *      echo-server [--port N] [--cpus N] [--connections N] [--backend io_uring|epoll]
 *
 * Port 0, the default, is one that is free; the line "listening on port N" says which. SIGINT and
 * SIGTERM end it: it closes its connections, and says what it did.
 */
#define _GNU_SOURCE
#include <host/host.h>
#include <host/io/io.h>
#include <rota/combine.h>
#include <rota/coroutine.h>
#include <rota/rota.h>
#include <rota/spinlock.h>
#include <world.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_SIZE   4096
#define BACKLOG       4096
#define OWN_FILES     32 /* descriptors beside the connections' */
#define OWN_TASKS     2
#define PAUSE_ON_FULL (100 * ROTA_MS)

/* All that a connection is: a task, its coroutine's frame, its buffer. There is no stack. */
struct connection {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_handle handle;
        struct rota_cleanup cleanup;
        struct rota_io io;
        int fd;
        intptr_t received;
        struct connection *next_free;
        char buffer[BUFFER_SIZE];
};

struct acceptor {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_io io;
        struct rota_sleep pause;
        intptr_t fd, told; /* the error that was told of, until one is accepted */
};

/* Waits for a signal, and ends the server. */
struct closer {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_io io;
        struct rota_sleep pause;
        char byte;
};

static struct {
        uint32_t cpus, connections;
        uint16_t port;
        enum rota_io_backend backend;
} settings = {.cpus = 2, .connections = 10000};

static struct rota rota;
static struct acceptor acceptor;
static struct closer closer;
static struct rota_handle acceptor_handle;
static int listener;
static int pipe_ends[2]; /* a signal is a byte in it */
static int exit_code;

/* Connections that nobody uses. Tasks and exit callbacks on all CPUs take and give. */
static struct connection *connections, *first_free;
static struct rota_spinlock free_lock;
static uint64_t accepted, refused, bytes, active, most; /* (atomic) */

static int fail(const char *what, const char *why)
{
        fprintf(stderr, "echo-server: %s: %s\n", what, why);
        return 1;
}

static uint64_t add(uint64_t *counter, uint64_t n)
{
        return __atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static void give(struct connection *connection)
{
        uintptr_t flags = rota_spin_lock_irq(&free_lock);
        connection->next_free = first_free;
        first_free = connection;
        rota_spin_unlock_irq(&free_lock, flags);
}

static struct connection *take(void)
{
        uintptr_t flags = rota_spin_lock_irq(&free_lock);
        struct connection *connection = first_free;
        if (connection)
                first_free = connection->next_free;
        rota_spin_unlock_irq(&free_lock, flags);
        return connection;
}

static void hang_up(void *argument)
{
        struct connection *connection = argument;
        rota_io_close_now(connection->fd);
}

/* A connection's life. */
static ROTA_ASYNC(echo, struct connection, me)
{
        ROTA_DEFER(&me->cleanup, hang_up, me);
        for (;;) {
                ROTA_AWAIT_INTO(me->received, rota_io_recv(&me->io, me->fd, me->buffer, BUFFER_SIZE,
                                                      rota_timeout_forever()));
                if (me->received <= 0)
                        break; /* the other side has ended, or is gone */
                ROTA_AWAIT(rota_io_send(
                        &me->io, me->fd, me->buffer, (size_t)me->received, rota_timeout_forever()));
                if (ROTA_AWAITED < 0)
                        break;
                add(&bytes, (uint64_t)me->received);
        }
}
ROTA_END

static void connection_ended(struct rota_task *task, intptr_t code)
{
        struct connection *connection = task->user;

        (void)code;
        __atomic_fetch_sub(&active, 1, __ATOMIC_RELAXED);
        give(connection);
}

static void serve(int fd)
{
        static const struct rota_task_options options = {
                .name = "connection", .detached = true, .on_exit = connection_ended};
        struct connection *connection = take();
        int yes = 1;

        if (!connection) {
                add(&refused, 1);
                rota_io_close_now(fd);
                return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        add(&accepted, 1);
        uint64_t now_active = add(&active, 1);
        if (now_active > most)
                most = now_active;
        connection->fd = fd;
        /* There is a slot for each connection; and its memory is ours until it has ended. */
        if (rota_future_create(&connection->task, echo(connection), &options,
                    &connection->handle) == ROTA_OK) {
                connection->task.task.user = connection;
                rota_start(connection->handle);
        }
}

static ROTA_ASYNC(accept_all, struct acceptor, me)
{
        for (;;) {
                ROTA_AWAIT_INTO(me->fd, rota_io_accept(&me->io, listener, rota_timeout_forever()));
                if (me->fd >= 0) {
                        me->told = 0;
                        serve((int)me->fd);
                } else if (me->fd == ROTA_ECANCELED) {
                        break;
                } else {
                        /* No descriptors, or no memory: others may end. */
                        if (me->fd != me->told)
                                fprintf(stderr, "echo-server: accept: %s\n",
                                        rota_io_error_text(me->fd));
                        me->told = me->fd;
                        ROTA_AWAIT(rota_sleep_init(&me->pause, rota_timeout_after(PAUSE_ON_FULL)));
                }
        }
}
ROTA_END

static ROTA_ASYNC(close_all, struct closer, me)
{
        ROTA_AWAIT(rota_io_read(&me->io, pipe_ends[0], &me->byte, 1, rota_timeout_forever()));
        if (ROTA_AWAITED < 0)
                exit_code = fail("signals", rota_io_error_text(ROTA_AWAITED));
        rota_cancel(acceptor_handle);
        while (rota_join(acceptor_handle, rota_timeout_none(), NULL) == ROTA_EAGAIN)
                ROTA_YIELD;
        /* A stale handle is harmless. */
        for (uint32_t i = 0; i < settings.connections; i++)
                rota_cancel(connections[i].handle);
        while (__atomic_load_n(&active, __ATOMIC_RELAXED))
                ROTA_AWAIT(rota_sleep_init(&me->pause, rota_timeout_after(ROTA_MS)));
        rota_stop(&rota);
}
ROTA_END

static int listen_on(uint16_t *port)
{
        struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
        socklen_t size = sizeof(address);
        int yes = 1, no = 0;
        int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)); /* IPv4 too */
        if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, BACKLOG) ||
                getsockname(fd, (struct sockaddr *)&address, &size)) {
                close(fd);
                return -1;
        }
        *port = ntohs(address.sin6_port);
        return fd;
}

/* A descriptor per connection; where so many are not allowed, fewer connections. */
static void raise_limit(void)
{
        struct rlimit limit;
        rlim_t wanted = settings.connections + OWN_FILES;

        if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
                return;
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        setrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_cur >= wanted)
                return;
        uint32_t possible = limit.rlim_cur > OWN_FILES ? (uint32_t)limit.rlim_cur - OWN_FILES : 1;
        fprintf(stderr,
                "echo-server: %u connections need %llu descriptors, and the hard limit is %llu "
                "(ulimit -Hn): at most %u connections\n",
                settings.connections, (unsigned long long)wanted,
                (unsigned long long)limit.rlim_max, possible);
        settings.connections = possible;
}

/* A thread beside the workers, who have these signals blocked. (Not signalfd, which Linux would look at for each
 * of the workers' timer signals.) */
static void *take_signals(void *ends)
{
        int signal;

        if (sigwait(ends, &signal) == 0 && write(pipe_ends[1], "", 1) < 0)
                abort();
        return NULL;
}

static void report(void)
{
        struct rota_io_stats stats;

        rota_io_stats(&stats);
        printf("%llu connections, %llu at once, %llu refused, %llu bytes\n",
                (unsigned long long)accepted, (unsigned long long)most, (unsigned long long)refused,
                (unsigned long long)bytes);
        printf("%llu operations by %llu system calls (%llu of them waits), %llu completions in "
               "%llu "
               "batches\n",
                (unsigned long long)stats.operations, (unsigned long long)stats.calls,
                (unsigned long long)stats.waits, (unsigned long long)stats.taken,
                (unsigned long long)stats.batches);
}

int world_main(const struct world *world)
{
        static const struct rota_policy *const policies[] = {&rota_policy_rr};
        static const struct rota_io_options io = {0};
        const struct rota_task_options detached = {.name = "closer", .detached = true};
        const struct rota_task_options named = {.name = "acceptor"};
        struct rota_io_options options = io;

        connections = calloc(settings.connections, sizeof(*connections));
        struct rota_slot *slots = calloc(settings.connections + OWN_TASKS, sizeof(*slots));
        if (!connections || !slots)
                return fail("memory", strerror(errno));
        for (uint32_t i = settings.connections; i-- > 0;)
                give(&connections[i]);
        struct rota_config config = {.cpus = world->cpu,
                .cpu_count = world->cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = settings.connections + OWN_TASKS,
                .policies = policies,
                .policy_count = 1,
                .memory = world->memory};
        config.memory_size = rota_bytes(&config);
        int result = rota_init(&rota, &config);
        if (result != ROTA_OK)
                return fail("rota_init", rota_error_text(result));

        options.backend = settings.backend;
        result = rota_io_start(world->cpus, &options);
        if (result != ROTA_OK)
                return fail("input and output",
                        *rota_io_why() ? rota_io_why() : rota_error_text(result));
        listener = listen_on(&settings.port);
        if (listener < 0)
                return fail("listen", strerror(errno));
        if (rota_spawn(&acceptor.task, accept_all(&acceptor), &named, &acceptor_handle) ||
                rota_spawn(&closer.task, close_all(&closer), &detached, NULL))
                return fail("spawn", "no slot");

        printf("%u CPUs, %s%s%s%s, up to %u connections of %zu bytes each\n", world->cpus,
                rota_io_name(), *rota_io_why() ? " (" : "", rota_io_why(),
                *rota_io_why() ? ")" : "", settings.connections,
                sizeof(struct connection) + sizeof(struct rota_slot));
        printf("listening on port %u\n", settings.port);
        fflush(stdout);
        result = world_run(world, &rota, 0);
        if (result != ROTA_OK)
                return fail("run", rota_error_text(result));
        report();
        close(listener);
        if (rota_io_stop() != ROTA_OK)
                return fail("end", "an operation is pending");
        free(connections);
        free(slots);
        return exit_code;
}

static uint32_t number(const char *option, const char *text, uint32_t least, uint32_t greatest)
{
        char *end;
        unsigned long value = text ? strtoul(text, &end, 10) : 0;

        if (text && *text && !*end && value >= least && value <= greatest)
                return (uint32_t)value;
        fprintf(stderr, "echo-server: %s takes a number from %u to %u\n", option, least, greatest);
        exit(2);
}

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i += 2) {
                const char *value = argv[i + 1];
                if (strcmp(argv[i], "--port") == 0) {
                        settings.port = (uint16_t)number(argv[i], value, 0, 65535);
                } else if (strcmp(argv[i], "--cpus") == 0) {
                        settings.cpus = number(argv[i], value, 1, 1024);
                } else if (strcmp(argv[i], "--connections") == 0) {
                        settings.connections = number(argv[i], value, 1, 1000000);
                } else if (strcmp(argv[i], "--backend") == 0 && value &&
                           (strcmp(value, "io_uring") == 0 || strcmp(value, "epoll") == 0)) {
                        settings.backend = *value == 'i' ? ROTA_IO_URING : ROTA_IO_EPOLL;
                } else {
                        fprintf(stderr, "usage: echo-server [--port N] [--cpus N] "
                                        "[--connections N] [--backend io_uring|epoll]\n");
                        return 2;
                }
        }
        static sigset_t ends;
        pthread_t taker;
        sigemptyset(&ends);
        sigaddset(&ends, SIGINT);
        sigaddset(&ends, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &ends, NULL); /* in the workers too, which are made later */
        int error = pipe2(pipe_ends, O_CLOEXEC) ? errno : 0;
        if (!error)
                error = pthread_create(&taker, NULL, take_signals, &ends);
        if (error)
                return fail("signals", strerror(error));
        pthread_detach(taker);
        raise_limit();
        struct rota_host_options options = {.cpus = settings.cpus};
        int result = rota_host_main(&options);
        return result < 0 ? fail("the world", rota_error_text(result)) : result;
}
