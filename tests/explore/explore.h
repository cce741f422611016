/* SPDX-License-Identifier: MIT */
/*
 * The explorer: the real core on two or three virtual CPUs in one thread of the host, with the order
 * of their operations chosen by us. A task is a real thread of Rota's with a stack of its own, the
 * switch is the real one; so a CPU here is whatever executes between two points of the schedule.
 *
 *   schedule.c  who goes next: depth-first, at random with priorities, or as a schedule says
 *   record.c    an execution as text, and again
 *   operations.c  the atomics and the lock that the core is compiled with
 *   memory.c    what a load sees: the newest value, or an older one that the orders allow
 *   race.c      plain accesses that nothing orders
 *   machine.c   virtual CPUs: the port, interrupts, the clock
 *   script.c    a program's tasks, from its boot on, and what must be true in the end
 *   perform.c   what tasks do, step by step
 *   awaits.c    likewise of what futures await
 *   search.c    explores a program by several methods, reports
 */
#ifndef ROTA_TESTS_EXPLORE_H
#define ROTA_TESTS_EXPLORE_H

#include <rota/await.h>
#include <rota/barrier.h>
#include <rota/block_on.h>
#include <rota/channel.h>
#include <rota/combine.h>
#include <rota/completion.h>
#include <rota/condition.h>
#include <rota/events.h>
#include <rota/future.h>
#include <rota/mutex.h>
#include <rota/notify.h>
#include <rota/once.h>
#include <rota/pool.h>
#include <rota/rwlock.h>
#include <rota/select.h>
#include <rota/semaphore.h>
#include <rota/spare.h>
#include <rota/work.h>

#include "core/core.h"

#define CPUS_MAX   3u
#define ACTORS     (CPUS_MAX + 1) /* the clock is scheduled like a CPU */
#define CLOCK      CPUS_MAX
#define TASKS_MAX  5u
#define MUTEXES    2u
#define STEPS_MAX  6000u    /* an execution that takes longer goes round in a circle */
#define PLAIN_MAX  1000000u /* likewise, one with more plain accesses */
#define STACK      8192u
#define STACK_FILL 0x5a       /* what of a stack was never used */
#define OUTSIDE    UINT32_MAX /* no CPU executes */
#define VALUES_MAX 6u         /* latest values of a word that are kept */

/* ---- The virtual machine (machine.c). ---- */

enum blocked {
        BLOCKED_NOT = 0,
        BLOCKED_LOCK,    /* until the lock is free */
        BLOCKED_SPIN,    /* until another one has written something */
        BLOCKED_HALT,    /* until an interrupt */
        BLOCKED_BARRIER, /* until the exploration begins */
        BLOCKED_OUT,     /* has left, until it is to join again */
};

enum op_kind { OP_READ, OP_WRITE, OP_FENCE };

struct op {
        const volatile void *where;
        enum op_kind kind;
};

struct explore_cpu {
        struct rota_cpu cpu;
        struct rota_context self; /* where it goes on */
        bool masked;
        bool kicked;
        bool joins; /* once it has left it is to begin again */
        uint64_t armed;
        enum blocked blocked;
        const uintptr_t *lock; /* that it waits for */
        uint32_t looked;       /* step at which it has looked, at the earliest; spins */
        bool asleep;           /* in the sleep set (schedule.c) */
        struct op next;        /* what it does when it goes on */
        char home[STACK] __attribute__((aligned(16)));
        char boot[STACK] __attribute__((aligned(16)));
};

enum life { LIFE_NONE, LIFE_CREATED, LIFE_STARTED, LIFE_ENDED };

/* What a task awaits at a time (awaits.c). */
struct explore_wants {
        struct rota_await await[2];
        struct rota_branch branches[2];
        struct rota_race race;
        struct rota_select_case cases[2];
        struct rota_blocking_call call;
        uint64_t message;
        void *block;
        uint32_t bits;
};

