/* SPDX-License-Identifier: MIT */
/*
 * Searches: execution after execution of a program, each from the same copy of the virtual machine's
 * memory. An execution leaves by a jump out of whatever stack it is on.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore.h"

enum { OUT_OVER = 1, OUT_FAILED = 2 };

struct finding finding;
int explore_fault;

static struct explore_world copy;
static struct {
        char *from;
        size_t size;
} pieces[2 * (2 * CPUS_MAX + TASKS_MAX + 1) + 1];
static uint32_t piece_count;
static jmp_buf out;
static char (*trace)[160];
static uint32_t trace_count;
#define TRACE_MAX 12000u

double search_clock(void)
{
        struct timespec t;
        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void explore_over(void)
{
        longjmp(out, OUT_OVER);
}

void explore_fail(const char *format, ...)
{
        va_list args;
        va_start(args, format);
        vsnprintf(finding.what, sizeof(finding.what), format, args);
        va_end(args);
        longjmp(out, OUT_FAILED);
}

/* The core, with a fault in it, may well crash. */
static void caught(int signal)
{
        explore_fail("signal %d", signal);
}

void search_begin(void)
{
        static char stack[65536];
        stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
        struct sigaction action = {.sa_handler = caught, .sa_flags = SA_ONSTACK | SA_NODEFER};

        sigaltstack(&alternate, NULL);
        sigaction(SIGSEGV, &action, NULL);
        sigaction(SIGBUS, &action, NULL);
        sigaction(SIGILL, &action, NULL);
        sigaction(SIGFPE, &action, NULL);
}

bool explore_is_told(void)
{
        return trace && trace_count < TRACE_MAX && w.exploring;
}

void explore_tell(const char *format, ...)
{
        va_list args;
        va_start(args, format);
        int n = snprintf(trace[trace_count], sizeof(trace[0]), "%5u cpu %d  ", w.steps,
                on_cpu() ? (int)w.current : -1);
        vsnprintf(trace[trace_count++] + n, sizeof(trace[0]) - (size_t)n, format, args);
        va_end(args);
}

static const struct {
        size_t offset, size;
        const char *name;
} cpu_fields[] =
        {
#define FIELD(f)                                                                                   \
        {                                                                                          \
                offsetof(struct explore_cpu, f), sizeof(((struct explore_cpu *)0)->f), #f          \
        }
                FIELD(cpu.lock), FIELD(cpu.need), FIELD(cpu.ready), FIELD(cpu.current),
                FIELD(cpu.running_class), FIELD(cpu.online), FIELD(cpu.idle), FIELD(cpu.timer_lock),
                FIELD(cpu.timers_due), FIELD(cpu.home), FIELD(cpu.boot), FIELD(cpu), FIELD(kicked),
                FIELD(home), FIELD(boot)
#undef FIELD
},
  task_fields[] = {
#define FIELD(f)                                                                                   \
        {                                                                                          \
                offsetof(struct explore_task, f), sizeof(((struct explore_task *)0)->f), #f        \
        }
          FIELD(thread.task.cpu), FIELD(thread.task.where), FIELD(thread.task.policy_state),
          FIELD(thread.task.class_index), FIELD(thread.task.affinity), FIELD(thread.context),
          FIELD(thread), FIELD(payload), FIELD(stack)
#undef FIELD
};

const char *explore_name(const volatile void *where)
{
        static char names[4][64];
        static uint32_t turn;
        char *name = names[turn++ % 4];
        size_t offset = (uintptr_t)where - (uintptr_t)&w;
        size_t cpu = offset / sizeof(w.cpus[0]);
        size_t task = (offset - offsetof(struct explore_world, tasks)) / sizeof(w.tasks[0]);
        size_t slot = ((uintptr_t)where - (uintptr_t)w.slots) / sizeof(w.slots[0]);

        if (offset < sizeof(w.cpus)) {
                size_t at = offset % sizeof(w.cpus[0]);
                for (size_t i = 0; i < sizeof(cpu_fields) / sizeof(cpu_fields[0]); i++) {
                        if (at - cpu_fields[i].offset < cpu_fields[i].size) {
                                snprintf(name, 64, "cpu%zu.%s+%zu", cpu, cpu_fields[i].name,
                                        at - cpu_fields[i].offset);
                                return name;
                        }
                }
        } else if (task < TASKS_MAX) {
                size_t at = offset - (size_t)((char *)&w.tasks[task] - (char *)&w);
                for (size_t i = 0; i < sizeof(task_fields) / sizeof(task_fields[0]); i++) {
                        if (at - task_fields[i].offset < task_fields[i].size) {
                                snprintf(name, 64, "task%zu.%s+%zu", task, task_fields[i].name,
                                        at - task_fields[i].offset);
                                return name;
                        }
                }
        } else if (slot < sizeof(w.slots) / sizeof(w.slots[0])) {
                snprintf(name, 64, "slot%zu+%zu", slot,
                        ((uintptr_t)where - (uintptr_t)w.slots) % sizeof(w.slots[0]));
                return name;
        } else if ((uintptr_t)where - (uintptr_t)&w.rota < sizeof(w.rota)) {
                snprintf(name, 64, "rota+%zu", (uintptr_t)where - (uintptr_t)&w.rota);
                return name;
        } else if ((uintptr_t)where - (uintptr_t)w.memory < sizeof(w.memory)) {
                snprintf(name, 64, "queues+%zu", (uintptr_t)where - (uintptr_t)w.memory);
                return name;
        }
        snprintf(name, 64, "world+%zu", offset);
        return name;
}

