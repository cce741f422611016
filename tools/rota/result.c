/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Reading a report that nobody vouches for, and judging a run by its trace.
 */
#include "result.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* An emulator on a busy machine delivers a kick when the machine gives its CPU a turn. What is
 * longer than this is no kick's time on any machine, but for what threads are seen to have been kept waiting:
 * who wakes, who is kicked, and those of an emulator beside them, one after the other. */
#define IDLE_MOST_NS ((uint64_t)100000000)
#define IDLE_DELAYS  4
#define SKEW_MOST_NS ((uint64_t)20000000)
/* The account of a task and the trace of its turns may differ by this much, and one part in 100. */
#define ACCOUNT_NS ((uint64_t)1000000)

static void name_policies(struct result *result, const struct workload_image *image)
{
        size_t at = 0;

        for (uint32_t i = 0; i < image->header->policy_count && at < sizeof(result->policy); i++)
                at += (size_t)snprintf(result->policy + at, sizeof(result->policy) - at, "%s%s",
                        i ? "," : "", image->names + image->header->policies[i]);
}

/** Ids are slots: within the number of threads and the control thread. */
static void map_ids(struct result *result)
{
        result->ids = result->program->image.header->thread_count + 2 +
                      (result->program->archive ? WORKLOAD_SPARE : 0);
        free(result->thread_of);
        result->thread_of = memory_get(result->ids, sizeof(*result->thread_of));
        for (uint32_t i = 0; i < result->threads; i++) {
                if (result->thread[i].id >= result->ids)
                        result->thread[i].id = 0;
                result->thread_of[result->thread[i].id] = i + 1;
        }
        result->thread_of[0] = 0;
        if (result->control_id >= result->ids)
                result->control_id = 0;
}

/** The rows of threads: what was to be forked and never was is none. */
static void read_threads(struct result *result, const struct workload_report_thread *threads)
{
        const uint32_t count = result->program->image.header->thread_count;

        result->threads = 0;
        for (uint32_t i = 0; i < count; i++) {
                const struct workload_report_thread thread = threads[i];
                if (result->program->thread_forked[i] && thread.id == 0)
                        continue;
                result->which[result->threads] = i;
                result->thread[result->threads++] = thread;
        }
}

void result_read(struct result *result, const struct program *program, const void *report)
{
        const struct workload_report *head = report;
        const struct workload_header *h = program->image.header;
        const struct workload_layout at = workload_report_layout(h);

        result->program = program;
        result->cpus = h->cpus;
        name_policies(result, &program->image);
        result->state = WORKLOAD_STATE_NONE;
        if (head->magic == WORKLOAD_REPORT_MAGIC && head->version == WORKLOAD_REPORT_VERSION) {
                const uint32_t state = __atomic_load_n(&head->state, __ATOMIC_ACQUIRE);
                if (state <= WORKLOAD_STATE_FAILED)
                        result->state = (enum workload_state)state;
        }
        result->begun_ns = head->begun_ns;
        result->duration_ns = head->now_ns > head->begun_ns ? head->now_ns - head->begun_ns : 0;
        result->slice_ns = head->slice_ns;
        result->control_id = head->control_id;
        result->stalled = head->stalled != 0;
        memcpy(result->message, head->message, sizeof(head->message));
        for (char *p = result->message; *p; p++)
                if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
                        *p = '?';
        if (!result->cpu) {
                result->cpu = memory_get(result->cpus, sizeof(*result->cpu));
                result->thread = memory_get(h->thread_count, sizeof(*result->thread));
                result->which = memory_get(h->thread_count, sizeof(*result->which));
                result->resource = memory_get(h->resource_count, sizeof(*result->resource));
        }
        memcpy(result->cpu, (const char *)report + at.cpus, result->cpus * sizeof(*result->cpu));
        memcpy(result->resource, (const char *)report + at.resources,
                h->resource_count * sizeof(*result->resource));
        read_threads(result, (const void *)((const char *)report + at.threads));
        map_ids(result);
}

static bool mask_allows(const struct workload_image *image, uint32_t mask, uint32_t cpu)
{
        if (mask == 0)
                return true;
        const uint64_t *words =
                &image->masks[(size_t)(mask - 1) * workload_mask_words(image->header->cpus)];
        return words[cpu / 64] >> (cpu % 64) & 1;
}

/** The task that a row's thread performs. */
static uint32_t task_of(const struct result *result, uint32_t thread)
{
        return result->program->thread_tasks[result->which[thread]];
}

bool result_allows(const struct result *result, uint32_t thread, uint32_t cpu)
{
        const struct workload_image *image = &result->program->image;
        return mask_allows(image, image->tasks[task_of(result, thread)].mask, cpu);
}

const struct workload_params *result_params(const struct result *result, uint32_t thread)
{
        return &result->program->image.tasks[task_of(result, thread)].params;
}

const char *result_thread_name(const struct result *result, uint32_t thread)
{
        return result->program->thread_names[result->which[thread]];
}

const char *result_thread_kind(const struct result *result, uint32_t thread)
{
        const uint32_t flags = result->program->image.tasks[task_of(result, thread)].flags;

        if (result->program->archive)
                return "program";
        return (flags & WORKLOAD_FUTURE) ? "future" : (flags & WORKLOAD_USER) ? "user" : "thread";
}

bool result_is_future(const struct result *result, uint32_t id)
{
        if (id >= result->ids || !result->thread_of[id])
                return false;
        return result->program->image.tasks[task_of(result, result->thread_of[id] - 1)].flags &
               WORKLOAD_FUTURE;
}

