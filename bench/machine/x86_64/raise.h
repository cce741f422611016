/* SPDX-License-Identifier: MIT */
/* An interrupt of one's own making. */
#ifndef BENCH_RAISE_H
#define BENCH_RAISE_H

#include "machine.h"

static inline void bench_raise(void)
{
        machine_kick(0);
}

#endif
