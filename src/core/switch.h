/* SPDX-License-Identifier: MIT */
/* The two sides of a switch, and what begins with a turn: inline, for the ways that lead to one (quick.c and
 * dispatch.c). */
#ifndef ROTA_CORE_SWITCH_H
#define ROTA_CORE_SWITCH_H

#include "core/account.h"
#include "core/core.h"

/* As dispatch(), where there were no need bits before the lock was taken, which is held. */
void dispatch_locked(struct rota_cpu *cpu, enum rota_why why);
/* Commits the fate of who was left, where there is more to it than READY, and releases the lock. */
void dispatch_finish_slowly(struct rota_cpu *cpu);
/* The switch to who the policy's `sleep` says, `next`, from prev, whose fate is set. The lock is held. */
void dispatch_leave_to(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *prev,
        struct rota_task *next, struct rota_task *handed, uint64_t now);
/* Tasks were queued in the belief that they run next; now it is known who does. */
void dispatch_spread(struct rota_cpu *cpu);

/* The address space of who runs next; NULL is the kernel's. */
static inline void load_space(struct rota_cpu *cpu, void *space)
{
        if (rota_unlikely(space != cpu->space)) {
                cpu->space = space;
                rota_port_space_switch(space);
        }
}

/* As dispatch_finish(). True where this CPU may have need bits by now that nobody was kicked for: the
 * caller looks at them. */
static inline bool switch_arrive(void)
{
        struct rota_cpu *cpu = rota_port_cpu();

        rota_port_switched(cpu->previous, cpu->current);
        if (rota_unlikely(cpu->unfinished)) {
                dispatch_finish_slowly(cpu);
                return true;
        }
        rota_unlock(&cpu->lock);
        return false;
}

/* From one context to another. A queue's lock is held. */
static inline void switch_context(
        struct rota_context *from, struct rota_context *to, bool involuntary)
{
        if (rota_unlikely(from->extra != to->extra))
                extra_switch(from, to, involuntary);
        else
                rota_port_context_switch(from, to);
}

/* Nothing of its own keeps the task from being put aside: neither a guard nor a displacement nor a
 * kind that wants to hear of it. The three are neighbours, looked at in one. */
static inline bool unbound(const struct rota_task *task)
{
        uint32_t bonds;
        __builtin_memcpy(&bonds, &task->guard, sizeof(bonds));
        return bonds == 0;
}

_Static_assert(offsetof(struct rota_task, flags) == offsetof(struct rota_task, guard) + 2 &&
                       offsetof(struct rota_task, fate) == offsetof(struct rota_task, guard) + 3,
        "unbound() looks at guard, flags and fate in one");

/* To `next` of the same queue, where no timer moves and nobody keeps accounts (allow_round). The lock
 * is held; unfinished says whether there is more to prev than READY. */
static inline void switch_round(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, bool involuntary)
{
        queue->current = next;
        cpu->current = next;
        rota_atomic_store(&next->where, WHERE_RUNNING);
        rota_count(&cpu->stats.switches);
        load_space(cpu, next->space);
        cpu->previous = prev;
        cpu->on = next->on;
        switch_context(prev->on, next->on, involuntary);
        switch_arrive();
}

/* A batch of polls (polls.c): how many take turns by one reading of the clock. */
#define POLLS_MOST 32u

/* The clock was read for the turn of a task without a stack: others may follow without. The lock is held. */
static inline void begin_batch(struct rota_cpu *cpu, uint64_t now)
{
        cpu->polls = now ? POLLS_MOST : 0;
        cpu->polls_ns = now;
}

/*
 * Entered with cpu->lock held by this side; on the other side switch_arrive() releases it. `prev`
 * is who is left (NULL: home), its fate is set. `next` is committed, or NULL for home.
 */
static inline void dispatch_switch_to(
        struct rota_cpu *cpu, struct rota_task *prev, struct rota_task *next, bool involuntary)
{
        struct rota_context *from = cpu->on;
        struct rota_context *to = &cpu->home;

        if (next && next->on)
                to = next->on;
        else if (next)
                begin_batch(cpu, cpu->turn_start); /* home takes its turn: it is current */

        /* Under the lock, and before what becomes of prev is committed: nobody can learn of its end
         * while its space is still loaded. */
        load_space(cpu, next ? next->space : NULL);
        cpu->previous = prev;
        /* Whoever arrives is to see the need bits that this decision has left (decide.c, home.c). */
        cpu->unfinished = rota_atomic_load(&cpu->need) ||
                          (prev && (prev->fate != FATE_READY || (prev->flags & TASK_SAVED)));
        cpu->on = to;
        if (to != from)
                switch_context(from, to, involuntary);
        switch_arrive();
}

/* When the policy wants to look at the running task. */
static inline uint64_t next_event(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        return queue->timed && queue->policy->next_event
                       ? queue->policy->next_event(queue, task, now)
                       : ROTA_NEVER;
}

