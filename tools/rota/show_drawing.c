/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The schedule as a drawing. First each CPU over the whole run and who had it; then each task, the
 * height of its bar being its share of a CPU; then a short piece so close that single turns show.
 * Without colour a CPU's row is made of the tasks' letters.
 */
#include "show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "memory.h"
#include "schedule.h"

#define CPU_ROWS_MOST  64u
#define TASK_ROWS_MOST 24u
#define LABEL_MOST     14
#define CLOSE_TURNS    24u /* turns of a CPU that the close look shows, about */

static const char *const heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static void dim(const struct screen *screen)
{
        if (screen->colour)
                fputs("\033[2m", screen->out);
}

static void heading(const struct screen *screen, const char *text)
{
        putc('\n', screen->out);
        if (screen->colour)
                fputs("\033[1m", screen->out);
        show_fitted(screen->out, text, screen->width - 1);
        show_end(screen);
        putc('\n', screen->out);
}

/** The colour of who had a cell; everybody else's is grey. */
static int colour_of(const struct schedule *s, uint32_t who)
{
        return who <= s->threads ? show_colour(who - 1) : 245;
}

/** Two samples in a column: the left half is the foreground, the right half the background. */
static void halves(
        const struct screen *screen, const struct schedule *s, uint32_t left, uint32_t right)
{
        FILE *out = screen->out;

        if ((left | right) & SCHEDULE_LIGHT) {
                const uint32_t who = (left ? left : right) & ~SCHEDULE_LIGHT;
                fprintf(out, "\033[38;5;%dm░\033[0m", colour_of(s, who));
        } else if (!left && !right) {
                fputs("\033[2m·\033[0m", out);
        } else if (left == right) {
                fprintf(out, "\033[38;5;%dm█\033[0m", colour_of(s, left));
        } else if (!right) {
                fprintf(out, "\033[38;5;%dm▌\033[0m", colour_of(s, left));
        } else if (!left) {
                fprintf(out, "\033[38;5;%dm▐\033[0m", colour_of(s, right));
        } else {
                fprintf(out, "\033[38;5;%d;48;5;%dm▌\033[0m", colour_of(s, left),
                        colour_of(s, right));
        }
}

static void letter(const struct screen *screen, const struct schedule *s, uint32_t who)
{
        if (who & SCHEDULE_LIGHT)
                fputs("░", screen->out);
        else if (who == 0)
                fputs("·", screen->out);
        else if (who > s->threads)
                putc('+', screen->out);
        else
                putc(show_letter(who - 1), screen->out);
}

static void label(const struct screen *screen, const char *text, int width)
{
        show_fitted(screen->out, text, width);
        dim(screen);
        fputs("│", screen->out);
        show_end(screen);
}

/** A row per CPU. @param s  two cells per column with colour, else one */
static void draw_cpus(const struct screen *screen, const struct schedule *s, int label_width)
{
        char text[32];

        for (uint32_t cpu = 0; cpu < s->cpus && cpu < CPU_ROWS_MOST; cpu++) {
                const uint32_t *who = &s->cpu_who[(size_t)cpu * s->cells];
                snprintf(text, sizeof(text), "CPU %u", cpu);
                label(screen, text, label_width);
                for (uint32_t i = 0; i < s->cells; i += screen->colour ? 2 : 1) {
                        if (screen->colour)
                                halves(screen, s, who[i], who[i + 1]);
                        else
                                letter(screen, s, who[i]);
                }
                dim(screen);
                fputs("│\n", screen->out);
                show_end(screen);
        }
        if (s->cpus > CPU_ROWS_MOST)
                fprintf(screen->out, "… and %u CPUs more\n", s->cpus - CPU_ROWS_MOST);
}

/** Which threads get a row: those that ran most, in their own order. */
static uint32_t choose(const struct result *result, bool *chosen, uint32_t most)
{
        uint32_t count = 0;

        while (count < most && count < result->threads) {
                uint32_t best = 0;
                bool any = false;
                for (uint32_t i = 0; i < result->threads; i++) {
                        if (chosen[i])
                                continue;
                        if (!any || result->thread[i].run_ns > result->thread[best].run_ns)
                                best = i;
                        any = true;
                }
                chosen[best] = true;
                count++;
        }
        return count;
}

/** A cell of a task: as high as its share; a waiting task that did not run at all is a dim line. */
static void draw_share(
        const struct screen *screen, const struct schedule *s, uint32_t thread, uint32_t cell)
{
        const size_t at = (size_t)thread * s->cells + cell;
        const uint64_t run = s->thread_run[at];
        uint64_t height = (run * 8 + s->cell_ns / 2) / s->cell_ns;

        if (height > 8)
                height = 8;
        if (height == 0 && run)
                height = 1;
        if (height) {
                show_begin(screen, thread);
                fputs(heights[height], screen->out);
                show_end(screen);
        } else if (s->thread_wait[at] * 2 > s->cell_ns) {
                dim(screen);
                fputs("-", screen->out);
                show_end(screen);
        } else {
                putc(' ', screen->out);
        }
}

