/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The tables per task and per CPU. Where the terminal is narrow, columns go: the least telling
 * first.
 */
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "memory.h"

#define ROWS_MOST 64u
#define TEXT      48

/** A column: its title and how dear it is (0: it always stays). */
struct column {
        const char *title; /**< NULL: there is nothing to tell */
        int rank;
        int width;
        bool shown;
        bool left; /**< text, not number */
};

static void fit(struct column *columns, size_t count, const char *cells, uint32_t rows, int width)
{
        for (size_t c = 0; c < count; c++) {
                columns[c].shown = columns[c].title != NULL;
                if (!columns[c].shown)
                        continue;
                columns[c].width = show_columns(columns[c].title);
                for (uint32_t r = 0; r < rows; r++) {
                        const int w = show_columns(cells + (r * count + c) * TEXT);
                        if (w > columns[c].width)
                                columns[c].width = w;
                }
        }
        for (;;) {
                int all = 0;
                size_t worst = 0;
                for (size_t c = 0; c < count; c++) {
                        all += columns[c].shown ? columns[c].width + 2 : 0;
                        if (columns[c].shown && columns[c].rank > columns[worst].rank)
                                worst = c;
                        if (!columns[worst].shown)
                                worst = c;
                }
                if (all <= width)
                        return;
                if (columns[worst].rank == 0) {
                        /* Only the names are left to be cut. */
                        const int name = columns[0].width - (all - width);
                        columns[0].width = name < 4 ? 4 : name;
                        return;
                }
                columns[worst].shown = false;
        }
}

static void cell(const struct screen *screen, const struct column *column, const char *text)
{
        const int blank = column->width - show_columns(text);

        if (!column->shown)
                return;
        fputs("  ", screen->out);
        if (column->left) {
                show_fitted(screen->out, text, column->width);
                return;
        }
        for (int i = 0; i < blank; i++)
                putc(' ', screen->out);
        fputs(text, screen->out);
}

/** @param colours  per row the thread whose colour its first cell has, or NULL */
static void print(const struct screen *screen, struct column *columns, size_t count,
        const char *cells, uint32_t rows, const uint32_t *colours)
{
        fit(columns, count, cells, rows, screen->width);
        if (screen->colour)
                fputs("\033[2m", screen->out);
        for (size_t c = 0; c < count; c++)
                cell(screen, &columns[c], columns[c].title ? columns[c].title : "");
        show_end(screen);
        putc('\n', screen->out);
        for (uint32_t r = 0; r < rows; r++) {
                for (size_t c = 0; c < count; c++) {
                        if (c == 0 && colours)
                                show_begin(screen, colours[r]);
                        cell(screen, &columns[c], cells + (r * count + c) * TEXT);
                        if (c == 0 && colours)
                                show_end(screen);
                }
                putc('\n', screen->out);
        }
}

static char *number(char *out, uint64_t value)
{
        snprintf(out, TEXT, "%" PRIu64, value);
        return out + TEXT;
}

static char *time_of(char *out, uint64_t ns)
{
        duration_text(out, TEXT, ns);
        return out + TEXT;
}

static char *share(char *out, uint64_t part, uint64_t whole)
{
        snprintf(out, TEXT, "%.1f%%", whole ? 100.0 * (double)part / (double)whole : 0.0);
        return out + TEXT;
}

static char *text_of(char *out, const char *text)
{
        snprintf(out, TEXT, "%s", text);
        return out + TEXT;
}

