/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The reader: one pass, recursive descent, depth bounded. The text may hold any bytes.
 */
#include "relaxed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define DEPTH_MOST 64

struct reader {
        const char *name;
        const char *at;
        const char *end;
        unsigned line;
        unsigned depth;
        struct error *error;
};

static struct relaxed *read_value(struct reader *r);

static bool wrong(struct reader *r, unsigned line, const char *what)
{
        return error_set(r->error, "%s:%u: %s", r->name, line, what);
}

/** Steps over blanks and comments. @return false for a comment without an end */
static bool skip(struct reader *r)
{
        while (r->at < r->end) {
                const char c = *r->at;
                const bool pair = r->end - r->at > 1;
                if (c == '\n')
                        r->line++;
                if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v') {
                        r->at++;
                } else if (pair && c == '/' && r->at[1] == '/') {
                        while (r->at < r->end && *r->at != '\n')
                                r->at++;
                } else if (pair && c == '/' && r->at[1] == '*') {
                        const unsigned begun = r->line;
                        for (r->at += 2; r->end - r->at > 1; r->at++) {
                                if (*r->at == '*' && r->at[1] == '/')
                                        break;
                                r->line += *r->at == '\n';
                        }
                        if (r->end - r->at < 2)
                                return wrong(r, begun, "a comment without an end");
                        r->at += 2;
                } else {
                        break;
                }
        }
        return true;
}

/** The next character that counts, 0 at the end or after an error. */
static char peek(struct reader *r)
{
        if (!skip(r) || r->at == r->end)
                return '\0';
        return *r->at;
}

static struct relaxed *make(struct reader *r, enum relaxed_type type)
{
        struct relaxed *value = memory_get(1, sizeof(*value));
        value->type = type;
        value->line = r->line;
        return value;
}

/** Writes a code point as UTF-8. @return the bytes */
static size_t encode(char *out, uint32_t code)
{
        if (code < 0x80) {
                out[0] = (char)code;
                return 1;
        }
        if (code < 0x800) {
                out[0] = (char)(0xc0 | code >> 6);
                out[1] = (char)(0x80 | (code & 63));
                return 2;
        }
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
}

/** The four digits after \u. @return -1 where they are not there */
static long read_hex(struct reader *r)
{
        long code = 0;

        if (r->end - r->at < 4)
                return -1;
        for (int i = 0; i < 4; i++) {
                const char *digits = "0123456789abcdef0123456789ABCDEF";
                const char *digit = *r->at ? strchr(digits, *r->at) : NULL;
                if (!digit)
                        return -1;
                code = code * 16 + (digit - digits) % 16;
                r->at++;
        }
        return code;
}

/** After a backslash. @return bytes written, 0 for an escape that does not exist */
static size_t read_escape(struct reader *r, char *out)
{
        static const char from[] = "\"\\/bfnrt";
        static const char to[] = "\"\\/\b\f\n\r\t";

        if (r->at == r->end)
                return 0;
        const char c = *r->at++;
        if (c == 'u') {
                const long code = read_hex(r);
                return code > 0 ? encode(out, (uint32_t)code) : 0;
        }
        const char *found = c ? strchr(from, c) : NULL;
        if (!found)
                return 0;
        *out = to[found - from];
        return 1;
}

/** A string, at its quote. @return NULL after an error */
static char *read_string(struct reader *r)
{
        const unsigned line = r->line;
        size_t room = 0;
        size_t length = 0;
        char *text = NULL;

        for (r->at++; r->at < r->end && *r->at != '"';) {
                text = memory_grow(text, &room, length + 5, 1);
                const char c = *r->at++;
                if (c == '\0' || c == '\n') {
                        r->at = r->end;
                } else if (c != '\\') {
                        text[length++] = c;
                } else {
                        const size_t added = read_escape(r, text + length);
                        length += added;
                        if (!added) {
                                free(text);
                                wrong(r, line, "an escape in a string that JSON does not know");
                                return NULL;
                        }
                }
        }
        if (r->at == r->end) {
                free(text);
                wrong(r, line, "a string without an end on its line");
                return NULL;
        }
        r->at++;
        text = memory_grow(text, &room, length + 1, 1);
        text[length] = '\0';
        return text;
}

static struct relaxed *read_number(struct reader *r)
{
        char digits[64];
        size_t length = 0;
        char *rest = NULL;
        bool real = false;

        while (r->at < r->end && length < sizeof(digits) - 1 && *r->at &&
                strchr("+-.0123456789eE", *r->at)) {
                real = real || strchr(".eE", *r->at);
                digits[length++] = *r->at++;
        }
        digits[length] = '\0';
        struct relaxed *value = make(r, real ? RELAXED_REAL : RELAXED_INTEGER);
        errno = 0;
        if (!real)
                value->integer = strtoll(digits, &rest, 10);
        if (real || errno == 0)
                value->real = strtod(digits, &rest);
        if (errno || *rest || !length) {
                wrong(r, r->line, "not a number that can be read");
                free(value);
                return NULL;
        }
        return value;
}

