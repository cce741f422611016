/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Events that go to memory, and the memory they go to: each thread's own, one buffer for all of its
 * `mem`, one for each name that its `memrun` give.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define STRIDE_DEFAULT 64
#define BUFFER_MOST    (WORKLOAD_MAX_BUFFER / 2)

/** The number of a buffer, which is as large as its largest user. */
static uint32_t use_buffer(struct compiler *c, const char *name, uint32_t bytes)
{
        uint32_t i = 0;

        while (i < c->buffer_count && strcmp(c->buffers[i].name, name) != 0)
                i++;
        if (i == c->buffer_count) {
                c->buffers = memory_grow(
                        c->buffers, &c->buffer_room, (size_t)i + 1, sizeof(*c->buffers));
                c->buffers[c->buffer_count++] = (struct buffer){memory_text(name, strlen(name)), 0};
        }
        if (c->buffers[i].bytes < bytes)
                c->buffers[i].bytes = bytes;
        return i;
}

bool compile_mem(struct compiler *c, const struct relaxed *member, struct workload_event *event)
{
        int64_t bytes = 0;

        if (!compile_integer(c, member, 0, (int64_t)1 << 50, &bytes))
                return false;
        event->value = (uint64_t)bytes;
        event->size = c->buffer_size;
        event->object = use_buffer(c, "", c->buffer_size);
        return true;
}

/** One of the words. @return its flag, or -1 with the error set */
static int choose(struct compiler *c, const struct relaxed *value, const char *const *words,
        const int *flags, size_t count, const char *list)
{
        const char *text = NULL;

        if (!compile_string(c, value, &text))
                return -1;
        for (size_t i = 0; i < count; i++)
                if (strcmp(words[i], text) == 0)
                        return flags[i];
        compile_wrong(
                c, value->line, "the %s of a memrun is %s, not \"%s\"", value->key, list, text);
        return -1;
}

struct memrun {
        int type; /**< -1: not given */
        int pattern;
        int64_t size, count, stride;
        const char *ref;
};

static bool read_memrun(struct compiler *c, const struct relaxed *m, struct memrun *run)
{
        static const char *const types[] = {"read", "write", "chase"};
        static const int type_flags[] = {0, WORKLOAD_WRITE, WORKLOAD_CHASE};
        static const char *const patterns[] = {"sequential", "random"};
        static const int pattern_flags[] = {0, WORKLOAD_RANDOM};

        if (strcmp(m->key, "type") == 0) {
                run->type = choose(c, m, types, type_flags, 3, "\"read\", \"write\" or \"chase\"");
                return run->type >= 0;
        }
        if (strcmp(m->key, "pattern") == 0) {
                run->pattern =
                        choose(c, m, patterns, pattern_flags, 2, "\"sequential\" or \"random\"");
                return run->pattern >= 0;
        }
        if (strcmp(m->key, "size") == 0)
                return compile_integer(c, m, 64, BUFFER_MOST, &run->size);
        if (strcmp(m->key, "count") == 0)
                return compile_integer(c, m, 0, (int64_t)1 << 50, &run->count);
        if (strcmp(m->key, "stride") == 0)
                return compile_integer(c, m, 8, BUFFER_MOST, &run->stride);
        if (strcmp(m->key, "ref") == 0)
                return compile_text_of(c, m, "memory", &run->ref);
        return compile_wrong(c, m->line, "unknown key \"%s\" in a memrun", m->key);
}

bool compile_memrun(struct compiler *c, const struct relaxed *member, struct workload_event *event)
{
        struct memrun run = {
                .type = -1, .size = -1, .count = -1, .stride = STRIDE_DEFAULT, .ref = "memrun"};

        if (member->type != RELAXED_OBJECT)
                return compile_wrong(c, member->line,
                        "\"%s\" should be { \"type\": type, \"size\": bytes, \"count\": accesses "
                        "}, "
                        "not %s",
                        member->key, relaxed_type_name(member->type));
        for (const struct relaxed *m = member->first; m; m = m->next)
                if (!read_memrun(c, m, &run))
                        return false;
        if (run.type < 0 || run.size < 0 || run.count < 0)
                return compile_wrong(c, member->line, "the memrun \"%s\" has no %s", member->key,
                        run.type < 0   ? "type"
                        : run.size < 0 ? "size"
                                       : "count");
        if (run.stride % 8 || run.stride > run.size)
                return compile_wrong(c, member->line,
                        "the stride of a memrun is a multiple of 8 and at most its size, not %lld",
                        (long long)run.stride);
        event->flags = (uint16_t)(run.type | run.pattern);
        event->value = (uint64_t)run.count;
        event->size = (uint32_t)run.size;
        event->second = (uint32_t)run.stride;
        event->object = use_buffer(c, run.ref, event->size);
        return true;
}

bool compile_buffers(struct compiler *c, struct workload_task *task, uint32_t first_event)
{
        uint64_t *begins = memory_get(c->buffer_count + 1, sizeof(*begins));
        uint64_t end = 0;

        for (uint32_t i = 0; i < c->buffer_count; i++) {
                begins[i] = end;
                end += 64 + (((uint64_t)c->buffers[i].bytes + 63) & ~(uint64_t)63);
        }
        for (uint32_t i = first_event; i < c->event_count; i++)
                if (c->events[i].kind == WORKLOAD_MEM || c->events[i].kind == WORKLOAD_MEMRUN)
                        c->events[i].object = (uint32_t)(begins[c->events[i].object] / 64);
        free(begins);
        while (c->buffer_count)
                free(c->buffers[--c->buffer_count].name);
        task->buffer_bytes = (uint32_t)end;
        return end <= WORKLOAD_MAX_BUFFER ||
               compile_wrong(c, c->lines[first_event],
                       "the task \"%s\" wants %llu MiB for each thread; at most %u can be had",
                       c->task_name, (unsigned long long)(end >> 20), WORKLOAD_MAX_BUFFER >> 20);
}
