/* SPDX-License-Identifier: MIT */
/* Copies of messages: short ones without a call. */
#ifndef ROTA_SYNC_COPY_H
#define ROTA_SYNC_COPY_H

#include <stddef.h>

static inline void copy_message(char *to, const char *from, size_t bytes)
{
        if (bytes > 128) {
                __builtin_memcpy(to, from, bytes);
                return;
        }
        for (; bytes >= 32; bytes -= 32, to += 32, from += 32)
                __builtin_memcpy(to, from, 32);
        if (bytes & 16) {
                __builtin_memcpy(to, from, 16);
                to += 16, from += 16;
        }
        if (bytes & 8) {
                __builtin_memcpy(to, from, 8);
                to += 8, from += 8;
        }
        for (bytes &= 7; bytes; bytes--)
                *to++ = *from++;
}

#endif
