/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A run for people: tables and a drawing, as wide as the terminal.
 */
#ifndef ROTA_TOOL_SHOW_H
#define ROTA_TOOL_SHOW_H

#include <stdio.h>

#include "result.h"

/** Where it is shown. */
struct screen {
        FILE *out;
        int width; /**< columns */
        bool colour;
};

/** How wide @p out is, and whether it wants colour. */
struct screen screen_of(FILE *out);

/** Everything: a headline, the tables, the drawing. */
void show_result(const struct result *result, const struct screen *screen);

void show_tables(const struct result *result, const struct screen *screen);
void show_drawing(const struct result *result, const struct screen *screen);

/** The letter and the colour of a thread, the same in tables and drawing. */
char show_letter(uint32_t thread);
int show_colour(uint32_t thread);
/** Switches to a thread's colour and back, where there is colour. */
void show_begin(const struct screen *screen, uint32_t thread);
void show_end(const struct screen *screen);

/** How many columns a text takes. */
int show_columns(const char *text);
/** Writes a text in exactly so many columns, cut where it is longer. */
void show_fitted(FILE *out, const char *text, int columns);

/** One line that is written over: how far the run is. */
void show_progress(const struct result *result, const struct screen *screen, uint64_t wall_ns);
void show_progress_end(const struct screen *screen);

#endif
