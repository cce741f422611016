/* SPDX-License-Identifier: MIT */
/*
 * The switch: deciding who runs next, and running it.
 *
 * The lock of the CPU's queues is taken by the side that leaves and released by the side that
 * arrives (dispatch_finish), as in xv6: so nobody else runs, steals or frees a task whose context is
 * not saved yet (DESIGN rule 5).
 */
#include "core/decide.h"

bool dispatch_allowed(const struct rota_cpu *cpu)
{
        const struct rota_task *task = cpu->current;
        return task && cpu->nesting == 0 && task->guard == 0 && task->on && rota_port_may_switch();
}

/* The address space of who runs next; NULL is the kernel's. */
static void load_space(struct rota_cpu *cpu, void *space)
{
        if (rota_unlikely(space != cpu->space)) {
                cpu->space = space;
                rota_port_space_switch(space);
        }
}

/*
 * Entered with cpu->lock held by this side; on the other side dispatch_finish() releases it. `prev`
 * is who is left (NULL: home), its fate is set. `next` is committed, or NULL for home.
 */
void dispatch_switch(struct rota_cpu *cpu, struct rota_task *prev, struct rota_task *next)
{
        struct rota_context *from = cpu->on;
        struct rota_context *to = &cpu->home;

        if (next && next->on)
                to = next->on;
        else
                cpu->turn = next;
        load_space(cpu, next ? next->space : NULL);
        cpu->previous = prev;
        cpu->on = to;
        if (to != from)
                rota_port_context_switch(from, to);
        dispatch_finish();
}

/* Entered with the lock of this CPU held, taken by the side that left; releases it. */
void dispatch_finish(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *prev = cpu->previous;
        struct rota_task *current = cpu->current;

        rota_port_switched(prev, current);
        if (prev && prev->kind->saved)
                prev->kind->saved(prev);
        if (!prev || rota_likely(prev->fate == FATE_READY)) {
                rota_unlock(&cpu->lock);
                return;
        }
        cpu->previous = NULL;
        enum rota_fate fate = (enum rota_fate)prev->fate;
        prev->fate = FATE_READY;
        switch (fate) {
        case FATE_READY:
                rota_unlock(&cpu->lock);
                break;
        case FATE_PARK:
                rota_atomic_store(&prev->where, WHERE_PARKED);
                if (park_commit(prev)) {
                        rota_unlock(&cpu->lock); /* from here on it is its waker's */
                } else {
                        rota_unlock(&cpu->lock);
                        place(cpu->rota, prev, ROTA_ENQ_WOKEN);
                }
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
        }
}

/* Tasks were queued in the belief that they run next; now it is known who does. */
static void spread_waiting(struct rota_cpu *cpu)
{
        cpu->unspread = false;
        place_spread_all(cpu);
}

/* Asks the policy when it wants to look at the running task, and sees that it will. */
static inline void arm_event(
        struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        uint64_t event = ROTA_NEVER;
        if (queue->timed && queue->policy->next_event) {
                event = queue->policy->next_event(queue, task, now);
                timer_program(cpu, event);
        }
        queue->event_ns = event;
}

/* The lock is held, next is current. */
void dispatch_begin_turn(struct rota_cpu *cpu, struct rota_task *next, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, next->class_index);

        rota_count(&cpu->stats.switches);
        if (rota_unlikely(cpu->unspread))
                spread_waiting(cpu);
        cpu->turn_start = now;
        if (cpu->exact)
                account_run(cpu, next, now);
        arm_event(cpu, queue, next, now);
}

/* A task whose slice is used up waits less where its class has fewer tasks. */
static void push_to_lighter(struct rota_cpu *cpu, struct rota_task *prev)
{
        uint32_t lighter = place_lighter(cpu, prev);
        if (lighter != UINT32_MAX && !(prev->flags & TASK_DISPLACED)) {
                cpu->push_to = lighter + 1;
                prev->flags |= TASK_DISPLACED;
        }
}

/* Nobody stops the instance, and the policy is the one that filled the queue. */
static bool undisturbed(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        return !rota_atomic_load(&cpu->rota->stopping) &&
               queue->epoch == rota_atomic_load(&cpu->rota->class_epoch[queue->class_index]);
}

/* May the fused operation of prev's class decide? It stays ready, no higher class has anybody, and
 * nothing special is on. */
static inline bool fast(const struct rota_cpu *cpu, const struct rota_queue *queue,
        const struct rota_task *prev, enum rota_why why, uint32_t need)
{
        return why <= WHY_PREEMPT && prev->flags == 0 && queue->policy->next &&
               (cpu->ready_classes & ((1u << queue->class_index) - 1)) == 0 &&
               (!need || undisturbed(cpu, queue));
}

