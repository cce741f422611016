/* SPDX-License-Identifier: MIT */
/* Text for the console. */
#include "console.h"
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"

static uint32_t console_lock;
static bool console_broken; /* a report is being written: no more waiting for others */

static void put_text(const char *text, unsigned width)
{
        for (; *text; text++, width -= width > 0)
                machine_putc(*text);
        for (; width > 0; width--)
                machine_putc(' ');
}

static void put_number(uint64_t value, unsigned base, unsigned width, char fill, bool minus)
{
        char digits[24];
        unsigned count = 0;

        do
                digits[count++] = "0123456789abcdef"[value % base];
        while ((value /= base) != 0);
        if (minus)
                digits[count++] = '-';
        for (; width > count; width--)
                machine_putc(fill);
        while (count > 0)
                machine_putc(digits[--count]);
}

/* One conversion, whose text begins behind its '%'; returns the text behind it. */
static const char *put_conversion(const char *at, va_list *arguments)
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
                put_text(va_arg(*arguments, const char *), width);
                break;
        case 'c':
                machine_putc((char)va_arg(*arguments, int));
                break;
        case 'd': {
                int64_t value = wide ? va_arg(*arguments, long) : va_arg(*arguments, int);
                uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
                put_number(size, 10, width, fill, value < 0);
                break;
        }
        case 'u':
        case 'x': {
                uint64_t value =
                        wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
                put_number(value, *at == 'x' ? 16 : 10, width, fill, false);
                break;
        }
        case 'p':
                put_number((uintptr_t)va_arg(*arguments, void *), 16, 16, '0', false);
                break;
        default:
                machine_putc(*at);
        }
        return *at ? at + 1 : at;
}

void kernel_print_list(const char *format, va_list arguments)
{
        va_list copy;
        uintptr_t flags = rota_arch_irq_save();

        while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE) &&
                !__atomic_load_n(&console_broken, __ATOMIC_RELAXED))
                rota_arch_pause();
        va_copy(copy, arguments); /* an array type cannot be passed on by address */
        for (const char *at = format; *at;) {
                if (*at == '%')
                        at = put_conversion(at + 1, &copy);
                else
                        machine_putc(*at++);
        }
        va_end(copy);
        __atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE);
        rota_arch_irq_restore(flags);
}

void kernel_print(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        kernel_print_list(format, arguments);
        va_end(arguments);
}

void kernel_console_break(void)
{
        __atomic_store_n(&console_broken, true, __ATOMIC_RELAXED);
}
