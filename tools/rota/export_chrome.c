/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The trace as Chrome's trace events, which chrome://tracing, Perfetto and speedscope open: process
 * 1 has a track for each CPU and who ran there, process 2 one for each task and whether it ran or
 * waited, process 3 one for each future and its polls (chrome_polls.c). Times are microseconds since the
 * tasks began.
 */
#include "chrome.h"
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>

#include "memory.h"
#include "outfile.h"

static void time_us(FILE *out, const char *key, int64_t ns)
{
        const uint64_t size = (uint64_t)(ns < 0 ? -ns : ns);
        fprintf(out, ",\"%s\":%s%" PRIu64 ".%03" PRIu64, key, ns < 0 ? "-" : "", size / 1000,
                size % 1000);
}

void chrome_begin(struct chrome *c, const char *phase, uint32_t pid, uint32_t tid)
{
        fprintf(c->out, "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u", c->comma, phase, pid, tid);
        c->comma = ",\n";
}

void chrome_time(struct chrome *c, const char *key, uint64_t time)
{
        time_us(c->out, key, (int64_t)(time - c->result->begun_ns));
}

static void name(struct chrome *c, uint32_t pid, uint32_t tid, const char *what, const char *name,
        uint32_t place)
{
        chrome_begin(c, "M", pid, tid);
        fprintf(c->out, ",\"name\":\"%s_name\",\"args\":{\"name\":", what);
        json_string(c->out, name);
        fputs("}}", c->out);
        chrome_begin(c, "M", pid, tid);
        fprintf(c->out, ",\"name\":\"%s_sort_index\",\"args\":{\"sort_index\":%u}}", what, place);
}

void chrome_process(struct chrome *c, uint32_t pid, const char *text)
{
        name(c, pid, 0, "process", text, pid);
}

void chrome_track(struct chrome *c, uint32_t pid, uint32_t tid, const char *text)
{
        name(c, pid, tid, "thread", text, tid);
}

void chrome_slice(struct chrome *c, uint32_t pid, uint32_t tid, const char *name, uint64_t from,
        uint64_t to, const char *args)
{
        chrome_begin(c, "X", pid, tid);
        fputs(",\"cat\":\"sched\",\"name\":", c->out);
        json_string(c->out, name);
        time_us(c->out, "ts", (int64_t)(from - c->result->begun_ns));
        time_us(c->out, "dur", (int64_t)(to > from ? to - from : 0));
        fprintf(c->out, ",\"args\":{%s}}", args);
}

static void names(struct chrome *c)
{
        const struct result *result = c->result;
        char text[32];

        chrome_process(c, PID_CPUS, "CPUs");
        chrome_process(c, PID_TASKS, "tasks");
        for (uint32_t i = 0; i < result->cpus; i++) {
                snprintf(text, sizeof(text), "CPU %u", i);
                chrome_track(c, PID_CPUS, i, text);
        }
        for (uint32_t id = 1; id < result->ids; id++)
                chrome_track(c, PID_TASKS, id, result_name(result, id, 0));
}

/** A CPU leaves or joins: a mark in its row. */
static void mark(struct chrome *c, const struct rota_record *r)
{
        const bool done = r->event == ROTA_EVENT_CPUHP_EXIT;

        chrome_begin(c, "i", PID_CPUS, r->a);
        fprintf(c->out, ",\"s\":\"t\",\"cat\":\"cpuhp\",\"name\":\"%s\"",
                r->b   ? done ? "has joined" : "joins"
                : done ? "has left"
                       : "is to leave");
        time_us(c->out, "ts", (int64_t)(r->time - c->result->begun_ns));
        fputs("}", c->out);
}

static const char *ending(uint32_t how)
{
        static const char *const texts[] = {"yielded", "preempted", "slept", "ended"};
        return how < 4 ? texts[how] : "?";
}

/** Per task: since when it waits, 0: it does not. Per CPU: who runs since when. */
struct open_slices {
        uint64_t *waits;
        uint64_t *left; /**< per id: when it last left a CPU */
        uint32_t *runs;
        uint64_t *since;
        struct rota_record *blocks; /**< per id: for what it waits, time 0: nothing */
};

/** A wait for an object is over, or the trace is. It is shown from where the task left its CPU, which it has not
 * where it was woken before. */
