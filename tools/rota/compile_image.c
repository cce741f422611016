/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The image from its tables, and the tables' smaller parts: names and masks.
 */
#include "compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "report.h"

#define LOG_BYTES ((uint64_t)32 << 20)
#define LOG_MOST  4096u
#define LOG_LEAST 16u

uint32_t compile_name(struct compiler *c, const char *name)
{
        const size_t length = strlen(name) + 1;
        const uint32_t at = c->name_bytes;

        c->names = memory_grow(c->names, &c->name_room, at + length, 1);
        memcpy(c->names + at, name, length);
        c->name_bytes += (uint32_t)length;
        return at;
}

/** Room for one more mask. @return its words, all zero */
static uint64_t *add_mask(struct compiler *c)
{
        const size_t words = workload_mask_words(c->options->cpus);

        c->masks = memory_grow(
                c->masks, &c->mask_room, (c->mask_count + 1) * words, sizeof(*c->masks));
        return &c->masks[c->mask_count++ * words];
}

uint32_t compile_all_cpus(struct compiler *c)
{
        uint64_t *mask = add_mask(c);

        for (uint32_t cpu = 0; cpu < c->options->cpus; cpu++)
                mask[cpu / 64] |= (uint64_t)1 << (cpu % 64);
        return c->mask_count;
}

bool compile_cpus(struct compiler *c, const struct relaxed *value, uint32_t *mask)
{
        if (value->type != RELAXED_ARRAY || !value->first)
                return compile_wrong(
                        c, value->line, "\"cpus\" should be an array with at least one CPU");
        if (c->mask_count == WORKLOAD_MAX_MASKS)
                return compile_wrong(c, value->line, "too many masks of CPUs");
        uint64_t *words = add_mask(c);
        for (const struct relaxed *m = value->first; m; m = m->next) {
                int64_t cpu = 0;
                if (!compile_integer(c, m, 0, WORKLOAD_MAX_CPUS - 1, &cpu))
                        return false;
                if (cpu >= c->options->cpus)
                        return compile_wrong(c, m->line,
                                "CPU %d is asked for and this run has %u; try --cpus %d", (int)cpu,
                                c->options->cpus, (int)cpu + 1);
                words[cpu / 64] |= (uint64_t)1 << (cpu % 64);
        }
        *mask = c->mask_count;
        return true;
}

/** Whether some thread goes on until somebody stops it. */
static bool is_endless(const struct compiler *c)
{
        const struct workload_phase *phase = c->phases;

        for (uint32_t t = 0; t < c->task_count; t++) {
                const struct workload_task *task = &c->tasks[t];
                bool endless = task->loops == WORKLOAD_FOREVER;
                for (uint32_t p = 0; p < task->phase_count; p++, phase++)
                        endless = endless || phase->loops == WORKLOAD_FOREVER;
                if (endless && (task->instances || task->forks))
                        return true;
        }
        return false;
}

static void *put(void *at, const void *from, size_t size)
{
        if (size)
                memcpy(at, from, size);
        return (char *)at + size;
}

/** Threads of a task: its instances, then its forks. */
static bool name_threads(struct compiler *c, struct program *program)
{
        const uint32_t threads = program->image.header->thread_count;
        uint32_t thread = 0;

        program->thread_names = memory_get(threads, sizeof(*program->thread_names));
        program->thread_tasks = memory_get(threads, sizeof(*program->thread_tasks));
        program->thread_forked = memory_get(threads, sizeof(*program->thread_forked));
        for (uint32_t t = 0; t < c->task_count; t++) {
                const struct workload_task *task = &c->tasks[t];
                const char *name = c->names + task->name;
                const size_t size = strlen(name) + 24;
                for (uint32_t i = 0; i < task->instances + task->forks; i++, thread++) {
                        char *text = memory_get(size, 1);
                        if (i >= task->instances)
                                snprintf(text, size, "%s-fork-%u", name, i - task->instances);
                        else if (task->instances > 1)
                                snprintf(text, size, "%s-%u", name, i);
                        else
                                snprintf(text, size, "%s", name);
                        program->thread_names[thread] = text;
                        program->thread_tasks[thread] = t;
                        program->thread_forked[thread] = i >= task->instances;
                }
        }
        return true;
}

