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

/** What the compiler knows of a resource beside what goes into the image. */
struct resource_note {
        char *name;
        uint32_t task; /**< the latest task that named it, + 1; 0: none */
        unsigned line; /**< where that was */
};

/** A name of a resource that stands for another, from the file's "resources". */
struct resource_alias {
        char *name;
        char *target;
};

/** A thread's piece of memory, while its task is compiled. */
struct buffer {
        char *name; /**< "ref" of memrun; "" of mem */
        uint32_t bytes;
};

/** A task to be forked: which one is found once all are known. */
struct fork_note {
        uint32_t task;  /**< that forks */
        uint32_t phase; /**< in which it does */
        uint32_t event; /**< where its number belongs */
        unsigned line;
        char *name; /**< of the one that is forked */
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
        unsigned *lines; /**< per event */
        struct workload_resource *resources;
        struct resource_note *notes; /**< per resource */
        uint64_t *masks;
        char *names;
        uint32_t task_count, phase_count, event_count, mask_count, name_bytes, timer_count;
        uint32_t resource_count, alias_count, buffer_count, fork_count;
        size_t task_room, phase_room, event_room, line_room, mask_room, name_room;
        size_t resource_room, note_room, alias_room, buffer_room, fork_room;
        struct resource_alias *aliases;
        struct buffer *buffers; /**< of the present task */
        struct fork_note *forks;
        /* The present task. */
        const char *task_name;
        uint32_t instances;
        /* Settings of the file. */
        bool inherit;         /**< "pi_enabled" */
        bool cumulative;      /**< "cumulative_slack" */
        uint32_t buffer_size; /**< "mem_buffer_size" */
        /* Names of timers: the shared ones, and the unique ones of the present task. */
        char **shared, **unique;
        size_t shared_count, shared_room, unique_count, unique_room;
        /* Keys without a meaning here, each once. */
        char *ignored;
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

/** A string that is not empty. @param what  what it should name, for the error */
bool compile_text_of(
        struct compiler *c, const struct relaxed *value, const char *what, const char **out);

/** The file's "resources", which may name what tasks share before they do. */
bool compile_resources(struct compiler *c, const struct relaxed *resources);
/** The condition that a name stands for: itself, or the target that "resources" gives it. */
const char *compile_target(const struct compiler *c, const char *name);
/** The number of a resource, a new one where it is. */
bool compile_resource(struct compiler *c, const struct relaxed *member,
        enum workload_resource_kind kind, const char *name, uint32_t *number);
/** Whether the present task does with resources what can come to an end. */
bool compile_check_locks(struct compiler *c, uint32_t first_event);

/** Notes that the present task, in its present phase, forks another by the next event. */
bool compile_fork(struct compiler *c, const struct relaxed *member);
/** Once all tasks are known: whom forks mean, and how many threads that makes. */
bool compile_forks(struct compiler *c);

/** Events that go to memory. */
bool compile_mem(struct compiler *c, const struct relaxed *member, struct workload_event *event);
bool compile_memrun(struct compiler *c, const struct relaxed *member, struct workload_event *event);
/** Puts the present task's buffers one behind the other. */
bool compile_buffers(struct compiler *c, struct workload_task *task, uint32_t first_event);

/** Frees all that the compiler has gathered. */
void compile_free(struct compiler *c);

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
