/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The console beyond kernel_print().
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <stdarg.h>

/** kernel_print() with its arguments as a list. */
void kernel_print_list(const char *format, va_list arguments);

/** From now on nobody waits for the console's lock, whose owner may have been stopped. */
void kernel_console_break(void);

#endif