static void draw_tasks(const struct screen *screen, const struct result *result,
        const struct schedule *s, int label_width)
{
        bool *chosen = memory_get(result->threads, sizeof(*chosen));
        const uint32_t rows = choose(result, chosen, TASK_ROWS_MOST);

        for (uint32_t i = 0; i < result->threads; i++) {
                if (!chosen[i])
                        continue;
                show_begin(screen, i);
                fprintf(screen->out, "%c ", show_letter(i));
                show_fitted(screen->out, result_thread_name(result, i), label_width - 2);
                show_end(screen);
                dim(screen);
                fputs("│", screen->out);
                show_end(screen);
                for (uint32_t cell = 0; cell < s->cells; cell++)
                        draw_share(screen, s, i, cell);
                dim(screen);
                fputs("│\n", screen->out);
                show_end(screen);
        }
        if (rows < result->threads)
                fprintf(screen->out, "… and %u tasks that ran less\n", result->threads - rows);
        free(chosen);
}

/** 1, 2 or 5 times a power of ten, at least @p least. */
static uint64_t round_up(uint64_t least)
{
        static const unsigned char steps[] = {1, 2, 5};
        uint64_t power = 1;

        for (;; power *= 10)
                for (size_t i = 0; i < 3; i++)
                        if (steps[i] * power >= least)
                                return steps[i] * power;
}

/** The axis below: ticks at round times since the run began. */
static void draw_axis(const struct screen *screen, uint64_t offset_ns, uint64_t window_ns,
        uint32_t columns, int label_width)
{
        char *line = memory_get((size_t)columns + 16, 1);
        char *ticks = memory_get(columns, 1);
        const uint64_t step = round_up(window_ns * 12 / columns + 1);
        size_t free_from = 0;

        memset(line, ' ', columns);
        for (uint64_t t = (offset_ns + step - 1) / step * step; t < offset_ns + window_ns;
                t += step) {
                const size_t at = (size_t)((t - offset_ns) * columns / window_ns);
                char text[24];
                duration_text(text, sizeof(text), t);
                /* "2.00s" is a round time: "2s". */
                snprintf(text, sizeof(text), "%g%s",
                        t >= 1000000000 ? (double)t / 1e9
                        : t >= 1000000  ? (double)t / 1e6
                        : t >= 1000     ? (double)t / 1e3
                                        : (double)t,
                        t >= 1000000000 ? "s"
                        : t >= 1000000  ? "ms"
                        : t >= 1000     ? "us"
                                        : "");
                ticks[at] = 1;
                if (at >= free_from && at + strlen(text) <= columns) {
                        for (size_t i = 0; text[i]; i++)
                                line[at + i] = text[i];
                        free_from = at + strlen(text) + 1;
                }
        }
        dim(screen);
        for (int i = 0; i < label_width; i++)
                putc(' ', screen->out);
        fputs("└", screen->out);
        for (uint32_t i = 0; i < columns; i++)
                fputs(ticks[i] ? "┴" : "─", screen->out);
        fputs("┘\n", screen->out);
        fprintf(screen->out, "%*s%s", label_width + 1, "", line);
        show_end(screen);
        putc('\n', screen->out);
        free(line);
        free(ticks);
}

/** A piece from the middle of the run in which CPUs switch about CLOSE_TURNS times. */
static uint64_t close_window(const struct result *result, uint64_t *from)
{
        uint64_t switches = 0;

        for (uint32_t i = 0; i < result->cpus; i++)
                if (result->cpu[i].switches > switches)
                        switches = result->cpu[i].switches;
        if (switches <= 2 * (uint64_t)CLOSE_TURNS)
                return 0;
        const uint64_t window =
                round_up((uint64_t)((double)result->duration_ns / (double)switches * CLOSE_TURNS));
        if (window >= result->duration_ns / 2)
                return 0;
        *from = (result->duration_ns / 2 / window) * window;
        return window;
}

void show_drawing(const struct result *result, const struct screen *screen)
{
        const int label_width = screen->width >= 80 ? LABEL_MOST : LABEL_MOST - 6;
        const uint32_t columns = (uint32_t)(screen->width - label_width - 3);
        const uint32_t cells = columns * (screen->colour ? 2 : 1);
        const uint64_t begin = result->begun_ns;
        struct schedule s;
        uint64_t from = 0;
        char text[160];

        if (result->trace.count == 0 || result->duration_ns == 0)
                return;
        heading(screen, "CPUs: who ran (░ for less than half of the time, · idle)");
        schedule_make(&s, result, begin, begin + result->duration_ns, cells);
        draw_cpus(screen, &s, label_width);
        draw_axis(screen, 0, result->duration_ns, columns, label_width);
        schedule_free(&s);

        heading(screen, "Tasks: share of a CPU (█ all of one, - waiting)");
        schedule_make(&s, result, begin, begin + result->duration_ns, columns);
        draw_tasks(screen, result, &s, label_width);
        draw_axis(screen, 0, result->duration_ns, columns, label_width);
        schedule_free(&s);

        const uint64_t window = close_window(result, &from);
        if (window == 0)
                return;
        char size[24];
        snprintf(text, sizeof(text), "CPUs, a close look: %s of the run",
                duration_text(size, sizeof(size), window));
        heading(screen, text);
        schedule_make(&s, result, begin + from, begin + from + window, cells);
        draw_cpus(screen, &s, label_width);
        draw_axis(screen, from, window, columns, label_width);
        schedule_free(&s);
}
