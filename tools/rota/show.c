/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The headline, what the judge of the trace says, and the line that moves while a run goes on.
 */
#include "show.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "duration.h"

#define BAR           20
#define DELAY_TOLD_NS ((uint64_t)20000000) /* more than a turn of somebody else */

static void headline(const struct result *result, const struct screen *screen)
{
        const char *file = strrchr(result->file, '/');
        char duration[24];
        char slice[24];
        char text[512];

        snprintf(text, sizeof(text), "%s on %s: %u CPU%s, policy %s, slice %s, %u task%s, %s",
                file ? file + 1 : result->file, result->world, result->cpus,
                result->cpus == 1 ? "" : "s", result->policy,
                duration_text(slice, sizeof(slice), result->slice_ns), result->threads,
                result->threads == 1 ? "" : "s",
                duration_text(duration, sizeof(duration), result->duration_ns));
        if (screen->colour)
                fputs("\033[1m", screen->out);
        show_fitted(screen->out, text, screen->width - 1);
        show_end(screen);
        putc('\n', screen->out);
}

/** Writes a text in lines of whole words. */
static void wrapped(const struct screen *screen, const char *text)
{
        int at = 0;

        while (*text) {
                const size_t length = strcspn(text, " ");
                const bool space = text[length] == ' ';
                if (at && at + 1 + (int)length > screen->width) {
                        putc('\n', screen->out);
                        at = 0;
                }
                at += fprintf(screen->out, "%s%.*s", at ? " " : "", (int)length, text);
                text += length + space;
        }
        putc('\n', screen->out);
}

static void verdict(const struct result *result, const struct screen *screen)
{
        const struct check_verdict *v = &result->verdict;
        char most[24];
        char wasted[24];
        char text[1536];

        duration_text(most, sizeof(most), v->idle_most_ns);
        duration_text(wasted, sizeof(wasted), v->wasted_ns);
        snprintf(text, sizeof(text),
                "checks: %s. %zu events, %" PRIu64
                " dropped. A CPU was idle while a task waited: longest %s, in all %s.",
                result->checks, result->trace.count, result->trace.dropped, most, wasted);
        if (result->delay_ns >= DELAY_TOLD_NS) {
                const size_t at = strlen(text);
                duration_text(most, sizeof(most), result->delay_ns);
                snprintf(text + at, sizeof(text) - at,
                        " The machine is busy: a thread of the world waited for it for %s.", most);
        }
        putc('\n', screen->out);
        wrapped(screen, text);
}

void show_result(const struct result *result, const struct screen *screen)
{
        headline(result, screen);
        show_tables(result, screen);
        show_drawing(result, screen);
        verdict(result, screen);
}

void show_progress(const struct result *result, const struct screen *screen, uint64_t wall_ns)
{
        const uint64_t asked = result->program->image.header->duration_ns;
        uint64_t busy = 0;
        uint64_t all = 0;
        uint64_t loops = 0;
        uint32_t ended = 0;
        char now[24];
        char text[256];

        for (uint32_t i = 0; i < result->cpus; i++) {
                busy += result->cpu[i].busy_ns;
                all += result->cpu[i].busy_ns + result->cpu[i].idle_ns;
        }
        for (uint32_t i = 0; i < result->threads; i++) {
                loops += result->thread[i].activations;
                ended += result->thread[i].state == 4;
        }
        duration_text(now, sizeof(now), result->duration_ns);
        if (result->state < WORKLOAD_STATE_RUNNING)
                snprintf(text, sizeof(text), "%s starts, %.1f s", result->world,
                        (double)wall_ns / 1e9);
        else
                snprintf(text, sizeof(text),
                        " %s  CPUs %.0f%% busy  %" PRIu64 " loops  %u of %u tasks ended", now,
                        all ? 100.0 * (double)busy / (double)all : 0.0, loops, ended,
                        result->threads);
        fputs("\r", screen->out);
        int width = screen->width - 1;
        if (asked && result->state >= WORKLOAD_STATE_RUNNING && width > 60) {
                uint64_t full =
                        result->duration_ns >= asked ? BAR : result->duration_ns * BAR / asked;
                for (uint64_t i = 0; i < BAR; i++)
                        fputs(i < full ? "█" : "░", screen->out);
                width -= BAR;
        }
        show_fitted(screen->out, text, width);
        fflush(screen->out);
}

void show_progress_end(const struct screen *screen)
{
        fputs("\r\033[K", screen->out);
        fflush(screen->out);
}
