/* SPDX-License-Identifier: MIT */
#include "core/text.h"

#include <stddef.h>

struct text text_into(char *buffer, uint32_t size)
{
        struct text t = {NULL, buffer, buffer + size - 1};
        *buffer = '\0';
        return t;
}

void text_char(struct text *t, char c)
{
        if (t->putc) {
                t->putc(c);
        } else if (t->at < t->end) {
                *t->at++ = c;
                *t->at = '\0';
        }
}

void text_put(struct text *t, const char *s)
{
        for (uint32_t i = 0; s && s[i] && i < 64; i++)
                text_char(t, s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
}

void text_name(struct text *t, const char *name)
{
        text_char(t, '"');
        text_put(t, name);
        text_char(t, '"');
}

void text_number(struct text *t, const char *label, uint64_t value)
{
        char digits[20];
        uint32_t n = 0;

        text_put(t, label);
        do {
                /* Division by ten without a 64-bit divide: this also runs on 32-bit machines. */
                uint64_t rest = 0;
                uint64_t quotient = 0;
                for (int bit = 63; bit >= 0; bit--) {
                        rest = rest * 2 + ((value >> bit) & 1);
                        if (rest >= 10) {
                                rest -= 10;
                                quotient |= (uint64_t)1 << bit;
                        }
                }
                digits[n++] = (char)('0' + (char)rest);
                value = quotient;
        } while (value);
        while (n)
                text_char(t, digits[--n]);
}