struct explore_task {
        union {
                struct rota_thread thread;
                struct rota_future_task polled;
        };
        struct rota_future future;
        struct explore_wants wants;
        struct rota_future *leaf; /* of a future with steps: what it awaits, or NULL */
        uint32_t step;            /* and at which it is */
        uint32_t polls;           /* of it that have begun */
        uint32_t rings;           /* wakes of it that have begun */
        uint32_t rung[TASKS_MAX]; /* by whom; nothing but the wake orders it */
        struct rota_handle handle;
        enum life life;
        uint32_t runs;    /* contexts that execute it: 0 or 1 */
        int results[6];   /* answers of its operations */
        intptr_t code;    /* that a join gave */
        uint32_t payload; /* plain data that a wake publishes */
        uint32_t waker;   /* task whose payload this one may look at, + 1 */
        char stack[STACK] __attribute__((aligned(16)));
};

/* All that an execution changes: a copy of it is where the next one begins. */
struct explore_world {
        struct explore_cpu cpus[CPUS_MAX];
        struct explore_task tasks[TASKS_MAX];
        char spare[STACK]
                __attribute__((aligned(16))); /* a home stack, where the program has one */
        struct rota_mutex mutexes[MUTEXES];
        struct rota_condition condition;
        struct rota_rwlock rwlock;
        uint32_t book;             /* plain data that it protects: who writes + 1 */
        uint32_t guarded[MUTEXES]; /* plain data that a mutex protects: its owner + 1 */
        struct rota_semaphore semaphore;
        struct rota_completion completion;
        struct rota_events events;
        struct rota_channel channel;
        uint64_t buffer[2];
        uint32_t letters[TASKS_MAX];  /* plain data that a task's message publishes */
        uint32_t received[TASKS_MAX]; /* of a task's messages */
        uint32_t sent;
        struct rota_events flags[2]; /* each raised once */
        uint32_t seen[2];
        struct rota_pool pool; /* of one block */
        uint64_t block;
        uint32_t links[1];
        struct rota_barrier barrier;
        struct rota_once once;
        struct rota_workers workers;
        uint32_t done;       /* plain data that a call publishes, and who does something once */
        uint32_t made, left; /* calls; those that were dropped meanwhile, and let go */
        uint32_t handed;     /* plain data that the first give, complete or set publishes */
        uint32_t given;      /* permits; flags */
        uint32_t taken;
        struct rota rota;
        struct rota_slot slots[TASKS_MAX + 1];
        char memory[16384] __attribute__((aligned(64)));
        uint64_t now;
        uint32_t current; /* who executes */
        uint32_t steps;
        uint32_t preemptions;
        bool exploring;
};

extern struct explore_world w;

static inline bool on_cpu(void)
{
        return w.current < CPUS_MAX;
}

void machine_boot(void);
/* Lets the CPUs run until all wait: to the barrier, or to rest. */
void machine_settle(void);
uint64_t machine_next_deadline(void);
bool machine_interrupted(const struct explore_cpu *me);
/* Switches from whoever executes to that CPU. */
void machine_resume(uint32_t cpu);
/* Has that CPU begin again, now or once it has left. */
void machine_join(uint32_t cpu);
/* The current CPU waits for machine_settle(), before the exploration. */
void machine_rest(void);

/* ---- Schedules (schedule.c). ---- */

enum method { METHOD_DEPTH, METHOD_RANDOM, METHOD_REPLAY };

struct schedule_config {
        enum method method;
        uint32_t preemptions; /* most of an execution, depth-first */
        uint32_t stale;       /* most loads that see an older value; 0: none do */
        bool whole;           /* every operation is a point, nobody sleeps */
        uint64_t seed;        /* at random */
        uint32_t depth;       /* priority change points + 1, at random */
        uint32_t expected;    /* steps of an execution, at random */
        const char *replay;
        bool loose; /* the schedule to replay need not fit */
};

extern struct schedule_config schedule;

