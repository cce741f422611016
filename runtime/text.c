/* SPDX-License-Identifier: MIT */
/* The little of <string.h> that programs have; compiled so that no loop becomes a call of itself. */
#include <program/program.h>

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
