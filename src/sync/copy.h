/* SPDX-License-Identifier: MIT */
/* Copies of messages: short ones without a call. */
#ifndef ROTA_SYNC_COPY_H
#define ROTA_SYNC_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies 8 to 16 or 32 to 64 bytes, by the two ends, which may overlap. False, and nothing was done: it has
 * another size. */
static inline bool copy_short(char *to, const char *from, size_t bytes)
{
        uint64_t first, last;

        if (bytes - 8 <= 8) {
                __builtin_memcpy(&first, from, 8);
                __builtin_memcpy(&last, from + bytes - 8, 8);
                __builtin_memcpy(to, &first, 8);
                __builtin_memcpy(to + bytes - 8, &last, 8);
                return true;
        }
        if (bytes - 32 > 32)
                return false;
        __builtin_memcpy(to, from, 32);
        __builtin_memcpy(to + bytes - 32, from + bytes - 32, 32);
        return true;
}

static inline void copy_message(char *to, const char *from, size_t bytes)
{
        if (!copy_short(to, from, bytes) && bytes) /* without any there may be no memory */
                __builtin_memcpy(to, from, bytes);
}

#endif