/* Before an operation: others may go first. Blocked: the CPU cannot go on until it is woken. */
void schedule_point(struct op op, const char *who);
void schedule_block(enum blocked why);
/* The current CPU is about to change the state that others' next operations look at. */
void schedule_touch(struct op op);
/* Of n values that a load may see, newest first: which one. */
uint32_t schedule_value(uint32_t n);

void schedule_reset(void); /* another search begins */
/* One execution from the beginning; false where the search is over. */
bool schedule_next(void);
void schedule_run(void);
/* The latest execution, for --replay. */
void schedule_text(char *text, uint32_t size);
extern bool schedule_pruned; /* the latest execution equals an earlier one */

/* ---- Memory (memory.c, race.c). ---- */

void memory_program(void);   /* another program: forgets which words are shared */
void memory_execution(void); /* another execution begins */
bool memory_shared(const volatile void *where);
/* An actor reads or writes the word: it is shared where two do and one writes. */
void memory_used(struct op op, uint32_t actor);
/* Has a word turned out to be shared? The search must begin anew. */
bool memory_grew(void);
/* A plain write to a word that is atomic elsewhere. */
void memory_written_plainly(const volatile void *where);
/* A CPU that spins sees the newest values from here on; returns whether it has seen an older one. */
bool memory_catch_up(void);
/* Interrupts carry what their sender had seen. */
void memory_interrupt_sent(uint32_t to);
void memory_interrupt_taken(void);

#define CLOCKS CPUS_MAX
extern uint32_t race_clock[CPUS_MAX][CLOCKS];
void race_execution(void);
void race_plain(const volatile void *where, size_t size, bool write);
void race_atomic(const volatile void *where, bool write);

/* ---- Programs (programs.c, script.c, perform.c). ---- */

enum action {
        DO_END = 0,
        DO_PARK,
        DO_PARK_FOR, /* argument: ns */
        DO_SLEEP,    /* argument: ns */
        DO_WAKE,     /* who */
        DO_RING,     /* who, a future: says so, then wakes it */
        DO_TELL,     /* who: writes its payload, then wakes */
        DO_HEAR,     /* who: parks, then reads the payload of that task */
        DO_CANCEL,   /* who */
        DO_YIELD,
        DO_PRIORITY, /* who, argument: level */
        DO_CLASS,    /* who, argument: class */
        DO_PLACE,    /* who, argument: affinity mask */
        DO_HAND,     /* who */
        DO_START,    /* who */
        DO_JOIN,     /* who */
        DO_JOIN_FOR, /* who, argument: ns */
        DO_DETACH,   /* who */
        DO_PARAMS,   /* who: reads them */
        DO_LEAVE,    /* who: a CPU */
        DO_JOIN_CPU, /* who: a CPU that leaves or has left */
        DO_LOCK,     /* who: a mutex */
        DO_LOCK_FOR, /* who: a mutex, argument: ns */
        DO_UNLOCK,   /* who: a mutex, where the task has it */
        DO_DROP_LOCK, /* who: a mutex that is awaited by one poll, and then dropped where it is not had */
        DO_JOIN_LENDING, /* who, with inheritance */
        DO_GIVE,         /* a permit */
        DO_TAKE,         /* one */
        DO_TAKE_FOR,     /* argument: ns */
        DO_DROP_TAKE,    /* one is awaited by one poll, and then dropped, or given back */
        DO_COMPLETE,     /* argument: 0 one wait, 1 all */
        DO_AWAIT,        /* that, and then the completion is gone */
        DO_SET,          /* argument: flags */
        DO_FLAGS,        /* argument: ns; any of two, and clears it */
        DO_WAIT_FOR,     /* who: a mutex that the task has, argument: ns; for the condition */
        DO_SIGNAL,       /* the condition: whether it reached somebody */
        DO_READ,         /* the lock, looks at the book, and unlocks */
        DO_WRITE,        /* argument: ns. The lock, writes the book, and unlocks */
        DO_SEND,         /* its message */
        DO_RECEIVE,      /* one */
        DO_CLOSE,        /* the channel */
        DO_SELECT,       /* the first of two flags, and clears it */
        DO_RACE,         /* likewise, by a future for each */
        DO_RAISE,        /* who: a flag */
        DO_WORK,         /* is a worker, until the pool stops */
        DO_CALL,         /* has a worker call something */
        DO_STOP,         /* the pool */
        DO_BLOCK,        /* takes a block, writes it, and gives it back */
        DO_MEET,         /* at the barrier */
        DO_ONCE,         /* what is to be done once; argument 1: it fails here */
        DO_NOTE,         /* who: leaves it a note */
        DO_NOTED,        /* waits for one */
        DO_DROP,         /* argument: one of these, awaited by one poll and then dropped */
};

