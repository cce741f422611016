/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What tasks share: mutexes, conditions, barriers, semaphores. A name is made where it is first used;
 * the file's "resources" may name it before. Each kind has names of its own, but for what suspends
 * and resumes, which are conditions.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Types that "resources" knows. Those without a kind are nothing that is shared. */
static const struct {
        const char *name;
        enum workload_resource_kind kind;
        bool has_target;
} types[] = {
        {"mutex", WORKLOAD_MUTEX, false},
        {"wait", WORKLOAD_CONDITION, false},
        {"suspend", WORKLOAD_CONDITION, false},
        {"signal", 0, true},
        {"broadcast", 0, true},
        {"resume", 0, true},
        {"semaphore", WORKLOAD_SEMAPHORE, false},
        {"barrier", 0, false},
        {"timer", 0, false},
        {"sync", 0, false},
        {"sleep", 0, false},
        {"run", 0, false},
        {"mem", 0, false},
        {"iorun", 0, false},
};

#define TYPES (sizeof(types) / sizeof(types[0]))

bool compile_text_of(
        struct compiler *c, const struct relaxed *value, const char *what, const char **out)
{
        const bool is_text = value->type == RELAXED_STRING;

        if (is_text && value->text[0]) {
                *out = value->text;
                return true;
        }
        compile_wrong(c, value->line, "\"%s\" should be the name of %s, not %s", value->key, what,
                is_text ? "empty" : relaxed_type_name(value->type));
        return false;
}

static uint32_t add_resource(struct compiler *c, enum workload_resource_kind kind, const char *name)
{
        const uint32_t number = c->resource_count;

        c->resources = memory_grow(
                c->resources, &c->resource_room, (size_t)number + 1, sizeof(*c->resources));
        c->notes = memory_grow(c->notes, &c->note_room, (size_t)number + 1, sizeof(*c->notes));
        c->resources[number] = (struct workload_resource){.kind = (uint16_t)kind,
                .flags = kind == WORKLOAD_MUTEX && c->inherit ? WORKLOAD_INHERIT : 0,
                .name = compile_name(c, name)};
        c->notes[number] = (struct resource_note){.name = memory_text(name, strlen(name))};
        c->resource_count++;
        return number;
}

static uint32_t find_resource(
        const struct compiler *c, enum workload_resource_kind kind, const char *name)
{
        uint32_t i = 0;

        while (i < c->resource_count &&
                (c->resources[i].kind != kind || strcmp(c->notes[i].name, name) != 0))
                i++;
        return i;
}

const char *compile_target(const struct compiler *c, const char *name)
{
        for (uint32_t i = 0; i < c->alias_count; i++)
                if (strcmp(c->aliases[i].name, name) == 0)
                        return c->aliases[i].target;
        return name;
}

bool compile_resource(struct compiler *c, const struct relaxed *member,
        enum workload_resource_kind kind, const char *name, uint32_t *number)
{
        *number = find_resource(c, kind, name);
        if (*number == c->resource_count) {
                if (c->resource_count == WORKLOAD_MAX_RESOURCES)
                        return compile_wrong(c, member->line, "too many resources");
                add_resource(c, kind, name);
        }
        struct resource_note *note = &c->notes[*number];
        /* At a barrier meet all threads that name it, each once however often it does. */
        if (kind == WORKLOAD_BARRIER_OF && note->task != c->task_count + 1)
                c->resources[*number].users += c->instances;
        note->task = c->task_count + 1;
        note->line = member->line;
        return true;
}

static bool locks(const struct compiler *c, uint32_t first_event, uint32_t mutex)
{
        for (uint32_t i = first_event; i < c->event_count; i++)
                if (c->events[i].kind == WORKLOAD_LOCK && c->events[i].object == mutex)
                        return true;
        return false;
}

bool compile_check_locks(struct compiler *c, uint32_t first_event)
{
        for (uint32_t i = first_event; i < c->event_count; i++) {
                const struct workload_event *e = &c->events[i];
                const bool waits = e->kind == WORKLOAD_WAIT;
                const uint32_t mutex = waits ? e->second : e->object;
                if ((waits || e->kind == WORKLOAD_UNLOCK) && !locks(c, first_event, mutex))
                        return compile_wrong(c, c->lines[i],
                                "the task \"%s\" %s the mutex \"%s\" and never locks it",
                                c->task_name, waits ? "waits with" : "unlocks",
                                c->notes[mutex].name);
        }
        return true;
}

static bool add_alias(
        struct compiler *c, const struct relaxed *source, const struct relaxed *target)
{
        const char *name = NULL;

        if (!target)
                return compile_wrong(
                        c, source->line, "the resource \"%s\" has no target", source->key);
        if (!compile_text_of(c, target, "a condition", &name))
                return false;
        c->aliases = memory_grow(
                c->aliases, &c->alias_room, (size_t)c->alias_count + 1, sizeof(*c->aliases));
        c->aliases[c->alias_count++] = (struct resource_alias){
                memory_text(source->key, strlen(source->key)), memory_text(name, strlen(name))};
        return true;
}

static bool declare(struct compiler *c, const struct relaxed *source)
{
        const struct relaxed *target = NULL;
        const char *type = NULL;
        size_t found = 0;

        if (source->type != RELAXED_OBJECT)
                return compile_wrong(c, source->line,
                        "the resource \"%s\" should be { \"type\": type }, not %s", source->key,
                        relaxed_type_name(source->type));
        for (const struct relaxed *m = source->first; m; m = m->next) {
                if (strcmp(m->key, "target") == 0)
                        target = m;
                else if (strcmp(m->key, "type") != 0)
                        return compile_wrong(c, m->line,
                                "unknown key \"%s\" in the resource \"%s\"", m->key, source->key);
                else if (!compile_string(c, m, &type))
                        return false;
        }
        if (!type)
                return compile_wrong(
                        c, source->line, "the resource \"%s\" has no type", source->key);
        while (found < TYPES && strcmp(types[found].name, type) != 0)
                found++;
        if (found == TYPES)
                return compile_wrong(c, source->line,
                        "the resource \"%s\" is of an unknown type, \"%s\"", source->key, type);
        if (types[found].has_target)
                return add_alias(c, source, target);
        if (types[found].kind &&
                find_resource(c, types[found].kind, source->key) == c->resource_count) {
                if (c->resource_count == WORKLOAD_MAX_RESOURCES)
                        return compile_wrong(c, source->line, "too many resources");
                add_resource(c, types[found].kind, source->key);
        }
        return true;
}

bool compile_resources(struct compiler *c, const struct relaxed *resources)
{
        if (resources->type != RELAXED_OBJECT)
                return compile_wrong(c, resources->line,
                        "\"resources\" should be an object, not %s",
                        relaxed_type_name(resources->type));
        for (const struct relaxed *m = resources->first; m; m = m->next)
                if (!declare(c, m))
                        return false;
        return true;
}

void compile_free(struct compiler *c)
{
        for (uint32_t i = 0; i < c->resource_count; i++)
                free(c->notes[i].name);
        for (uint32_t i = 0; i < c->alias_count; i++) {
                free(c->aliases[i].name);
                free(c->aliases[i].target);
        }
        for (uint32_t i = 0; i < c->buffer_count; i++)
                free(c->buffers[i].name);
        for (uint32_t i = 0; i < c->fork_count; i++)
                free(c->forks[i].name);
        free(c->resources);
        free(c->notes);
        free(c->aliases);
        free(c->buffers);
        free(c->forks);
        free(c->lines);
        free(c->tasks);
        free(c->phases);
        free(c->events);
        free(c->masks);
        free(c->names);
}
