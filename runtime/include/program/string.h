/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The four functions that a compiler may call even in freestanding code.
 */
#ifndef PROGRAM_STRING_H
#define PROGRAM_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
