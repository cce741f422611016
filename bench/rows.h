/* SPDX-License-Identifier: MIT */
/* The rows that every world has. */
#ifndef ROTA_BENCH_ROWS_H
#define ROTA_BENCH_ROWS_H

#include "bench.h"

/* A floor, and what stands on it. */
#define FLOOR(title, function, n, few, many)                                                       \
        {                                                                                          \
                .name = title, .body = function, .operations = n, .stepped = few, .threads = many  \
        }
#define ROW(title, below, by, function, n, few, many, ...)                                         \
        {                                                                                          \
                .name = title, .floor = below, .policy = &rota_policy_##by, .body = function,      \
                .operations = n, .stepped = few, .threads = many, __VA_ARGS__                      \
        }
#define TARGET(ns, better) .target = (ns), .stretch = (better)
/* A row of <rota/sync.h>, with its target in instructions. */
#define SYNC(title, below, function, n, bytes, most)                                               \
        ROW(title, below, fifo, function, n, 100, bytes, .instructions = (most))

#define ATOMIC    "floor: uncontended atomic exchange"
#define SWITCH    "floor: bare switch"
#define FIFO_2    "floor: FIFO by hand, yield, 2"
#define FIFO_1000 "floor: FIFO by hand, yield, 1000"
#define CLOCKED   "floor: the same with a clock, 2"
#define CREATED   "floor: FIFO by hand, create + end"
#define WOKEN     "floor: FIFO by hand, wake + park"
#define HANDED    "floor: two bare switches"

/* Of futures, which the leanest library has not. */
#define ROWS_OF_FUTURES                                                                            \
        ROW("poll and requeue of a future, fifo", SWITCH, fifo, measure_poll, 20000, 100, 8,       \
                TARGET(25, 25)),                                                                   \
                ROW("poll and requeue of a future, rr", SWITCH, rr, measure_poll, 20000, 640, 8,   \
                        TARGET(25, 25)),                                                           \
                ROW("wake round trip of two futures, fifo", HANDED, fifo, measure_future_wake,     \
                        4000, 100, 8, TARGET(80, 80)),                                             \
                ROW("wake round trip of two futures, rr", HANDED, rr, measure_future_wake, 4000,   \
                        320, 8, TARGET(80, 80)),                                                   \
                ROW("wake round trip, in batches of 32, fifo", HANDED, fifo,                       \
                        measure_future_wake_batch, 6400, 320, 64, TARGET(50, 50)),                 \
                ROW("spawn + join of a future, fifo", CREATED, fifo, measure_future_spawn, 4000,   \
                        100, 8, TARGET(50, 50)),                                                   \
                ROW("spawn + join, in batches of 32, fifo", CREATED, fifo,                         \
                        measure_future_spawn_batch, 6400, 320, 64, TARGET(30, 30))

/* Likewise, where there is the memory for so many. */
#define ROWS_OF_MANY_FUTURES                                                                       \
        ROW("fib(25), a future task each call, fifo", CREATED, fifo, measure_fib, 1, 1, 250000,    \
                TARGET(90, 90)),                                                                   \
                ROW("a million empty future tasks, fifo", CREATED, fifo, measure_future_many,      \
                        1000000, 512, 4096)

#define ROWS_OF_EVERY_WORLD                                                                        \
        FLOOR(ATOMIC, floor_atomic, 20000, 100, 0),                                                \
                FLOOR("floor: clock read", floor_clock, 20000, 100, 0),                            \
                FLOOR(SWITCH, floor_switch, 20000, 100, 0),                                        \
                FLOOR(FIFO_2, floor_fifo, 20000, 100, 2),                                          \
                ROW("yield, fifo, 2", FIFO_2, fifo, measure_yield, 20000, 100, 2, TARGET(20, 15)), \
                ROW("yield, prio FIFO level, 2", FIFO_2, prio, measure_yield, 20000, 100, 2,       \
                        TARGET(20, 15), .flags = ROTA_PARAMS_FIFO),                                \
                FLOOR(FIFO_1000, floor_fifo, 20000, 100, 1000),                                    \
                ROW("yield, fifo, 1000", FIFO_1000, fifo, measure_yield, 20000, 100, 1000,         \
                        TARGET(30, 22)),                                                           \
                ROW("yield, prio FIFO level, 1000", FIFO_1000, prio, measure_yield, 20000, 100,    \
                        1000, TARGET(30, 22), .flags = ROTA_PARAMS_FIFO),                          \
                {.name = CLOCKED,                                                                  \
                        .body = floor_fifo,                                                        \
                        .operations = 20000,                                                       \
                        .stepped = 100,                                                            \
                        .threads = 2,                                                              \
                        .exact = true},                                                            \
                ROW("yield, rr, charged by time, 2", CLOCKED, rr, measure_yield, 20000, 100, 2,    \
                        TARGET(50, 42)),                                                           \
                ROW("yield, rr, each task's account exact, 2", CLOCKED, rr, measure_yield, 20000,  \
                        100, 2, TARGET(50, 42), .exact = true),                                    \
                FLOOR(CREATED, floor_create, 4000, 100, 0),                                        \
                ROW("create + start + join, fifo", CREATED, fifo, measure_create_join, 4000, 100,  \
                        0, TARGET(70, 50)),                                                        \
                FLOOR(WOKEN, floor_wake_park, 4000, 100, 0),                                       \
                ROW("wake + park round trip, fifo", WOKEN, fifo, measure_wake_park, 4000, 100, 0,  \
                        TARGET(95, 75)),                                                           \
                FLOOR(HANDED, floor_hand_over, 4000, 100, 0),                                      \
                ROW("hand-over round trip, fifo", HANDED, fifo, measure_hand_over, 4000, 100, 0,   \
                        TARGET(50, 40)),                                                           \
                SYNC("mutex lock + unlock", ATOMIC, measure_mutex, 20000, 0, 40),                  \
                SYNC("semaphore take + give", ATOMIC, measure_semaphore, 20000, 0, 40),            \
                SYNC("channel send + receive, 16 bytes", ATOMIC, measure_channel, 20000, 16, 100), \
                SYNC("channel send + receive, 64 bytes", ATOMIC, measure_channel, 20000, 64, 100), \
                SYNC("pool take + give", ATOMIC, measure_pool, 20000, 0, 0),                       \
                SYNC("notify, wake and switch", SWITCH, measure_notify, 20000, 0, 250)

#endif
