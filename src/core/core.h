/* SPDX-License-Identifier: MIT */
/*
 * What the files of the core share. Read DESIGN's rules beside it: the word of a slot decides who may
 * touch a task, the lock of a CPU's queues guards where the task is.
 */
#ifndef ROTA_CORE_CORE_H
#define ROTA_CORE_CORE_H

#include <rota/check.h>
#include <rota/cpu.h>
#include <rota/instance.h>
#include <rota/kind.h>
#include <rota/policy.h>
#include <rota/thread.h>
#include <rota/wait.h>

#include "base/atomic.h"
#include "base/bitmap.h"
#include "base/lock.h"
#include "core/world.h"

/* ---- The word of a slot. Changes only by one atomic operation. ---- */

enum {
        WORD_FREE = 0,     /* the slot names nobody */
        WORD_NEW = 1,      /* created, not started */
        WORD_RUNNABLE = 2, /* ready, running, or on its way between the two */
        WORD_PARKED = 3,   /* sleeps; who makes it RUNNABLE must queue it */
        WORD_DEAD = 4,     /* has ended; the slot holds its exit code */
        WORD_STATE = 7,    /* mask of the state */
        WORD_TOKEN = 8,    /* a wake that the next park takes */
        WORD_CANCEL = 16,  /* asked to end; sticky */
        WORD_HOLD = 32,    /* its waits are not ended by a cancel */
        WORD_PIN = 64,     /* somebody looks at the task by handle: it may neither leave PARKED nor
                              die, and its joiners are his */
        WORD_DETACHED = 128, /* nobody will join */
        WORD_BUSY = 256,     /* DEAD, and its exit callback still runs */
};

/* The generation is in the word's upper bits: 32 of 64, or 23 of 32. */
#define WORD_GENERATION_SHIFT (sizeof(uintptr_t) == 8 ? 32u : 9u)
#define WORD_GENERATION_MAX                                                                        \
        (sizeof(uintptr_t) == 8 ? UINT32_MAX                                                       \
                                : ((uint32_t)1 << (32 - WORD_GENERATION_SHIFT % 32)) - 1)

static inline uint32_t word_generation(uintptr_t word)
{
        return (uint32_t)(word >> WORD_GENERATION_SHIFT);
}

static inline uintptr_t word_make(uint32_t generation, uintptr_t state)
{
        return ((uintptr_t)generation << WORD_GENERATION_SHIFT) | state;
}

static inline uintptr_t word_state(uintptr_t word)
{
        return word & WORD_STATE;
}

/* ---- Where a task is, under the lock of the queues of task->cpu. ---- */

enum rota_where {
        WHERE_NONE = 0,    /* new */
        WHERE_READY = 1,   /* in its class's queue on task->cpu */
        WHERE_RUNNING = 2, /* current of task->cpu */
        WHERE_PARKED = 3,  /* in no queue */
        WHERE_MOVING = 4,  /* between two CPUs: whoever finds it waits a moment */
        WHERE_ENDED = 5,   /* on its way out */
};

enum rota_task_flag {
        TASK_DISPLACED = 1, /* runs where it no longer may; leaves at the next switch */
        TASK_SAVED = 2,     /* its kind wants to hear when it is saved */
};

/* task->marks: written by the task's own CPU while it runs. */
enum rota_mark {
        MARK_WAITING = 1, /* in rota_wait_park() on a node that others may have in their queues */
        MARK_TOUCHED = 2, /* overflow: the low end of its stack was written over */
        MARK_BELOW = 4,   /* overflow: it was found below its stack */
        MARK_GAP = 8,     /* overflow: it ran into unmapped memory */
        MARK_OVERFLOWN = MARK_TOUCHED | MARK_BELOW | MARK_GAP,
};

/* What finish_switch does with who was switched away from. */
enum rota_fate {
        FATE_READY = 0, /* it is in a queue: nothing */
        FATE_PARK = 1,  /* commit RUNNABLE -> PARKED, or put it back */
        FATE_MOVE = 2,  /* queue it on another CPU */
        FATE_EXIT = 3,  /* bury it */
};

