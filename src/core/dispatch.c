/* SPDX-License-Identifier: MIT */
/*
 * The switch: deciding who runs next, and running it.
 *
 * The lock of the CPU's queues is taken by the side that leaves and released by the side that
 * arrives (dispatch_finish), as in xv6: so nobody else runs, steals or frees a task whose context is
 * not saved yet (DESIGN rule 5).
 */
#include "core/core.h"

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
        if (queue->timed && queue->policy->next_event) {
                queue->event_ns = queue->policy->next_event(queue, next, now);
                timer_program(cpu, queue->event_ns);
        }
}

/* Is `next` less urgent than `prev` was? */
static bool drops(struct rota_cpu *cpu, const struct rota_task *prev, const struct rota_task *next,
        uint64_t now)
{
        if (!next || next->class_index != prev->class_index)
                return !next || next->class_index > prev->class_index;
        struct rota_queue *queue = queue_of(cpu, prev->class_index);
        return queue->policy->preempts(queue, next, prev, now);
}

/* Takes `prev` off its class: it does not stay ready here. */
static void put_away(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why, uint64_t now)
{
        static const uint8_t flags[] = {[WHY_PARK] = ROTA_DEQ_SLEEP,
                [WHY_EXIT] = ROTA_DEQ_EXIT,
                [WHY_YIELD] = ROTA_DEQ_MIGRATE,
                [WHY_PREEMPT] = ROTA_DEQ_MIGRATE};

        queue_remove(cpu, prev, flags[why], now);
        prev->flags &= (uint8_t)~TASK_DISPLACED;
        if (why == WHY_PARK) {
                prev->fate = FATE_PARK;
        } else if (why == WHY_EXIT) {
                rota_atomic_store(&prev->where, WHERE_ENDED);
                prev->fate = FATE_EXIT;
        } else {
                rota_atomic_store(&prev->where, WHERE_MOVING);
                prev->fate = FATE_MOVE;
        }
}

/* The general way: any classes, any reason. The lock is held; returns who runs, NULL for home. */
static struct rota_task *decide(struct rota_cpu *cpu, struct rota_task *prev, enum rota_why why,
        uint32_t flags, uint64_t *now)
{
        bool stays = (why == WHY_YIELD || why == WHY_PREEMPT) && !(prev->flags & TASK_DISPLACED);

        if (stays)
                queue_insert(cpu, prev, flags, *now);
        else
                put_away(cpu, prev, why, *now);
        cpu->current = NULL;
        if (cpu->handed) {
                struct rota_task *handed = cpu->handed;
                cpu->handed = NULL;
                if (cpu->exact && !*now)
                        *now = rota_port_now();
                account_placed(handed, ROTA_ENQ_WOKEN, cpu->index, cpu->index, *now);
                queue_insert(cpu, handed, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD, *now);
                cpu->unspread = true;
        }
        /* The end of a task and of an instance are the home stack's to see to. */
        if (why == WHY_EXIT || rota_atomic_load(&cpu->rota->stopping)) {
                rota_atomic_store(&cpu->running_class, CLASS_NONE);
                return NULL;
        }
        struct rota_task *next = queue_commit_next(cpu, now);
        if (!next)
                rota_atomic_store(&cpu->running_class, CLASS_NONE);
        else if (stays && next != prev)
                place_spread(cpu, prev, false, cpu->rota->ranked);

        if (cpu->rota->ranked && cpu->rota->cpu_count > 1 && next && drops(cpu, prev, next, *now)) {
                /* Partner: place.c stores the waiting level, then looks at what runs. */
                rota_atomic_store_then_look();
                if (pull_tempting(cpu, next))
                        rota_atomic_or(&cpu->need, NEED_LOOK | NEED_RESCHED);
        }
        return next;
}

