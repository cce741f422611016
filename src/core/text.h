/* SPDX-License-Identifier: MIT */
/* Words of reports, composed without a C library: to a console, or into a buffer on the stack. */
#ifndef ROTA_CORE_TEXT_H
#define ROTA_CORE_TEXT_H

#include <stdint.h>

struct text {
        void (*putc)(char); /* NULL: into the buffer */
        char *at;
        char *end; /* where the buffer's closing zero may be at the latest */
};

/* Begins a text in @p buffer, which is a string after each call below. */
struct text text_into(char *buffer, uint32_t size);
void text_char(struct text *t, char c);
/* At most 64 characters of @p s, which may be anybody's. */
void text_put(struct text *t, const char *s);
/* A label and a decimal number. */
void text_number(struct text *t, const char *label, uint64_t value);
/* "NAME" in quotes. */
void text_name(struct text *t, const char *name);

#endif
