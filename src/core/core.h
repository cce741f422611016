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
#include "core/park.h"
#include "core/state.h"
#include "core/world.h"

/* ---- Instance (instance.c). ---- */

/* Where a debugger begins: see core/gdb.h. */
struct core_root {
        struct rota *latest;         /* what calls outside any CPU mean (atomic) */
        const struct gdb_table *gdb; /* nobody reads it: so that the table is linked */
};
extern struct core_root core_root;

/* The instance that a call means: this CPU's, else the latest; NULL where there is none. */
static inline struct rota *core_instance(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        return rota_likely(cpu && cpu->rota) ? cpu->rota : rota_atomic_load(&core_root.latest);
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
/* Some of the instance's list for this CPU to keep, whose lock is held: whether it keeps any then. */
bool slot_refill(struct rota_cpu *cpu);
/* Frees a slot that the caller owns (pinned, or NEW and won): its handles turn stale. */
void slot_free(struct rota *rota, struct rota_slot *slot);
/* How many have a task. */
uint32_t slot_in_use(const struct rota *rota);
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

/* ---- Queues (queue.c): all with the CPU's lock held. ---- */

static inline struct rota_queue *queue_of(const struct rota_cpu *cpu, uint32_t class_index)
{
        return cpu->queues[class_index];
}

/* May a task of these parameters be of that policy? ROTA_OK or an error. */
static inline int policy_admits(const struct rota_policy *policy, const struct rota_params *params)
{
        return policy->admit ? policy->admit(params) : ROTA_OK;
}

/* Is one who waits there to run instead of who runs, of its class? */
static inline bool queue_preempts(struct rota_queue *queue, const struct rota_task *current,
        const struct rota_task *waiting, uint64_t now)
{
        return queue->policy->preempts && queue->policy->preempts(queue, current, waiting, now);
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
/* Tasks that were parked, each won by the caller, as place() of each: under one lock where they wait on
 * one CPU. Reorders the array. Interrupts are masked, no lock held. */
void place_many(struct rota *rota, struct rota_task **tasks, uint32_t count);
/* Queues RUNNABLE tasks of one class here, in their order or, `ahead`, in their order before those that
 * wait, and has idle CPUs look, as many as are of use. This CPU's lock is held. Returns need bits. */
uint32_t place_here(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *const *tasks,
        uint32_t count, bool ahead, uint32_t flags);
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
/* Is any CPU idle, as far as one look tells? */
static inline bool place_any_idle(const struct rota *rota)
{
        for (uint32_t w = 0; w < rota->idle_words; w++) {
                if (rota_atomic_load(&rota->idle_cpus[w]))
                        return true;
        }
        return false;
}
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
/* Likewise for a task that parks, or ends. */
void dispatch_park(struct rota_cpu *cpu);
void dispatch_end(struct rota_cpu *cpu);
/* A task whose wake the caller has won, in a task with interrupts enabled before: queues it and, where it
 * is more urgent, lets it run; masked on entry and return. False, and nothing has happened, where there is
 * more to ask. */
bool dispatch_arrive(struct rota_cpu *cpu, struct rota_task *woken);
/* Likewise, with interrupts masked before, or where nobody runs who has a stack. */
bool dispatch_arrive_masked(struct rota_cpu *cpu, struct rota_task *woken);
/* The other side of every switch: commits the fate of who ran before and releases the lock. */
void dispatch_finish(void);
#if ROTA_DEBUG
/* Is no spinlock held that is known? (debug.c) */
bool debug_may_switch(const struct rota_cpu *cpu);
#else
#define debug_may_switch(cpu) true
#endif
static inline bool dispatch_allowed_but_for(const struct rota_cpu *cpu, uint16_t guard)
{
        const struct rota_task *task = cpu->current;
        return task && cpu->nesting == 0 && (task->guard & guard) == 0 && task->on &&
               debug_may_switch(cpu) && rota_port_may_switch();
}

/* May the running task be switched away from? */
static inline bool dispatch_allowed(const struct rota_cpu *cpu)
{
        return dispatch_allowed_but_for(cpu, GUARD_DEPTH);
}

/* May it leave by itself? Not in a turn on a home stack, also where that went with it. */
static inline bool dispatch_blockable(const struct rota_cpu *cpu)
{
        return dispatch_allowed_but_for(cpu, GUARD_DEPTH | GUARD_LENT);
}

/* Is the task in a turn that was preempted? Its own CPU asks, or nobody runs it. */
static inline bool task_lent(const struct rota_task *task)
{
        return task->guard & GUARD_LENT;
}

/* How deep are its guards? */
static inline uint32_t task_guards(const struct rota_task *task)
{
        return task->guard & GUARD_DEPTH;
}

/* Acts on need bits where that is allowed. Interrupts masked, no lock. Returns whether it switched. */
bool dispatch_react(struct rota_cpu *cpu);
/* Likewise on the home stack, before a turn begins there: who is current may be another task
 * afterwards, or none. */
void dispatch_before_turn(struct rota_cpu *cpu);
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
/* What follows from its end, masked, on whatever CPU. After that the task may be gone. */
void turn_end(struct rota_cpu *cpu, struct rota_task *task, enum rota_turn ended);

/* ---- From one poll to the next (polls.c). ---- */

/* A turn of current's on the home stack has ended: its fate, and who is next. Masked, no lock held,
 * there are no need bits; prev may be gone on return. */
void polls_yield(struct rota_cpu *cpu, struct rota_task *prev);
void polls_park(struct rota_cpu *cpu, struct rota_task *prev);
void polls_end(struct rota_cpu *cpu, struct rota_task *prev);
/* A task whose wake the caller has won; the running one has no stack. Queues it where it is as simple as
 * that; false, and nothing has happened, where it is not. Masked, no lock held. */
bool polls_wake(struct rota_cpu *cpu, struct rota_task *woken);

/* ---- Ends (exit.c). ---- */

void exit_bury(struct rota *rota, struct rota_task *task);
/* Behind the switch from a task that exit_at_once() has ended (ends.h), the lock held by the side that arrives. */
void exit_finish(struct rota *rota, struct rota_task *task, bool free);
/* Gives every joiner of a slot, which is dead and pinned by the caller, `result`, then frees the slot where
 * somebody took the code, nobody will (detached), or `free`; else leaves it DEAD, not pinned. */
void exit_release(struct rota *rota, struct rota_slot *slot, int result, bool free);

/* Takes a wait out of the list of a pinned slot's joiners, where it is in it. */
void exit_unlink(struct rota_slot *slot, struct rota_wait *wait);

/* ---- What contexts carry beside general registers (extra.c). ---- */

/* From one context to another that carry something, or one of them does. A queue's lock is held. */
void extra_switch(struct rota_context *from, struct rota_context *to, bool involuntary);
/* Carves what `options` asks for from the upper end of its stack; `*size` is what is left of it.
 * ROTA_OK; ROTA_EINVAL: no room; ROTA_EPORT: the world knows nothing of it. */
int extra_carve(const struct rota_thread_options *options, size_t *size, struct rota_extra **extra);

/* ---- Threads (thread.c). ---- */

/* rota_thread_create() without a stack of its own: for the context that runs already. */
int thread_make(struct rota_thread *thread, const struct rota_thread_options *options,
        size_t stack_size, struct rota_handle *handle);

/* Where a thread's cleanup handlers are; NULL for a task of another kind. */
struct rota_cleanup **thread_cleanups(struct rota_task *task);
/* Runs those of the running thread, which is about to end (cleanup.c). */
void cleanup_run(struct rota_cleanup **list);

/* ---- Timers (timer.c). ---- */

/* Expires what is due on this CPU. Interrupts masked, no lock. */
void timer_expire(struct rota_cpu *cpu, uint64_t now);
/* In a timer's own callback: arms it again. */
void timer_again(struct rota_timer *timer, uint64_t deadline);
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

#endif
