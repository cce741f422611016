/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Events: found by prefix of the key, tried in the dialect's own order.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* The order counts: "runtime1" is no "run", "memrun" no "mem". 0: not performed yet. */
static const struct {
        const char *prefix;
        enum workload_kind kind;
} events[] = {
        {"lock", 0},
        {"unlock", 0},
        {"wait", 0},
        {"signal", 0},
        {"broad", 0},
        {"sync", 0},
        {"sleep", WORKLOAD_SLEEP},
        {"runtime", WORKLOAD_RUNTIME},
        {"run", WORKLOAD_RUN},
        {"timer", WORKLOAD_TIMER},
        {"suspend", 0},
        {"resume", 0},
        {"memrun", 0},
        {"mem", 0},
        {"iorun", 0},
        {"yield", WORKLOAD_YIELD},
        {"barrier", 0},
        {"fork", 0},
        {"sem_post", 0},
        {"sem_wait", 0},
};

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

bool compile_event(struct compiler *c, const struct relaxed *member)
{
        const size_t found = find_event(member->key);
        struct workload_event event = {0};
        bool good = true;

        if (!events[found].kind)
                return compile_wrong(c, member->line,
                        "the event \"%s\" (%s) is not there yet; run, runtime, sleep, timer and "
                        "yield are",
                        member->key, events[found].prefix);
        event.kind = (uint16_t)events[found].kind;
        if (event.kind == WORKLOAD_TIMER)
                good = compile_timer(c, member, &event);
        else if (event.kind != WORKLOAD_YIELD)
                good = compile_usec(c, member, &event.value);
        if (!good)
                return false;
        if (c->event_count == WORKLOAD_MAX_EVENTS)
                return compile_wrong(c, member->line, "too many events");
        c->events = memory_grow(
                c->events, &c->event_room, (size_t)c->event_count + 1, sizeof(*c->events));
        c->events[c->event_count++] = event;
        return true;
}
