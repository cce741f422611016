/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A workload file as a whole: reading it, its top level and global settings, and the helpers of the
 * compiler's other parts.
 */
#include "compiler.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define FILE_MOST ((size_t)16 << 20)

/* Settings of the dialect's own performer: calibration, logs, memory locking, and the like. */
static const char *const meaningless[] = {"calibration", "lock_pages", "logdir", "log_basename",
        "log_size", "ftrace", "gnuplot", "io_device", "frag"};

#define BUFFER_DEFAULT (4u << 20)

bool compile_wrong(struct compiler *c, unsigned line, const char *format, ...)
{
        char text[768];
        va_list list;

        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        return error_set(c->error, "%s:%u: %s", c->file, line, text);
}

void compile_ignore(struct compiler *c, const char *key)
{
        const size_t length = strlen(key);
        const size_t before = c->ignored ? strlen(c->ignored) : 0;

        for (const char *p = c->ignored; p && (p = strstr(p, key)); p++)
                if ((p == c->ignored || p[-1] == ' ') && (p[length] == ',' || !p[length]))
                        return;
        if (before + length > 4096)
                return;
        char *more = memory_get(before + length + 3, 1);
        snprintf(more, before + length + 3, "%s%s%s", before ? c->ignored : "", before ? ", " : "",
                key);
        free(c->ignored);
        c->ignored = more;
}

bool compile_integer(
        struct compiler *c, const struct relaxed *value, int64_t least, int64_t most, int64_t *out)
{
        const char *key = value->key ? value->key : "the element";

        if (value->type != RELAXED_INTEGER)
                return compile_wrong(c, value->line, "\"%s\" should be a whole number, not %s", key,
                        relaxed_type_name(value->type));
        if (value->integer < least || value->integer > most)
                return compile_wrong(c, value->line, "\"%s\" should be %lld to %lld, not %lld", key,
                        (long long)least, (long long)most, (long long)value->integer);
        *out = value->integer;
        return true;
}

bool compile_usec(struct compiler *c, const struct relaxed *value, uint64_t *ns)
{
        int64_t usec = 0;

        if (!compile_integer(c, value, 0, (int64_t)1 << 50, &usec))
                return false;
        *ns = (uint64_t)usec * 1000;
        return true;
}

bool compile_string(struct compiler *c, const struct relaxed *value, const char **out)
{
        if (value->type != RELAXED_STRING)
                return compile_wrong(c, value->line, "\"%s\" should be a string, not %s",
                        value->key ? value->key : "the element", relaxed_type_name(value->type));
        *out = value->text;
        return true;
}

static bool compile_duration(struct compiler *c, const struct relaxed *value)
{
        if (value->type != RELAXED_INTEGER && value->type != RELAXED_REAL)
                return compile_wrong(c, value->line, "\"duration\" should be seconds, not %s",
                        relaxed_type_name(value->type));
        if (value->real > 1e8)
                return compile_wrong(c, value->line, "\"duration\" is too long");
        c->has_duration = value->real > 0;
        c->duration_ns = c->has_duration ? (uint64_t)(value->real * 1e9) : 0;
        return true;
}

static bool compile_bool(struct compiler *c, const struct relaxed *value, bool *out)
{
        if (value->type != RELAXED_TRUE && value->type != RELAXED_FALSE)
                return compile_wrong(c, value->line, "\"%s\" should be true or false, not %s",
                        value->key, relaxed_type_name(value->type));
        *out = value->type == RELAXED_TRUE;
        return true;
}

static bool compile_buffer_size(struct compiler *c, const struct relaxed *value)
{
        int64_t bytes = 0;

        if (!compile_integer(c, value, 64, WORKLOAD_MAX_BUFFER / 2, &bytes))
                return false;
        c->buffer_size = (uint32_t)bytes;
        return true;
}

