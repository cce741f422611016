/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Threads and phases. A thread has phases, or events of its own, which are then its one phase: its
 * "loop" counts that phase's passes, for ever where there is none.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "memory.h"

/* Known in the dialect; groups, memory nodes and utilisation clamps are nothing that Rota has. */
static const char *const meaningless[] = {"taskgroup", "nodes_membind", "util_min", "util_max"};

static bool is(const struct relaxed *member, const char *key)
{
        return strcmp(member->key, key) == 0;
}

static bool is_meaningless(const struct relaxed *member)
{
        for (size_t i = 0; i < sizeof(meaningless) / sizeof(meaningless[0]); i++)
                if (is(member, meaningless[i]))
                        return true;
        return false;
}

static bool compile_loop(struct compiler *c, const struct relaxed *member, int32_t *loops)
{
        int64_t value = 0;

        if (!compile_integer(c, member, WORKLOAD_FOREVER, INT32_MAX, &value))
                return false;
        *loops = (int32_t)value;
        return true;
}

/** Of the two readings of "runtime" in a thread the event is meant, but for SCHED_DEADLINE; in a
 * phase the short names of the deadline's parameters do not exist. */
static bool is_wish(const struct relaxed *member, const struct wishes *wishes, bool phase)
{
        if (!compile_is_wish(member->key))
                return false;
        if (is(member, "runtime"))
                return !phase && wishes->policy == LINUX_DEADLINE;
        return !phase || (!is(member, "period") && !is(member, "deadline"));
}

/** One member of a phase or of a thread without phases. */
static bool compile_member(
        struct compiler *c, const struct relaxed *m, const struct relaxed *owner, const char *what)
{
        if (is_meaningless(m)) {
                compile_ignore(c, m->key);
                return true;
        }
        if (compile_is_event(m->key))
                return compile_event(c, m);
        return compile_wrong(
                c, m->line, "unknown key \"%s\" in the %s \"%s\"", m->key, what, owner->key);
}

static struct workload_phase *add_phase(struct compiler *c, const char *name)
{
        c->phases = memory_grow(
                c->phases, &c->phase_room, (size_t)c->phase_count + 1, sizeof(*c->phases));
        struct workload_phase *phase = &c->phases[c->phase_count++];
        phase->name = compile_name(c, name);
        return phase;
}

/** The policy decides how other keys are read, so it is looked for first. */
static bool find_policy(struct compiler *c, const struct relaxed *owner, struct wishes *wishes)
{
        for (const struct relaxed *m = owner->first; m; m = m->next)
                if (is(m, "policy") && !compile_policy(c, m, &wishes->policy))
                        return false;
        return true;
}

/** A phase. What it does not say about scheduling stays as it was; what it says starts from the
 * thread's @p wishes. */
static bool compile_phase(struct compiler *c, const struct relaxed *source, struct wishes wishes)
{
        if (source->type != RELAXED_OBJECT)
                return compile_wrong(c, source->line,
                        "the phase \"%s\" should be an object, not %s", source->key,
                        relaxed_type_name(source->type));
        if (c->phase_count == WORKLOAD_MAX_PHASES)
                return compile_wrong(c, source->line, "too many phases");
        struct workload_phase *phase = add_phase(c, source->key);
        const uint32_t first = c->event_count;
        phase->loops = 1;
        if (!find_policy(c, source, &wishes))
                return false;
        for (const struct relaxed *m = source->first; m; m = m->next) {
                bool good = true;
                if (is(m, "loop")) {
                        good = compile_loop(c, m, &phase->loops);
                } else if (is(m, "cpus")) {
                        good = compile_cpus(c, m, &phase->mask);
                } else if (is_wish(m, &wishes, true)) {
                        phase->has_params = 1;
                        good = compile_wish(c, m, &wishes);
                } else {
                        good = compile_member(c, m, source, "phase");
                }
                if (!good)
                        return false;
        }
        phase->event_count = c->event_count - first;
        if (!phase->event_count)
                return compile_wrong(c, source->line, "the phase \"%s\" has no event", source->key);
        return !phase->has_params || compile_params(c, &wishes, &phase->params);
}

