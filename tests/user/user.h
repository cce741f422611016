/* SPDX-License-Identifier: MIT */
/* The harness: an instance for each case, programs, and what serves them. */
#ifndef TESTS_USER_USER_H
#define TESTS_USER_USER_H

#include "calls.h"
#include "space.h"
#include <rota/futures.h>
#include <rota/rota.h>
#include <rota/user.h>
#include <world.h>

#define get(x)    __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define put(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define add(x, n) __atomic_fetch_add(&(x), (n), __ATOMIC_RELAXED)

/* The data page as a program has it (calls.h). */
struct user_data {
        uint64_t code, count, stop, seed, stack, flags, bases, segments, number, argument, answer,
                stack_top;
};
_Static_assert(offsetof(struct user_data, stack_top) == DATA_STACK_TOP, "calls.h");

#define PROGRAMS_MAX 64

/* What answers a program's call that waits. */
struct waiting {
        struct rota_future future; /* first */
        struct rota_wait wait;
        struct rota_timeout timeout;
        struct rota_handle other; /* of CALL_JOIN */
        bool joins;
        bool begun; /* it was polled before */
};
/* Waits on its node, which is prepared, for so long. */
struct rota_future *wait_for(struct waiting *waiting, struct rota_timeout timeout);
/* Waits for a task's end. */
struct rota_future *wait_for_end(struct waiting *waiting, struct rota_handle other);

/* A program: a task, its data, what was counted of it. */
struct program {
        struct rota_user user; /* first */
        struct rota_handle handle;
        struct rota_task_stats stats;
        struct user_data *data;            /* as the kernel sees it */
        struct rota_user_context *context; /* user.context */
        uint32_t calls, faults;            /* (atomic) */
        struct waiting waiting;            /* what it waits for */
        uint32_t again;  /* times that a future of its was polled again (atomic) */
        uint32_t drops;  /* times that one was dropped (atomic) */
        uint32_t exits;  /* times that it was told to end (atomic) */
        uint32_t events; /* that came for it (atomic) */
        uint32_t ended;  /* its exit callback ran (atomic) */
        enum rota_serve (*served)(
                struct program *, const struct rota_trap *); /* instead, or NULL */
};

/* A space with the code, and room for data pages and stacks of some programs. */
struct space {
        struct kernel_space kernel;
        uint32_t programs;
};

struct run {
        const struct world *world;
        const char *name;   /* of the case */
        const char *policy; /* what it runs with */
        uint32_t cpus;
        bool failed;
        bool few; /* time is not counted in instructions: fewer of what takes long */
        struct rota rota;
        char log[256]; /* letters of CALL_LOG */
        uint32_t logged;
        struct program *programs[PROGRAMS_MAX]; /* for CALL_JOIN */
        struct rota_ring **rings;               /* of a case that asks for them */
};
extern struct run run;

#define check(condition) check_at(condition, __FILE__, __LINE__, #condition)
bool check_at(bool good, const char *file, int line, const char *text);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Memory of this case; zeroed, aligned to @p alignment. */
void *memory(size_t size, size_t alignment);

extern const char user_begin[], user_end[]; /* the programs' code */

void space_make(struct space *space);
void space_end(struct space *space);
/* A program's data and stack in a space. Returns where its data page is for it; *seen for the kernel. */
uintptr_t space_room(struct space *space, struct user_data **seen);

/* Where a label of the programs is in user mode. */
#define AT(label) (USER_CODE + (uintptr_t)((label)-user_begin))

/* A program that begins at a label, not started. */
struct program *program_make(struct space *space, const char *label, const char *name);
struct program *program_make_with(
        struct space *space, const char *label, const struct rota_task_options *options);
void program_start(struct program *p);
/* Joins it: its code. */
intptr_t program_end(struct program *p);

enum rota_serve program_serve(struct rota_user *user, const struct rota_trap *trap);

/* A thread of a case. */
struct worker {
        struct rota_thread thread;
        struct rota_handle handle;
        struct rota_task_stats stats;
        intptr_t (*entry)(struct worker *);
        void *argument;
        uint32_t flag, count; /* (atomic) */
};
struct worker *worker_start(intptr_t (*entry)(struct worker *), void *argument, struct space *space,
        const struct rota_params *params);
intptr_t worker_end(struct worker *w);

/* Lets others run until it holds. */
#define until(condition)                                                                           \
        while (!(condition))                                                                       \
        rota_sleep_for(100 * ROTA_US)

struct user_case {
        const char *name;
        void (*run)(void);
        uint32_t slice_us; /* 0: 1000 */
        bool slices;       /* needs a policy that has them */
        bool prio;         /* for prio only */
        uint32_t cpus;     /* exactly so many, 0: any */
        uint32_t records;  /* of a trace, on each CPU, a power of two; 0: none */
        bool plain;        /* nobody keeps accounts */
};
extern const struct user_case cases_basic[], cases_wait[], cases_thread[], cases_many[],
        cases_futures[], cases_traced[], cases_machine[];

#endif
