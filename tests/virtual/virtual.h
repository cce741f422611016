/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs in one thread. Each is a coroutine that plays whatever task the core has made current
 * on it: the port's context switch does nothing, so a call that switches returns at once and the
 * next operation is another task's. A CPU that halts is a coroutine that nobody resumes until a kick
 * or its timer.
 */
#ifndef ROTA_TESTS_VIRTUAL_H
#define ROTA_TESTS_VIRTUAL_H

#include <string.h>

#include "base/list.h"
#include "core/core.h"

#define VIRTUAL_CPUS_MAX   8u
#define VIRTUAL_TASKS_MAX  40u
#define VIRTUAL_SPARES_MAX 4u
/* No CPU executes: a call from there is one from outside. */
#define VIRTUAL_OUTSIDE UINT32_MAX

/* One virtual CPU. */
struct virtual_cpu {
        struct rota_cpu cpu;
        struct rota_context self; /* its coroutine */
        char stack[64 * 1024];
        bool kicked;
        bool halted;
        bool out;   /* has left */
        bool joins; /* is to begin again */
        uint64_t armed;
};

/* What a task does next when it runs again. */
enum virtual_doing { DOING_NOTHING, DOING_SLEEP, DOING_JOIN, DOING_PARK };

struct virtual_task {
        struct rota_task task;
        struct rota_context context; /* never executed */
        struct rota_handle handle;
        struct rota_task_stats stats;
        struct rota_wait wait;
        enum virtual_doing doing;
        struct rota_handle joined;
        bool used;    /* made and not yet come back */
        bool started; /* and started */
        bool dies;    /* on its way out */
        bool tells;   /* by its callback, that it has come back */
        bool detached;
        bool woken; /* by virtual_wake(), since somebody last cleared it */
        intptr_t code;
};

struct virtual_world {
        /* Home stacks: below those that code here is on, which the look for overflows compares. */
        char homes[VIRTUAL_CPUS_MAX][ROTA_STACK_MIN] __attribute__((aligned(16)));
        char spares[VIRTUAL_SPARES_MAX][ROTA_STACK_MIN + 256];
        struct virtual_cpu cpus[VIRTUAL_CPUS_MAX];
        struct virtual_task tasks[VIRTUAL_TASKS_MAX];
        struct rota rota;
        uint32_t cpu_count;
        uint32_t current; /* CPU that executes */
        uint64_t now;
        uint64_t random;
        uint64_t operations;
        uint64_t started;
        uint64_t ended; /* exit callbacks */
        uint32_t alive;
        uint32_t left; /* CPUs that left */
        uint32_t classes;
        bool booting; /* the CPU that executes is on its way in: interrupts are masked */
        bool exact;
        bool loose;    /* few tasks are bound to CPUs: these may leave */
        bool draining; /* no new tasks, everybody ends */
        const char *doing;
        bool (*masked)(const struct rota_cpu *); /* takes it no interrupts now? NULL: it does */
};

extern struct virtual_world v;

static inline uint32_t number_of(const struct virtual_task *t)
{
        return (uint32_t)(t - v.tasks);
}

static inline struct virtual_task *virtual_task_of(struct rota_task *task)
{
        return rota_container(task, struct virtual_task, task);
}

/* Who runs on the CPU that executes. */
static inline struct virtual_task *virtual_current(void)
{
        return virtual_task_of(rota_port_cpu()->current);
}

/* The current task ends. */
static inline void virtual_exit(struct virtual_task *t)
{
        t->task.exit_code = t->code;
        v.doing = "exit";
        dispatch_end(rota_port_cpu());
}

/* rota_wake(), which is noted. */
int virtual_wake(struct virtual_task *t);
/* The wait times out then. */
void virtual_time_out(struct rota_wait *wait, uint64_t deadline);
/* The current task runs again in the middle of a wait: true where it has nothing to finish yet, and has
 * parked again; else a cancel has become its result, and its timer is out of the way. */
bool virtual_waits_on(struct rota_wait *wait);
void virtual_seed(uint64_t seed);
uint32_t virtual_random(uint32_t below);
/* Back to the loop that chooses who goes on; returns when this CPU goes on. */
void virtual_yield(void);
/* Prepares the coroutines; each runs virtual_cpu_main. */
void virtual_boot(void);
/* One CPU goes on until it yields. */
void virtual_resume(uint32_t cpu);
/* May the CPU go on: it is not halted, or something wakes it? */
bool virtual_ready(uint32_t cpu);
/* What a program of random operations is made of, beside rounds.c: its name, */
extern const char virtual_name[];
/* what it prepares for a round, */
void virtual_begin(void);
/* one operation of the current task of the CPU that executes, */
void virtual_operation(void);
/* how its own tasks are woken, if it has any, */
void virtual_wake_all(void);
/* and what must hold after it, beside the core's own, which is verified next. */
void virtual_verify_more(void);
/* Every invariant; prints what is broken and ends the program. */
void virtual_verify(void);
_Noreturn void virtual_fail(const char *format, ...);

#endif