/** Records in each thread's log: what it may write between two visits of the reader, as far as many
 * threads leave room for it. */
static uint32_t log_records(uint64_t threads)
{
        const uint64_t most = LOG_BYTES / sizeof(struct workload_log_record) / threads;
        uint32_t records = LOG_MOST;

        while (records > LOG_LEAST && records > most)
                records /= 2;
        return records;
}

/** Header fields that are no sizes. */
static void fill_options(struct compiler *c, struct workload_header *h, bool *endless)
{
        const struct compile_options *o = c->options;

        h->cpus = o->cpus;
        h->policy_count = o->policy_count;
        for (uint32_t i = 0; i < o->policy_count; i++)
                h->policies[i] = compile_name(c, o->policies[i]);
        h->flags = (o->ring_records ? WORKLOAD_TRACE : 0) | (o->log ? WORKLOAD_LOG : 0) |
                   (c->cumulative ? WORKLOAD_CUMULATIVE : 0);
        h->ring_records = o->ring_records;
        h->slice_ns = o->slice_ns;
        h->tick_ns = o->tick_ns;
        h->seed = o->seed;
        h->duration_ns = o->duration_ns ? o->duration_ns : c->duration_ns;
        if (!h->duration_ns)
                h->flags |= WORKLOAD_STALL_ENDS;
        *endless = !h->duration_ns && is_endless(c);
        if (*endless)
                h->duration_ns = COMPILE_DURATION_DEFAULT;
}

bool compile_image(struct compiler *c, struct program *program)
{
        struct workload_header h = {
                .magic = WORKLOAD_MAGIC, .version = WORKLOAD_VERSION, .header_bytes = sizeof(h)};
        const char *wrong = NULL;
        uint64_t threads = 0;
        uint64_t started = 0;

        for (uint32_t i = 0; i < c->task_count; i++) {
                started += c->tasks[i].instances;
                threads += (uint64_t)c->tasks[i].instances + c->tasks[i].forks;
        }
        if (started == 0 || threads > WORKLOAD_MAX_THREADS)
                return error_set(c->error, "%s: %llu threads; from 1 to %u can be performed",
                        c->file, (unsigned long long)threads, WORKLOAD_MAX_THREADS);
        fill_options(c, &h, &program->endless);
        h.task_count = c->task_count;
        h.phase_count = c->phase_count;
        h.event_count = c->event_count;
        h.resource_count = c->resource_count;
        h.log_records = c->options->log ? log_records(threads) : 0;
        h.mask_count = c->mask_count;
        h.name_bytes = c->name_bytes;
        h.thread_count = (uint32_t)threads;
        h.timer_count = c->timer_count;
        const size_t masks =
                (size_t)c->mask_count * workload_mask_words(h.cpus) * sizeof(*c->masks);
        program->size = sizeof(h) + c->task_count * sizeof(*c->tasks) +
                        c->phase_count * sizeof(*c->phases) + c->event_count * sizeof(*c->events) +
                        c->resource_count * sizeof(*c->resources) + masks + c->name_bytes;
        h.total_bytes = (uint32_t)program->size;
        program->bytes = memory_get(program->size, 1);
        void *at = put(program->bytes, &h, sizeof(h));
        at = put(at, c->tasks, c->task_count * sizeof(*c->tasks));
        at = put(at, c->phases, c->phase_count * sizeof(*c->phases));
        at = put(at, c->events, c->event_count * sizeof(*c->events));
        at = put(at, c->resources, c->resource_count * sizeof(*c->resources));
        at = put(at, c->masks, masks);
        put(at, c->names, c->name_bytes);
        ((struct workload_header *)program->bytes)->checksum =
                workload_image_checksum(program->bytes, program->size);
        if (!workload_image_check(program->bytes, program->size, &program->image, &wrong)) {
                free(program->bytes);
                program->bytes = NULL;
                return error_set(c->error, "%s: %s", c->file, wrong);
        }
        return name_threads(c, program);
}

uint64_t program_buffers(const struct program *program)
{
        uint64_t bytes = 0;

        for (uint32_t t = 0; t < program->image.header->task_count; t++) {
                const struct workload_task *task = &program->image.tasks[t];
                bytes += ((uint64_t)task->instances + task->forks) * task->buffer_bytes;
        }
        return bytes;
}
