/* SPDX-License-Identifier: MIT */
/*
 * The clock: the processor's time stamp counter, scaled to the nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef ROTA_HOST_CLOCK_H
#define ROTA_HOST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct rota_host_clock {
        uint64_t base_ticks; /* the counter's value at which ... */
        uint64_t base_ns;    /* ... it was this time */
        uint64_t scale;      /* ns per tick, 32 bits behind the point */
        bool ticks;          /* the counter is constant and the same on all processors */
};

/* Set once, before any worker runs. */
extern struct rota_host_clock rota_host_clock;

/* Measures the counter, the first time it is called; takes some 10 ms. */
void rota_host_clock_start(void);

/* CLOCK_MONOTONIC in ns. */
uint64_t rota_host_clock_kernel(void);

static inline uint64_t rota_host_ticks(void)
{
        uint32_t low, high;
        /* The counter may be read before loads that precede it; a time handed from one processor to
         * another in memory would then lie in the receiver's future. */
        __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
        return (uint64_t)high << 32 | low;
}

static inline uint64_t rota_host_now(void)
{
        if (__builtin_expect(!rota_host_clock.ticks, 0))
                return rota_host_clock_kernel();
        uint64_t ticks = rota_host_ticks() - rota_host_clock.base_ticks;
        return rota_host_clock.base_ns +
               (uint64_t)(((unsigned __int128)ticks * rota_host_clock.scale) >> 32);
}

#endif
