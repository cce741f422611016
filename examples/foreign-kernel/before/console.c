/* SPDX-License-Identifier: MIT */
/* The serial line, and the end of the machine. */
#include "kernel.h"

#include <stdarg.h>

static struct spinlock console;

static void put(char c)
{
        if (c == '\n')
                put('\r');
        while (!(in8(0x3fd) & 0x20))
                cpu_relax();
        out8(0x3f8, (uint8_t)c);
}

static void put_number(uint64_t value, unsigned base)
{
        char digits[24];
        int count = 0;

        do {
                digits[count++] = "0123456789abcdef"[value % base];
                value /= base;
        } while (value);
        while (count)
                put(digits[--count]);
}

static void put_list(const char *format, va_list list)
{
        for (; *format; format++) {
                if (*format != '%') {
                        put(*format);
                        continue;
                }
                switch (*++format) {
                case 's':
                        for (const char *s = va_arg(list, const char *); *s; s++)
                                put(*s);
                        break;
                case 'u':
                        put_number(va_arg(list, uint64_t), 10);
                        break;
                case 'x':
                        put_number(va_arg(list, uint64_t), 16);
                        break;
                default:
                        put(*format);
                }
        }
}

void kprintf(const char *format, ...)
{
        va_list list;

        va_start(list, format);
        spin_lock_irq(&console);
        put_list(format, list);
        spin_unlock_irq(&console);
        va_end(list);
}

void power_off(int code)
{
        for (;;)
                out8(0xf4, (uint8_t)code); /* the emulator ends with 2 * code + 1 */
}

void panic(const char *text)
{
        irq_save();
        for (const char *s = "panic: "; *s; s++)
                put(*s);
        for (; *text; text++)
                put(*text);
        put('\n');
        power_off(99);
}
