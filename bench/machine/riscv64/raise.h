/* SPDX-License-Identifier: MIT */
/* An interrupt of one's own making: the supervisor's software interrupt, raised without the firmware. */
#ifndef BENCH_RAISE_H
#define BENCH_RAISE_H

static inline void bench_raise(void)
{
        __asm__ volatile("csrsi sip, 2" : : : "memory");
}

#endif
