/* SPDX-License-Identifier: MIT */
/*
 * epoll: operations are tried at once, without blocking; where one would block it waits until its
 * descriptor is ready, and is tried again. One epoll instance for all CPUs, edge-triggered: a descriptor is
 * told to the kernel once, when something first waits for it, and stays until it is closed.
 *
 * An edge may come between a try and the wait, so each is remembered in the descriptor's entry until an
 * operation has seen it.
 */
#define _GNU_SOURCE
#include "rota_port.h"
#include "backend.h"
#include "base/atomic.h"
#include "syscall.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define DESCRIPTORS (1u << 20) /* as many as Linux has by default; memory only for those in use */
#define EVENTS      IO_AT_ONCE
#define IN_EVENTS   (EPOLLIN | EPOLLPRI | EPOLLRDHUP | EPOLLHUP | EPOLLERR)
#define OUT_EVENTS  (EPOLLOUT | EPOLLHUP | EPOLLERR)

/* A descriptor. Under its lock. */
struct entry {
        uint32_t lock;
        uint8_t told;      /* the kernel knows it */
        uint8_t edge[2];   /* one has come that no operation has seen: in, out */
        uint8_t unblocked; /* made non-blocking */
        uint8_t dry;       /* the last read took all there was: the next need not try */
        uint8_t special;   /* an end, error or urgent data came: it comes with no edge of its own */
        struct rota_io *waits[2]; /* for in, for out */
};

/* Of a worker's own: what it was told when it halted, until it is taken; and what it counts. */
struct worker {
        struct epoll_event events[EVENTS];
        long number;
        struct rota_io_stats stats; /* (atomic) */
} __attribute__((aligned(128)));

static struct entry *entries;
static struct worker *workers;
static uint32_t worker_count;
static int epoll = -1;
static uint32_t flying; /* operations that wait (atomic) */

static struct worker *worker_of(const struct rota_cpu *cpu)
{
        return cpu && cpu->index < worker_count ? &workers[cpu->index] : NULL;
}

/* Here, mostly: a task may be elsewhere by now, and who is no worker at all counts as the first. */
static struct rota_io_stats *counters(void)
{
        struct worker *worker = worker_of(rota_port_cpu());
        return worker ? &worker->stats : &workers[0].stats;
}