static struct relaxed *read_word(struct reader *r)
{
        static const struct {
                const char *word;
                enum relaxed_type type;
        } words[] = {{"true", RELAXED_TRUE}, {"false", RELAXED_FALSE}, {"null", RELAXED_NULL}};

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                const size_t length = strlen(words[i].word);
                if ((size_t)(r->end - r->at) >= length &&
                        memcmp(r->at, words[i].word, length) == 0) {
                        r->at += length;
                        return make(r, words[i].type);
                }
        }
        if ((unsigned char)*r->at > ' ' && (unsigned char)*r->at < 0x7f)
                error_set(r->error, "%s:%u: \"%c\" where a value should be", r->name, r->line,
                        *r->at);
        else
                wrong(r, r->line, "a strange character where a value should be");
        return NULL;
}

/** One member of an object: a key, and a value or none. */
static struct relaxed *read_member(struct reader *r)
{
        const unsigned line = r->line;
        struct relaxed *value = NULL;

        if (*r->at != '"') {
                error_set(r->error, "%s:%u: a key in quotes should be here", r->name, line);
                return NULL;
        }
        char *key = read_string(r);
        if (!key)
                return NULL;
        const char next = peek(r);
        if (next == ':') {
                r->at++;
                value = read_value(r);
        } else if (next == ',' || next == '}') {
                value = make(r, RELAXED_NONE);
        } else {
                error_set(r->error, "%s:%u: \":\" or \",\" should follow the key \"%s\"", r->name,
                        line, key);
        }
        if (!value) {
                free(key);
                return NULL;
        }
        value->key = key;
        value->line = line;
        return value;
}

/** What is between the brackets of an object or array, at the opening one. */
static struct relaxed *read_list(struct reader *r, enum relaxed_type type)
{
        const char close = type == RELAXED_OBJECT ? '}' : ']';
        struct relaxed *list = make(r, type);
        struct relaxed **link = &list->first;

        r->at++;
        for (;;) {
                char c = peek(r);
                if (c == close)
                        break;
                if (c == '\0') {
                        error_set(r->error, "%s:%u: the \"%c\" of line %u is missing", r->name,
                                r->line, close, list->line);
                        goto fail;
                }
                *link = type == RELAXED_OBJECT ? read_member(r) : read_value(r);
                if (!*link)
                        goto fail;
                link = &(*link)->next;
                c = peek(r);
                if (c == ',') {
                        r->at++;
                } else if (c != close && c != '\0') {
                        error_set(r->error, "%s:%u: \",\" or \"%c\" should be here", r->name,
                                r->line, close);
                        goto fail;
                }
        }
        r->at++;
        return list;
fail:
        relaxed_free(list);
        return NULL;
}

static struct relaxed *read_value(struct reader *r)
{
        struct relaxed *value = NULL;
        const char c = peek(r);

        if (r->depth == DEPTH_MOST) {
                wrong(r, r->line, "nested too deeply");
                return NULL;
        }
        r->depth++;
        if (c == '{') {
                value = read_list(r, RELAXED_OBJECT);
        } else if (c == '[') {
                value = read_list(r, RELAXED_ARRAY);
        } else if (c == '"') {
                char *text = read_string(r);
                if (text) {
                        value = make(r, RELAXED_STRING);
                        value->text = text;
                }
        } else if (c == '-' || (c >= '0' && c <= '9')) {
                value = read_number(r);
        } else if (r->at == r->end) {
                wrong(r, r->line, "the file ends where a value should be");
        } else {
                value = read_word(r);
        }
        r->depth--;
        return value;
}

struct relaxed *relaxed_read(const char *name, const char *text, size_t length, struct error *error)
{
        struct reader r = {name, text, text + length, 1, 0, error};
        struct relaxed *document = read_value(&r);

        if (document && (peek(&r) != '\0' || r.at != r.end || error->text[0])) {
                wrong(&r, r.line, "text after the end of the document");
                relaxed_free(document);
                document = NULL;
        }
        return document;
}

void relaxed_free(struct relaxed *document)
{
        while (document) {
                struct relaxed *next = document->next;
                relaxed_free(document->first);
                free(document->key);
                free(document->text);
                free(document);
                document = next;
        }
}

const char *relaxed_type_name(enum relaxed_type type)
{
        static const char *const names[] = {"nothing", "null", "false", "true", "a whole number",
                "a fraction", "a string", "an array", "an object"};
        return names[type];
}