static bool compile_global(struct compiler *c, const struct relaxed *global)
{
        if (global->type != RELAXED_OBJECT)
                return compile_wrong(c, global->line, "\"global\" should be an object, not %s",
                        relaxed_type_name(global->type));
        for (const struct relaxed *m = global->first; m; m = m->next) {
                bool good = true;
                if (strcmp(m->key, "duration") == 0) {
                        good = compile_duration(c, m);
                } else if (strcmp(m->key, "default_policy") == 0) {
                        good = compile_policy(c, m, &c->default_policy);
                } else if (strcmp(m->key, "pi_enabled") == 0) {
                        good = compile_bool(c, m, &c->inherit);
                } else if (strcmp(m->key, "cumulative_slack") == 0) {
                        good = compile_bool(c, m, &c->cumulative);
                } else if (strcmp(m->key, "mem_buffer_size") == 0) {
                        good = compile_buffer_size(c, m);
                } else {
                        bool known = false;
                        for (size_t i = 0; i < sizeof(meaningless) / sizeof(meaningless[0]); i++)
                                known = known || strcmp(m->key, meaningless[i]) == 0;
                        if (!known)
                                return compile_wrong(
                                        c, m->line, "unknown key \"%s\" in \"global\"", m->key);
                        compile_ignore(c, m->key);
                }
                if (!good)
                        return false;
        }
        return true;
}

/** The whole document. Global settings and resources hold for tasks before them, so they come first. */
static bool compile_document(struct compiler *c, const struct relaxed *document)
{
        bool tasks = false;

        if (document->type != RELAXED_OBJECT)
                return compile_wrong(c, document->line, "a workload is an object, not %s",
                        relaxed_type_name(document->type));
        for (const struct relaxed *m = document->first; m; m = m->next)
                if (strcmp(m->key, "global") == 0 && !compile_global(c, m))
                        return false;
        for (const struct relaxed *m = document->first; m; m = m->next)
                if (strcmp(m->key, "resources") == 0 && !compile_resources(c, m))
                        return false;
        for (const struct relaxed *m = document->first; m; m = m->next) {
                if (strcmp(m->key, "tasks") == 0) {
                        tasks = true;
                        if (!compile_tasks(c, m))
                                return false;
                } else if (strcmp(m->key, "global") != 0 && strcmp(m->key, "resources") != 0) {
                        return compile_wrong(
                                c, m->line, "unknown key \"%s\" beside \"tasks\"", m->key);
                }
        }
        if (!tasks || !c->task_count)
                return compile_wrong(c, document->line, "there are no \"tasks\" in it");
        return true;
}

static void free_names(char **names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                free(names[i]);
        free(names);
}

bool compile_text(const char *file, const char *text, size_t length,
        const struct compile_options *options, struct program *program, struct error *error)
{
        struct compiler c = {
                .file = file, .options = options, .error = error, .buffer_size = BUFFER_DEFAULT};

        memset(program, 0, sizeof(*program));
        struct relaxed *document = relaxed_read(file, text, length, error);
        const bool good = document && compile_document(&c, document) && compile_image(&c, program);
        relaxed_free(document);
        compile_free(&c);
        free_names(c.shared, c.shared_count);
        free_names(c.unique, c.unique_count);
        if (good)
                program->ignored = c.ignored;
        else
                free(c.ignored);
        return good;
}

/** Reads a file whole. @return NULL with @p error set */
static char *read_file(const char *file, size_t *length, struct error *error)
{
        FILE *stream = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
        size_t room = 0;
        char *text = NULL;

        *length = 0;
        if (!stream) {
                error_set(error, "%s: %s", file, strerror(errno));
                return NULL;
        }
        for (;;) {
                text = memory_grow(text, &room, *length + 65536, 1);
                const size_t got = fread(text + *length, 1, 65536, stream);
                *length += got;
                if (got == 0 || *length > FILE_MOST)
                        break;
        }
        if (ferror(stream) || *length > FILE_MOST) {
                error_set(error, "%s: %s", file,
                        ferror(stream) ? strerror(errno) : "larger than 16 MiB");
                free(text);
                text = NULL;
        }
        if (stream != stdin)
                fclose(stream);
        return text;
}

bool compile_file(const char *file, const struct compile_options *options, struct program *program,
        struct error *error)
{
        size_t length = 0;
        const char *name = strcmp(file, "-") == 0 ? "standard input" : file;
        char *text = read_file(file, &length, error);

        memset(program, 0, sizeof(*program));
        if (!text)
                return false;
        const bool good = compile_text(name, text, length, options, program, error);
        free(text);
        return good;
}

void program_free(struct program *program)
{
        const uint32_t threads = program->bytes ? program->image.header->thread_count : 0;

        for (uint32_t i = 0; i < threads; i++)
                free(program->thread_names[i]);
        free(program->thread_names);
        free(program->thread_tasks);
        free(program->thread_forked);
        free(program->ignored);
        free(program->archive);
        free(program->bytes);
        memset(program, 0, sizeof(*program));
}
