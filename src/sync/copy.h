/* SPDX-License-Identifier: MIT */
/* Copies of messages: short ones without a call. */
#ifndef ROTA_SYNC_COPY_H
#define ROTA_SYNC_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rota/config.h>

/* Copies `bytes`, a constant, from any address to any. */
#define COPY(to, from, bytes)                                                                      \
        do {                                                                                       \
                if (ROTA_ALIGNED_WORDS && (((uintptr_t)(to) | (uintptr_t)(from)) & 7) == 0)        \
                        __builtin_memcpy(__builtin_assume_aligned(to, 8),                          \
                                __builtin_assume_aligned(from, 8), bytes);                         \
                else                                                                               \
                        __builtin_memcpy(to, from, bytes);                                         \
        } while (0)

/* Copies 8 to 16 or 32 to 64 bytes, by the two ends, which may overlap. False, and nothing was done: it has
 * another size. */
static inline bool copy_short(char *to, const char *from, size_t bytes)
{
        if (bytes - 8 <= 8) {
                COPY(to, from, 8);
                COPY(to + bytes - 8, from + bytes - 8, 8);
                return true;
        }
        if (bytes - 32 > 32)
                return false;
        COPY(to, from, 32);
        COPY(to + bytes - 32, from + bytes - 32, 32);
        return true;
}

static inline void copy_message(char *to, const char *from, size_t bytes)
{
        if (!copy_short(to, from, bytes) && bytes) /* without any there may be no memory */
                __builtin_memcpy(to, from, bytes);
}

#endif