struct step {
        enum action action;
        uint32_t who;
        uint32_t argument;
};

#define STEPS 6u

struct script {
        uint32_t cpus;     /* affinity mask, 0: all */
        uint32_t priority; /* level in prio, 0: the default */
        bool waits;        /* not started at first */
        bool detached;     /* nobody joins */
        bool future; /* without steps it is ready when all who ring have; else it awaits them */
        bool quiet;  /* no exit callback: it may end at once */
        struct step steps[STEPS];
};

struct program {
        const char *name;
        const struct rota_policy *classes[2];
        uint32_t cpus;
        uint32_t capacity; /* of the channel */
        bool spare;        /* a poll may be preempted */
        bool dear; /* tens of thousands of executions with two preemptions: those with ROTA_TEST_ALL */
        struct script tasks[TASKS_MAX];
        /* What else must be true in the end; NULL: nothing. Returns what is not. */
        const char *(*check)(void);
};

extern const struct program *const programs;
extern const uint32_t program_count;
extern const struct program *program;

void script_boot(void);
/* A step of the task that runs; what it answered, which is among what it may. */
int script_perform(struct explore_task *me, const struct step *step);
struct rota_affinity script_affinity(uint32_t mask);
/* The memory is its owner's again, who writes it: nobody else may look at it. */
void script_give_back(struct explore_task *task);
/* A task is off its stack for good. */
void script_left(struct explore_task *task);
/* The end of an execution where nobody can go on. */
void script_verify(void);

/* ---- Search (search.c). ---- */

/* The execution has broken a rule. */
_Noreturn void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The execution is over. */
_Noreturn void explore_over(void);
/* A line of an execution that is told step by step; names cost more than what they name, so nothing of
 * it is evaluated in others. */
#define explore_trace(...) (explore_is_told() ? explore_tell(__VA_ARGS__) : (void)0)
bool explore_is_told(void);
void explore_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What is at an address; valid until four calls later. */
const char *explore_name(const volatile void *where);

struct finding {
        bool found;    /* a rule was broken */
        bool complete; /* everything within the bounds was explored */
        uint64_t executions;
        uint64_t pruned;      /* of them, that equal another one */
        uint32_t outcomes;    /* different ends */
        uint64_t outcome_sum; /* of them all */
        char what[256];
        char schedule[16384];
};

extern struct finding finding;

void search_begin(void);
/* Begins with a program: CPUs and tasks up to the barrier. */
void search_program(const struct program *p);
/* Explores depth-first within bounds; `executions`: at most, 0: without end; `whole`: without what
 * keeps the search small. Returns whether it found something. */
bool search_depth(uint32_t preemptions, uint32_t stale, uint64_t executions, bool whole);
bool search_random(uint64_t seed, uint32_t executions, uint32_t stale);
/* One schedule again. Strictly: each operation printed, and the schedule must fit; else as far as it
 * does. */
bool search_replay(const char *text, uint32_t stale, bool strictly);
double search_clock(void);

/* Which fault is planted, 0: none; only copies of the core with faults in them ask (faults.cmake). */
extern int explore_fault;

#endif
