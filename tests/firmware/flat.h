/* SPDX-License-Identifier: MIT */
/* Writes flattened device trees, for tests of their reader: what is opened must be closed by the
 * test, nothing is checked, so that wrong trees can be written too. */
#ifndef FLAT_H
#define FLAT_H

#include <stddef.h>
#include <stdint.h>

#define FLAT_MAX 8192

struct flat {
        uint8_t bytes[FLAT_MAX]; /* the blob, after flat_finish() */
        size_t size;
        uint8_t structure[FLAT_MAX];
        size_t structure_size;
        char strings[FLAT_MAX];
        size_t strings_size;
        uint64_t reserved[8][2];
        size_t reserved_count;
};

/* Tokens, for wrong trees. */
enum { FLAT_NODE = 1, FLAT_END_NODE, FLAT_PROPERTY, FLAT_NOP, FLAT_END = 9 };

/* Where fields of the header are, in bytes. */
enum {
        FLAT_AT_MAGIC = 0,
        FLAT_AT_SIZE = 4,
        FLAT_AT_STRUCTURE = 8,
        FLAT_AT_STRINGS = 12,
        FLAT_AT_RESERVED = 16,
        FLAT_AT_VERSION = 20,
        FLAT_AT_COMPATIBLE = 24,
        FLAT_AT_STRINGS_SIZE = 32,
        FLAT_AT_STRUCTURE_SIZE = 36
};

void flat_start(struct flat *flat);
void flat_reserve(struct flat *flat, uint64_t start, uint64_t size);
void flat_token(struct flat *flat, uint32_t token);
void flat_node(struct flat *flat, const char *name);
void flat_end(struct flat *flat);
/* A property of bytes, of one string, of cells. */
void flat_bytes(struct flat *flat, const char *name, const void *bytes, size_t size);
void flat_text(struct flat *flat, const char *name, const char *text);
void flat_cells(struct flat *flat, const char *name, size_t count, const uint32_t *cells);
/* flat_cells() with the cells written out. */
#define FLAT(flat, name, ...)                                                                      \
        flat_cells(flat, name, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),         \
                (const uint32_t[]){__VA_ARGS__})
/* Puts the blob together, without a last token of its own. */
void flat_finish(struct flat *flat);

void flat_put(uint8_t *at, uint32_t value);
uint32_t flat_get(const uint8_t *at);

/* A whole machine, with everything in it that the reader knows: fills in and finishes. */
void flat_machine(struct flat *flat);

#endif
