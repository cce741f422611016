/* SPDX-License-Identifier: MIT */
/*
 * What the measurements share. A measurement is a body that does n operations on one CPU and says how
 * long they took in the world's time: nanoseconds on the host, instructions in a kernel that counts
 * them.
 */
#ifndef ROTA_BENCH_H
#define ROTA_BENCH_H

#include "world.h"

#define BENCH_THREADS_MAX 1000u

struct bench {
        const struct world *world;
        struct rota *rota;
        char *memory; /* of the world, after what bench.c took */
        size_t memory_size;
        size_t memory_used;
        uint64_t operations;
        uint64_t elapsed; /* the answer */
        void (*body)(struct bench *);
        bool failed;
};

/* Memory for one round; zeroed. */
void *bench_memory(struct bench *bench, size_t bytes);
/* A started thread with a stack from bench_memory; ends the program's run where that fails. */
struct rota_handle bench_thread(struct bench *bench, intptr_t (*entry)(void *), void *argument);
void bench_join(struct bench *bench, struct rota_handle thread);

/* ---- measures.c: through the library, in a thread of an instance. ---- */
void measure_yield_2(struct bench *bench);
void measure_yield_1000(struct bench *bench);
void measure_create_join(struct bench *bench);
void measure_wake_park(struct bench *bench);
void measure_hand_over(struct bench *bench);
/* ---- preempted.c: a switch that a timer forces, minus the work that goes on meanwhile. ---- */
void measure_preempted(struct bench *bench);
/* ---- floor.c: by hand, no library. ---- */
void floor_switch(struct bench *bench);
void floor_fifo(struct bench *bench);

#endif
