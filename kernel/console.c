/* SPDX-License-Identifier: MIT */
/* Text for the console. */
#include "console.h"
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"
#include <program/format.h>

static uint32_t console_lock;
static bool console_broken; /* a report is being written: no more waiting for others */

static void put(void *nowhere, char c)
{
        (void)nowhere;
        machine_putc(c);
}

uintptr_t kernel_console_take(void)
{
        uintptr_t flags = rota_arch_irq_save();

        while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE) &&
                !__atomic_load_n(&console_broken, __ATOMIC_RELAXED))
                rota_arch_pause();
        return flags;
}

void kernel_console_give(uintptr_t flags)
{
        __atomic_store_n(&console_lock, 0, __ATOMIC_RELEASE);
        rota_arch_irq_restore(flags);
}

void kernel_console_print(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        format_text(put, NULL, format, arguments);
        va_end(arguments);
}

void kernel_print_list(const char *format, va_list arguments)
{
        const uintptr_t flags = kernel_console_take();

        format_text(put, NULL, format, arguments);
        kernel_console_give(flags);
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
