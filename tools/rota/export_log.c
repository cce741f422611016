/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The log of activations: an object each in the report, or a table with the columns of rt-app's logs,
 * a block for each task as gnuplot counts them. Times are whole microseconds, as they are there.
 */
#include "export.h"

#include <inttypes.h>

#include "outfile.h"

/** One row. */
struct row {
        uint64_t perf, run, period, start, end, rel_st, c_duration, c_period, wu_lat;
        int64_t slack;
};

static uint64_t us(uint64_t ns)
{
        return ns / 1000;
}

/** What a phase's events ask for: the CPU, and periods of timers. */
static void configured(const struct result *result, uint32_t thread, uint32_t phase,
        uint64_t *duration, uint64_t *period)
{
        const struct workload_image *image = &result->program->image;
        const struct workload_phase *p = image->phases;
        const struct workload_event *e = image->events;
        const uint32_t task = result->program->thread_tasks[thread];
        uint32_t before = phase;

        for (uint32_t t = 0; t < task; t++)
                before += image->tasks[t].phase_count;
        for (; before; before--, p++)
                e += p->event_count;
        *duration = *period = 0;
        for (uint32_t i = 0; i < p->event_count; i++, e++) {
                if (e->kind == WORKLOAD_RUN || e->kind == WORKLOAD_RUNTIME)
                        *duration += e->value;
                else if (e->kind == WORKLOAD_TIMER)
                        *period += e->value;
        }
}

/** How many phases the task of a thread has: what a log says is bounded by it. */
static uint32_t phases_of(const struct result *result, uint32_t thread)
{
        const struct workload_image *image = &result->program->image;
        return image->tasks[result->program->thread_tasks[thread]].phase_count;
}

static const char *phase_name(const struct result *result, uint32_t thread, uint32_t phase)
{
        const struct workload_image *image = &result->program->image;

        for (uint32_t t = 0; t < result->program->thread_tasks[thread]; t++)
                phase += image->tasks[t].phase_count;
        return image->names + image->phases[phase].name;
}

/** Settings of a task's phases change from row to row only with the phase. */
struct settings {
        uint32_t phase;
        bool known;
        uint64_t duration, period;
};

static struct row make_row(const struct result *result, uint32_t thread, struct settings *s,
        const struct workload_log_record *r)
{
        if (!s->known || s->phase != r->phase) {
                s->known = true;
                s->phase = r->phase;
                configured(result, thread, r->phase, &s->duration, &s->period);
        }
        return (struct row){.perf = us(s->duration),
                .run = us(r->run_ns),
                .period = us(r->end_ns - r->start_ns),
                .start = us(r->start_ns),
                .end = us(r->end_ns),
                .rel_st = us(r->start_ns - result->begun_ns),
                .slack = r->slack_ns / 1000,
                .c_duration = us(s->duration),
                .c_period = us(s->period),
                .wu_lat = us(r->wake_ns)};
}

void export_log_json(const struct result *result, FILE *out)
{
        const char *comma = "";

        fputs("\"activations_log\":[", out);
        for (uint32_t t = 0; t < result->log.threads; t++) {
                const struct log_thread *log = &result->log.thread[t];
                struct settings settings = {0};
                for (size_t i = 0; i < log->count; i++) {
                        const struct workload_log_record *r = &log->records[i];
                        if (r->phase >= phases_of(result, t))
                                continue;
                        const struct row row = make_row(result, t, &settings, r);
                        fprintf(out, "%s\n{\"task\":", comma);
                        json_string(out, result->program->thread_names[t]);
                        fputs(",\"phase\":", out);
                        json_string(out, phase_name(result, t, r->phase));
                        fprintf(out,
                                ",\"idx\":%u,\"perf\":%" PRIu64 ",\"run\":%" PRIu64
                                ",\"period\":%" PRIu64 ",\"start\":%" PRIu64 ",\"end\":%" PRIu64
                                ",\"rel_st\":%" PRIu64 ",\"slack\":%" PRId64
                                ",\"c_duration\":%" PRIu64 ",\"c_period\":%" PRIu64
                                ",\"wu_lat\":%" PRIu64 "}",
                                t, row.perf, row.run, row.period, row.start, row.end, row.rel_st,
                                row.slack, row.c_duration, row.c_period, row.wu_lat);
                        comma = ",";
                }
        }
        fprintf(out, "],\"dropped_activations\":%" PRIu64, result->log.dropped);
}

static void write_block(const struct result *result, uint32_t t, FILE *out)
{
        const struct log_thread *log = &result->log.thread[t];
        struct settings settings = {0};

        fputs("# ", out);
        for (const char *p = result->program->thread_names[t]; *p; p++)
                putc((unsigned char)*p < ' ' ? '?' : *p, out);
        fprintf(out, "\n#idx %8s %8s %8s %15s %15s %15s %10s %10s %10s %10s\n", "perf", "run",
                "period", "start", "end", "rel_st", "slack", "c_duration", "c_period", "wu_lat");
        for (size_t i = 0; i < log->count; i++) {
                if (log->records[i].phase >= phases_of(result, t))
                        continue;
                const struct row r = make_row(result, t, &settings, &log->records[i]);
                fprintf(out,
                        "%4u %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %15" PRIu64 " %15" PRIu64
                        " %15" PRIu64 " %10" PRId64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n",
                        t, r.perf, r.run, r.period, r.start, r.end, r.rel_st, r.slack, r.c_duration,
                        r.c_period, r.wu_lat);
        }
}

bool export_log(const struct result *result, const char *name, struct error *error)
{
        struct outfile file;
        const char *between = "";

        if (!outfile_open(&file, name, error))
                return false;
        for (uint32_t t = 0; t < result->log.threads; t++) {
                if (result->log.thread[t].count == 0)
                        continue;
                fputs(between, file.stream);
                write_block(result, t, file.stream);
                between = "\n\n";
        }
        if (result->log.dropped)
                fprintf(file.stream, "# %" PRIu64 " more found no room\n", result->log.dropped);
        return outfile_close(&file, error);
}
