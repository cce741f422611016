/* SPDX-License-Identifier: MIT */
/* What the cases of io.c and io_end.c share; run.c runs them. */
#ifndef IO_TEST_H
#define IO_TEST_H

#include <errno.h>
#include <host/io/io.h>
#include <rota/rota.h>
#include <stdbool.h>
#include <stdio.h>
#include <world.h>

#define TEST_CPUS 64
/* For what ends by itself, however slow the machine is. */
#define LONG (60 * ROTA_S)

struct test_case {
        const char *name;
        bool (*run)(void); /* on a thread */
        uint32_t least_cpus;
};
extern const struct test_case test_cases[];
extern uint32_t test_cpus;
extern struct rota *const test_rota;
extern const struct world *test_world;

/* A thread of the same priority, to be joined. */
struct rota_handle test_thread(intptr_t (*entry)(void *), void *argument);

/* It waits for its descriptor; not before it has run, however long that takes. */
void test_until_waits(struct rota_handle task);

/* io_end.c */
bool test_cancel(void);
bool test_drop(void);
bool test_drop_all(void);
bool test_traffic(void);
bool test_leave(void);

/* io_drop.c */
bool test_dropped_read(void);
bool test_cancelled_read(void);
bool test_dropped_accept(void);

#endif
