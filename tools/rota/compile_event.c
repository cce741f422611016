/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Events: found by prefix of the key, tried in the dialect's own order.
 */
#include "compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/** How an event's value is read. */
enum form {
        FORM_TIME,  /**< microseconds */
        FORM_NAMED, /**< the name of a resource */
        FORM_OWN,   /**< likewise, by default the task's own name */
        FORM_WAITS, /**< { ref, mutex } */
        FORM_NOTHING,
        FORM_TIMER,
        FORM_MEM,
        FORM_MEMRUN,
        FORM_IO,
        FORM_FORK,
};

/* The order counts: "runtime1" is no "run", "memrun" no "mem". */
static const struct {
        const char *prefix;
        enum workload_kind kind;
        enum form form;
        enum workload_resource_kind resource;
} events[] = {
        {"lock", WORKLOAD_LOCK, FORM_NAMED, WORKLOAD_MUTEX},
        {"unlock", WORKLOAD_UNLOCK, FORM_NAMED, WORKLOAD_MUTEX},
        {"wait", WORKLOAD_WAIT, FORM_WAITS, WORKLOAD_CONDITION},
        {"signal", WORKLOAD_SIGNAL, FORM_NAMED, WORKLOAD_CONDITION},
        {"broad", WORKLOAD_BROAD, FORM_NAMED, WORKLOAD_CONDITION},
        {"sync", WORKLOAD_SYNC, FORM_WAITS, WORKLOAD_CONDITION},
        {"sleep", WORKLOAD_SLEEP, FORM_TIME, 0},
        {"runtime", WORKLOAD_RUNTIME, FORM_TIME, 0},
        {"run", WORKLOAD_RUN, FORM_TIME, 0},
        {"timer", WORKLOAD_TIMER, FORM_TIMER, 0},
        {"suspend", WORKLOAD_SUSPEND, FORM_OWN, WORKLOAD_CONDITION},
        {"resume", WORKLOAD_RESUME, FORM_NAMED, WORKLOAD_CONDITION},
        {"memrun", WORKLOAD_MEMRUN, FORM_MEMRUN, 0},
        {"mem", WORKLOAD_MEM, FORM_MEM, 0},
        {"iorun", WORKLOAD_IORUN, FORM_IO, 0},
        {"yield", WORKLOAD_YIELD, FORM_NOTHING, 0},
        {"barrier", WORKLOAD_BARRIER, FORM_NAMED, WORKLOAD_BARRIER_OF},
        {"fork", WORKLOAD_FORK, FORM_FORK, 0},
        {"sem_post", WORKLOAD_SEM_POST, FORM_NAMED, WORKLOAD_SEMAPHORE},
        {"sem_wait", WORKLOAD_SEM_WAIT, FORM_NAMED, WORKLOAD_SEMAPHORE},
};

/* The device of iorun: 100 MB a second. */
#define IO_NS_PER_BYTE 10

#define EVENTS (sizeof(events) / sizeof(events[0]))

static size_t find_event(const char *key)
{
        size_t i = 0;

        while (i < EVENTS && strncmp(key, events[i].prefix, strlen(events[i].prefix)) != 0)
                i++;
        return i;
}

bool compile_is_event(const char *key)
{
        return find_event(key) < EVENTS;
}

/** The number of a timer's name, a new one where it is. */
static uint32_t timer_number(char ***names, size_t *count, size_t *room, const char *name)
{
        for (size_t i = 0; i < *count; i++)
                if (strcmp((*names)[i], name) == 0)
                        return (uint32_t)i;
        *names = memory_grow(*names, room, *count + 1, sizeof(**names));
        (*names)[*count] = memory_text(name, strlen(name));
        return (uint32_t)(*count)++;
}

/** A timer whose name begins with "unique" is each thread's own; others are shared by all. */
static void name_timer(struct compiler *c, const char *ref, struct workload_event *event)
{
        if (strncmp(ref, "unique", 6) == 0) {
                event->flags |= WORKLOAD_UNIQUE;
                event->object = timer_number(&c->unique, &c->unique_count, &c->unique_room, ref);
        } else {
                event->object = timer_number(&c->shared, &c->shared_count, &c->shared_room, ref);
                c->timer_count = (uint32_t)c->shared_count;
        }
}

static bool compile_timer(
        struct compiler *c, const struct relaxed *member, struct workload_event *event)
{
        const char *ref = NULL;
        bool has_period = false;

        if (member->type != RELAXED_OBJECT)
                return compile_wrong(c, member->line,
                        "\"%s\" should be { \"ref\": name, \"period\": microseconds }",
                        member->key);
        for (const struct relaxed *m = member->first; m; m = m->next) {
                const char *mode = NULL;
                if (strcmp(m->key, "ref") == 0) {
                        if (!compile_string(c, m, &ref))
                                return false;
                } else if (strcmp(m->key, "period") == 0) {
                        has_period = true;
                        if (!compile_usec(c, m, &event->value))
                                return false;
                } else if (strcmp(m->key, "mode") == 0) {
                        if (!compile_string(c, m, &mode))
                                return false;
                        if (strcmp(mode, "absolute") == 0)
                                event->flags |= WORKLOAD_ABSOLUTE;
                        else if (strcmp(mode, "relative") != 0)
                                return compile_wrong(c, m->line,
                                        "a timer's mode is \"relative\" or \"absolute\", not "
                                        "\"%s\"",
                                        mode);
                } else {
                        return compile_wrong(c, m->line, "unknown key \"%s\" in a timer", m->key);
                }
        }
        if (!ref || !has_period)
                return compile_wrong(c, member->line, "the timer \"%s\" has no %s", member->key,
                        ref ? "period" : "ref");
        name_timer(c, ref, event);
        return true;
}

