/* SPDX-License-Identifier: MIT */
/*
 * What puts load on an echo server, and tries its manners. A plain Linux program, one thread, epoll:
 *
 *      echo-client PORT [--connections N] [--seconds N] [--size BYTES] [--manners]
 *
 * Each connection sends a message, waits until all of it has come back, compares, and sends the next. Prints
 * how many there were in a second, and how long the median and the slowest hundredth took.
 *
 * --manners: other guests first. One sends a byte at a time; one sends much and reads nothing of it for
 * a while; one ends its side before it reads; one resets; one connects, says nothing, and stays until the end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SIZE_MOST 65536
#define SAMPLES   (1u << 20)

struct guest {
        int fd;
        uint32_t got;      /* bytes of the answer */
        uint32_t messages; /* sent */
        uint64_t began;
};

static uint16_t port;
static uint32_t count = 200, size = 64, seconds = 1;
static struct guest *guests;
static uint32_t *samples, sample_count; /* microseconds */
static char message[SIZE_MOST + 256], answer[SIZE_MOST];

static void die(const char *what)
{
        fprintf(stderr, "echo-client: %s: %s\n", what, errno ? strerror(errno) : "wrong");
        exit(1);
}

static uint64_t now_ns(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int dial(void)
{
        struct sockaddr_in address = {.sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
                die("connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        return fd;
}

static void put(int fd, const char *from, size_t length)
{
        while (length) {
                ssize_t sent = send(fd, from, length, MSG_NOSIGNAL);
                if (sent <= 0)
                        die("send");
                from += sent;
                length -= (size_t)sent;
        }
}

/* Reads @p length bytes and compares them with what was sent. */
static void expect(int fd, const char *what, size_t length)
{
        while (length) {
                ssize_t got =
                        recv(fd, answer, length < sizeof(answer) ? length : sizeof(answer), 0);
                if (got == 0)
                        errno = ECONNRESET;
                if (got <= 0 || memcmp(answer, what, (size_t)got)) {
                        errno = got <= 0 ? errno : 0;
                        die("an answer");
                }
                what += got;
                length -= (size_t)got;
        }
}

static void expect_end(int fd)
{
        errno = 0;
        if (recv(fd, answer, 1, 0))
                die("the end of a connection");
        close(fd);
}

static void a_byte_at_a_time(void)
{
        int fd = dial();

        for (int i = 0; i < 200; i++) {
                put(fd, message + i, 1);
                expect(fd, message + i, 1);
        }
        shutdown(fd, SHUT_WR);
        expect_end(fd);
        printf("ok a byte at a time\n");
}

/* More than both sockets' buffers hold, so the server cannot send all that it has, and waits. */
static void reads_late(void)
{
        static char much[32u << 20];
        int fd = dial();
        size_t sent = 0;

        for (size_t i = 0; i < sizeof(much); i++)
                much[i] = (char)(i * 31 + i / 4096);
        for (int idle = 0; sent < sizeof(much) && idle < 5;) {
                ssize_t n = send(fd, much + sent, sizeof(much) - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
                if (n > 0)
                        sent += (size_t)n;
                else if (n < 0 && errno != EAGAIN)
                        die("send");
                idle = n > 0 ? 0 : idle + 1;
                usleep(10000);
        }
        shutdown(fd, SHUT_WR);
        expect(fd, much, sent);
        expect_end(fd);
        printf("ok reads late: %zu bytes\n", sent);
}

static void ends_before_it_reads(void)
{
        int fd = dial();

        put(fd, message, SIZE_MOST);
        shutdown(fd, SHUT_WR);
        usleep(20000);
        expect(fd, message, SIZE_MOST);
        expect_end(fd);
        printf("ok ends its side before it reads\n");
}

static void resets(void)
{
        struct linger at_once = {1, 0};

        for (int i = 0; i < 20; i++) {
                int fd = dial();
                if (i % 2)
                        put(fd, message, SIZE_MOST); /* the server is in the middle of its answer */
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
                close(fd);
        }
        printf("ok resets\n");
}

static void send_next(struct guest *guest)
{
        guest->got = 0;
        guest->began = now_ns();
        put(guest->fd, message + guest->messages++ % 256, size);
}

/* Whether a message has come back. */
static bool take(struct guest *guest)
{
        const char *expected = message + (guest->messages - 1) % 256 + guest->got;
        ssize_t got = recv(guest->fd, answer, size - guest->got, MSG_DONTWAIT);

        if (got < 0 && errno == EAGAIN)
                return false;
        if (got == 0)
                errno = ECONNRESET;
        if (got <= 0 || memcmp(answer, expected, (size_t)got)) {
                errno = got <= 0 ? errno : 0;
                die("an answer");
        }
        guest->got += (uint32_t)got;
        if (guest->got < size)
                return false;
        if (sample_count < SAMPLES)
                samples[sample_count++] = (uint32_t)((now_ns() - guest->began) / 1000);
        return true;
}

static int by_value(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
        return x < y ? -1 : x > y;
}

static void load(void)
{
        struct epoll_event events[256];
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        uint64_t answered = 0;

        for (uint32_t i = 0; i < count; i++) {
                struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
                guests[i].fd = dial();
                if (epoll_ctl(epoll, EPOLL_CTL_ADD, guests[i].fd, &event))
                        die("epoll");
        }
        uint64_t began = now_ns(), end = began + seconds * UINT64_C(1000000000), now = began;
        uint32_t waiting = count;
        for (uint32_t i = 0; i < count; i++)
                send_next(&guests[i]);
        /* All are answered, however long it takes: a server that forgets one is found. */
        while (waiting) {
                int n = epoll_wait(epoll, events, 256, 60000);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        errno = 0;
                        die("no answer for a minute");
                }
                now = now_ns();
                for (int i = 0; i < n; i++) {
                        struct guest *guest = &guests[events[i].data.u32];
                        if (!take(guest))
                                continue;
                        answered++;
                        if (now < end)
                                send_next(guest);
                        else
                                waiting--;
                }
        }
        double took = (double)(now_ns() - began) / 1e9;
        qsort(samples, sample_count, sizeof(*samples), by_value);
        printf("ok load: %u connections, %llu messages of %u bytes, %.0f a second, median %u us, "
               "99%% %u us\n",
                count, (unsigned long long)answered, size, (double)answered / took,
                samples[sample_count / 2], samples[sample_count / 100 * 99]);
        for (uint32_t i = 0; i < count; i++)
                close(guests[i].fd);
}

static uint32_t number(const char *text, uint32_t least, uint32_t greatest)
{
        char *end;
        unsigned long value = text ? strtoul(text, &end, 10) : 0;

        if (text && *text && !*end && value >= least && value <= greatest)
                return (uint32_t)value;
        fprintf(stderr, "usage: echo-client PORT [--connections N] [--seconds N] [--size BYTES] "
                        "[--manners]\n");
        exit(2);
}

int main(int argc, char **argv)
{
        struct rlimit limit;
        bool manners = false;

        port = (uint16_t)number(argc > 1 ? argv[1] : NULL, 1, 65535);
        for (int i = 2; i < argc; i++) {
                if (strcmp(argv[i], "--connections") == 0)
                        count = number(argv[++i], 1, 60000);
                else if (strcmp(argv[i], "--seconds") == 0)
                        seconds = number(argv[++i], 1, 3600);
                else if (strcmp(argv[i], "--size") == 0)
                        size = number(argv[++i], 1, SIZE_MOST);
                else if (strcmp(argv[i], "--manners") == 0)
                        manners = true;
                else
                        number(NULL, 0, 0);
        }
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        guests = calloc(count, sizeof(*guests));
        samples = calloc(SAMPLES, sizeof(*samples));
        if (!guests || !samples)
                die("memory");
        for (size_t i = 0; i < sizeof(message); i++)
                message[i] = (char)('a' + i % 23);
        setvbuf(stdout, NULL, _IOLBF, 0);
        int silent = manners ? dial() : -1;
        if (manners) {
                a_byte_at_a_time();
                reads_late();
                ends_before_it_reads();
                resets();
        }
        load();
        if (silent >= 0) {
                put(silent, message, 10);
                expect(silent, message, 10);
                printf("ok a silent one was remembered\n");
        }
        return 0;
}
