/* SPDX-License-Identifier: MIT */
/* How operations end before they have a result: cancelled, dropped, timed out; what came is not lost. */
#include "io_test.h"

#include <poll.h>
#include <rota/combine.h>
#include <rota/coroutine.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static intptr_t reader_main(void *argument)
{
        const int *fd = argument;
        char byte;
        struct rota_io io;

        rota_io_recv(&io, *fd, &byte, 1, rota_timeout_forever());
        intptr_t value = rota_io_block(&io);
        /* It stays cancelled: the next wait ends too, and what is there already is taken. */
        rota_io_recv(&io, *fd, &byte, 1, rota_timeout_forever());
        return value == ROTA_ECANCELED ? rota_io_block(&io) : 1;
}

struct waits {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_cleanup cleanup;
        struct rota_io io;
        int fd;
        bool cleaned;
        char byte;
};

static void clean(void *argument)
{
        struct waits *waits = argument;
        waits->cleaned = true;
}

static ROTA_ASYNC(wait_for_ever, struct waits, me)
{
        ROTA_DEFER(&me->cleanup, clean, me);
        ROTA_AWAIT(rota_io_recv(&me->io, me->fd, &me->byte, 1, rota_timeout_forever()));
}
ROTA_END

bool test_cancel(void)
{
        static struct waits waits;
        struct rota_handle handle;
        intptr_t thread_code = 0, future_code = 0;
        char byte = 0;
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                return false;
        struct rota_handle thread = test_thread(reader_main, &ends[0]);
        waits = (struct waits){.fd = ends[0], .byte = 'u'};
        if (rota_spawn(&waits.task, wait_for_ever(&waits), NULL, &handle))
                return false;
        test_until_waits(thread);
        test_until_waits(handle);
        rota_cancel(thread);
        rota_cancel(handle);
        rota_join(thread, rota_timeout_forever(), &thread_code);
        rota_join(handle, rota_timeout_forever(), &future_code);
        /* Neither is there to take it. */
        if (send(ends[1], "x", 1, 0) != 1 || recv(ends[0], &byte, 1, MSG_DONTWAIT) != 1)
                return false;
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return thread_code == ROTA_ECANCELED && future_code == ROTA_ECANCELED && waits.cleaned &&
               waits.byte == 'u' && byte == 'x';
}

/* A CPU leaves with an operation of its own pending, which ends all the same; then it comes back. */
bool test_leave(void)
{
        static struct waits waits;
        struct rota_task_options there = {.affinity = rota_affinity_cpu(1)};
        struct rota_handle handle;
        uint64_t until = rota_now() + 60 * ROTA_S;
        intptr_t code = 1;
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                return false;
        waits = (struct waits){.fd = ends[0]};
        if (rota_spawn(&waits.task, wait_for_ever(&waits), &there, &handle))
                return false;
        test_until_waits(handle); /* so the CPU has begun, too */
        bool leaves = rota_set_affinity(handle, rota_affinity_all()) == ROTA_OK &&
                      rota_cpu_leave(test_rota, 1) == ROTA_OK;
        while (rota_cpu_online(test_rota, 1) && rota_now() < until)
                rota_sleep_for(ROTA_MS);
        leaves = leaves && !rota_cpu_online(test_rota, 1);
        if (send(ends[1], "x", 1, 0) != 1)
                return false;
        rota_join(handle, rota_timeout_after(60 * ROTA_S), &code);
        bool out = !rota_cpu_online(test_rota, 1);
        world_cpu_join(test_world, 1);
        while (!rota_cpu_online(test_rota, 1) && rota_now() < until)
                rota_sleep_for(ROTA_MS);
        rota_io_close_now(ends[0]);
        rota_io_close_now(ends[1]);
        return leaves && code == 0 && out && waits.byte == 'x' && rota_cpu_online(test_rota, 1);
}

/* Numbered words through a socket that holds few of them. */
#define PAIRS 8

enum ways {
        BY_TIME_OUT,
        BY_POLL, /* readiness is awaited, and dropped */
        BY_DROP, /* sends and receives are dropped */
};

struct traffic {
        struct rota_coroutine coroutine;
        struct rota_future_task task;
        struct rota_io io;
        struct rota_until until;
        struct rota_sleep sleep;
        struct rota_handle handle;
        uint64_t seed;
        uint32_t words[64];
        uint32_t next, most; /* word */
        size_t part;         /* bytes of an incomplete word */
        size_t size, done;
        uint32_t ended_early;
        bool wrong;
        enum ways ways;
        int fd;
        intptr_t value;
};

static uint64_t random_below(struct traffic *me, uint64_t n)
{
        uint64_t x = me->seed += 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        return (x ^ x >> 27) % n;
}

static struct rota_timeout short_time(struct traffic *me)
{
        return rota_timeout_after(random_below(me, 300) * ROTA_US);
}

/* An operation that ends early now and then, one way or the other. */
static struct rota_future *hurried(
        struct traffic *me, struct rota_future *(*begin)(struct traffic *, struct rota_timeout))
{
        if (me->ways != BY_DROP)
                return begin(me, short_time(me));
        return rota_until_init(&me->until, begin(me, rota_timeout_forever()), short_time(me));
}

