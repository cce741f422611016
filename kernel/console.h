/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The console beyond kernel_print().
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <stdarg.h>
#include <stdint.h>

/** kernel_print() with its arguments as a list. */
void kernel_print_list(const char *format, va_list arguments);

/** Takes the console for several pieces of text that stay together; masks interrupts.
 * @return what kernel_console_give() is given */
uintptr_t kernel_console_take(void);
void kernel_console_give(uintptr_t flags);
/** kernel_print() for who has taken the console. */
void kernel_console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** From now on nobody waits for the console's lock, whose owner may have been stopped. */
void kernel_console_break(void);

#endif