/* Why the running task is to be switched away from. */
enum rota_why {
        WHY_YIELD,
        WHY_PREEMPT,
        WHY_PARK,
        WHY_EXIT,
};

/* Bits of cpu->need. */
enum rota_need {
        NEED_RESCHED = 1,  /* decide anew who runs */
        NEED_PULL = 2,     /* look at other CPUs first: one of them has a task for this one */
        NEED_REARM = 4,    /* the policy's next event moved earlier */
        NEED_SLICE = 8,    /* the running task's slice is used up */
        NEED_STOP = 16,    /* somebody stops the world */
        NEED_LOOK = 32,    /* as NEED_PULL, by this CPU's own suspicion */
        NEED_TICK = 64,    /* a timer interrupt came: is the running task's slice used up? */
        NEED_TIMERS = 128, /* timers of a CPU that left are here: arm for them */
        NEED_PULLING = NEED_PULL | NEED_LOOK,
        NEED_DISPATCH = NEED_RESCHED | NEED_PULLING | NEED_TICK,
};

/* cpu->idle. */
enum rota_idle {
        IDLE_ACTIVE = 0,  /* runs something, or is about to look for it */
        IDLE_LOOKING = 1, /* watches its own queue: no kick needed */
        IDLE_HALTED = 2,  /* needs a kick; who makes it ACTIVE sends it */
        IDLE_LEFT = 3,    /* has left: what is queued here must go elsewhere if it may */
};

/* cpu->online. */
enum rota_online {
        CPU_OFFLINE = 0, /* has not begun, or has left */
        CPU_ONLINE = 1,
        CPU_LEAVING = 2, /* was asked to leave: gets no more tasks, and gives away what it has */
        CPU_JOINING = 3, /* begins: the world may be stopped, it touches nothing yet */
};

#define CLASS_NONE ROTA_MAX_CLASSES

/* ---- Instance (instance.c). ---- */

/* The instance that a call means: this CPU's, else the latest; NULL where there is none. */
extern struct rota *core_latest;
static inline struct rota *core_instance(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        return rota_likely(cpu && cpu->rota) ? cpu->rota : rota_atomic_load(&core_latest);
}

/* ---- Slots (slot.c). ---- */

/* The slot that a handle points at, NULL where it points at none; its generation is not checked. */
static inline struct rota_slot *slot_of(struct rota *rota, struct rota_handle handle)
{
        if (rota_unlikely(!rota || handle.index >= rota->slot_count || handle.generation == 0))
                return NULL;
        return &rota->slots[handle.index];
}

struct rota_slot *slot_take(struct rota *rota, uint32_t *index);
/* Frees a slot that the caller owns (pinned, or NEW and won): its handles turn stale. */
void slot_free(struct rota *rota, struct rota_slot *slot);
/* Pins the task of a handle that is in none of the states FREE and DEAD (any_state: not FREE).
 * Returns its slot, or NULL where the handle is stale. Interrupts are masked. */
struct rota_slot *slot_pin(struct rota *rota, struct rota_handle handle, bool any_state);
void slot_unpin(struct rota_slot *slot);
/* A task that is held by its handle: pinned, and the lock of its queues taken. */
struct held {
        struct rota *rota;
        struct rota_slot *slot;
        struct rota_task *task;
        struct rota_cpu *cpu; /* whose lock it is */
        uintptr_t flags;      /* of interrupts */
};
/* Holds a task that has not ended; false, with interrupts as they were, for a stale handle. */
bool slot_hold(struct rota_handle handle, struct held *held);
/* Releases the lock and the pin; interrupts stay masked. */
void slot_let_go(const struct held *held);

static inline struct rota_task *slot_task(const struct rota_slot *slot)
{
        return (struct rota_task *)slot->value;
}

/* ---- Queues (queue.c): all with the CPU's lock held. ---- */

static inline struct rota_queue *queue_of(const struct rota_cpu *cpu, uint32_t class_index)
{
        return cpu->queues[class_index];
}

