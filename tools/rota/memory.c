/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Memory that is there or ends the program.
 */
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *or_end(void *memory)
{
        if (memory)
                return memory;
        fputs("rota: out of memory\n", stderr);
        exit(1);
}

void *memory_get(size_t count, size_t size)
{
        return or_end(calloc(count ? count : 1, size ? size : 1));
}

void *memory_grow(void *array, size_t *room, size_t need, size_t size)
{
        if (need <= *room)
                return array;
        size_t more = *room ? *room * 2 : 64;
        if (more < need)
                more = need;
        if (more > SIZE_MAX / size)
                or_end(NULL);
        array = or_end(realloc(array, more * size));
        memset((char *)array + *room * size, 0, (more - *room) * size);
        *room = more;
        return array;
}

char *memory_text(const char *text, size_t length)
{
        char *copy = memory_get(length + 1, 1);
        memcpy(copy, text, length);
        return copy;
}
