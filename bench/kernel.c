/* SPDX-License-Identifier: MIT */
/* The rows of a kernel under an emulator that counts instructions: nothing is stepped through. */
#include "rows.h"

#define METRIC(title, function)                                                                    \
        ROW(title, NULL, prio, function, 10000, 10000, 0, .flags = ROTA_PARAMS_FIFO)

struct bench_row bench_rows[] = {
        ROWS_OF_EVERY_WORLD,
#ifndef BENCH_LEAN
        ROWS_OF_FUTURES,
        ROW("timer interrupt without a switch, rr", NULL, rr, measure_interrupted, 2000, 2000, 0),
        ROW("timer interrupt with a switch, rr", NULL, rr, measure_preempted, 100, 100, 0),
        ROW("user task: a system call and back", NULL, fifo, measure_user_call, 10000, 10000, 0),
        ROW("thread in user mode: a call and back", NULL, fifo, measure_thread_call, 10000, 10000,
                0),
        ROW("yield of user tasks, one space, 2", NULL, fifo, measure_user_yield_one_space, 10000,
                10000, 0),
        ROW("yield of user tasks, two spaces, 2", NULL, fifo, measure_user_yield, 10000, 10000, 0),
#endif
        METRIC("Thread-Metric: cooperative", metric_cooperative),
        METRIC("Thread-Metric: preemptive", metric_preemptive),
        METRIC("Thread-Metric: interrupt", metric_interrupt),
        METRIC("Thread-Metric: interrupt preemption", metric_interrupt_preemption),
        METRIC("Thread-Metric: message", metric_message),
        METRIC("Thread-Metric: synchronization", metric_synchronization),
        METRIC("Thread-Metric: memory", metric_memory),
        {.name = NULL},
};

bool (*const bench_facts[])(struct bench *, struct bench_fact *) = {
#ifndef BENCH_LEAN
        fact_alone,
#endif
        NULL};

bool bench_idle(struct bench *bench, struct bench_fact *fact)
{
        (void)bench;
        (void)fact;
        return false; /* all memory is there */
}

bool bench_possible(const struct bench_row *row, const char **why)
{
#ifdef BENCH_LEAN
        *why = "accounts";
        return !row->exact;
#else
        (void)row;
        (void)why;
        return true;
#endif
}

void bench_settle(const struct bench_row *row)
{
        (void)row;
}

void bench_step_begin(void)
{
}

void bench_step_end(void)
{
}

struct bench_steps bench_step_take(void)
{
        return (struct bench_steps){0, 0};
}

void bench_step_print(void (*print)(uint64_t address, uint64_t count))
{
        (void)print;
}
