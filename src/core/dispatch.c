/* SPDX-License-Identifier: MIT */
/*
 * The switch: deciding who runs next, and running it.
 *
 * The lock of the CPU's queues is taken by the side that leaves and released by the side that
 * arrives (dispatch_finish), as in xv6: so nobody else runs, steals or frees a task whose context is
 * not saved yet (DESIGN rule 5).
 */
#include "core/debug.h"
#include "core/decide.h"
#include "core/spare.h"
#include "core/stack.h"
#include "core/switch.h"

/* Releases the lock. */
static inline void finish_park(struct rota_cpu *cpu, struct rota_task *prev)
{
        rota_atomic_store(&prev->where, WHERE_PARKED);
        bool parked = park_commit(prev);
        rota_unlock(&cpu->lock); /* from here on it is its waker's, */
        if (rota_unlikely(!parked))
                place(cpu->rota, prev, ROTA_ENQ_WOKEN); /* or still ours */
}

/* The other fates. */
static __attribute__((noinline)) void finish_others(struct rota_cpu *cpu, struct rota_task *prev)
{
        enum rota_fate fate = (enum rota_fate)prev->fate;
        if (prev->flags & TASK_SAVED)
                prev->kind->saved(prev);
        prev->fate = FATE_READY;
        switch (fate) {
        case FATE_READY:
                rota_unlock(&cpu->lock);
                break;
        case FATE_PARK:
                finish_park(cpu, prev);
                break;
        case FATE_MOVE: {
                uint32_t to = cpu->push_to;
                cpu->push_to = 0;
                rota_unlock(&cpu->lock);
                if (to)
                        place_on(cpu->rota, prev, to - 1, ROTA_ENQ_MIGRATED);
                else
                        place(cpu->rota, prev, ROTA_ENQ_MIGRATED);
                break;
        }
        case FATE_EXIT:
                rota_unlock(&cpu->lock);
                exit_bury(cpu->rota, prev);
                break;
        case FATE_FREE:
        case FATE_KEEP:
                exit_finish(cpu->rota, prev, fate == FATE_FREE);
                rota_unlock(&cpu->lock);
                break;
        }
}

/* The lock of this CPU is held; commits the fate of who was left, and releases it. */
void dispatch_finish_slowly(struct rota_cpu *cpu)
{
        struct rota_task *prev = cpu->previous;

        cpu->unfinished = false;
        if (!prev) {
                rota_unlock(&cpu->lock);
        } else if (rota_likely(prev->fate == FATE_PARK && !(prev->flags & TASK_SAVED))) {
                prev->fate = FATE_READY;
                finish_park(cpu, prev);
        } else {
                finish_others(cpu, prev);
        }
}

void dispatch_switch(struct rota_cpu *cpu, struct rota_task *prev, struct rota_task *next)
{
        dispatch_switch_to(cpu, prev, next, false);
}

/* Entered with the lock of this CPU held, taken by the side that left; releases it. */
void dispatch_finish(void)
{
        switch_arrive();
}

/* Tasks were queued in the belief that they run next; now it is known who does. */
void dispatch_spread(struct rota_cpu *cpu)
{
        cpu->unspread = false;
        place_spread_all(cpu);
}

/* The lock is held, next is current. */
void dispatch_begin_turn(struct rota_cpu *cpu, struct rota_task *next, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, next->class_index);
        begin_turn(cpu, queue, next, next_event(queue, next, now), now);
}

/* A task whose slice is used up waits less where its class has fewer tasks. */
static void push_to_lighter(struct rota_cpu *cpu, struct rota_task *prev)
{
        if (cpu->rota->cpu_count == 1)
                return;
        uint32_t lighter = place_lighter(cpu, prev);
        if (lighter != UINT32_MAX && !(prev->flags & TASK_DISPLACED)) {
                cpu->push_to = lighter + 1;
                prev->flags |= TASK_DISPLACED;
        }
}

/* The fused operation: prev in, next out, one call. */
static inline struct rota_task *next_of_class(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, uint32_t flags, uint64_t *now)
{
        queue->event_ns = 0; /* no time that an event has */
        rota_atomic_store(&prev->where, WHERE_READY);
        return believe(cpu, queue, prev, queue->policy->next(queue, prev, flags, *now), flags, now);
}

/* Takes the need bits that this dispatch answers to. Cleared before anything is looked at: who asks
 * once more is heard; and only those that were seen. */
static uint32_t take_need(struct rota_cpu *cpu, enum rota_why why, uint32_t need)
{
        uint32_t keep = NEED_STOP | NEED_TIMERS | (why == WHY_EXIT ? NEED_PULLING : 0);

        rota_atomic_and(&cpu->need, ~(need & ~keep));
        if (rota_unlikely((need & NEED_PULLING) && why != WHY_EXIT))
                pull(cpu, need & NEED_PULL);
        return need;
}

/* The running task was charged up to now, and a timer interrupt came: is its slice used up? */
static inline bool slice_over(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        return queue->timed && queue->policy->timer && queue->policy->timer(queue, task, now);
}

