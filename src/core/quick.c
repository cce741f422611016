/* SPDX-License-Identifier: MIT */
/*
 * The short ways through a switch, for what happens most: a yield that goes round the line of its queue,
 * a park whose policy says in one call who is next, and likewise a slice's end. Where there is more to
 * ask, dispatch() does it. In level 1, where size counts, plain.c stands in for this file.
 */
#include "base/list.h"
#include "core/debug.h"
#include "core/ends.h"
#include "core/queue.h"
#include "core/stack.h"
#include "core/switch.h"

static inline struct rota_task *task_of(struct rota_list *node)
{
        return rota_container(node, struct rota_task, policy_state);
}

static __attribute__((noinline)) int yield_slowly(uintptr_t flags, const void *at)
{
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (cpu && rota_port_irq_enabled(flags) && dispatch_blockable(cpu)) {
                dispatch(cpu, WHY_YIELD);
                result = ROTA_OK;
        } else {
                (void)at;
                (void)debug_forbidden(
                        cpu, "rota_yield", at, "would block", !rota_port_irq_enabled(flags));
        }
        rota_port_irq_restore(flags);
        return result;
}

/* A yield the general way, the lock held. */
static __attribute__((noinline)) int yield_locked(
        struct rota_cpu *cpu, uintptr_t flags, const void *at)
{
        if (rota_unlikely(!dispatch_blockable(cpu))) {
                rota_unlock(&cpu->lock);
                return yield_slowly(flags, at);
        }
        dispatch_locked(cpu, WHY_YIELD);
        rota_port_irq_enable();
        return ROTA_OK;
}

/* Behind the switch of a yield there is more to do. */
static __attribute__((noinline)) int yield_arrive(struct rota_cpu *cpu)
{
        dispatch_finish_slowly(cpu);
        if (rota_atomic_load(&rota_port_cpu()->need))
                dispatch_react(rota_port_cpu());
        rota_port_irq_enable();
        return ROTA_OK;
}

/*
 * A yield that goes round the line of its queue: everything that the general way asks was answered
 * when the turn began (allow_round), or is asked here; else the general way is gone, with the lock where
 * it is held already. One atomic operation, the lock. All that is left for other functions ends this
 * one, so that nothing is kept for it over the switch.
 *
 * What waits here is as many as before, of the same class and level, and as long as it may run on the
 * same CPUs, nothing is new for another one: whoever was to come for `next` comes for `prev`.
 */
int rota_yield(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_unlikely(!cpu || !rota_port_irq_enabled(flags) ||
                          (rota_atomic_load(&cpu->need) | cpu->nesting) || !debug_may_switch(cpu) ||
                          !rota_port_may_switch() || !stack_sound(cpu->on) ||
                          !rota_trylock(&cpu->lock)))
                return yield_slowly(flags, __builtin_return_address(0));
        struct rota_queue *queue = cpu->round;
        struct rota_list *line = queue->line;
        struct rota_task *prev = cpu->current;
        if (rota_unlikely(!line || !unbound(prev)))
                return yield_locked(cpu, flags, __builtin_return_address(0));
        struct rota_list *first = line->next;
        if (rota_likely(first != line)) {
                struct rota_task *next = task_of(first);
                struct rota_context *to = next->on;
                if (rota_unlikely(!to || next->where != WHERE_READY ||
                                  rota_atomic_load(&next->cpu) != cpu->index ||
                                  next->affinity.word != prev->affinity.word ||
                                  next->space != cpu->space))
                        return yield_locked(cpu, flags, __builtin_return_address(0));
                rota_list_rotate(line, (struct rota_list *)rota_policy_state(prev));
                rota_atomic_store(&prev->where, WHERE_READY);
                rota_atomic_store(&next->where, WHERE_RUNNING);
                queue->current = next;
                cpu->current = next;
                rota_count(&cpu->stats.switches);
                cpu->previous = prev;
                cpu->on = to;
                switch_context(prev->on, to, false);
                cpu = rota_port_cpu();
                rota_port_switched(cpu->previous, cpu->current);
                if (rota_unlikely(cpu->unfinished))
                        return yield_arrive(cpu);
        }
        rota_unlock(&cpu->lock);
        rota_port_irq_enable();
        return ROTA_OK;
}

/* What `sleep` answered, `next`, is taken for its word: sets the counts and who is current. The lock is
 * held. */
