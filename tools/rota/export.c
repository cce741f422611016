/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The report as JSON, and which file gets which format.
 */
#include "export.h"

#include <inttypes.h>
#include <string.h>

#include "outfile.h"

static void export_affinity(const struct result *result, uint32_t thread, FILE *out)
{
        const char *comma = "";

        fputs("\"affinity\":[", out);
        for (uint32_t cpu = 0; cpu < result->cpus; cpu++) {
                if (!result_allows(result, thread, cpu))
                        continue;
                fprintf(out, "%s%u", comma, cpu);
                comma = ",";
        }
        fputs("]", out);
}

static void export_thread(const struct result *result, uint32_t index, FILE *out)
{
        const struct workload_report_thread *t = &result->thread[index];
        const struct workload_params *params = result_params(result, index);
        const struct workload_image *image = &result->program->image;

        fputs("{\"name\":", out);
        json_string(out, result_thread_name(result, index));
        fprintf(out, ",\"id\":%u,\"kind\":\"%s\",\"class\":", t->id,
                result_thread_kind(result, index));
        json_string(out, image->names + image->header->policies[params->class_index]);
        fprintf(out, ",\"priority\":%u,", params->priority);
        export_affinity(result, index, out);
        fprintf(out, ",\"run_ns\":%" PRIu64 ",\"wait_ns\":%" PRIu64 ",\"sleep_ns\":%" PRIu64,
                t->run_ns, t->wait_ns, t->sleep_ns);
        fprintf(out, ",\"switches\":%" PRIu64 ",\"preemptions\":%" PRIu64, t->switches,
                t->preemptions);
        fprintf(out, ",\"migrations\":%" PRIu64 ",\"activations\":%" PRIu64 ",\"missed\":%" PRIu64,
                t->migrations, t->activations, t->missed);
        fprintf(out, ",\"user_calls\":%" PRIu64 ",\"wakes\":%" PRIu64, t->user_calls, t->wakes);
        fprintf(out, ",\"polls\":%" PRIu64 ",\"yields\":%" PRIu64, t->polls, t->yields);
        fprintf(out,
                ",\"wake_p50_ns\":%" PRIu64 ",\"wake_p99_ns\":%" PRIu64 ",\"wake_max_ns\":%" PRIu64,
                t->wake_p50_ns, t->wake_p99_ns, t->wake_max_ns);
        fprintf(out, ",\"exit_code\":%" PRId64 "}", t->exit_code);
}

static void export_resources(const struct result *result, FILE *out)
{
        const struct workload_image *image = &result->program->image;

        fputs("\"resources\":[", out);
        for (uint32_t i = 0; i < image->header->resource_count; i++) {
                const struct workload_report_resource *r = &result->resource[i];
                fprintf(out, "%s\n{\"name\":", i ? "," : "");
                json_string(out, image->names + image->resources[i].name);
                fprintf(out,
                        ",\"kind\":\"%s\",\"uses\":%" PRIu64 ",\"waits\":%" PRIu64
                        ",\"lost\":%" PRIu64 "}",
                        result_resource_kind(result, i), r->uses, r->waits, r->lost);
        }
        fputs("],", out);
}

static void export_report(const struct result *result, FILE *out)
{
        fputs("{\"rota\":2,\"world\":", out);
        json_string(out, result->world);
        fprintf(out, ",\"cpus\":%u,\"policy\":", result->cpus);
        json_string(out, result->policy);
        fprintf(out, ",\"slice_ns\":%" PRIu64 ",\"duration_ns\":%" PRIu64 ",\"seed\":%" PRIu64,
                result->slice_ns, result->duration_ns, result->program->image.header->seed);
        fputs(",\"tasks\":[", out);
        for (uint32_t i = 0; i < result->threads; i++) {
                fputs(i ? ",\n" : "\n", out);
                export_thread(result, i, out);
        }
        fputs("],\"cpus_stats\":[", out);
        for (uint32_t i = 0; i < result->cpus; i++) {
                const struct workload_report_cpu *c = &result->cpu[i];
                fprintf(out,
                        "%s\n{\"cpu\":%u,\"busy_ns\":%" PRIu64 ",\"idle_ns\":%" PRIu64
                        ",\"switches\":%" PRIu64 ",\"steals\":%" PRIu64 ",\"kicks\":%" PRIu64
                        ",\"timer_irqs\":%" PRIu64 ",\"home_lent\":%" PRIu64
                        ",\"home_stuck\":%" PRIu64 "}",
                        i ? "," : "", i, c->busy_ns, c->idle_ns, c->switches, c->steals, c->kicks,
                        c->timer_irqs, c->home_lent, c->home_stuck);
        }
        fprintf(out, "],\"dropped_events\":%" PRIu64 ",\"checks\":", result->trace.dropped);
        json_string(out, result->checks);
        fputs(",", out);
        export_resources(result, out);
        export_log_json(result, out);
        fputs("}\n", out);
}

bool export_json(const struct result *result, const char *name, struct error *error)
{
        struct outfile file;

        if (!outfile_open(&file, name, error))
                return false;
        export_report(result, file.stream);
        return outfile_close(&file, error);
}

static bool ends_in(const char *name, const char *end)
{
        const size_t length = strlen(name);
        return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

bool export_trace_known(const char *name)
{
        return ends_in(name, ".txt") || ends_in(name, ".json");
}

bool export_trace(const struct result *result, const char *name, struct error *error)
{
        struct outfile file;

        if (!outfile_open(&file, name, error))
                return false;
        if (ends_in(name, ".txt"))
                export_ftrace(result, file.stream, 0);
        else
                export_chrome(result, file.stream);
        return outfile_close(&file, error);
}

void export_tail(const struct result *result, FILE *stream, size_t most)
{
        const size_t count = result->trace.count;

        export_ftrace(result, stream, count > most ? count - most : 0);
}