/* Sees that it will, and that timers expire: after its interrupt nothing is armed. */
static inline void arm_event(struct rota_cpu *cpu, struct rota_queue *queue, uint64_t event)
{
        uint64_t due = rota_count_read(&cpu->timers_due);
        queue->event_ns = event;
        timer_program(cpu, event < due ? event : due);
}

/* From now on a yield of `task`, which is current, may go round its queue's line: nobody above it
 * waits, nobody wants to know the time. Who changes that clears cpu->round. */
static inline void allow_round(
        struct rota_cpu *cpu, struct rota_queue *queue, const struct rota_task *task)
{
        bool allowed = queue->line && !cpu->exact && task->on &&
                       (cpu->ready_classes & ((1u << queue->class_index) - 1)) == 0;
        cpu->round = allowed ? queue : &queue_no_round;
        if (allowed)
                cpu->turn_start = 0;
}

/* `event`: the policy's, for next. */
static inline void begin_turn(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *next, uint64_t event, uint64_t now)
{
        rota_count(&cpu->stats.switches);
        if (rota_unlikely(cpu->unspread))
                dispatch_spread(cpu);
        cpu->turn_start = now;
        if (cpu->exact)
                account_run(cpu, next, now);
        arm_event(cpu, queue, event);
        allow_round(cpu, queue, next);
}

/* Nobody stops the instance or sends this CPU away, and the policy is the one that filled the queue. */
static inline bool undisturbed(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        return !rota_atomic_load(&cpu->rota->stopping) &&
               rota_atomic_load(&cpu->online) == CPU_ONLINE &&
               queue->epoch == rota_atomic_load(&cpu->rota->class_epoch[queue->class_index]);
}

/* May the fused operation of prev's class decide? It stays ready, no higher class has anybody, and
 * nothing special is on. */
static inline bool fast(const struct rota_cpu *cpu, const struct rota_queue *queue,
        const struct rota_task *prev, enum rota_why why, uint32_t need)
{
        return why <= WHY_PREEMPT && !(prev->flags & TASK_DISPLACED) &&
               (cpu->ready_classes & ((1u << queue->class_index) - 1)) == 0 &&
               (!need || undisturbed(cpu, queue));
}

/* Is what a fused operation answered a task that waits here? */
static inline bool credible(const struct rota_cpu *cpu, const struct rota_task *next)
{
        return rota_likely(
                next && next->where == WHERE_READY && rota_atomic_load(&next->cpu) == cpu->index);
}

/* Then it is current. The lock is held. */
static inline void accept_next(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, uint32_t flags)
{
        queue->current = next;
        cpu->current = next;
        rota_atomic_store(&next->where, WHERE_RUNNING);
        if (next != prev && cpu->rota->cpu_count > 1) {
                /* Nothing new for others where it made room for its like. */
                bool unlike =
                        next->affinity.word != prev->affinity.word || flags == ROTA_ENQ_PREEMPTED;
                place_spread(cpu, prev, false, unlike && cpu->rota->ranked);
        }
}

/* Who is current after that: if it is none, the policy is replaced. */
static inline struct rota_task *believe(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, uint32_t flags, uint64_t *now)
{
        if (!credible(cpu, next)) {
                fallback_enter(cpu, queue, "next answered no waiting task");
                return queue_commit_next(cpu, now);
        }
        accept_next(cpu, queue, prev, next, flags);
        return next;
}

/* It goes on with its turn: what its policy wants to hear of may have changed (`event`). Releases the
 * lock. */
static inline void go_on(
        struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task, uint64_t event)
{
        if (rota_unlikely(cpu->unspread))
                dispatch_spread(cpu);
        arm_event(cpu, queue, event);
        allow_round(cpu, queue, task);
        rota_unlock(&cpu->lock);
}

/* The switch that follows from a decision, or none. `event` as the policy said with its answer, 0 where
 * it did not. The lock is held. */
static inline __attribute__((always_inline)) void carry_out(struct rota_cpu *cpu,
        struct rota_task *prev, struct rota_task *next, enum rota_why why, uint64_t event,
        uint64_t now)
{
        struct rota_queue *queue = next ? queue_of(cpu, next->class_index) : NULL;

        if (next && !event)
                event = next_event(queue, next, now);
        if (next == prev) {
                if (!prev->on)
                        begin_batch(cpu, now);
                go_on(cpu, queue, prev, event);
                return;
        }
        if (cpu->exact)
                account_leave(cpu, prev, why, now);
        if (why == WHY_PREEMPT)
                rota_count(&cpu->stats.preemptions);
        if (next) {
                begin_turn(cpu, queue, next, event, now);
        } else {
                account_home(cpu, now);
                timer_program(cpu, rota_count_read(&cpu->timers_due));
        }
        dispatch_switch_to(cpu, prev, next, why == WHY_PREEMPT);
}

#endif
