/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A reader for relaxed JSON: comments of both sorts, trailing commas, keys that repeat and whose
 * order counts, keys without a value. Every value and key knows its line.
 */
#ifndef ROTA_TOOL_RELAXED_H
#define ROTA_TOOL_RELAXED_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/** What a value is. */
enum relaxed_type {
        RELAXED_NONE, /**< a key without a value */
        RELAXED_NULL,
        RELAXED_FALSE,
        RELAXED_TRUE,
        RELAXED_INTEGER,
        RELAXED_REAL,
        RELAXED_STRING,
        RELAXED_ARRAY,
        RELAXED_OBJECT,
};

/** A value; members and elements are a list in the file's order. */
struct relaxed {
        enum relaxed_type type;
        unsigned line;         /**< where it (or its key) begins */
        char *key;             /**< of a member, else NULL */
        char *text;            /**< of a string */
        int64_t integer;       /**< of an integer */
        double real;           /**< of both sorts of number */
        struct relaxed *first; /**< of its members or elements */
        struct relaxed *next;  /**< after this one in what it is in */
};

/** Reads a document. @param name  of the file, for the error. @return NULL with @p error set */
struct relaxed *relaxed_read(
        const char *name, const char *text, size_t length, struct error *error);

/** Frees a document; NULL is none. */
void relaxed_free(struct relaxed *document);

/** "a number", "an object", ... */
const char *relaxed_type_name(enum relaxed_type type);

#endif