static inline struct rota_task *settle(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *next, struct rota_task *handed, uint64_t *now)
{
        if (handed && next != handed) {
                rota_atomic_store_release(&handed->where, WHERE_READY); /* partner: place_lock */
                queue_count(cpu, queue, 1);
                queue_unspread(cpu);
        }
        if (rota_unlikely(!next && queue->ready == 0)) {
                next = queue_take_next(cpu, now); /* of a lower class */
                if (!next)
                        rota_atomic_store(&cpu->running_class, CLASS_NONE);
                return next;
        }
        if (next != handed || !next) {
                if (rota_unlikely(!queue_sound(cpu, queue, next))) {
                        fallback_enter(cpu, queue, "sleep answered no waiting task");
                        return queue_take_next(cpu, now);
                }
                queue_count(cpu, queue, (uint32_t)-1);
        }
        queue->current = next;
        cpu->current = next;
        rota_atomic_store(&next->where, WHERE_RUNNING);
        return next;
}

/* May `sleep` be asked? Nobody more urgent waits, nothing special is on, and no CPU may have to look elsewhere because
 * it runs less from now on. */
static inline bool instead(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *handed)
{
        const struct rota *rota = cpu->rota;
        return !cpu->exact && queue->policy->sleep && !(rota->ranked && rota->cpu_count > 1) &&
               (cpu->ready_classes & ((1u << queue->class_index) - 1)) == 0 &&
               (!handed || (handed->class_index == queue->class_index &&
                                   handed->class_epoch == queue->epoch));
}

/* Nobody runs here; the fused operation for a task that parks or ends: it out, whoever is handed the CPU
 * in, next out. */
static inline struct rota_task *sleep_of_class(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *handed, uint64_t now)
{
        queue->current = NULL;
        cpu->current = NULL;
        cpu->handed = NULL;
        return queue->policy->sleep(queue, prev, handed, now);
}

__attribute__((noinline)) void dispatch_leave_to(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, struct rota_task *handed, uint64_t now)
{
        cpu->round = &queue_no_round;
        next = settle(cpu, queue, next, handed, &now);
        if (next) {
                uint64_t event = queue->event_ns;
                struct rota_queue *its = queue_of(cpu, next->class_index);
                if (rota_unlikely(!now && its->timed))
                        now = rota_port_now(); /* by who comes */
                if (its != queue || !event)
                        event = next_event(its, next, now);
                begin_turn(cpu, its, next, event, now);
        } else {
                timer_program(cpu, rota_count_read(&cpu->timers_due));
        }
        dispatch_switch_to(cpu, prev, next, false);
}

/* What follows for a task that parks or has ended, its fate is set. The lock is held. */
static inline void leave(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *prev,
        struct rota_task *handed)
{
        uint64_t now = 0;
        if (queue->timed) {
                now = rota_port_now();
                queue_charge(cpu, now);
        }
        queue->event_ns = 0;
        dispatch_leave_to(
                cpu, queue, prev, sleep_of_class(cpu, queue, prev, handed, now), handed, now);
}

/* Does what `sleep` answered, `next`, go round: who is handed the CPU, or one who waits here, on a stack
 * of its own? */
static inline bool goes_round(const struct rota_cpu *cpu, const struct rota_queue *queue,
        const struct rota_task *next, const struct rota_task *handed)
{
        if (rota_unlikely(!next || !queue->line || !next->on))
                return false;
        return handed ? next == handed : queue_sound(cpu, queue, next);
}

/*
 * A park where a yield would go round: nobody above waits, nobody wants to know the time, no timer
 * moves (allow_round). Who is handed the CPU runs, or who is first of those that wait. False, and nothing
 * has happened, where there is more to ask. The lock is held.
 */
static inline bool park_round(
        struct rota_cpu *cpu, struct rota_task *prev, struct rota_task *handed)
{
        struct rota_queue *queue = cpu->round;

        if (rota_unlikely(!queue->line || queue->timed || !queue->policy->sleep || !unbound(prev) ||
                          (cpu->rota->ranked && cpu->rota->cpu_count > 1) ||
                          (handed && (handed->class_index != queue->class_index ||
                                             handed->class_epoch != queue->epoch))))
                return false;
        prev->fate = FATE_PARK;
        struct rota_task *next = sleep_of_class(cpu, queue, prev, handed, 0);
        if (rota_unlikely(!goes_round(cpu, queue, next, handed))) {
                queue->event_ns = 0;
                dispatch_leave_to(cpu, queue, prev, next, handed, 0);
                return true;
        }
        if (!handed)
                queue_count(cpu, queue, (uint32_t)-1);
        cpu->unfinished = true;
        switch_round(cpu, queue, prev, next, false);
        return true;
}

void dispatch_park(struct rota_cpu *cpu)
{
        struct rota_task *prev = cpu->current;
        struct rota_task *handed = cpu->handed;

        if (rota_unlikely(rota_atomic_load(&cpu->need) || !stack_sound(cpu->on))) {
                dispatch(cpu, WHY_PARK);
                return;
        }
        rota_lock(&cpu->lock);
        if (!park_round(cpu, prev, handed)) {
                struct rota_queue *queue = queue_of(cpu, prev->class_index);
                if (rota_unlikely(!instead(cpu, queue, handed) || (prev->flags & TASK_DISPLACED))) {
                        dispatch_locked(cpu, WHY_PARK);
                        return;
                }
                prev->fate = FATE_PARK;
                leave(cpu, queue, prev, handed);
        }
        cpu = rota_port_cpu();
        /* In a world without stacks (tests/virtual) who is next goes on here, at home, where that is seen to. */
        if (rota_unlikely(rota_atomic_load(&cpu->need)) && cpu->on != &cpu->home)
                dispatch_react(cpu);
}