static struct rota_future *begin_send(struct traffic *me, struct rota_timeout timeout)
{
        return rota_io_send(
                &me->io, me->fd, (char *)me->words + me->done, me->size - me->done, timeout);
}

static struct rota_future *begin_recv(struct traffic *me, struct rota_timeout timeout)
{
        return rota_io_recv(&me->io, me->fd, (char *)me->words + me->part,
                sizeof(me->words) - me->part, timeout);
}

/* Sends; what a time-out or a drop has left is sent the next time. */
static ROTA_ASYNC(send_words, struct traffic, me)
{
        while (me->next < me->most) {
                me->size = 0;
                for (uint32_t n = 1 + (uint32_t)random_below(me, 64); n && me->next < me->most;
                        n--) {
                        me->words[me->size / 4] = me->next++;
                        me->size += 4;
                }
                for (me->done = 0; me->done < me->size; me->done += me->io.done) {
                        ROTA_AWAIT_INTO(me->value, hurried(me, begin_send));
                        if (me->value == ROTA_ETIMEDOUT)
                                me->ended_early++;
                        else if (me->value < 0)
                                me->wrong = true;
                        if (me->wrong)
                                ROTA_RETURN(1);
                }
                if (random_below(me, 8) == 0)
                        ROTA_AWAIT(rota_sleep_init(&me->sleep, short_time(me)));
        }
        shutdown(me->fd, SHUT_WR);
}
ROTA_END

static void check_words(struct traffic *me, size_t got)
{
        size_t bytes = me->part + got;

        for (size_t i = 0; i < bytes / 4; i++)
                me->wrong |= me->words[i] != me->next++;
        me->part = bytes % 4;
        memmove(me->words, (char *)me->words + bytes - me->part, me->part);
}

/* Receives, with time-outs or drops; or waits until there is something, a wait that is dropped when its time is over. */
static ROTA_ASYNC(receive_words, struct traffic, me)
{
        while (!me->wrong) {
                if (me->ways == BY_POLL) {
                        ROTA_AWAIT_INTO(me->value, rota_until_init(&me->until,
                                                           rota_io_poll(&me->io, me->fd, POLLIN,
                                                                   rota_timeout_forever()),
                                                           short_time(me)));
                        if (me->value == ROTA_ETIMEDOUT) {
                                me->ended_early++;
                                continue;
                        }
                }
                ROTA_AWAIT_INTO(me->value, hurried(me, begin_recv));
                if (me->value == ROTA_ETIMEDOUT) {
                        me->ended_early++;
                        if (me->ways != BY_DROP || rota_io_dropped(&me->io) == ROTA_ECANCELED)
                                continue;
                        me->value = rota_io_dropped(&me->io);
                }
                if (me->value <= 0)
                        break;
                check_words(me, (size_t)me->value);
        }
        shutdown(me->fd, SHUT_RDWR); /* who still sends, to one who found it wrong, ends too */
        ROTA_RETURN(me->value);
}
ROTA_END

static bool traffic(uint32_t words, enum ways ways)
{
        static struct traffic from[PAIRS], to[PAIRS];
        uint32_t early = 0;
        bool ok = true;
        int small = 2304; /* Linux's least */

        for (uint32_t i = 0; i < PAIRS; i++) {
                int ends[2];
                if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
                        return false;
                setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
                to[i] = (struct traffic){.fd = ends[0], .seed = 2 * i + 1, .ways = ways};
                from[i] =
                        (struct traffic){.fd = ends[1], .seed = 2 * i, .most = words, .ways = ways};
                if (rota_spawn(&to[i].task, receive_words(&to[i]), NULL, &to[i].handle) ||
                        rota_spawn(&from[i].task, send_words(&from[i]), NULL, &from[i].handle))
                        return false;
        }
        for (uint32_t i = 0; i < PAIRS; i++) {
                intptr_t code = 1;
                rota_join(from[i].handle, rota_timeout_forever(), NULL);
                rota_join(to[i].handle, rota_timeout_forever(), &code);
                rota_io_close_now(from[i].fd);
                rota_io_close_now(to[i].fd);
                early += from[i].ended_early + to[i].ended_early;
                ok = ok && !from[i].wrong && !to[i].wrong && code == 0 && to[i].next == words &&
                     to[i].part == 0;
        }
        if (!ok || !early)
                printf("pair 0: %u words of %u, %u ended early, value %ld\n", to[0].next, words,
                        early, (long)to[0].value);
        return ok && early;
}

static uint32_t words_of(uint32_t few)
{
        return getenv("ROTA_TEST_ALL") ? 100 * few : few;
}

bool test_drop(void)
{
        return traffic(words_of(3000), BY_POLL);
}

bool test_drop_all(void)
{
        return traffic(words_of(3000), BY_DROP);
}

bool test_traffic(void)
{
        return traffic(words_of(6000), BY_TIME_OUT);
}