static char *task_row(const struct result *result, uint32_t i, char *out)
{
        const struct workload_report_thread *t = &result->thread[i];
        const struct workload_params *params = result_params(result, i);
        const struct workload_image *image = &result->program->image;

        snprintf(out, TEXT, "%c %s", show_letter(i), result_thread_name(result, i));
        out = number(out + TEXT, t->id);
        out = text_of(out, result_thread_kind(result, i));
        out = text_of(out, image->names + image->header->policies[params->class_index]);
        out = number(out, params->priority);
        out = time_of(out, t->run_ns);
        out = share(out, t->run_ns, result->duration_ns);
        out = time_of(out, t->wait_ns);
        out = time_of(out, t->sleep_ns);
        out = number(out, t->activations);
        out = number(out, t->missed);
        out = number(out, t->wakes);
        out = t->polls ? number(out, t->polls) : text_of(out, "");
        out = number(out, t->switches);
        out = number(out, t->preemptions);
        out = number(out, t->migrations);
        out = time_of(out, t->wake_p50_ns);
        out = time_of(out, t->wake_p99_ns);
        return time_of(out, t->wake_max_ns);
}

static bool any_future(const struct result *result)
{
        const struct workload_image *image = &result->program->image;

        for (uint32_t i = 0; i < image->header->task_count; i++)
                if (image->tasks[i].flags & WORKLOAD_FUTURE)
                        return true;
        return false;
}

static void show_tasks(const struct result *result, const struct screen *screen)
{
        const bool futures = any_future(result);
        struct column columns[] = {{"task", 0, 0, true, true}, {"id", 9, 0, true, false},
                {futures ? "kind" : NULL, 3, 0, true, true}, {"class", 8, 0, true, true},
                {"prio", 7, 0, true, false}, {"run", 0, 0, true, false}, {"cpu", 1, 0, true, false},
                {"wait", 0, 0, true, false}, {"sleep", 5, 0, true, false},
                {"loops", 2, 0, true, false}, {"missed", 2, 0, true, false},
                {futures ? "wakes" : NULL, 3, 0, true, false},
                {futures ? "polls" : NULL, 2, 0, true, false}, {"switches", 4, 0, true, false},
                {"preempted", 3, 0, true, false}, {"moved", 6, 0, true, false},
                {"wake p50", 10, 0, true, false}, {"wake p99", 6, 0, true, false},
                {"wake max", 4, 0, true, false}};
        const size_t count = sizeof(columns) / sizeof(columns[0]);
        const uint32_t rows = result->threads < ROWS_MOST ? result->threads : ROWS_MOST;
        char *cells = memory_get(rows * count, TEXT);
        uint32_t *colours = memory_get(rows, sizeof(*colours));
        char *at = cells;

        for (uint32_t i = 0; i < rows; i++) {
                colours[i] = i;
                at = task_row(result, i, at);
        }
        print(screen, columns, count, cells, rows, colours);
        if (rows < result->threads)
                fprintf(screen->out, "  … and %u more (--json has all)\n", result->threads - rows);
        free(cells);
        free(colours);
}

static void show_cpus(const struct result *result, const struct screen *screen)
{
        struct column columns[] = {{"CPU", 0, 0, true, false}, {"busy", 0, 0, true, false},
                {"idle", 0, 0, true, false}, {"load", 1, 0, true, false},
                {"switches", 2, 0, true, false}, {"preemptions", 5, 0, true, false},
                {"steals", 2, 0, true, false}, {"kicks", 3, 0, true, false},
                {"timer irqs", 4, 0, true, false}, {"halts", 6, 0, true, false}};
        const size_t count = sizeof(columns) / sizeof(columns[0]);
        char *cells = memory_get(result->cpus * count, TEXT);
        char *at = cells;

        for (uint32_t i = 0; i < result->cpus; i++) {
                const struct workload_report_cpu *c = &result->cpu[i];
                at = number(at, i);
                at = time_of(at, c->busy_ns);
                at = time_of(at, c->idle_ns);
                at = share(at, c->busy_ns, c->busy_ns + c->idle_ns);
                at = number(at, c->switches);
                at = number(at, c->preemptions);
                at = number(at, c->steals);
                at = number(at, c->kicks);
                at = number(at, c->timer_irqs);
                at = number(at, c->halts);
        }
        print(screen, columns, count, cells, result->cpus, NULL);
        free(cells);
}

void show_tables(const struct result *result, const struct screen *screen)
{
        putc('\n', screen->out);
        show_tasks(result, screen);
        putc('\n', screen->out);
        show_cpus(result, screen);
}