static void count(uint64_t *counter, uint64_t n)
{
        __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static long call(long number, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
        count(&counters()->calls, 1);
        return rota_host_syscall(number, a, b, c, d);
}

static int start(uint32_t cpus, const struct rota_io_options *options, const char **why)
{
        (void)options;
        void *memory = mmap(NULL, DESCRIPTORS * sizeof(*entries), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
                return ROTA_ENOSPC;
        workers = aligned_alloc(128, cpus * sizeof(*workers));
        epoll = workers ? epoll_create1(EPOLL_CLOEXEC) : -1;
        if (epoll < 0) {
                bool full = !workers || errno == EMFILE || errno == ENFILE || errno == ENOMEM;
                free(workers);
                munmap(memory, DESCRIPTORS * sizeof(*entries));
                *why = full ? "no descriptor or memory is left for it" : "this Linux has no epoll";
                return full ? ROTA_ENOSPC : ROTA_EPORT;
        }
        entries = memory;
        worker_count = cpus;
        for (uint32_t i = 0; i < cpus; i++)
                workers[i] = (struct worker){.number = 0};
        return ROTA_OK;
}

static bool stop(void)
{
        if (__atomic_load_n(&flying, __ATOMIC_ACQUIRE))
                return false;
        close(epoll);
        free(workers);
        worker_count = 0;
        munmap(entries, DESCRIPTORS * sizeof(*entries));
        entries = NULL;
        return true;
}

static uintptr_t lock_entry(struct entry *entry)
{
        uintptr_t flags = rota_port_irq_save();
        io_lock(&entry->lock);
        return flags;
}

static void unlock_entry(struct entry *entry, uintptr_t flags)
{
        io_unlock(&entry->lock);
        rota_port_irq_restore(flags);
}

/* Which of the two an operation waits for. */
static unsigned side_of(const struct rota_io *io)
{
        return io->events & POLLIN || !(io->events & POLLOUT) ? 0 : 1;
}

/* Makes it non-blocking, where it is not. */
static void unblock(struct entry *entry, int fd)
{
        if (__atomic_load_n(&entry->unblocked, __ATOMIC_RELAXED))
                return;
        long flags = call(SYS_fcntl, (uintptr_t)fd, F_GETFL, 0, 0);
        if (flags >= 0 && !(flags & O_NONBLOCK))
                call(SYS_fcntl, (uintptr_t)fd, F_SETFL, (uintptr_t)flags | O_NONBLOCK, 0);
        __atomic_store_n(&entry->unblocked, 1, __ATOMIC_RELAXED);
}

static long ready_events(const struct rota_io *io)
{
        struct pollfd one = {.fd = io->fd, .events = (short)io->events};
        long result = call(SYS_poll, (uintptr_t)&one, 1, 0, 0);

        return result < 0               ? result
               : result == 0            ? -EAGAIN
               : one.revents & POLLNVAL ? -EBADF
                                        : one.revents;
}

static long try(struct rota_io *io, struct entry *entry)
{
        uintptr_t fd = (uintptr_t)io->fd;
        uintptr_t at = (uintptr_t)io->buffer + (io->what == IO_CONNECT ? 0 : io->done);

        if (io->what != IO_RECV && io->what != IO_SEND && io->what != IO_POLL &&
                io->what != IO_CLOSE)
                unblock(entry, io->fd);
        switch ((enum io_what)io->what) {
        case IO_RECV:
                count(&counters()->calls, 1);
                return io_socket_call(SYS_recvfrom, io, 0);
        case IO_SEND:
                count(&counters()->calls, 1);
                return io_socket_call(SYS_sendto, io, MSG_NOSIGNAL);
        case IO_READ:
                return call(SYS_read, fd, at, io->size, 0);
        case IO_WRITE:
                return call(SYS_write, fd, at, io->size - io->done, 0);
        case IO_ACCEPT:
                return call(SYS_accept4, fd, 0, 0, SOCK_CLOEXEC);
        case IO_CONNECT:
                return call(SYS_connect, fd, at, io->size, 0);
        case IO_POLL:
                return ready_events(io);
        case IO_CLOSE:
                break;
        }
        return call(SYS_close, fd, 0, 0, 0);
}

/* Forgets what was known of a descriptor that is to be closed. */
static void forget(struct entry *entry)
{
        uintptr_t flags = lock_entry(entry);
        entry->told = 0;
        /* Whoever gets the number next looks at these without the lock; Linux orders the close before that. */
        __atomic_store_n(&entry->unblocked, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->dry, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&entry->special, 0, __ATOMIC_RELAXED);
        entry->edge[0] = entry->edge[1] = 0;
        unlock_entry(entry, flags);
}

/* Waits for its side; false where an edge has come since the last look. Locked. An error is put into
 * io->result. */
static bool wait_for(struct rota_io *io, struct entry *entry)
{
        unsigned side = side_of(io);

        if (!entry->told) {
                struct epoll_event event = {
                        .events = IN_EVENTS | EPOLLOUT | EPOLLET, .data.u32 = (uint32_t)io->fd};
                long result = call(SYS_epoll_ctl, (uintptr_t)epoll, EPOLL_CTL_ADD,
                        (uintptr_t)io->fd, (uintptr_t)&event);
                if (result < 0 && result != -EEXIST) {
                        io->result = (int32_t)result;
                        return false;
                }
                entry->told = 1;
        }
        if (entry->edge[side]) {
                entry->edge[side] = 0;
                io->result = -EAGAIN;
                return false;
        }
        io->next = entry->waits[side];
        entry->waits[side] = io;
        __atomic_fetch_add(&flying, 1, __ATOMIC_RELAXED);
        return true;
}

/* A read that may wait need not be tried: the last one took all, and nothing is known to be there since. */
static bool is_dry(const struct rota_io *io, struct entry *entry)
{
        return io->what == IO_RECV && __atomic_load_n(&entry->dry, __ATOMIC_RELAXED) &&
               rota_timeout_deadline(io->timeout) != 0 &&
               __atomic_exchange_n(&entry->dry, 0, __ATOMIC_RELAXED) &&
               !__atomic_load_n(&entry->special, __ATOMIC_ACQUIRE);
}

static bool begin(struct rota_io *io)
{
        if (io->fd < 0 || (unsigned)io->fd >= DESCRIPTORS) {
                io->result = -EBADF;
                return true;
        }
        struct entry *entry = &entries[io->fd];
        io->state &= (uint8_t)~IO_BLOCKED; /* the wait below is for just that */
        count(&counters()->operations, 1);
        if (io->what == IO_CLOSE)
                forget(entry);
        for (;;) {
                io->result = is_dry(io, entry) ? -EAGAIN : (int32_t)try(io, entry);
                bool begun = io->what == IO_CONNECT &&
                             (io->result == -EINPROGRESS || io->result == -EALREADY);
                if (io->result != -EAGAIN && !begun) {
                        /* More, or an end, would come with an edge of its own (epoll(7)). */
                        if (io->what == IO_RECV && io->result > 0 && (size_t)io->result < io->size)
                                __atomic_store_n(&entry->dry, 1, __ATOMIC_RELAXED);
                        return true;
                }
                uintptr_t flags = lock_entry(entry);
                bool waits = wait_for(io, entry);
                if (waits)
                        rota_host_look_arm(rota_host_self());
                unlock_entry(entry, flags);
                if (waits) {
                        io->done += begun;
                        return false;
                }
                if (io->result != -EAGAIN)
                        return true;
        }
}

/* Takes those who wait for a side out, into @p list. Locked. */
static struct rota_io *take_side(struct entry *entry, unsigned side, struct rota_io *list)
{
        struct rota_io *first = entry->waits[side];

        entry->edge[side] = !first;
        entry->waits[side] = NULL;
        while (first) {
                struct rota_io *next = first->next;
                first->next = list;
                list = first;
                first = next;
        }
        return list;
}

/* Returns how many operations it ended. */
static uint32_t edge(struct io_wakes *wakes, struct entry *entry, uint32_t events)
{
        struct rota_io *list = NULL;
        uint32_t landed = 0;

        io_lock(&entry->lock);
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI))
                __atomic_store_n(&entry->special, 1, __ATOMIC_RELEASE);
        if (events & IN_EVENTS)
                list = take_side(entry, 0, list);
        if (events & OUT_EVENTS)
                list = take_side(entry, 1, list);
        io_unlock(&entry->lock);
        while (list) {
                struct rota_io *io = list;
                list = io->next;
                io_landed(wakes, io, -EAGAIN);
                landed++;
        }
        return landed;
}

