/* SPDX-License-Identifier: MIT */
#include "cpio.h"

#define HEADER_BYTES 110u
#define MAGIC_BYTES  6u
#define DIGITS       8u /* of each field */

/* Fields of a header, by number. */
enum { FIELD_MODE = 1, FIELD_SIZE = 6, FIELD_NAME = 11, FIELD_SUM = 12, FIELDS };

static bool same(const unsigned char *bytes, const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (bytes[i] != (unsigned char)text[i])
                        return false;
        return true;
}

static bool same_name(const char *a, const char *b)
{
        while (*a && *a == *b) {
                a++;
                b++;
        }
        return *a == *b;
}

bool cpio_is_archive(const void *bytes, size_t size)
{
        return size >= MAGIC_BYTES && (same(bytes, "070701", 6) || same(bytes, "070702", 6));
}

/* A field of eight hexadecimal digits. @return whether it is one */
static bool read_field(const unsigned char *digits, uint32_t *value)
{
        *value = 0;
        for (unsigned i = 0; i < DIGITS; i++) {
                const unsigned char c = digits[i];
                uint32_t digit = 0;
                if (c >= '0' && c <= '9')
                        digit = c - (uint32_t)'0';
                else if ((c | 32) >= 'a' && (c | 32) <= 'f')
                        digit = (c | 32) - (uint32_t)'a' + 10;
                else
                        return false;
                *value = *value << 4 | digit;
        }
        return true;
}

static bool damaged(struct cpio *cpio, const char *wrong)
{
        cpio->wrong = wrong;
        return false;
}

/* Headers and contents begin at multiples of 4. False where that is behind the end. */
static bool align(const struct cpio *cpio, size_t *at)
{
        const size_t padding = -*at & 3;

        if (padding > cpio->size - *at)
                return false;
        *at += padding;
        return true;
}

/* The name behind the header: @p size bytes with its end, which is the only NUL. */
static bool read_name(struct cpio *cpio, size_t at, uint32_t size, struct cpio_file *file)
{
        const char *name = (const char *)cpio->bytes + at;

        if (size == 0 || size > CPIO_NAME_MAX || size > cpio->size - at)
                return damaged(cpio, "the archive has a name of a wrong length");
        for (uint32_t i = 0; i < size; i++)
                if ((name[i] == '\0') != (i == size - 1))
                        return damaged(cpio, "the archive has a name of a wrong length");
        if (name[0] == '.' && name[1] == '/')
                name++;
        while (*name == '/')
                name++;
        file->name = name;
        return true;
}

static uint32_t sum(const unsigned char *bytes, size_t size)
{
        uint32_t total = 0;

        while (size--)
                total += *bytes++;
        return total;
}

static bool read_header(struct cpio *cpio, uint32_t fields[FIELDS])
{
        const unsigned char *header = cpio->bytes + cpio->at;

        if (cpio->size - cpio->at < HEADER_BYTES)
                return damaged(cpio, "the archive ends too early");
        if (!cpio_is_archive(header, HEADER_BYTES))
                return damaged(cpio, "not a cpio archive of the newc format");
        for (unsigned i = 0; i < FIELDS; i++)
                if (!read_field(header + MAGIC_BYTES + i * DIGITS, &fields[i]))
                        return damaged(cpio, "the archive has a damaged header");
        return true;
}

bool cpio_next(struct cpio *cpio, struct cpio_file *file)
{
        uint32_t fields[FIELDS];

        if (cpio->wrong || !read_header(cpio, fields))
                return false;
        const bool summed = cpio->bytes[cpio->at + MAGIC_BYTES - 1] == '2';
        size_t at = cpio->at + HEADER_BYTES;
        if (!read_name(cpio, at, fields[FIELD_NAME], file))
                return false;
        at += fields[FIELD_NAME];
        if (same_name(file->name, "TRAILER!!!"))
                return false;
        if (!align(cpio, &at) || fields[FIELD_SIZE] > cpio->size - at)
                return damaged(cpio, "the archive ends within a file");
        file->bytes = cpio->bytes + at;
        file->size = fields[FIELD_SIZE];
        file->mode = fields[FIELD_MODE];
        if (summed && sum(file->bytes, file->size) != fields[FIELD_SUM])
                return damaged(cpio, "a file of the archive has a wrong sum");
        at += file->size;
        if (!align(cpio, &at))
                return damaged(cpio, "the archive ends too early");
        cpio->at = at;
        return true;
}

bool cpio_find(const void *bytes, size_t size, const char *name, struct cpio_file *file)
{
        struct cpio cpio = {.bytes = bytes, .size = size};

        while (cpio_next(&cpio, file))
                if (cpio_is_plain(file) && same_name(file->name, name))
                        return true;
        return false;
}

const char *cpio_check(const void *bytes, size_t size)
{
        struct cpio cpio = {.bytes = bytes, .size = size};
        struct cpio_file file;

        while (cpio_next(&cpio, &file))
                ;
        return cpio.wrong;
}
