/* SPDX-License-Identifier: MIT */
#include <program/format.h>
#include <program/program.h>

struct line {
        size_t length;
        char text[256];
};

static void put(void *to, char c)
{
        struct line *line = to;

        if (line->length == sizeof(line->text)) {
                sys_write(line->text, line->length);
                line->length = 0;
        }
        line->text[line->length++] = c;
}

void print(const char *format, ...)
{
        struct line line;
        va_list arguments;

        line.length = 0;
        va_start(arguments, format);
        format_text(put, &line, format, arguments);
        va_end(arguments);
        sys_write(line.text, line.length);
}
