/* SPDX-License-Identifier: MIT */
/*
 * What the scenarios stand on. A scenario is a function that runs as the first thread of an instance
 * made for it; it makes workers, waits for conditions (never for durations) and checks. The harness
 * runs each scenario over every setup of policies where it applies, and verifies at its end the
 * rules of the house and the sums of all accounts.
 */
#ifndef SCENARIOS_HARNESS_H
#define SCENARIOS_HARNESS_H

#include <rota/rota.h>
#include <rota/sync.h>
#include <world.h>

/* What tasks are scheduled by. */
struct setup {
        const char *name;
        const struct rota_policy *policies[ROTA_MAX_CLASSES];
        uint32_t policy_count;
        struct rota_params worker; /* of a task that asks for nothing */
        struct rota_params first;  /* of the scenario's own thread: it is served first */
        bool slices;               /* tasks of one rank take turns by time */
        bool priorities;           /* class 0 is prio */
};

enum scenario_flag {
        SLICES = 1,     /* only where tasks take turns by time */
        PRIORITIES = 2, /* only where class 0 is prio */
        SEVERAL = 4,    /* only on two CPUs or more */
        UNWATCHED = 8,  /* no watchdog: the scenario counts timer interrupts */
        ALONE = 16,     /* runs no instance by itself: makes its own */
        ASKED = 32,     /* only where the command names it */
        TRACED = 128,   /* with a short trace, for the end of a dump */
        EXACT = 64,     /* needs the accounts of tasks */
        MISUSES = 256,  /* misuses Rota, which a debug build reports */
};

struct scenario {
        const char *name;
        void (*run)(void);
        uint32_t flags;
        uint64_t tick_ns;         /* 0: tickless */
        uint64_t slice_ns;        /* 0: short_slice */
        const struct setup *only; /* NULL: every setup */
        uint64_t
                watchdog_ns; /* bound of Rota's watchdog, which then finds; 0: a long one, which must find nothing */
};

/* A thread with its stack and its account. */
struct worker {
        struct rota_thread thread; /* first, so that a task is its worker */
        struct rota_handle handle;
        struct rota_task_stats stats;
        struct worker *next; /* all of this run */
        char *stack;
        intptr_t (*entry)(struct worker *);
        void *argument;  /* the scenario's */
        uint32_t number; /* the scenario's */
        uint32_t count;  /* the scenario's (atomic) */
        uint32_t cpu;    /* the scenario's (atomic) */
        uint32_t flag;   /* the scenario's (atomic) */
};

/* The run: one scenario, one setup. */
struct run {
        const struct world *world;
        const struct scenario *scenario;
        const struct setup *setup;
        struct rota *rota;
        uint32_t cpus;
        uint32_t slots;
        bool all;     /* larger counts */
        bool few;     /* smaller counts: every operation is slow */
        bool lean;    /* no exact accounts */
        bool watched; /* the scenario expects findings of the watchdog */
        struct worker *workers;
        struct rota_cpumask *far;  /* of each CPU that an inline mask cannot name */
        struct rota_handle first;  /* the scenario's own thread */
        size_t used;               /* bytes of the world's memory */
        const char *skip;          /* why the scenario does not apply after all */
        uint32_t failed;           /* (atomic) */
        struct rota_misuse misuse; /* the latest that was reported */
        uint32_t misuses;          /* reported (atomic) */
        const char *file;          /* of the first failure */
        int line;
        const char *what;
};

extern struct run run;

/* Records the first failure of a run; the scenario goes on. Context: any. */
bool check_at(bool ok, const char *file, int line, const char *what);
#define check(condition) check_at(!!(condition), __FILE__, __LINE__, #condition)

/* Zeroed memory for this run. Ends the run where there is none. */
void *memory(size_t bytes);

/* A thread of the setup's default parameters, not started. */
struct worker *worker_make(intptr_t (*entry)(struct worker *), void *argument);
/* The same with options of the caller's (name, stats and parameters are filled in where unset). */
struct worker *worker_make_with(intptr_t (*entry)(struct worker *), void *argument,
        const struct rota_task_options *options);