/* Whether this switch, wake or change needs the clock. */
static inline bool queue_timed(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        return cpu->exact || queue->timed;
}

/* What cpu->round is where no yield may go round: a queue without a line. */
extern struct rota_queue queue_no_round;

/* A task was queued in the belief that it runs next: the next switch looks who does. */
static inline void queue_unspread(struct rota_cpu *cpu)
{
        cpu->unspread = true;
        cpu->round = &queue_no_round;
}

void queue_insert(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now);
void queue_remove(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now);
/* A task that waited here was taken out of its policy's structure. */
void queue_left(struct rota_cpu *cpu, struct rota_queue *queue);
/* The most urgent waiting task becomes current; NULL where none waits. */
struct rota_task *queue_commit_next(struct rota_cpu *cpu, uint64_t *now);
/* The most urgent waiting task, and nothing changes. */
struct rota_task *queue_peek(struct rota_cpu *cpu, uint64_t now);
void queue_set_current(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task);
/* Likewise for who is the CPU's current already, which only that CPU may write. */
void queue_set_running(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task);
/* Need bits that follow from task waiting here. */
uint32_t queue_reaction(struct rota_cpu *cpu, struct rota_task *task, uint64_t now);
/* What the running task used since it was last charged; it is charged up to now by the caller. */
static inline uint64_t queue_used(struct rota_cpu *cpu, uint64_t now)
{
        uint64_t start = cpu->turn_start;

        cpu->round = &queue_no_round; /* there the turn's start is not kept */
        if (rota_unlikely(now <= start))
                return 0;
        cpu->turn_start = now;
        return start ? now - start : 0;
}

/* Charges the running task up to now. */
static inline void queue_charge(struct rota_cpu *cpu, uint64_t now)
{
        struct rota_task *task = cpu->current;
        uint64_t used = queue_used(cpu, now);

        if (used && task) {
                struct rota_queue *queue = queue_of(cpu, task->class_index);
                if (queue->policy->charge)
                        queue->policy->charge(queue, task, used);
        }
}

/* ---- Fall-back (fallback.c). ---- */

/* The class's policy broke its word: round robin takes over. The CPU's lock is held. */
void fallback_enter(struct rota_cpu *cpu, struct rota_queue *queue, const char *reason);
/* Brings this CPU's queue to the instance's table where another CPU replaced it. */
void fallback_adopt(struct rota_cpu *cpu, struct rota_queue *queue);

/* ---- Placing (place.c; one_cpu.c in level 1). ---- */

/* How many CPUs an instance of this library may have. */
extern const uint32_t place_cpus_most;

/* Queues a RUNNABLE task that nobody else touches, on the CPU that suits it, and has that CPU look.
 * Interrupts are masked, no lock held. */
void place(struct rota *rota, struct rota_task *task, uint32_t flags);
/* As place(), on that CPU. */
void place_on(struct rota *rota, struct rota_task *task, uint32_t to, uint32_t flags);
/* A CPU with at least two tasks of its class fewer than this one, where the task may run and nothing
 * more urgent does; UINT32_MAX where there is none, and for policies whose tasks differ in urgency. For a task whose slice is used up: it waits less there, and in the long run
 * every CPU has its share of them. */
uint32_t place_lighter(const struct rota_cpu *cpu, const struct rota_task *task);
/* Has `target` see need bits, or just its queue. Returns whether it has left, and will see nothing. */
bool place_notify(struct rota_cpu *target, uint32_t need);
/* A task was queued where it may wait: finds an idle CPU that may run it, or one that runs less, and
 * has it pull. `first`: the queue was empty before. The CPU's lock is held. */
void place_spread(struct rota_cpu *cpu, struct rota_task *task, bool first, bool ranked);
/* As place_spread(), where the task may be the next to run here (need, from queue_reaction). */
void place_offer(struct rota_cpu *cpu, struct rota_task *task, uint32_t need, bool first);
/* As place_spread() for all that wait here: somebody else runs than those expected who queued them.
 * The CPU's lock is held. */