/* The fused operation: prev in, next out, one call. The lock is held. */
static inline struct rota_task *next_of_class(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, uint32_t flags, uint64_t *now)
{
        rota_atomic_store(&prev->where, WHERE_READY);
        struct rota_task *next = queue->policy->next(queue, prev, flags, *now);
        if (rota_unlikely(!next || next->where != WHERE_READY ||
                          rota_atomic_load(&next->cpu) != cpu->index)) {
                fallback_enter(cpu, queue, "next answered no waiting task");
                return queue_commit_next(cpu, now);
        }
        queue->current = next;
        cpu->current = next;
        rota_atomic_store(&next->where, WHERE_RUNNING);
        if (next != prev && cpu->rota->cpu_count > 1) {
                /* Nothing new for others where it made room for its like. */
                bool unlike =
                        next->affinity.word != prev->affinity.word || flags == ROTA_ENQ_PREEMPTED;
                place_spread(cpu, prev, false, unlike && cpu->rota->ranked);
        }
        return next;
}

/* It goes on with its turn: what its policy wants to hear of may have changed. Releases the lock. */
static void go_on(
        struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        if (rota_unlikely(cpu->unspread))
                spread_waiting(cpu);
        arm_event(cpu, queue, task, now);
        rota_unlock(&cpu->lock);
}

/* One decision, and the switch that follows from it. */
static void dispatch_once(struct rota_cpu *cpu, enum rota_why why)
{
        struct rota_task *prev = cpu->current;
        uint32_t need = rota_atomic_load(&cpu->need);

        if (rota_unlikely(need)) {
                /* Cleared before anything is looked at: who asks once more is heard. */
                uint32_t keep = why == WHY_EXIT ? NEED_STOP | NEED_PULLING : NEED_STOP;
                need = rota_atomic_and(&cpu->need, keep);
                if ((need & NEED_PULLING) && why != WHY_EXIT)
                        pull(cpu, need & NEED_PULL);
        }
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        uint64_t now = 0;
        if (queue_timed(cpu, queue)) {
                now = rota_port_now();
                queue_charge(cpu, now);
        }
        uint32_t flags = why == WHY_YIELD      ? ROTA_ENQ_YIELDED
                         : (need & NEED_SLICE) ? ROTA_ENQ_SLICE_END
                                               : ROTA_ENQ_PREEMPTED;
        if (flags == ROTA_ENQ_SLICE_END)
                push_to_lighter(cpu, prev);

        struct rota_task *next = fast(cpu, queue, prev, why, need)
                                         ? next_of_class(cpu, queue, prev, flags, &now)
                                         : decide(cpu, prev, why, flags, &now);
        if (next == prev) {
                go_on(cpu, queue, prev, now);
                return;
        }
        if (cpu->exact)
                account_leave(cpu, prev, why, now);
        if (why == WHY_PREEMPT)
                rota_count(&cpu->stats.preemptions);
        if (next)
                dispatch_begin_turn(cpu, next, now);
        else
                account_home(cpu, now);
        dispatch_switch(cpu, prev, next);
}

/* NEED_REARM: the policy's next event for the running task moved earlier than the timer. */
static void rearm(struct rota_cpu *cpu)
{
        rota_lock(&cpu->lock);
        rota_atomic_and(&cpu->need, ~(uint32_t)NEED_REARM);
        if (cpu->current)
                timer_program(cpu, queue_of(cpu, cpu->current->class_index)->event_ns);
        rota_unlock(&cpu->lock);
}

/* Is there still something to decide, on whatever CPU we are now? Nowhere else is that asked. */
static inline bool due(struct rota_cpu *cpu)
{
        uint32_t need = rota_atomic_load(&cpu->need);
        if (rota_likely(!need))
                return false;
        if (need & NEED_REARM)
                rearm(cpu);
        return (need & NEED_DISPATCH) && dispatch_allowed(cpu);
}

void dispatch(struct rota_cpu *cpu, enum rota_why why)
{
        do {
                dispatch_once(cpu, why);
                cpu = rota_port_cpu();
                why = WHY_PREEMPT;
        } while (due(cpu));
}

bool dispatch_react(struct rota_cpu *cpu)
{
        if (due(cpu)) {
                dispatch(cpu, WHY_PREEMPT);
                return true;
        }
        if (cpu->current && !cpu->current->on && cpu->nesting == 0 &&
                (rota_atomic_load(&cpu->need) & NEED_DISPATCH))
                rota_count(&cpu->stats.home_stuck);
        return false;
}

void dispatch_leave(uintptr_t flags)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_unlikely(cpu && rota_atomic_load(&cpu->need))) {
                if (rota_port_irq_enabled(flags))
                        dispatch_react(cpu);
                else if (cpu->nesting == 0 && cpu->current)
                        rota_port_kick(cpu); /* due as soon as the caller unmasks */
        }
        rota_port_irq_restore(flags);
}