/* The end of a task that leaves nothing to be done at home. */
void dispatch_end(struct rota_cpu *cpu)
{
        struct rota_task *task = cpu->current;
        struct rota_task *handed;

        if (rota_unlikely(rota_atomic_load(&cpu->need) || !stack_sound(cpu->on) || cpu->ring ||
                          task->on_exit || task->kind->ended || (task->marks & MARK_OVERFLOWN))) {
                dispatch(cpu, WHY_EXIT);
                return;
        }
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        if (rota_unlikely(!instead(cpu, queue, NULL) || !unbound(task) ||
                          !exit_at_once(cpu, task, &handed))) {
                dispatch_locked(cpu, WHY_EXIT);
                return;
        }
        rota_atomic_store(&task->where, WHERE_ENDED);
        leave(cpu, queue, task, handed);
}

/* The switch to who is next of the same queue, where nobody keeps accounts and nothing is to be spread;
 * the turn was charged, and no timer is armed. */
static inline void tick_switch(struct rota_cpu *cpu, struct rota_queue *queue,
        struct rota_task *prev, struct rota_task *next, uint64_t event)
{
        uint64_t due = rota_count_read(&cpu->timers_due);

        rota_count(&cpu->stats.preemptions);
        rota_count(&cpu->stats.switches);
        timer_program(cpu, event < due ? event : due);
        if (queue->line)
                allow_round(cpu, queue, next);
        load_space(cpu, next->space);
        cpu->previous = prev;
        if (rota_unlikely(rota_atomic_load(&cpu->need)))
                cpu->unfinished = true; /* who arrives is to see them */
        cpu->on = next->on;
        switch_context(prev->on, next->on, true);
        switch_arrive();
}

/* What rota_timer() and the dispatch after it do, in one, where the policy can say in one call what
 * becomes of the running task. False, and nothing has happened, where there is more to ask. Masked, no
 * interrupt within another, no lock held. */
static inline bool tick_quickly(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        if (rota_unlikely(rota_atomic_load(&cpu->need) || !task->on || !debug_may_switch(cpu) ||
                          !rota_port_may_switch() || !stack_sound(cpu->on)))
                return false;
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        /* Where two wait, another CPU may have fewer of the class (push_to_lighter). */
        if (rota_unlikely(!queue->timed || !queue->policy->tick || !unbound(task) ||
                          (cpu->ready_classes & ((1u << queue->class_index) - 1)) ||
                          (queue->ready > 1 && cpu->rota->cpu_count > 1))) {
                rota_unlock(&cpu->lock);
                return false;
        }
        /* The fused operation: the turn is charged, and goes on where its slice is not used up. */
        uint64_t used = queue_used(cpu, now);
        queue->event_ns = 0;
        rota_atomic_store(&task->where, WHERE_READY);
        struct rota_task *next = queue->policy->tick(queue, task, used, now);
        if (credible(cpu, next)) {
                accept_next(cpu, queue, task, next, ROTA_ENQ_SLICE_END);
                if (rota_likely(next != task && queue->event_ns && next->on && !cpu->exact &&
                                !cpu->unspread)) {
                        tick_switch(cpu, queue, task, next, queue->event_ns);
                        goto arrived;
                }
        } else {
                next = believe(cpu, queue, task, NULL, 0, &now);
        }
        carry_out(cpu, task, next, WHY_PREEMPT, queue->event_ns, now);
arrived:
        if (rota_unlikely(rota_atomic_load(&rota_port_cpu()->need)))
                dispatch_react(rota_port_cpu());
        return true;
}

void rota_timer_irq(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (rota_unlikely(!cpu || !cpu->rota || cpu->nesting)) {
                rota_timer();
                return;
        }
        uint64_t now = timer_came(cpu);
        if (rota_unlikely(rota_count_read(&cpu->timers_due) <= now)) {
                cpu->nesting++; /* who is woken waits for the end of the interrupt */
                timer_expire(cpu, now);
                cpu->nesting--;
                now = rota_port_now(); /* what it woke has a later time */
        }
        struct rota_task *task = cpu->current;
        if (rota_unlikely(!task)) {
                timer_program(cpu, rota_count_read(&cpu->timers_due));
        } else if (!tick_quickly(cpu, task, now)) {
                cpu->irq_ns = now;
                rota_atomic_or(&cpu->need, NEED_TICK);
                dispatch_react(cpu);
        }
}
