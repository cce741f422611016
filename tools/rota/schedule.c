/* SPDX-License-Identifier: MIT */
/**
 * @file
 * One pass over the trace spreads each turn and each wait over the cells that it touches.
 */
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/** Time of one thread on one CPU in one cell, while the cell is being filled. */
struct filling {
        uint64_t *ns; /**< per CPU and thread (+ 1: idle is 0) */
        uint32_t *cell;
};

/** The share of [from, to) in a cell. */
static uint64_t overlap(const struct schedule *s, uint32_t cell, uint64_t from, uint64_t to)
{
        const uint64_t begin = s->from_ns + cell * s->cell_ns;
        const uint64_t end = begin + s->cell_ns;

        if (from < begin)
                from = begin;
        if (to > end)
                to = end;
        return to > from ? to - from : 0;
}

static uint32_t cell_of(const struct schedule *s, uint64_t time)
{
        if (time <= s->from_ns)
                return 0;
        const uint64_t cell = (time - s->from_ns) / s->cell_ns;
        return cell < s->cells ? (uint32_t)cell : s->cells;
}

/** A cell of a CPU is complete: who had most of it? */
static void settle(struct schedule *s, struct filling *f, uint32_t cpu)
{
        const size_t people = (size_t)s->threads + 2;
        uint64_t *ns = f->ns + cpu * people;
        size_t most = 0; /* who ran longest */
        uint64_t ran = 0;

        if (f->cell[cpu] >= s->cells)
                return;
        for (size_t i = 1; i < people; i++) {
                ran += ns[i];
                if (ns[i] > (most ? ns[most] : 0))
                        most = i;
        }
        if (ran * 50 < s->cell_ns)
                most = 0; /* a sliver */
        const bool light = most && ran < ns[0];
        s->cpu_who[cpu * s->cells + f->cell[cpu]] = (uint32_t)most | (light ? SCHEDULE_LIGHT : 0);
        memset(ns, 0, people * sizeof(*ns));
}

/** @param who  thread + 1, 0: idle */
static void add_turn(struct schedule *s, struct filling *f, uint32_t cpu, uint32_t who,
        uint64_t from, uint64_t to)
{
        const size_t people = (size_t)s->threads + 2;

        for (uint32_t cell = cell_of(s, from); cell < s->cells; cell++) {
                const uint64_t ns = overlap(s, cell, from, to);
                if (s->from_ns + cell * s->cell_ns >= to)
                        break;
                if (f->cell[cpu] != cell) {
                        settle(s, f, cpu);
                        f->cell[cpu] = cell;
                }
                f->ns[cpu * people + who] += ns;
                if (who)
                        s->cpu_busy[cpu * s->cells + cell] += ns;
                if (who && who <= s->threads)
                        s->thread_run[(size_t)(who - 1) * s->cells + cell] += ns;
        }
}

static void add_wait(struct schedule *s, uint32_t thread, uint64_t from, uint64_t to)
{
        for (uint32_t cell = cell_of(s, from); cell < s->cells; cell++) {
                if (s->from_ns + cell * s->cell_ns >= to)
                        break;
                s->thread_wait[(size_t)thread * s->cells + cell] += overlap(s, cell, from, to);
        }
}

/** Who has the id: thread + 1, one more for others, 0 for idle. */
static uint32_t who_is(const struct result *result, uint32_t id)
{
        if (id == 0)
                return 0;
        if (id < result->ids && result->thread_of[id])
                return result->thread_of[id];
        return result->threads + 1;
}

static void fill(struct schedule *s, const struct result *result, uint64_t to_ns)
{
        const struct trace *trace = &result->trace;
        struct filling f = {memory_get((size_t)s->cpus * (s->threads + 2), sizeof(uint64_t)),
                memory_get(s->cpus, sizeof(uint32_t))};
        uint32_t *runs = memory_get(s->cpus, sizeof(*runs));
        uint64_t *since = memory_get(s->cpus, sizeof(*since));
        uint64_t *waits = memory_get((size_t)s->threads + 2, sizeof(*waits));

        for (size_t i = 0; i < trace->count; i++) {
                const struct rota_record *r = &trace->records[i];
                const uint32_t a = who_is(result, r->a);
                const uint32_t b = who_is(result, r->b);
                if (r->event == ROTA_EVENT_WAKEUP || r->event == ROTA_EVENT_WAKEUP_NEW)
                        waits[a] = r->time;
                if (r->event != ROTA_EVENT_SWITCH)
                        continue;
                add_turn(s, &f, r->cpu, runs[r->cpu], since[r->cpu], r->time);
                if (a && r->c <= ROTA_LEFT_PREEMPTED)
                        waits[a] = r->time;
                if (b && b <= s->threads && waits[b])
                        add_wait(s, b - 1, waits[b], r->time);
                waits[b] = 0;
                runs[r->cpu] = b;
                since[r->cpu] = r->time;
        }
        for (uint32_t cpu = 0; cpu < s->cpus; cpu++) {
                add_turn(s, &f, cpu, runs[cpu], since[cpu], to_ns);
                settle(s, &f, cpu);
        }
        for (uint32_t i = 0; i < s->threads; i++)
                if (waits[i + 1])
                        add_wait(s, i, waits[i + 1], to_ns);
        free(f.ns);
        free(f.cell);
        free(runs);
        free(since);
        free(waits);
}

void schedule_make(struct schedule *s, const struct result *result, uint64_t from_ns,
        uint64_t to_ns, uint32_t cells)
{
        memset(s, 0, sizeof(*s));
        s->from_ns = from_ns;
        s->cell_ns = (to_ns - from_ns + cells - 1) / cells;
        if (s->cell_ns == 0)
                s->cell_ns = 1;
        s->cells = cells;
        s->cpus = result->cpus;
        s->threads = result->threads;
        s->cpu_busy = memory_get((size_t)s->cpus * cells, sizeof(*s->cpu_busy));
        s->cpu_who = memory_get((size_t)s->cpus * cells, sizeof(*s->cpu_who));
        s->thread_run = memory_get((size_t)s->threads * cells, sizeof(*s->thread_run));
        s->thread_wait = memory_get((size_t)s->threads * cells, sizeof(*s->thread_wait));
        fill(s, result, to_ns);
}

void schedule_free(struct schedule *s)
{
        free(s->cpu_busy);
        free(s->cpu_who);
        free(s->thread_run);
        free(s->thread_wait);
        memset(s, 0, sizeof(*s));
}