static const char *resource_name(enum workload_resource_kind kind)
{
        static const char *const names[] = {
                "resource", "mutex", "condition", "barrier", "semaphore"};
        return names[kind];
}

/** { "ref": condition, "mutex": mutex } */
static bool compile_waits(
        struct compiler *c, const struct relaxed *member, struct workload_event *event)
{
        const char *ref = NULL;
        const char *mutex = NULL;

        if (member->type != RELAXED_OBJECT)
                return compile_wrong(c, member->line,
                        "\"%s\" should be { \"ref\": condition, \"mutex\": mutex }, not %s",
                        member->key, relaxed_type_name(member->type));
        for (const struct relaxed *m = member->first; m; m = m->next) {
                const bool is_ref = strcmp(m->key, "ref") == 0;
                if (!is_ref && strcmp(m->key, "mutex") != 0)
                        return compile_wrong(
                                c, m->line, "unknown key \"%s\" in \"%s\"", m->key, member->key);
                if (!compile_text_of(
                            c, m, is_ref ? "a condition" : "a mutex", is_ref ? &ref : &mutex))
                        return false;
        }
        if (!ref || !mutex)
                return compile_wrong(
                        c, member->line, "\"%s\" has no %s", member->key, ref ? "mutex" : "ref");
        ref = compile_target(c, ref);
        return compile_resource(c, member, WORKLOAD_CONDITION, ref, &event->object) &&
               compile_resource(c, member, WORKLOAD_MUTEX, mutex, &event->second);
}

static bool compile_named(struct compiler *c, const struct relaxed *member, size_t found,
        struct workload_event *event)
{
        const enum workload_resource_kind kind = events[found].resource;
        const char *name = NULL;
        char what[32];

        snprintf(what, sizeof(what), "a %s", resource_name(kind));
        /* As in the dialect's own preprocessor: who suspends without a word does so by its name. */
        if (events[found].form == FORM_OWN &&
                (member->type == RELAXED_NONE ||
                        (member->type == RELAXED_STRING && !member->text[0])))
                name = c->task_name;
        else if (!compile_text_of(c, member, what, &name))
                return false;
        if (kind == WORKLOAD_CONDITION)
                name = compile_target(c, name);
        /* Suspending and resuming is done with the mutex of the same name. */
        if ((event->kind == WORKLOAD_SUSPEND || event->kind == WORKLOAD_RESUME) &&
                !compile_resource(c, member, WORKLOAD_MUTEX, name, &event->second))
                return false;
        return compile_resource(c, member, kind, name, &event->object);
}

/** A transfer takes as long as a device of a fixed speed takes; the CPU is others' meanwhile. */
static bool compile_io(
        struct compiler *c, const struct relaxed *member, struct workload_event *event)
{
        int64_t bytes = 0;

        if (!compile_integer(c, member, 0, (int64_t)1 << 50, &bytes))
                return false;
        event->value = (uint64_t)bytes * IO_NS_PER_BYTE;
        return true;
}

static bool compile_value(struct compiler *c, const struct relaxed *member, size_t found,
        struct workload_event *event)
{
        switch (events[found].form) {
        case FORM_TIME:
                return compile_usec(c, member, &event->value);
        case FORM_NAMED:
        case FORM_OWN:
                return compile_named(c, member, found, event);
        case FORM_WAITS:
                return compile_waits(c, member, event);
        case FORM_TIMER:
                return compile_timer(c, member, event);
        case FORM_MEM:
                return compile_mem(c, member, event);
        case FORM_MEMRUN:
                return compile_memrun(c, member, event);
        case FORM_IO:
                return compile_io(c, member, event);
        case FORM_FORK:
                return compile_fork(c, member);
        default:
                return true;
        }
}

bool compile_event(struct compiler *c, const struct relaxed *member)
{
        const size_t found = find_event(member->key);
        struct workload_event event = {.kind = (uint16_t)events[found].kind};

        if (c->event_count == WORKLOAD_MAX_EVENTS)
                return compile_wrong(c, member->line, "too many events");
        if (!compile_value(c, member, found, &event))
                return false;
        c->events = memory_grow(
                c->events, &c->event_room, (size_t)c->event_count + 1, sizeof(*c->events));
        c->lines =
                memory_grow(c->lines, &c->line_room, (size_t)c->event_count + 1, sizeof(*c->lines));
        c->lines[c->event_count] = member->line;
        c->events[c->event_count++] = event;
        return true;
}
