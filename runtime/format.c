/* SPDX-License-Identifier: MIT */
#include <program/format.h>

#include <stdbool.h>
#include <stdint.h>

struct sink {
        void (*put)(void *to, char c);
        void *to;
};

static void put_text(const struct sink *sink, const char *text, unsigned width)
{
        for (; *text; text++, width -= width > 0)
                sink->put(sink->to, *text);
        for (; width > 0; width--)
                sink->put(sink->to, ' ');
}

static void put_number(const struct sink *sink, uint64_t value, unsigned base, unsigned width,
        char fill, bool minus)
{
        char digits[24];
        unsigned count = 0;

        do
                digits[count++] = "0123456789abcdef"[value % base];
        while ((value /= base) != 0);
        if (minus)
                digits[count++] = '-';
        for (; width > count; width--)
                sink->put(sink->to, fill);
        while (count > 0)
                sink->put(sink->to, digits[--count]);
}

/* One conversion, whose text begins behind its '%'; returns the text behind it. */
static const char *put_conversion(const struct sink *sink, const char *at, va_list *arguments)
{
        char fill = ' ';
        unsigned width = 0;
        bool wide = false;

        if (*at == '-')
                at++; /* text is filled on the right anyway */
        if (*at == '0')
                fill = *at++;
        for (; *at >= '0' && *at <= '9'; at++)
                width = width * 10 + (unsigned)(*at - '0');
        for (; *at == 'l' || *at == 'z'; at++)
                wide = true;
        switch (*at) {
        case 's':
                put_text(sink, va_arg(*arguments, const char *), width);
                break;
        case 'c':
                sink->put(sink->to, (char)va_arg(*arguments, int));
                break;
        case 'd': {
                int64_t value = wide ? va_arg(*arguments, long) : va_arg(*arguments, int);
                uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
                put_number(sink, size, 10, width, fill, value < 0);
                break;
        }
        case 'u':
        case 'x': {
                uint64_t value =
                        wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
                put_number(sink, value, *at == 'x' ? 16 : 10, width, fill, false);
                break;
        }
        case 'p':
                put_number(sink, (uintptr_t)va_arg(*arguments, void *), 16, 16, '0', false);
                break;
        default:
                sink->put(sink->to, *at);
        }
        return *at ? at + 1 : at;
}

void format_text(void (*put)(void *to, char c), void *to, const char *format, va_list arguments)
{
        const struct sink sink = {put, to};
        va_list copy;

        va_copy(copy, arguments); /* an array type cannot be passed on by address */
        for (const char *at = format; *at;) {
                if (*at == '%')
                        at = put_conversion(&sink, at + 1, &copy);
                else
                        put(to, *at++);
        }
        va_end(copy);
}