static bool compile_phases(struct compiler *c, const struct relaxed *source,
        const struct wishes *wishes, struct workload_task *task)
{
        const uint32_t first = c->phase_count;
        bool masks = false;

        if (source->type != RELAXED_OBJECT || !source->first)
                return compile_wrong(
                        c, source->line, "\"phases\" should be an object with at least one phase");
        for (const struct relaxed *m = source->first; m; m = m->next) {
                if (!compile_phase(c, m, *wishes))
                        return false;
                masks = masks || c->phases[c->phase_count - 1].mask;
        }
        task->phase_count = c->phase_count - first;
        /* A phase without CPUs of its own falls back to the thread's. */
        uint32_t back = masks && !task->mask ? compile_all_cpus(c) : task->mask;
        for (uint32_t i = first; masks && i < c->phase_count; i++)
                if (!c->phases[i].mask)
                        c->phases[i].mask = back;
        return true;
}

/** Whether its threads work in user mode, where the world has that. */
static bool compile_user(struct compiler *c, const struct relaxed *member, uint32_t *flags)
{
        if (member->type != RELAXED_TRUE && member->type != RELAXED_FALSE)
                return compile_wrong(c, member->line, "\"user\" should be true or false, not %s",
                        relaxed_type_name(member->type));
        *flags &= ~(uint32_t)WORKLOAD_USER;
        if (member->type == RELAXED_FALSE)
                return true;
        *flags |= WORKLOAD_USER;
        return c->options->user_mode ||
               compile_wrong(c, member->line,
                       "the task \"%s\" is to run in user mode, which the world host does not "
                       "have; " MACHINE_NAMES " do: --on WORLD",
                       c->task_name);
}

/** Whether its threads are threads or futures. */
static bool compile_kind(struct compiler *c, const struct relaxed *member, const char **kind)
{
        if (!compile_string(c, member, kind))
                return false;
        return strcmp(*kind, "thread") == 0 || strcmp(*kind, "future") == 0 ||
               compile_wrong(c, member->line,
                       "\"kind\" of the task \"%s\" should be \"thread\" or \"future\", not \"%s\"",
                       c->task_name, *kind);
}

/** What the file says of a task's kind comes first; then that it works in user mode, which is for threads;
 * then the command line. @param line  where the file says it */
static bool choose_kind(
        struct compiler *c, struct workload_task *task, const char *kind, unsigned line)
{
        const bool user = (task->flags & WORKLOAD_USER) != 0;
        const bool future = kind ? strcmp(kind, "future") == 0 : c->options->futures && !user;

        if (future && user)
                return compile_wrong(c, line,
                        "the task \"%s\" runs in user mode, and so cannot be a future",
                        c->task_name);
        task->flags |= future ? WORKLOAD_FUTURE : 0;
        return true;
}

/** In user mode no event goes to memory: what is there is the kernel's. */
static bool check_user(struct compiler *c, const struct workload_task *task, uint32_t first)
{
        for (uint32_t i = first; (task->flags & WORKLOAD_USER) && i < c->event_count; i++)
                if (!workload_user_may(c->events[i].kind))
                        return compile_wrong(c, c->lines[i],
                                "the task \"%s\" runs in user mode, where there is no event \"%s\"",
                                c->task_name, c->events[i].kind == WORKLOAD_MEM ? "mem" : "memrun");
        return true;
}

/** What a thread says of itself; its events are left for later. */
static bool compile_properties(struct compiler *c, const struct relaxed *source,
        struct workload_task *task, struct wishes *wishes, const struct relaxed **phases)
{
        int64_t number = 1;
        const char *kind = NULL;
        unsigned line = source->line;

