/* SPDX-License-Identifier: MIT */
/* The little of <string.h> that programs have; compiled so that no loop becomes a call of itself. */
#include <program/program.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
        unsigned char *a = to;
        const unsigned char *b = from;

        while (size--)
                *a++ = *b++;
        return to;
}

void *memmove(void *to, const void *from, size_t size)
{
        unsigned char *a = to;
        const unsigned char *b = from;

        if ((uintptr_t)a <= (uintptr_t)b)
                return memcpy(to, from, size);
        while (size--)
                a[size] = b[size];
        return to;
}

void *memset(void *to, int value, size_t size)
{
        unsigned char *a = to;

        while (size--)
                *a++ = (unsigned char)value;
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

size_t strlen(const char *text)
{
        size_t length = 0;

        while (text[length])
                length++;
        return length;
}

int strcmp(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return (unsigned char)*a - (unsigned char)*b;
}

uint64_t number(const char *text)
{
        uint64_t value = 0, base = 10;

        if (text[0] == '0' && (text[1] | 32) == 'x') {
                base = 16;
                text += 2;
        }
        for (;; text++) {
                uint64_t digit = base;
                if (*text >= '0' && *text <= '9')
                        digit = (uint64_t)(*text - '0');
                else if ((*text | 32) >= 'a' && (*text | 32) <= 'f')
                        digit = (uint64_t)((*text | 32) - 'a') + 10;
                if (digit >= base)
                        return value;
                value = value * base + digit;
        }
}
