/* SPDX-License-Identifier: MIT */
/*
 * Measures the time stamp counter against CLOCK_MONOTONIC. What error remains (a few millionths)
 * does no harm: timers are armed relative to now.
 */
#define _GNU_SOURCE
#include "clock.h"

#include <cpuid.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MEASURE_NS  10000000
#define BRACKETS    16
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

struct rota_host_clock rota_host_clock;

uint64_t rota_host_clock_kernel(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Whether the counter never changes its rate, and Linux, which compared the processors', trusts it:
 * where it does not, it has chosen another clock source. */
static bool counter_is_constant(void)
{
        uint32_t a, b, c, d;
        char source[4] = "";

        if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1u << 8))
                return false;
        int file = open(CLOCKSOURCE, O_RDONLY | O_CLOEXEC);
        if (file < 0)
                return true; /* a container without /sys */
        ssize_t length = read(file, source, sizeof(source));
        close(file);
        return length == 4 && memcmp(source, "tsc\n", 4) == 0;
}

/* The pair of readings that lay closest together. */
static void read_both(uint64_t *ticks, uint64_t *ns)
{
        uint64_t best = UINT64_MAX;

        for (int i = 0; i < BRACKETS; i++) {
                uint64_t before = rota_host_ticks();
                uint64_t now = rota_host_clock_kernel();
                uint64_t width = rota_host_ticks() - before;
                if (width < best) {
                        best = width;
                        *ticks = before + width / 2;
                        *ns = now;
                }
        }
}

void rota_host_clock_start(void)
{
        static bool started;
        struct timespec pause = {0, MEASURE_NS};
        uint64_t ticks = 0, ns = 0;

        if (started)
                return;
        started = true;
        if (!counter_is_constant())
                return;
        read_both(&rota_host_clock.base_ticks, &rota_host_clock.base_ns);
        nanosleep(&pause, NULL);
        read_both(&ticks, &ns);
        ticks -= rota_host_clock.base_ticks;
        ns -= rota_host_clock.base_ns;
        if (ticks == 0)
                return; /* no counter at all */
        rota_host_clock.scale = (uint64_t)(((unsigned __int128)ns << 32) / ticks);
        rota_host_clock.ticks = true;
}