void place_spread_all(struct rota_cpu *cpu);
/* Locks the queues that guard a pinned task, returns their CPU. */
struct rota_cpu *place_lock(struct rota *rota, struct rota_slot *slot, struct rota_task *task);
/* Whether the instance has a CPU that the affinity allows. */
bool place_possible(const struct rota *rota, struct rota_affinity affinity);

/* ---- Pulling (pull.c). ---- */

/* Takes one task from another CPU's queues that this one should run rather than what it has, puts
 * it into its own. `asked`: another CPU sent for us, so what we leave is offered to others.
 * Interrupts masked, no lock held. Returns whether it did. */
bool pull(struct rota_cpu *cpu, bool asked);
/* Lock-free: might `next` (NULL: nothing) be less than what waits elsewhere? */
bool pull_tempting(const struct rota_cpu *cpu, const struct rota_task *next);

/* What waits on other CPUs is offered to others again: this one was meant to take it, and did not. */
void pull_offer_rest(struct rota_cpu *cpu);

/* ---- Leaving (leave.c). ---- */

/* Whether a CPU that stays, other than `but`, is allowed. */
bool leave_elsewhere(const struct rota *rota, struct rota_affinity affinity, uint32_t but);
/* Takes a task that may run on a CPU that stays out of the queues of one that leaves or has left,
 * for the caller to place; NULL where none waits. Interrupts masked, no lock held. */
struct rota_task *leave_stray(struct rota_cpu *cpu);
/* One round of leaving, on the home stack; false once nothing is left to do. */
bool leave_step(struct rota_cpu *cpu);
/* A CPU has begun: places what waits on those that have left and may run on this one. */
void leave_join(struct rota_cpu *cpu);

/* ---- Dispatch (dispatch.c). ---- */

/* Switches away from the running task. Interrupts masked, no lock held; returns when it runs again,
 * maybe on another CPU. */
void dispatch(struct rota_cpu *cpu, enum rota_why why);
/* Likewise for a task that parks. */
void dispatch_park(struct rota_cpu *cpu);
/* The other side of every switch: commits the fate of who ran before and releases the lock. */
void dispatch_finish(void);
#if ROTA_DEBUG
/* Is no spinlock held that is known? (debug.c) */
bool debug_may_switch(const struct rota_cpu *cpu);
#else
#define debug_may_switch(cpu) true
#endif
/* May the running task be switched away from? */
static inline bool dispatch_allowed(const struct rota_cpu *cpu)
{
        const struct rota_task *task = cpu->current;
        return task && cpu->nesting == 0 && task->guard == 0 && task->on && debug_may_switch(cpu) &&
               rota_port_may_switch();
}
/* Acts on need bits where that is allowed. Interrupts masked, no lock. Returns whether it switched. */
bool dispatch_react(struct rota_cpu *cpu);
/* Ends a call: reacts where interrupts were enabled, restores them. */
void dispatch_leave_slowly(uintptr_t flags);
static inline void dispatch_leave(uintptr_t flags)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (rota_unlikely(cpu && rota_atomic_load(&cpu->need)))
                dispatch_leave_slowly(flags);
        else
                rota_port_irq_restore(flags);
}
/* Makes `next` (NULL: home) run, the lock held. */
void dispatch_switch(struct rota_cpu *cpu, struct rota_task *prev, struct rota_task *next);
/* Accounts, traces and arms for a commit; the lock is held. */
void dispatch_begin_turn(struct rota_cpu *cpu, struct rota_task *next, uint64_t now);

/* ---- Home (home.c). ---- */

void home_main(void *argument);
/* One round of the home loop; false once the instance stops or the CPU has left. Interrupts masked. */
bool home_step(struct rota_cpu *cpu);

/* ---- Turns without a stack (turn.c; no_turns.c below level 4). ---- */

/* Whether this library knows them. */
extern const bool turn_taken;
/* Takes one, on the home stack, interrupts masked, no lock held. */
void turn_take(struct rota_cpu *cpu, struct rota_task *task);

/* ---- Parking (park.c). ---- */

