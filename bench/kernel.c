/* SPDX-License-Identifier: MIT */
/* The rows of a kernel under an emulator that counts instructions: nothing is stepped through. */
#include "rows.h"

struct bench_row bench_rows[] = {
        ROWS_OF_EVERY_WORLD,
        ROW("switch forced by the timer, rr", NULL, rr, measure_preempted, 100, 20, 0),
        {.name = NULL},
};

bool (*const bench_facts[])(struct bench *, struct bench_fact *) = {fact_alone, NULL};

bool bench_idle(struct bench *bench, struct bench_fact *fact)
{
        (void)bench;
        (void)fact;
        return false; /* all memory is there */
}

bool bench_possible(const struct bench_row *row, const char **why)
{
        (void)row;
        (void)why;
        return true;
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