/* Of a stack only what has been used is copied back: the rest is written before it is read. */
static void copy_stack(char *stack, char **end)
{
        size_t unused = 0;
        while (unused < STACK && stack[unused] == STACK_FILL)
                unused++;
        if (stack > *end) {
                pieces[piece_count].from = *end;
                pieces[piece_count++].size = (size_t)(stack - *end);
        }
        pieces[piece_count].from = stack + unused;
        pieces[piece_count++].size = STACK - unused;
        *end = stack + STACK;
}

void search_program(const struct program *p)
{
        char *end = (char *)&w;
        program = p;
        memory_program();
        schedule = (struct schedule_config){0};
        if (setjmp(out)) {
                printf("not ok explore-%s: %s\n", p->name, finding.what);
                exit(1);
        }
        script_boot();
        w.exploring = true;
        memcpy(&copy, &w, sizeof(w));
        piece_count = 0;
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                copy_stack(w.cpus[i].home, &end);
                copy_stack(w.cpus[i].boot, &end);
        }
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                copy_stack(w.tasks[i].stack, &end);
        copy_stack(w.spare, &end);
        pieces[piece_count].from = end;
        pieces[piece_count++].size = (size_t)((char *)(&w + 1) - end);
}

/* How the execution ended, as a number: what tasks got, where they were, what CPUs did. */
static uint64_t outcome(void)
{
        uint64_t hash = 14695981039346656037ull; /* FNV-1a */
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                for (uint32_t s = 0; s < STEPS; s++)
                        hash = (hash ^ (uint32_t)w.tasks[i].results[s]) * 1099511628211ull;
                hash = (hash ^ w.slots[i].word) * 1099511628211ull;
        }
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                const struct rota_cpu_stats *stats = &w.cpus[i].cpu.stats;
                hash = (hash ^ stats->switches) * 1099511628211ull;
                hash = (hash ^ stats->steals) * 1099511628211ull;
                hash = (hash ^ stats->halts) * 1099511628211ull;
                hash = (hash ^ stats->kicks_sent) * 1099511628211ull;
        }
        return hash ? hash : 1;
}

static void keep_outcome(uint64_t hash)
{
        static uint64_t seen[4096];
        if (finding.outcomes == 0)
                memset(seen, 0, sizeof(seen));
        for (uint32_t i = (uint32_t)(hash % 4096);; i = (i + 1) % 4096) {
                if (seen[i] == hash || finding.outcomes == 4000)
                        return;
                if (!seen[i]) {
                        seen[i] = hash;
                        finding.outcomes++;
                        finding.outcome_sum += hash;
                        return;
                }
        }
}

/* Returns whether the execution broke a rule. */
static bool execute(void)
{
        for (uint32_t i = 0; i < piece_count; i++)
                memcpy(pieces[i].from, (char *)&copy + (pieces[i].from - (char *)&w),
                        pieces[i].size);
        memory_execution();
        race_execution();
        int how = setjmp(out);
        if (!how)
                schedule_run();
        w.exploring = false;
        w.current = OUTSIDE;
        finding.executions++;
        finding.pruned += schedule_pruned;
        if (how != OUT_FAILED) {
                if (!schedule_pruned)
                        keep_outcome(outcome());
                return false;
        }
        finding.found = true;
        schedule_text(finding.schedule, sizeof(finding.schedule));
        return true;
}

static void prepare(void)
{
        memset(&finding, 0, offsetof(struct finding, what));
        schedule_reset();
}

bool search_depth(uint32_t preemptions, uint32_t stale, uint64_t executions, bool whole)
{
        schedule = (struct schedule_config){
                .method = METHOD_DEPTH, .preemptions = preemptions, .stale = stale, .whole = whole};
        prepare();
        while (schedule_next()) {
                if (execute())
                        return true;
                if (finding.executions == executions)
                        return false;
        }
        finding.complete = true;
        return false;
}

bool search_random(uint64_t seed, uint32_t executions, uint32_t stale)
{
        schedule = (struct schedule_config){
                .method = METHOD_RANDOM, .seed = seed, .depth = 4, .expected = 400, .stale = stale};
        prepare();
        for (uint32_t i = 0; i < executions; i++, schedule.seed++) {
                schedule_next();
                if (execute())
                        return true;
        }
        return false;
}

bool search_replay(const char *text, uint32_t stale, bool strictly)
{
        static char lines[TRACE_MAX][160];
        schedule = (struct schedule_config){
                .method = METHOD_REPLAY, .replay = text, .stale = stale, .preemptions = UINT32_MAX};
        schedule.loose = !strictly;
        prepare();
        if (strictly)
                trace = lines;
        trace_count = 0;
        bool failed = execute();
        for (uint32_t i = 0; i < trace_count; i++)
                puts(trace[i]);
        trace = NULL;
        return failed;
}