/* PARKED -> RUNNABLE or the token, see rota_wake(); `*won` receives the task to be queued. */
int park_wake_word(struct rota_slot *slot, struct rota_handle handle, struct rota_task **won);
/* May the running task block, now? */
bool park_allowed(void);
/* Commits a park, or says that it must not be: the task was woken or cancelled meanwhile. */
bool park_commit(struct rota_task *task);

/* As rota_wait_park(), for a node that nobody but the core has in a queue. */
int wait_park_own(struct rota_wait *wait, struct rota_timeout timeout);

/* ---- Ends (exit.c). ---- */

void exit_bury(struct rota *rota, struct rota_task *task);
/* Gives every joiner of a slot `result`, then frees the slot where somebody took the code, nobody
 * will (detached), or `free`; else leaves it DEAD. */
void exit_release(struct rota *rota, struct rota_slot *slot, int result, bool free);

/* Takes a wait out of the list of a pinned slot's joiners, where it is in it. */
void exit_unlink(struct rota_slot *slot, struct rota_wait *wait);

/* ---- Threads (thread.c). ---- */

/* rota_thread_create() without a stack of its own: for the context that runs already. */
int thread_make(struct rota_thread *thread, const struct rota_thread_options *options,
        struct rota_handle *handle);

/* ---- Timers (timer.c). ---- */

/* Expires what is due on this CPU. Interrupts masked, no lock. */
void timer_expire(struct rota_cpu *cpu, uint64_t now);
/* The timer interrupt has come: nothing is armed any more. Returns what time it is. */
static inline uint64_t timer_came(struct rota_cpu *cpu)
{
        rota_count(&cpu->stats.timer_irqs);
        cpu->armed = ROTA_NEVER;
        return rota_port_now();
}
/* Arms the world's timer where `deadline` is earlier than what it is armed for. */
static inline void timer_program(struct rota_cpu *cpu, uint64_t deadline)
{
        if (deadline < cpu->armed) {
                cpu->armed = deadline;
                rota_port_timer_arm(deadline);
        }
}

/* ---- The world at rest (stop.c). ---- */

/* This CPU was asked to rest: waits until the world goes on. */
void world_rest(struct rota_cpu *cpu);
/* May the caller of rota_world_stop(), who is at `at`, stop it? (irq.c) */
bool world_may_stop(const void *at);

/* ---- The watchdog (watchdog.c; no_accounts.c below level 3). ---- */

struct text;

/* Arms it on this CPU, where the instance has one. Masked, no lock held. */
void watchdog_begin(struct rota_cpu *cpu);
/* This CPU leaves: it is watched no more. Masked, no lock held. */
void watchdog_end(struct rota_cpu *cpu);
/* Its latest finding, for a dump. */
void watchdog_show(struct text *w, const struct rota *rota);

/* ---- Accounts and trace (account.c; no_accounts.c below level 3). ---- */

/* Whether this library keeps any. */
extern const bool account_kept;

/* A task was queued: started or woken (reason), maybe on another CPU. */
void account_placed(
        struct rota_task *task, uint32_t reason, uint32_t from, uint32_t to, uint64_t now);
void account_leave(struct rota_cpu *cpu, struct rota_task *task, enum rota_why why, uint64_t now);
/* The CPU leaves the instance, or is back: the time between counts as idle. */
void account_out(struct rota_cpu *cpu);
void account_back(struct rota_cpu *cpu, uint64_t now);
/* Nobody runs on this CPU from now on. */
void account_home(struct rota_cpu *cpu, uint64_t now);
void account_run(struct rota_cpu *cpu, struct rota_task *task, uint64_t now);
/* The latest of a CPU's trace, for a dump, the newest last; what its reader took is still there. */
void trace_show(struct text *w, const struct rota_cpu *cpu);
void trace_event(
        struct rota_cpu *cpu, uint64_t time, uint16_t event, uint32_t a, uint32_t b, uint32_t c);
void trace_change(const struct rota_task *task, uint64_t now);

static inline uint32_t task_id(const struct rota_task *task)
{
        return task ? task->handle.index + 1 : 0;
}

#endif
