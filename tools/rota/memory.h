/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Memory of the tool: a program that runs once and ends. Running out of it ends it at once.
 */
#ifndef ROTA_TOOL_MEMORY_H
#define ROTA_TOOL_MEMORY_H

#include <stddef.h>

/** Zeroed memory, never NULL. */
void *memory_get(size_t count, size_t size);

/** Makes room for at least @p need elements. @return the array, perhaps elsewhere */
void *memory_grow(void *array, size_t *room, size_t need, size_t size);

/** A copy of @p length characters with an end. */
char *memory_text(const char *text, size_t length);

#endif
