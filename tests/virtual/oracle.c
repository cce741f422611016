/* SPDX-License-Identifier: MIT */
/* What must hold after every operation. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "virtual.h"

static uint64_t seed_shown;

static void put(char c)
{
        putchar(c);
}

void virtual_fail(const char *format, ...)
{
        va_list args;
        va_start(args, format);
        printf("not ok %s seed=%llu operation=%llu (%s, cpu %u): ", virtual_name,
                (unsigned long long)seed_shown, (unsigned long long)v.operations,
                v.doing ? v.doing : "?", v.current);
        vprintf(format, args);
        printf("\n");
        va_end(args);
        rota_dump(put);
        fflush(stdout);
        exit(1);
}

uint32_t virtual_random(uint32_t below)
{
        /* xorshift64*, Vigna 2016 */
        v.random ^= v.random >> 12;
        v.random ^= v.random << 25;
        v.random ^= v.random >> 27;
        return (uint32_t)((v.random * 2685821657736338717ull) >> 32) % (below ? below : 1);
}

void virtual_seed(uint64_t seed)
{
        seed_shown = seed;
        v.random = seed * 0x9e3779b97f4a7c15ull + 1;
        for (int i = 0; i < 8; i++)
                virtual_random(2);
}

/* Urgency as a number over classes and levels; smaller is more urgent. */
static uint32_t rank(const struct rota_task *task)
{
        const struct rota_policy *policy = v.rota.classes[task->class_index];
        return task->class_index * 1000u + (policy->urgency ? (uint32_t)policy->urgency(task) : 0);
}

/* Nobody waits who may run where somebody less urgent runs undisturbed. */
static void no_inversion(struct rota_task *task, void *argument)
{
        (void)argument;
        for (uint32_t i = 0; i < v.cpu_count; i++) {
                const struct virtual_cpu *c = &v.cpus[i];
                const struct rota_task *current = c->cpu.current;
                if (!current || c->cpu.need || c->kicked || current->guard ||
                        !rota_affinity_allows(task->affinity, i))
                        continue;
                if (rank(current) > rank(task))
                        virtual_fail("task %u (rank %u) waits on cpu %u while cpu %u runs task %u "
                                     "(rank %u)",
                                task->handle.index + 1, rank(task), task->cpu, i,
                                current->handle.index + 1, rank(current));
        }
}

/* Kicks on their way will change what runs; only then may an inversion be. */
static bool quiet(void)
{
        for (uint32_t i = 0; i < v.cpu_count; i++) {
                const struct virtual_cpu *c = &v.cpus[i];
                if (c->out)
                        continue;
                /* One that leaves has yet to pass on what it was asked to take. */
                if (c->kicked || c->cpu.need || (!c->cpu.current && c->cpu.ready) ||
                        c->cpu.online == CPU_LEAVING)
                        return false;
        }
        return true;
}

static void check_stats(void)
{
        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                const struct virtual_task *t = &v.tasks[i];
                if (!t->used || !t->started || !t->stats.start_ns)
                        continue;
                const struct rota_task_stats *s = &t->stats;
                if (s->run_ns + s->wait_ns + s->sleep_ns != s->since_ns - s->start_ns)
                        virtual_fail("task %u: its times do not add up", i);
        }
}

void virtual_verify(void)
{
        struct rota_check_report report;

        virtual_verify_more();
        if (!rota_check(&v.rota, &report))
                virtual_fail(
                        "%s (slot %d, cpu %d)", report.what, (int)report.slot, (int)report.cpu);
        if (v.rota.fallbacks)
                virtual_fail("a policy was replaced: %s", v.rota.fallback_reason);
        if (slot_in_use(&v.rota) != v.alive)
                virtual_fail("%u slots in use by %u tasks", slot_in_use(&v.rota), v.alive);
        if (v.rota.ranked && quiet()) {
                for (uint32_t c = 0; c < v.cpu_count; c++) {
                        for (uint32_t i = 0; i < v.classes; i++) {
                                struct rota_queue *q = v.cpus[c].cpu.queues[i];
                                q->policy->each(q, no_inversion, NULL);
                        }
                }
        }
        check_stats();
}
