/* SPDX-License-Identifier: MIT */
/* memcpy and its kin by string instructions, which a compiler cannot turn into calls of them. */
#include "memory.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
        void *at = to;
        __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
        return to;
}

void *memmove(void *to, const void *from, size_t size)
{
        if (to <= from || (char *)to >= (const char *)from + size)
                return memcpy(to, from, size);
        void *at = (char *)to + size - 1;
        const void *last = (const char *)from + size - 1;
        __asm__ volatile("std\n\trep movsb\n\tcld" : "+D"(at), "+S"(last), "+c"(size) : : "memory");
        return to;
}

void *memset(void *to, int value, size_t size)
{
        unsigned long word = (unsigned char)value * 0x0101010101010101ul;
        size_t words = size / 8, rest = size % 8;
        void *at = to;

        __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(word) : "memory");
        __asm__ volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(word) : "memory");
        return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
        const unsigned char *x = a, *y = b;

        for (size_t i = 0; i < size; i++)
                if (x[i] != y[i])
                        return x[i] < y[i] ? -1 : 1;
        return 0;
}