        for (const struct relaxed *m = source->first; m; m = m->next) {
                bool good = true;
                if (is(m, "kind")) {
                        good = compile_kind(c, m, &kind);
                        line = m->line;
                } else if (is(m, "phases")) {
                        *phases = m;
                } else if (is(m, "loop")) {
                        good = compile_loop(c, m, &task->loops);
                } else if (is(m, "instance")) {
                        good = compile_integer(c, m, 0, WORKLOAD_MAX_THREADS, &number);
                } else if (is(m, "delay")) {
                        good = compile_usec(c, m, &task->delay_ns);
                } else if (is(m, "cpus")) {
                        good = compile_cpus(c, m, &task->mask);
                } else if (is(m, "user")) {
                        good = compile_user(c, m, &task->flags);
                } else if (is_wish(m, wishes, false)) {
                        good = compile_wish(c, m, wishes);
                }
                if (!good)
                        return false;
        }
        task->instances = (uint32_t)number;
        return choose_kind(c, task, kind, line);
}

static bool is_property(const struct relaxed *m, const struct wishes *wishes)
{
        return is(m, "phases") || is(m, "loop") || is(m, "instance") || is(m, "delay") ||
               is(m, "cpus") || is(m, "user") || is(m, "kind") || is_wish(m, wishes, false);
}

/** The events of a thread without phases, as its one phase. */
static bool compile_inline(struct compiler *c, const struct relaxed *source,
        const struct wishes *wishes, struct workload_task *task)
{
        struct workload_phase *phase = add_phase(c, source->key);
        const uint32_t first = c->event_count;

        phase->loops = task->loops;
        task->loops = 1;
        task->phase_count = 1;
        for (const struct relaxed *m = source->first; m; m = m->next)
                if (!is_property(m, wishes) && !compile_member(c, m, source, "task"))
                        return false;
        phase->event_count = c->event_count - first;
        if (!phase->event_count)
                return compile_wrong(c, source->line,
                        "the task \"%s\" has neither events nor phases", source->key);
        return true;
}

/** Beside phases a thread's own events do nothing; keys must still be known. */
static bool check_others(
        struct compiler *c, const struct relaxed *source, const struct wishes *wishes)
{
        for (const struct relaxed *m = source->first; m; m = m->next) {
                if (is_property(m, wishes))
                        continue;
                if (!is_meaningless(m) && !compile_is_event(m->key))
                        return compile_wrong(c, m->line, "unknown key \"%s\" in the task \"%s\"",
                                m->key, source->key);
                compile_ignore(c, m->key);
        }
        return true;
}

static bool compile_task(struct compiler *c, const struct relaxed *source)
{
        struct wishes wishes = {.policy = c->default_policy, .line = source->line};
        struct workload_task task = {.loops = WORKLOAD_FOREVER};
        const struct relaxed *phases = NULL;

        if (source->type != RELAXED_OBJECT)
                return compile_wrong(c, source->line, "the task \"%s\" should be an object, not %s",
                        source->key, relaxed_type_name(source->type));
        if (c->task_count == WORKLOAD_MAX_TASKS || c->phase_count == WORKLOAD_MAX_PHASES)
                return compile_wrong(c, source->line, "too many tasks");
        while (c->unique_count)
                free(c->unique[--c->unique_count]);
        const uint32_t first = c->event_count;
        c->task_name = source->key;
        task.name = compile_name(c, source->key);
        if (!find_policy(c, source, &wishes) ||
                !compile_properties(c, source, &task, &wishes, &phases))
                return false;
        c->instances = task.instances;
        const bool good = phases ? check_others(c, source, &wishes) &&
                                           compile_phases(c, phases, &wishes, &task)
                                 : compile_inline(c, source, &wishes, &task);
        if (!good || !compile_params(c, &wishes, &task.params) || !compile_check_locks(c, first) ||
                !check_user(c, &task, first) || !compile_buffers(c, &task, first))
                return false;
        task.unique_timers = (uint32_t)c->unique_count;
        c->tasks =
                memory_grow(c->tasks, &c->task_room, (size_t)c->task_count + 1, sizeof(*c->tasks));
        c->tasks[c->task_count++] = task;
        return true;
}

bool compile_tasks(struct compiler *c, const struct relaxed *tasks)
{
        if (tasks->type != RELAXED_OBJECT)
                return compile_wrong(c, tasks->line, "\"tasks\" should be an object, not %s",
                        relaxed_type_name(tasks->type));
        for (const struct relaxed *m = tasks->first; m; m = m->next)
                if (!compile_task(c, m))
                        return false;
        return compile_forks(c);
}
