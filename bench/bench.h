/* SPDX-License-Identifier: MIT */
/*
 * What the measurements share. A measurement is a body that does n operations between bench_begin() and
 * bench_end(); how long they took is the world's time: nanoseconds on the host, instructions in a
 * kernel that counts them.
 */
#ifndef ROTA_BENCH_H
#define ROTA_BENCH_H

#include "world.h"

#define BENCH_ROUNDS_MAX 15

struct bench;

struct bench_row {
        const char *name;
        const char *floor;                /* the row that it stands on, NULL: a floor itself */
        const struct rota_policy *policy; /* NULL: no library */
        void (*body)(struct bench *);
        uint64_t operations; /* in a timed round */
        uint64_t stepped;    /* in a round that is stepped through or whose instructions the world
                                counts; 0: there is none */
        uint32_t threads;    /* for the body */
        uint32_t cpus;       /* 0: one */
        uint8_t flags;       /* of the threads' parameters */
        bool exact;          /* accounts of CPUs and threads, by the clock at each switch */
        uint32_t target;     /* ns; 0: none */
        uint32_t stretch;
        uint32_t instructions;              /* target on x86_64; 0: none */
        uint64_t results[BENCH_ROUNDS_MAX]; /* in hundredths */
};

struct bench {
        const struct world *world;
        const struct bench_row *row;
        struct rota *rota;
        size_t memory_used;
        uint64_t operations;
        uint64_t elapsed; /* the answer */
        uint64_t begin;
        bool stepped; /* instructions are counted, not time */
        bool few;     /* the operations are the stepped ones */
        const char *failed;
};

/* A number that is no time per operation. */
struct bench_fact {
        const char *name;
        const char *unit;   /* what the hundredths in `value` are; NULL: it was not measured */
        const char *target; /* text, or NULL */
        uint64_t value;
};

/* The rows and facts of this world, ended by one without a name: host.c, kernel.c. */
extern struct bench_row bench_rows[];
/* Measures what is no row, one after the other; ended by one without a name. */
extern bool (*const bench_facts[])(struct bench *bench, struct bench_fact *fact);
/* The one of them that says what an idle thread keeps in memory, in KiB. */
bool bench_idle(struct bench *bench, struct bench_fact *fact);
/* Whether the world has what a row needs. */
bool bench_possible(const struct bench_row *row, const char **why);
/* Before each round: floors and what stands on them share a processor, where the world has a say. */
void bench_settle(const struct bench_row *row);

/* ---- stand.c ---- */

/* Memory for one round, as the last one left it. */
void *bench_memory(struct bench *bench, size_t bytes);
/* The same, zeroed. */
void *bench_zeroed(struct bench *bench, size_t bytes);
/* A stack whose upper end has `room` bytes for its control block, which is returned. The i-th stack of
 * a round is shifted by some cache lines, as a pool of stacks should do it: all control blocks at the
 * same place of a page would compete for a few sets of the cache. */
void *bench_stack(struct bench *bench, size_t room, char **low, size_t *size);
/* A started thread with a stack from bench_stack. */
struct rota_handle bench_thread(struct bench *bench, intptr_t (*entry)(void *), void *argument);
struct rota_handle bench_thread_on(struct bench *bench, intptr_t (*entry)(void *), void *argument,
        struct rota_affinity affinity);
void bench_join(struct bench *bench, struct rota_handle thread);
/* Brackets what is measured. */
void bench_begin(struct bench *bench);
void bench_end(struct bench *bench);
/* Runs the row's body in the first thread of an instance with its policy. */
void bench_in_instance(struct bench *bench);
/* A pseudo-random number, the same ones in each round. */
uint32_t bench_random(uint32_t *state);
void bench_sort(uint64_t *values, size_t count);

/* ---- step.c on the host, kernel.c: stepping through instructions ---- */

struct bench_steps {
        uint64_t instructions;
        uint64_t atomics; /* locked ones, exchanges with memory and full fences */
};
/* From here on each instruction of the calling CPU is looked at and counted. */
void bench_step_begin(void);
void bench_step_end(void);
/* What was counted since the last call, by all CPUs. */
struct bench_steps bench_step_take(void);
/* Says how often each instruction was executed, by its distance from the program's beginning. */
void bench_step_print(void (*print)(uint64_t address, uint64_t count));

/* ---- Through the library, in a thread of an instance: measures.c, timers.c, preempted.c ---- */
void measure_yield(struct bench *bench);
void measure_create_join(struct bench *bench);
void measure_wake_park(struct bench *bench);
void measure_hand_over(struct bench *bench);
void measure_timer_arm(struct bench *bench);
void measure_timer_cancel(struct bench *bench);
void measure_timer_worst(struct bench *bench);
void measure_interrupted(
        struct bench *bench); /* an interrupt of the timer, minus the work meanwhile */
void measure_preempted(struct bench *bench); /* a forced switch, minus the work meanwhile */
bool fact_alone(struct bench *bench, struct bench_fact *fact);
bool fact_lost(struct bench *bench, struct bench_fact *fact);
bool fact_lost_quick(struct bench *bench, struct bench_fact *fact); /* after fact_lost */
/* ---- By <rota/sync.h>: sync.c ---- */
void measure_mutex(struct bench *bench);
void measure_semaphore(struct bench *bench);
void measure_channel(struct bench *bench); /* of row->threads bytes */
void measure_pool(struct bench *bench);
void measure_notify(struct bench *bench);
void measure_notify_across(struct bench *bench);
/* ---- Futures: futures.c, fib.c ---- */
void measure_poll(struct bench *bench);
void measure_future_wake(struct bench *bench);
void measure_future_wake_batch(struct bench *bench);
void measure_future_spawn(struct bench *bench);
void measure_future_spawn_batch(struct bench *bench);
void measure_future_many(struct bench *bench); /* row->cpus */
void measure_fib(struct bench *bench);         /* row->cpus, with memory for row->threads tasks */
/* ---- User mode, in the kernel only: user.c ---- */
void measure_user_call(struct bench *bench);
void measure_thread_call(struct bench *bench);
void measure_user_yield_one_space(struct bench *bench);
void measure_user_yield(struct bench *bench);
/* ---- Thread-Metric's loops, in the kernel only: metric.c ---- */
void metric_cooperative(struct bench *bench);
void metric_preemptive(struct bench *bench);
void metric_interrupt(struct bench *bench);
void metric_interrupt_preemption(struct bench *bench);
void metric_message(struct bench *bench);
void metric_synchronization(struct bench *bench);
void metric_memory(struct bench *bench);
/* ---- By hand: floor.c, floor_timers.c ---- */
void floor_atomic(struct bench *bench);
void floor_clock(struct bench *bench);
void floor_switch(struct bench *bench);
void floor_fifo(struct bench *bench);
void floor_create(struct bench *bench);
void floor_wake_park(struct bench *bench);
void floor_hand_over(struct bench *bench);
void floor_timer_arm(struct bench *bench);
void floor_timer_cancel(struct bench *bench);
void floor_timer_worst(struct bench *bench);
/* ---- On the host only: two_cpus.c, resident.c ---- */
void floor_two_cpus(struct bench *bench);
void measure_two_cpus(struct bench *bench);
bool fact_resident(struct bench *bench, struct bench_fact *fact);
bool fact_resident_marked(struct bench *bench, struct bench_fact *fact);

#endif
