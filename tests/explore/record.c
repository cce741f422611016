/* SPDX-License-Identifier: MIT */
/* What was done, step by step, and doing it again. */
#include <stdio.h>
#include <stdlib.h>

#include "explore.h"
#include "record.h"

#define RUNS 4096u
#define AGES 64u

/* Runs of operations of an actor, and loads that saw an older value. */
static struct {
        uint32_t actor, count;
} runs[RUNS];
static struct {
        uint32_t step, age;
} ages[AGES];
static uint32_t run_count, age_count;
static bool repeats;
static uint32_t run, done; /* operations of runs[run] that were repeated */

static void parse(const char *text)
{
        char *end = (char *)(uintptr_t)text;
        while (*end && *end != '/' && run_count < RUNS) {
                runs[run_count].actor = (uint32_t)strtoul(end, &end, 10);
                if (*end == 'x')
                        runs[run_count++].count = (uint32_t)strtoul(end + 1, &end, 10);
                if (*end == ',')
                        end++;
                else if (*end != '/')
                        break;
        }
        while (*end == '/' && age_count < AGES) {
                ages[age_count].step = (uint32_t)strtoul(end + 1, &end, 10);
                if (*end == '=')
                        ages[age_count++].age = (uint32_t)strtoul(end + 1, &end, 10);
        }
}

void record_begin(const char *replay)
{
        run_count = 0;
        age_count = 0;
        run = 0;
        done = 0;
        repeats = replay;
        if (replay)
                parse(replay);
}

void record_step(uint32_t actor)
{
        if (repeats) {
                done++;
        } else if (run_count && runs[run_count - 1].actor == actor) {
                runs[run_count - 1].count++;
        } else if (run_count < RUNS) {
                runs[run_count].actor = actor;
                runs[run_count++].count = 1;
        }
}

void record_age(uint32_t age)
{
        if (age_count < AGES) {
                ages[age_count].step = w.steps;
                ages[age_count++].age = age;
        }
}

uint32_t record_next(const uint32_t *candidates, uint32_t n)
{
        while (run < run_count && done >= runs[run].count) {
                run++;
                done = 0;
        }
        if (run == run_count)
                return 0;
        for (uint32_t i = 0; i < n; i++) {
                if (candidates[i] == runs[run].actor)
                        return i;
        }
        if (schedule.loose)
                return 0;
        explore_fail("replay: actor %u cannot go on at step %u", runs[run].actor, w.steps);
}

uint32_t record_next_age(uint32_t n)
{
        for (uint32_t i = 0; i < age_count; i++) {
                if (ages[i].step == w.steps)
                        return ages[i].age < n ? ages[i].age : 0;
        }
        return 0;
}

void schedule_text(char *text, uint32_t size)
{
        uint32_t used = 0;
        text[0] = 0;
        for (uint32_t i = 0; i < run_count && used + 24 < size; i++)
                used += (uint32_t)snprintf(text + used, size - used, "%s%ux%u", i ? "," : "",
                        runs[i].actor, runs[i].count);
        for (uint32_t i = 0; i < age_count && used + 24 < size; i++)
                used += (uint32_t)snprintf(
                        text + used, size - used, "/%u=%u", ages[i].step, ages[i].age);
}
