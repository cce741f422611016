/* SPDX-License-Identifier: MIT */
/* How the peers in C++ say what a work took: "work<TAB>hundredths of ns", for bench/peers/run. */
#ifndef ROTA_BENCH_PEERS_PRINT_H
#define ROTA_BENCH_PEERS_PRINT_H

#include <chrono>
#include <cstdio>

using clock_type = std::chrono::steady_clock;

static inline void print(const char *work, clock_type::time_point begin, long operations)
{
        long long ns =
                std::chrono::duration_cast<std::chrono::nanoseconds>(clock_type::now() - begin)
                        .count();
        std::printf("%s\t%lld\n", work, ns * 100 / operations);
}

#endif
