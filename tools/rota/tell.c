/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What is told of a run beside its report.
 */
#include "tell.h"

#include <inttypes.h>
#include <stdio.h>

void tell_losses(const struct result *result)
{
        const uint32_t count = result->program->image.header->resource_count;
        const char *comma = "signals or resumes were lost, for nobody waited: ";

        for (uint32_t i = 0; i < count; i++) {
                if (!result->resource[i].lost)
                        continue;
                if (*comma == 's')
                        fprintf(stderr, "rota: %s: ", result->file);
                fprintf(stderr, "%s%" PRIu64 " for \"%s\"", comma, result->resource[i].lost,
                        result_resource_name(result, i));
                comma = ", ";
        }
        if (*comma == ',')
                putc('\n', stderr);
}

void tell_stall(const struct result *result)
{
        const uint32_t count = result->program->image.header->resource_count;
        const char *comma = "nobody could go on in the end: ";

        if (!result->stalled)
                return;
        fprintf(stderr, "rota: %s: ", result->file);
        for (uint32_t i = 0; i < result->threads; i++) {
                const uint32_t stuck = result->thread[i].stuck;
                if (stuck == 0 || stuck > count)
                        continue;
                fprintf(stderr, "%s%s waited for the %s \"%s\"", comma,
                        result_thread_name(result, i), result_resource_kind(result, stuck - 1),
                        result_resource_name(result, stuck - 1));
                comma = ", ";
        }
        putc('\n', stderr);
}

void tell_stuck(const struct result *result)
{
        uint64_t stuck = 0;

        for (uint32_t i = 0; i < result->cpus; i++)
                stuck += result->cpu[i].home_stuck;
        if (stuck)
                fprintf(stderr,
                        "rota: %s: futures ran on though others were to run, for want of a stack "
                        "to "
                        "go on with: %" PRIu64 " times\n",
                        result->file, stuck);
}