/* One decision, and what follows from it. The lock is held, prev is charged up to now. */
static void decide_and_switch(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, enum rota_why why, uint32_t need, uint64_t now)
{
        uint32_t flags = why == WHY_YIELD      ? ROTA_ENQ_YIELDED
                         : (need & NEED_SLICE) ? ROTA_ENQ_SLICE_END
                                               : ROTA_ENQ_PREEMPTED;
        struct rota_task *next;
        uint64_t event = 0;

        if (flags == ROTA_ENQ_SLICE_END && why == WHY_PREEMPT)
                push_to_lighter(cpu, prev);
        if (fast(cpu, queue, prev, why, need) && queue->policy->next) {
                next = next_of_class(cpu, queue, prev, flags, &now);
                event = queue->event_ns;
        } else {
                next = decide(cpu, prev, why, flags, &now);
        }
        carry_out(cpu, prev, next, why, event, now);
}

/* What a dispatch does once it has the lock. `now` is what time it is where somebody knows, else 0. */
static inline void with_the_lock(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why,
        uint32_t need, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, prev->class_index);

        if (!queue_timed(cpu, queue)) {
                now = 0;
        } else {
                if (!now)
                        now = rota_port_now();
                queue_charge(cpu, now);
                if ((need & NEED_TICK) && slice_over(queue, prev, now))
                        need |= NEED_SLICE;
        }
        if (why == WHY_PREEMPT &&
                !(need & ~(uint32_t)(NEED_TICK | NEED_STOP | NEED_REARM | NEED_TIMERS)))
                go_on(cpu, queue, prev, next_event(queue, prev, now));
        else
                decide_and_switch(cpu, queue, prev, why, need, now);
}

static void dispatch_once(struct rota_cpu *cpu, enum rota_why why)
{
        struct rota_task *prev = cpu->current;
        uint32_t need = rota_atomic_load(&cpu->need);
        uint64_t now = cpu->irq_ns;

        cpu->irq_ns = 0;
        if (rota_unlikely(need))
                need = take_need(cpu, why, need);
        if (cpu->exact)
                now = 0; /* who was woken or pulled since the interrupt began has a later time */
        rota_lock(&cpu->lock);
        with_the_lock(cpu, prev, why, need, now);
}

/* NEED_REARM: the policy's next event for the running task moved earlier than the timer; NEED_TIMERS:
 * a timer came. */
static void rearm(struct rota_cpu *cpu)
{
        rota_lock(&cpu->lock);
        rota_atomic_and(&cpu->need, ~(uint32_t)(NEED_REARM | NEED_TIMERS));
        if (cpu->current)
                timer_program(cpu, queue_of(cpu, cpu->current->class_index)->event_ns);
        rota_unlock(&cpu->lock);
        timer_program(cpu, rota_count_read(&cpu->timers_due));
}

/* Is there still something to decide, on whatever CPU we are now? Nowhere else is that asked. */
static inline bool due(struct rota_cpu *cpu)
{
        uint32_t need = rota_atomic_load(&cpu->need);
        if (rota_likely(!need))
                return false;
        if (need & (NEED_REARM | NEED_TIMERS))
                rearm(cpu);
        return (need & NEED_DISPATCH) && dispatch_allowed(cpu);
}

void dispatch(struct rota_cpu *cpu, enum rota_why why)
{
        do {
                dispatch_once(cpu, stack_checked(cpu, why));
                cpu = rota_port_cpu();
                why = WHY_PREEMPT;
        } while (due(cpu));
}

void dispatch_locked(struct rota_cpu *cpu, enum rota_why why)
{
        with_the_lock(cpu, cpu->current, why, 0, 0);
        cpu = rota_port_cpu();
        if (due(cpu))
                dispatch(cpu, WHY_PREEMPT);
}

bool dispatch_react(struct rota_cpu *cpu)
{
        debug_react(cpu, __builtin_return_address(0));
        if (due(cpu)) {
                dispatch(cpu, WHY_PREEMPT);
                return true;
        }
        cpu->irq_ns = 0;
        if (cpu->current && !cpu->current->on && spare_react(cpu))
                return true;
        cpu = rota_port_cpu();
        if (rota_atomic_load(&cpu->need) & NEED_TICK)
                timer_program(cpu, rota_count_read(&cpu->timers_due)); /* the rest is put off */
        return false;
}

void dispatch_before_turn(struct rota_cpu *cpu)
{
        uint32_t need = rota_atomic_load(&cpu->need);

        if (need & (NEED_REARM | NEED_TIMERS))
                rearm(cpu);
        if (need & NEED_DISPATCH)
                dispatch(cpu, WHY_PREEMPT);
}

void dispatch_leave_slowly(uintptr_t flags)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_port_irq_enabled(flags))
                dispatch_react(cpu);
        else if (cpu->nesting == 0 && cpu->current)
                rota_port_kick(cpu); /* due as soon as the caller unmasks */
        rota_port_irq_restore(flags);
}