const char *result_resource_kind(const struct result *result, uint32_t resource)
{
        static const char *const names[] = {"?", "mutex", "condition", "barrier", "semaphore"};
        return names[result->program->image.resources[resource].kind];
}

const char *result_resource_name(const struct result *result, uint32_t resource)
{
        const struct workload_image *image = &result->program->image;
        return image->names + image->resources[resource].name;
}

/** For each task and CPU whether it may run there in each of its phases, which may change its
 * affinity. NULL: everybody may everywhere. */
static bool *make_matrix(const struct result *result)
{
        const struct workload_image *image = &result->program->image;
        const struct workload_phase *phase = image->phases;

        if (image->header->mask_count == 0)
                return NULL;
        bool *matrix = memory_get(image->header->task_count, result->cpus);
        for (uint32_t t = 0; t < image->header->task_count; t++) {
                const struct workload_task *task = &image->tasks[t];
                for (uint32_t cpu = 0; cpu < result->cpus; cpu++) {
                        bool good = mask_allows(image, task->mask, cpu);
                        for (uint32_t i = 0; good && i < task->phase_count; i++)
                                good = mask_allows(image, phase[i].mask, cpu);
                        matrix[(size_t)t * result->cpus + cpu] = good;
                }
                phase += task->phase_count;
        }
        return matrix;
}

struct allowance {
        const struct result *result;
        const bool *matrix;
};

static bool always_allows(void *argument, uint32_t id, uint32_t cpu)
{
        const struct allowance *a = argument;

        if (id >= a->result->ids || !a->result->thread_of[id])
                return true;
        const size_t task = task_of(a->result, a->result->thread_of[id] - 1);
        return a->matrix[task * a->result->cpus + cpu];
}

/** A future counts its polls, and the trace tells them. @return whether they agree */
static bool polls_agree(struct result *result, uint32_t thread)
{
        const struct workload_report_thread *t = &result->thread[thread];
        const uint64_t seen = result->verdict.polls[t->id];

        if (t->id == 0 || seen == t->polls)
                return true;
        snprintf(result->checks, sizeof(result->checks),
                "task %u (%s) was polled %" PRIu64 " times by its account and %" PRIu64
                " times by the trace",
                t->id, result_thread_name(result, thread), t->polls, seen);
        return false;
}

/** The account that Rota keeps and the trace must tell the same story. */
static void judge_accounts(struct result *result)
{
        for (uint32_t i = 0; i < result->threads; i++) {
                const struct workload_report_thread *t = &result->thread[i];
                const uint64_t seen = result->verdict.run_ns[t->id];
                const uint64_t more = seen > t->run_ns ? seen - t->run_ns : t->run_ns - seen;
                if (!polls_agree(result, i))
                        return;
                if (t->id == 0 || more <= ACCOUNT_NS + t->run_ns / 100)
                        continue;
                snprintf(result->checks, sizeof(result->checks),
                        "task %u (%s) ran for %" PRIu64 " ns by its account and for %" PRIu64
                        " ns by the trace",
                        t->id, result_thread_name(result, i), t->run_ns, seen);
                return;
        }
}

void result_judge(struct result *result)
{
        trace_merge(&result->trace);
        bool *matrix = make_matrix(result);
        struct allowance allowance = {result, matrix};
        const struct check_trace check = {.records = result->trace.records,
                .count = result->trace.count,
                .cpus = result->cpus,
                .tasks = result->ids - 1,
                .allowed = matrix ? always_allows : NULL,
                .argument = &allowance,
                .idle_ns = IDLE_MOST_NS + IDLE_DELAYS * result->delay_ns,
                .skew_ns = SKEW_MOST_NS + result->delay_ns,
                .gaps = result->trace.dropped != 0,
                .from_ns = result->begun_ns,
                .to_ns = result->begun_ns + result->duration_ns};
        const bool good = check_trace(&check, &result->verdict);
        free(matrix);

        snprintf(result->checks, sizeof(result->checks), "ok");
        if (result->message[0])
                snprintf(result->checks, sizeof(result->checks), "%s", result->message);
        else if (result->trace.corrupt || result->log.corrupt)
                snprintf(result->checks, sizeof(result->checks), "the trace rings make no sense");
        else if (!good)
                snprintf(result->checks, sizeof(result->checks), "trace at %" PRIu64 " ns: %s",
                        result->verdict.when, result->verdict.what);
        else if (result->program->archive)
                ; /* programs' own threads come and go: an id is several tasks' over time */
        else if (!check.gaps && result->state == WORKLOAD_STATE_DONE)
                judge_accounts(result);
}

const char *result_name(const struct result *result, uint32_t id, uint32_t cpu)
{
        static char text[32];

        if (id == 0) {
                snprintf(text, sizeof(text), "swapper/%u", cpu);
                return text;
        }
        if (id < result->ids && result->thread_of[id])
                return result_thread_name(result, result->thread_of[id] - 1);
        if (id == result->control_id)
                return "rota-control";
        snprintf(text, sizeof(text), "task-%u", id);
        return text;
}

uint32_t result_priority(const struct result *result, uint32_t id)
{
        if (id < result->ids && result->thread_of[id])
                return result_params(result, result->thread_of[id] - 1)->priority;
        return id == result->control_id ? 1 : 120;
}

void result_free(struct result *result)
{
        trace_close(&result->trace);
        log_close(&result->log);
        free(result->verdict.run_ns);
        free(result->verdict.polls);
        free(result->cpu);
        free(result->thread);
        free(result->which);
        free(result->resource);
        free(result->thread_of);
}
