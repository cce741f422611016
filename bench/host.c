/* SPDX-License-Identifier: MIT */
/* The rows of the host, and a world with room for 100,000 threads. */
#define _GNU_SOURCE
#include "rows.h"

#include <host.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY         100000u
#define FIFO_MANY    "floor: FIFO by hand, yield, 100,000"
#define BALL         "floor: a word bounced between two CPUs"
#define HEAP_ARM     "floor: binary heap by hand, insert"
#define HEAP_CANCEL  "floor: binary heap by hand, remove"
#define HEAP_WORST   "floor: binary heap by hand, worst pop"
#define MEMORY_BYTES ((size_t)2 << 30) /* not backed until touched */

struct bench_row bench_rows[] = {
        ROWS_OF_EVERY_WORLD,
        FLOOR(FIFO_MANY, floor_fifo, MANY, 100, MANY),
        ROW("yield, fifo, 100,000", FIFO_MANY, fifo, measure_yield, MANY, 100, MANY,
                TARGET(170, 140)),
        ROW("yield, prio FIFO level, 100,000", FIFO_MANY, prio, measure_yield, MANY, 100, MANY,
                TARGET(170, 140), .flags = ROTA_PARAMS_FIFO),
        FLOOR(BALL, floor_two_cpus, 2000, 0, 0),
        ROW("wake + park round trip, two CPUs", BALL, fifo, measure_two_cpus, 2000, 50, 0,
                TARGET(500, 350), .cpus = 2),
        ROW("notify round trip, two CPUs", BALL, fifo, measure_notify_across, 2000, 0, 0,
                .cpus = 2),
        ROWS_OF_FUTURES,
        ROWS_OF_MANY_FUTURES,
        ROW("fib(25), a future task each call, two CPUs", CREATED, fifo, measure_fib, 1, 0, 250000,
                TARGET(60, 60), .cpus = 2),
        ROW("a million empty future tasks, two CPUs", CREATED, fifo, measure_future_many, 1000000,
                0, 4096, TARGET(100, 100), .cpus = 2),
        FLOOR(HEAP_ARM, floor_timer_arm, 8192, 100, MANY),
        ROW("timer arm, 100,000 armed", HEAP_ARM, fifo, measure_timer_arm, 8192, 100, MANY,
                TARGET(60, 45)),
        FLOOR(HEAP_CANCEL, floor_timer_cancel, 8192, 100, MANY),
        ROW("timer cancel, 100,000 armed", HEAP_CANCEL, fifo, measure_timer_cancel, 8192, 100, MANY,
                TARGET(30, 20)),
        FLOOR(HEAP_WORST, floor_timer_worst, 1, 0, MANY),
        ROW("timer, worst single expiry of 100,000", HEAP_WORST, fifo, measure_timer_worst, 1, 0,
                MANY, TARGET(2000, 2000)),
        {.name = NULL},
};

bool (*const bench_facts[])(struct bench *, struct bench_fact *) = {
        fact_alone, fact_lost, fact_lost_quick, fact_resident, fact_resident_marked, NULL};

bool bench_idle(struct bench *bench, struct bench_fact *fact)
{
        return fact_resident(bench, fact);
}

bool bench_possible(const struct bench_row *row, const char **why)
{
        cpu_set_t set;
        bool two = row->cpus > 1 || row->body == floor_two_cpus;
        bench_settle(row); /* back to all, where it was narrowed before */
        if (two && !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) < 2) {
                *why = "needs two processors";
                return false;
        }
        return true;
}

/* An instance's worker is pinned to the first processor it may use, so that is where floors run too; all
 * of them only where two CPUs are meant. */
void bench_settle(const struct bench_row *row)
{
        static cpu_set_t all;
        static bool known;
        cpu_set_t one;

        if (!known && sched_getaffinity(0, sizeof(all), &all))
                return;
        known = true;
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE && !CPU_COUNT(&one); i++)
                if (CPU_ISSET(i, &all))
                        CPU_SET(i, &one);
        bool two = row->cpus > 1 || row->body == floor_two_cpus;
        sched_setaffinity(0, sizeof(one), two ? &all : &one);
}

/* The command line as one string. */
int main(int argc, char **argv)
{
        struct rota_host_options options = {.cpus = 2, .memory_size = MEMORY_BYTES};
        size_t room = 1;
        for (int i = 1; i < argc; i++)
                room += strlen(argv[i]) + 1;
        char *command = calloc(1, room);
        if (!command)
                return 1;
        for (int i = 1; i < argc; i++) {
                strcat(command, argv[i]);
                if (i + 1 < argc)
                        strcat(command, " ");
        }
        options.command = command;
        int result = rota_host_main(&options);
        free(command);
        return result < 0 ? 1 : result;
}
