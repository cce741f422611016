/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the parts of the compiler share.
 */
#ifndef ROTA_TOOL_COMPILER_H
#define ROTA_TOOL_COMPILER_H

#include "compile.h"
#include "relaxed.h"

/** The kernel's scheduling policies, as files name them. */
enum linux_policy {
        LINUX_OTHER,
        LINUX_BATCH,
        LINUX_IDLE,
        LINUX_RR,
        LINUX_FIFO,
        LINUX_DEADLINE,
};

/** What a thread or phase asks of the scheduler, before it is translated. */
struct wishes {
        enum linux_policy policy;
        bool has_priority;
        int64_t priority;
        uint64_t runtime_ns; /**< 0: not given */
        uint64_t period_ns;
        uint64_t deadline_ns;
        unsigned line; /**< of the latest that was given */
};

/** A compilation. */
struct compiler {
        const char *file;
        const struct compile_options *options;
        struct error *error;
        enum linux_policy default_policy;
        bool has_duration;
        uint64_t duration_ns; /**< of the file; 0: endless */
        /* The image's tables as they grow. */
        struct workload_task *tasks;
        struct workload_phase *phases;
        struct workload_event *events;
        uint64_t *masks;
        char *names;
        uint32_t task_count, phase_count, event_count, mask_count, name_bytes, timer_count;
        size_t task_room, phase_room, event_room, mask_room, name_room;
        /* Names of timers: the shared ones, and the unique ones of the present task. */
        char **shared, **unique;
        size_t shared_count, shared_room, unique_count, unique_room;
        /* Keys without a meaning here, each once. */
        char *ignored;
};

/** What a key means. */
enum key_sort {
        KEY_UNKNOWN,
        KEY_PROPERTY, /**< of a thread or phase */
        KEY_IGNORED,  /**< known, without a meaning here */
        KEY_EVENT,    /**< by prefix */
};

/** Says "file:line: ..." @return false */
__attribute__((format(printf, 3, 4))) bool compile_wrong(
        struct compiler *c, unsigned line, const char *format, ...);

/** Notes a key that has no meaning here. */
void compile_ignore(struct compiler *c, const char *key);

/** Values that must be of a type and within bounds. */
bool compile_integer(
        struct compiler *c, const struct relaxed *value, int64_t least, int64_t most, int64_t *out);
bool compile_usec(struct compiler *c, const struct relaxed *value, uint64_t *ns);
bool compile_string(struct compiler *c, const struct relaxed *value, const char **out);

/** Whether the key is an event's. */
bool compile_is_event(const char *key);
/** Appends the event of a member to the events. */
bool compile_event(struct compiler *c, const struct relaxed *member);

/** Whether the key is a scheduling property (policy, priority, dl-...); reads it into @p wishes. */
bool compile_is_wish(const char *key);
bool compile_wish(struct compiler *c, const struct relaxed *member, struct wishes *wishes);
/** Reads the name of a policy. */
bool compile_policy(struct compiler *c, const struct relaxed *value, enum linux_policy *policy);
/** Translates wishes into a class and its parameters. */
bool compile_params(struct compiler *c, const struct wishes *wishes, struct workload_params *out);

/** Appends a mask for an array of CPUs. @return through @p mask its number + 1 */
bool compile_cpus(struct compiler *c, const struct relaxed *value, uint32_t *mask);
/** As compile_cpus() for all CPUs. */
uint32_t compile_all_cpus(struct compiler *c);

/** Appends a name. @return its offset */
uint32_t compile_name(struct compiler *c, const char *name);

/** Compiles all tasks of a file. */
bool compile_tasks(struct compiler *c, const struct relaxed *tasks);

/** Puts the tables together. */
bool compile_image(struct compiler *c, struct program *program);

#endif