static void cancel(struct rota_io *io)
{
        struct entry *entry = &entries[io->fd];
        bool found = false;

        uintptr_t flags = lock_entry(entry);
        for (struct rota_io **at = &entry->waits[side_of(io)]; *at; at = &(*at)->next)
                if (*at == io) {
                        *at = io->next;
                        found = true;
                        break;
                }
        unlock_entry(entry, flags);
        if (found)
                __atomic_fetch_sub(&flying, 1, __ATOMIC_RELEASE);
        else
                while (!io_has_landed(io)) /* another CPU is about to say so */
                        rota_port_relax();
        io->result = -ECANCELED;
}

/* Masked. */
static void take(const struct epoll_event *events, long number)
{
        if (number <= 0)
                return;
        count(&counters()->taken, (uint64_t)number);
        count(&counters()->batches, 1);
        struct io_wakes wakes;
        uint32_t landed = 0;
        wakes.count = 0;
        for (long i = 0; i < number; i++)
                landed += edge(&wakes, &entries[events[i].data.u32], events[i].events);
        io_wake(&wakes);
        __atomic_fetch_sub(&flying, landed, __ATOMIC_RELEASE);
}

static bool look(struct rota_host_tls *self)
{
        struct worker *mine = worker_of(self->cpu);
        long number = mine ? mine->number : 0;

        if (!mine)
                return false;
        if (number)
                take(mine->events, number);
        else
                number = EVENTS;
        mine->number = 0;
        while (number == EVENTS && __atomic_load_n(&flying, __ATOMIC_RELAXED)) {
                number = call(SYS_epoll_wait, (uintptr_t)epoll, (uintptr_t)mine->events, EVENTS, 0);
                take(mine->events, number);
        }
        return __atomic_load_n(&flying, __ATOMIC_RELAXED);
}

/* Also where nothing is awaited yet: another CPU may begin to, and have no time to look. */
static void halt(struct rota_host_tls *self)
{
        struct worker *mine = worker_of(self->cpu);

        if (!mine)
                return;
        rota_host_halting(self);
        while (!__atomic_load_n(&self->pending, __ATOMIC_SEQ_CST)) {
                long number = rota_host_wait(SYS_epoll_wait, (uintptr_t)epoll,
                        (uintptr_t)mine->events, EVENTS, (uintptr_t)-1, 0);
                count(&counters()->calls, 1);
                count(&counters()->waits, 1);
                if (number > 0) {
                        mine->number = number;
                        __atomic_fetch_or(&self->pending, ROTA_HOST_IO, __ATOMIC_SEQ_CST);
                }
        }
        if (__atomic_load_n(&flying, __ATOMIC_RELAXED))
                rota_host_look_arm(self); /* it may be busy from here on */
}

static void stats(struct rota_io_stats *sum)
{
        for (uint32_t i = 0; i < worker_count; i++)
                io_stats_add(sum, &workers[i].stats);
}

const struct io_backend io_epoll_backend = {
        .name = "epoll",
        .devices = {.halt = halt, .look = look},
        .start = start,
        .stop = stop,
        .begin = begin,
        .cancel = cancel,
        .stats = stats,
};
