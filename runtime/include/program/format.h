/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A small printf, for the kernel's console and for programs.
 */
#ifndef PROGRAM_FORMAT_H
#define PROGRAM_FORMAT_H

#include <stdarg.h>

/** Gives @p put each character of the text, with @p to: conversions d, u, x, p, s and c, with l, z,
 * zero-filling and widths. Context: any. */
void format_text(void (*put)(void *to, char c), void *to, const char *format, va_list arguments);

#endif
