/* SPDX-License-Identifier: MIT */
/**
 * @file
 * One line of text about what went wrong.
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(struct error *error, const char *format, ...)
{
        va_list list;

        if (error->text[0])
                return false;
        va_start(list, format);
        vsnprintf(error->text, sizeof(error->text), format, list);
        va_end(list);
        /* Names come from files: a line stays a line, and a terminal is not told what to do. */
        for (char *p = error->text; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        *p = '?';
        return false;
}