/* Makes the thread of a worker that has ended anew. */
int worker_remake(struct worker *worker, const struct rota_task_options *options);
/* worker_make() and rota_start(). */
struct worker *worker_start(intptr_t (*entry)(struct worker *), void *argument);
/* The same on one CPU only. */
struct worker *worker_start_on(intptr_t (*entry)(struct worker *), void *argument, uint32_t cpu);
/* Joins it, for ever if need be; its exit code. */
intptr_t worker_end(struct worker *worker);
/* The worker that runs this. */
struct worker *worker_self(void);

/* Parameters of the setup's default with this priority; other policies ignore it. */
struct rota_params params_priority(uint16_t priority);
/* A level of `prio` as class 0 (PRIORITIES). */
struct rota_params params_level(uint16_t priority);
/* A worker with a name and parameters, on one CPU only. */
struct worker *worker_make_at(intptr_t (*entry)(struct worker *), void *argument,
        struct rota_params params, uint32_t cpu, const char *name);
/* A worker of level 20 that never rests on its CPU, until the flag (atomic) is set: it runs (PRIORITIES). */
struct worker *rival_start(uint32_t *over, uint32_t cpu);

/* On this CPU only, whichever: of many, the last do not fit into a word. */
struct rota_affinity only_cpu(uint32_t cpu);

/* Sleeps for a moment, so that everybody else may go on. */
void moment(void);
/* Sleeps for so long; returns how long next: longer and longer, for on a slow machine a short sleep
 * is over before anybody else has begun. */
uint64_t pause_for(uint64_t ns);
/* Waits for a condition, in the scenario's own thread. */
#define until(condition)                                                                           \
        for (uint64_t pause_ns = 20 * ROTA_US; !(condition);)                                      \
        pause_ns = pause_for(pause_ns)

/* Waits until all CPUs have begun. */
void cpus_all_in(void);

/* Makes an instance of the run's setup in run.rota; 0 or an error. */
int instance_make(uint64_t slice_ns, uint64_t tick_ns);
/* Stops the world and verifies the rules of the house and all sums. */
void verify(void);

#define get(x)    __atomic_load_n(&(x), __ATOMIC_SEQ_CST)
#define put(x, v) __atomic_store_n(&(x), (v), __ATOMIC_SEQ_CST)
#define add(x, v) __atomic_fetch_add(&(x), (v), __ATOMIC_SEQ_CST)

/* For loops that never yield: what they read, so that they are not endless for ever. */
extern volatile uint32_t loops_end;

/* The handle's task is parked, its context saved. */
static inline bool parked(struct rota_handle task)
{
        return rota_state(task) == ROTA_TASK_PARKED;
}

extern const struct setup setups[];
extern const uint32_t setup_count;
extern const struct rota_policy lottery;

/* The scenarios of each file, ended by one without a name. */
extern const struct scenario scenarios_preempt[], scenarios_guard[], scenarios_park[],
        scenarios_sleep[], scenarios_join[], scenarios_cancel[], scenarios_life[],
        scenarios_change[], scenarios_affinity[], scenarios_balance[], scenarios_arrive[],
        scenarios_kind[], scenarios_broken[], scenarios_world[], scenarios_timer[],
        scenarios_policies[], scenarios_exact[], scenarios_overflow[], scenarios_stack[],
        scenarios_watchdog[], scenarios_misuse[], scenarios_misuse_with[], scenarios_misuse_debug[],
        scenarios_leave[], scenarios_leave_load[], scenarios_storm[], scenarios_sync_work[],
        scenarios_sync_permits[], scenarios_sync_events[], scenarios_sync_spinlock[],
        scenarios_sync_mutex[], scenarios_sync_i1[], scenarios_sync_inherit[],
        scenarios_sync_condition[], scenarios_sync_answers[], scenarios_sync_rwlock[],
        scenarios_cleanup[], scenarios_sync_channel[], scenarios_sync_limits[],
        scenarios_sync_words[], scenarios_future[], scenarios_future_lent[],
        scenarios_future_trees[], scenarios_await_drops[], scenarios_await_chain[],
        scenarios_await_held[], scenarios_await_storm[], scenarios_await_scope[],
        scenarios_await_overload[], scenarios_await_messages[], scenarios_await_block_on[],
        scenarios_future_misuse[], scenarios_await_recipe[], scenarios_future_many[],
        scenarios_future_edges[];

#endif