static void write_block(struct chrome *c, struct open_slices *open, uint32_t id, uint64_t now)
{
        const struct result *result = c->result;
        struct rota_record *block = &open->blocks[id];
        char name[96];
        char args[96] = "";

        if (!block->time)
                return;
        const bool known = block->b && block->b <= result->program->image.header->resource_count;
        snprintf(name, sizeof(name), "%s %s",
                known ? result_resource_kind(result, block->b - 1) : "wait",
                known ? result_resource_name(result, block->b - 1) : "?");
        if (block->c)
                snprintf(args, sizeof(args), "\"owner\":%u", block->c);
        if (open->left[id] >= block->time)
                chrome_slice(c, PID_TASKS, id, name, open->left[id], now, args);
        block->time = 0;
}

/** A turn of who runs on a CPU is over, or the trace is. */
static void write_run(struct chrome *c, const struct open_slices *open, uint32_t cpu, uint64_t now,
        const char *end)
{
        const uint32_t id = open->runs[cpu];
        const uint64_t since = open->since[cpu];
        char args[96];

        snprintf(args, sizeof(args), "\"id\":%u,\"end\":\"%s\"", id, end);
        chrome_slice(c, PID_CPUS, cpu, result_name(c->result, id, cpu), since, now, args);
        snprintf(args, sizeof(args), "\"cpu\":%u,\"end\":\"%s\"", cpu, end);
        chrome_slice(c, PID_TASKS, id, "running", since, now, args);
}

static void on_switch(struct chrome *c, struct open_slices *open, const struct rota_record *r)
{
        if (r->a >= c->result->ids || r->b >= c->result->ids)
                return;
        if (r->a && open->runs[r->cpu] == r->a)
                write_run(c, open, r->cpu, r->time, ending(r->c));
        open->left[r->a] = r->time;
        if (r->a && r->c <= ROTA_LEFT_PREEMPTED)
                open->waits[r->a] = r->time;
        if (r->b && open->waits[r->b]) {
                chrome_slice(c, PID_TASKS, r->b, "waiting", open->waits[r->b], r->time, "");
                open->waits[r->b] = 0;
        }
        open->runs[r->cpu] = r->b;
        open->since[r->cpu] = r->time;
}

/** What is so at the trace's end. */
static void write_rest(struct chrome *c, struct open_slices *open)
{
        const struct trace *trace = &c->result->trace;
        const uint64_t now = trace->count ? trace->records[trace->count - 1].time : 0;

        for (uint32_t cpu = 0; cpu < trace->cpus; cpu++)
                if (open->runs[cpu] && open->since[cpu] < now)
                        write_run(c, open, cpu, now, "none");
        for (uint32_t id = 1; id < c->result->ids; id++) {
                write_block(c, open, id, now);
                if (open->waits[id] && open->waits[id] < now)
                        chrome_slice(c, PID_TASKS, id, "waiting", open->waits[id], now, "");
        }
}

void export_chrome(const struct result *result, FILE *out)
{
        struct chrome c = {result, out, "\n"};
        const struct trace *trace = &result->trace;
        struct open_slices open = {.waits = memory_get(result->ids, sizeof(uint64_t)),
                .left = memory_get(result->ids, sizeof(uint64_t)),
                .runs = memory_get(trace->cpus, sizeof(uint32_t)),
                .since = memory_get(trace->cpus, sizeof(uint64_t)),
                .blocks = memory_get(result->ids, sizeof(struct rota_record))};
        struct chrome_polls polls;

        fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"world\":", out);
        json_string(out, result->world);
        fputs(",\"policy\":", out);
        json_string(out, result->policy);
        fputs("},\"traceEvents\":[", out);
        names(&c);
        chrome_polls_begin(&polls, &c);
        for (size_t i = 0; i < trace->count; i++) {
                const struct rota_record *r = &trace->records[i];
                chrome_polls_event(&polls, &c, r, open.runs[r->cpu]);
                if (r->event == ROTA_EVENT_SWITCH)
                        on_switch(&c, &open, r);
                if ((r->event == ROTA_EVENT_WAKEUP || r->event == ROTA_EVENT_WAKEUP_NEW) &&
                        r->a < result->ids) {
                        write_block(&c, &open, r->a, r->time);
                        open.waits[r->a] = r->time;
                }
                if (r->event == ROTA_EVENT_BLOCK && r->a < result->ids)
                        open.blocks[r->a] = *r;
                if (r->event == ROTA_EVENT_CPUHP_ENTER || r->event == ROTA_EVENT_CPUHP_EXIT)
                        mark(&c, r);
        }
        write_rest(&c, &open);
        chrome_polls_end(&polls, &c);
        fputs("\n]}\n", out);
        free(open.waits);
        free(open.left);
        free(open.runs);
        free(open.since);
        free(open.blocks);
}
