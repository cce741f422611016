/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The terminal: width, colour, letters, columns of UTF-8 text.
 */
#include "show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_PIPED 100
#define WIDTH_LEAST 40
#define WIDTH_MOST  500

/* Of the 256 colours: far apart from each other, readable on dark and on light. */
static const unsigned char palette[] = {
        33, 208, 35, 170, 178, 37, 203, 99, 106, 133, 73, 166, 69, 142, 168, 30};

struct screen screen_of(FILE *out)
{
        struct screen screen = {out, WIDTH_PIPED, false};
        const bool terminal = isatty(fileno(out));
        const char *no_colour = getenv("NO_COLOR");
        const char *term = getenv("TERM");
        const char *columns = getenv("COLUMNS");
        struct winsize size;

        screen.colour = terminal && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
        if (terminal && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
                screen.width = size.ws_col;
        else if (columns && atoi(columns) > 0)
                screen.width = atoi(columns);
        if (screen.width < WIDTH_LEAST)
                screen.width = WIDTH_LEAST;
        if (screen.width > WIDTH_MOST)
                screen.width = WIDTH_MOST;
        return screen;
}

char show_letter(uint32_t thread)
{
        static const char letters[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        return letters[thread % (sizeof(letters) - 1)];
}

int show_colour(uint32_t thread)
{
        return palette[thread % sizeof(palette)];
}

void show_begin(const struct screen *screen, uint32_t thread)
{
        if (screen->colour)
                fprintf(screen->out, "\033[38;5;%dm", show_colour(thread));
}

void show_end(const struct screen *screen)
{
        if (screen->colour)
                fputs("\033[0m", screen->out);
}

int show_columns(const char *text)
{
        int columns = 0;

        for (; *text; text++)
                columns += ((unsigned char)*text & 0xc0) != 0x80;
        return columns;
}

void show_fitted(FILE *out, const char *text, int columns)
{
        const bool cut = show_columns(text) > columns;
        int at = 0;

        while (*text && (!cut || at < columns - 1)) {
                /* Names come from files: the terminal gets no orders from them. */
                const unsigned char c = (unsigned char)*text++;
                putc(c < ' ' || c == 0x7f ? '?' : c, out);
                at += (((unsigned char)*text & 0xc0) != 0x80);
        }
        if (cut) {
                fputs("…", out);
                at++;
        }
        for (; at < columns; at++)
                putc(' ', out);
}