void dispatch(struct rota_cpu *cpu, enum rota_why why)
{
        for (;;) {
                struct rota_task *prev = cpu->current;
                uint32_t need = rota_atomic_load(&cpu->need);
                if (rota_unlikely(need & NEED_PULLING) && why != WHY_EXIT) {
                        /* Cleared before it is done: who asks once more is heard. */
                        need = rota_atomic_and(&cpu->need, ~(uint32_t)NEED_PULLING);
                        pull(cpu, need & NEED_PULL);
                }
                rota_lock(&cpu->lock);
                need = rota_atomic_load(&cpu->need);
                if (need)
                        need = rota_atomic_and(&cpu->need, (uint32_t)(NEED_STOP | NEED_PULLING));

                struct rota_queue *queue = queue_of(cpu, prev->class_index);
                uint64_t now = 0;
                if (queue_timed(cpu, queue)) {
                        now = rota_port_now();
                        queue_charge(cpu, now);
                }
                uint32_t flags = why == WHY_YIELD      ? ROTA_ENQ_YIELDED
                                 : (need & NEED_SLICE) ? ROTA_ENQ_SLICE_END
                                                       : ROTA_ENQ_PREEMPTED;
                struct rota_task *next;

                if (flags == ROTA_ENQ_SLICE_END && !(prev->flags & TASK_DISPLACED)) {
                        uint32_t lighter = place_lighter(cpu, prev);
                        if (rota_unlikely(lighter != UINT32_MAX)) {
                                cpu->push_to = lighter + 1;
                                prev->flags |= TASK_DISPLACED;
                        }
                }
                /* The fast way: it stays ready, and no higher class has any. */
                if (why <= WHY_PREEMPT && queue->policy->next &&
                        (cpu->ready_classes & ((1u << prev->class_index) - 1)) == 0 &&
                        !(prev->flags & TASK_DISPLACED) &&
                        queue->epoch ==
                                rota_atomic_load(&cpu->rota->class_epoch[prev->class_index]) &&
                        !rota_atomic_load(&cpu->rota->stopping)) {
                        rota_atomic_store(&prev->where, WHERE_READY);
                        next = queue->policy->next(queue, prev, flags, now);
                        if (rota_unlikely(!next || next->where != WHERE_READY ||
                                          rota_atomic_load(&next->cpu) != cpu->index)) {
                                fallback_enter(cpu, queue, "next answered no waiting task");
                                next = queue_commit_next(cpu, &now);
                        }
                        queue_set_current(cpu, queue, next);
                        /* Nothing new for others where it made room for its like. */
                        bool unlike = next->affinity.word != prev->affinity.word ||
                                      flags == ROTA_ENQ_PREEMPTED;
                        if (next != prev)
                                place_spread(cpu, prev, false, unlike && cpu->rota->ranked);
                } else {
                        next = decide(cpu, prev, why, flags, &now);
                }

                if (next == prev) {
                        if (rota_unlikely(cpu->unspread))
                                spread_waiting(cpu);
                        if (queue->timed && queue->policy->next_event) {
                                queue->event_ns = queue->policy->next_event(queue, prev, now);
                                timer_program(cpu, queue->event_ns);
                        }
                        rota_unlock(&cpu->lock);
                } else {
                        if (cpu->exact)
                                account_leave(prev, why, now);
                        cpu->left = why == WHY_YIELD     ? ROTA_LEFT_RUNNABLE
                                    : why == WHY_PREEMPT ? ROTA_LEFT_PREEMPTED
                                    : why == WHY_PARK    ? ROTA_LEFT_SLEEPING
                                                         : ROTA_LEFT_DEAD;
                        if (why == WHY_PREEMPT)
                                rota_count(&cpu->stats.preemptions);
                        if (next)
                                dispatch_begin_turn(cpu, next, now);
                        else
                                account_home(cpu, now);
                        dispatch_switch(cpu, prev, next);
                        cpu = rota_port_cpu();
                }
                /* What became due meanwhile, here and nowhere else. */
                if (rota_likely(!(rota_atomic_load(&cpu->need) & NEED_DISPATCH)) ||
                        !dispatch_allowed(cpu))
                        return;
                why = WHY_PREEMPT;
        }
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

bool dispatch_react(struct rota_cpu *cpu)
{
        uint32_t need = rota_atomic_load(&cpu->need);

        if (rota_likely(!need))
                return false;
        if (need & NEED_DISPATCH) {
                if (dispatch_allowed(cpu)) {
                        dispatch(cpu, WHY_PREEMPT);
                        return true;
                }
                if (cpu->current && !cpu->current->on && cpu->nesting == 0)
                        rota_count(&cpu->stats.home_stuck);
        }
        if (need & NEED_REARM)
                rearm(cpu);
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
