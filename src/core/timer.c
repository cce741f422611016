/* SPDX-License-Identifier: MIT */
/*
 * The timer queue of each CPU: sleeps and time-outs; slices are the policy's next event. Timers are
 * armed on the CPU that asks, so only the owner reads what is due first without the lock.
 */
#include "base/heap.h"
#include "core/debug.h"

static struct rota_timer *timer_of(struct rota_heap_node *node)
{
        return (struct rota_timer *)node; /* first member */
}

/* What a timer's callback is called in reports. */
__attribute__((unused)) static const char expiry[] = "a timer's callback runs";

static void set_due(struct rota_cpu *cpu)
{
        rota_count_set(&cpu->timers_due, cpu->timers ? cpu->timers->key : ROTA_NEVER);
}

int rota_timer_arm(
        struct rota_timer *timer, uint64_t deadline, rota_timer_callback callback, void *argument)
{
        if (!timer || !callback)
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_unlikely(!cpu || !cpu->rota ||
                          debug_wrong(cpu->debug.callback == expiry, cpu, "rota_timer_arm",
                                  "the queue is locked", expiry, cpu->debug.callback_at))) {
                rota_port_irq_restore(flags);
                return ROTA_ECONTEXT;
        }
        if (rota_unlikely(timer->node.rank)) {
                (void)debug_wrong(true, cpu, "rota_timer_arm", "it is armed already", NULL, NULL);
                rota_port_irq_restore(flags);
                return ROTA_ESTATE;
        }
        timer->callback = callback;
        timer->argument = argument;
        timer->node.key = deadline;
        rota_lock(&cpu->timer_lock);
        rota_heap_insert(&cpu->timers, &timer->node);
        rota_atomic_store(&timer->cpu, cpu->index + 1);
        set_due(cpu);
        rota_unlock(&cpu->timer_lock);
        timer_program(cpu, deadline);
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

/* Locks the queue that a timer is in, or was in when it expired. */
static struct rota_cpu *lock_queue_of(struct rota *rota, struct rota_timer *timer)
{
        for (;;) {
                uint32_t number = rota_atomic_load(&timer->cpu);
                struct rota_cpu *cpu = rota->cpus[number - 1];
                rota_lock(&cpu->timer_lock);
                if (rota_likely(rota_atomic_load(&timer->cpu) == number))
                        return cpu;
                rota_unlock(&cpu->timer_lock); /* its CPU left: leave.c */
        }
}

bool rota_timer_cancel(struct rota_timer *timer)
{
        struct rota *rota = core_instance();
        bool armed = false;

        if (!rota || !timer || rota_atomic_load(&timer->cpu) == 0)
                return false;
        uintptr_t flags = rota_port_irq_save();
        if (debug_wrong(rota_port_cpu() && rota_port_cpu()->debug.callback == expiry,
                    rota_port_cpu(), "rota_timer_cancel", "the queue is locked", expiry,
                    rota_port_cpu()->debug.callback_at)) {
                rota_port_irq_restore(flags);
                return false;
        }
        struct rota_cpu *cpu = lock_queue_of(rota, timer);
        /* With the lock held its callback does not run; rank 0 says that it has. */
        if (timer->node.rank) {
                rota_heap_remove(&cpu->timers, &timer->node);
                timer->node.rank = 0;
                set_due(cpu);
                armed = true;
        }
        rota_unlock(&cpu->timer_lock);
        rota_port_irq_restore(flags);
        return armed;
}

void timer_expire(struct rota_cpu *cpu, uint64_t now)
{
        for (;;) {
                rota_lock(&cpu->timer_lock);
                struct rota_heap_node *first = cpu->timers;
                if (!first || first->key > now) {
                        rota_unlock(&cpu->timer_lock);
                        return;
                }
                rota_heap_remove(&cpu->timers, first);
                first->rank = 0;
                set_due(cpu);
                struct rota_timer *timer = timer_of(first);
                /* Under the lock: who cancels meanwhile waits until it is over, and after that the
                 * timer's memory is not touched. One at a time, so that others get in between. */
                debug_callback(cpu, expiry, timer->callback);
                timer->callback(timer->argument);
                rota_unlock(&cpu->timer_lock);
                debug_called(cpu);
        }
}

void timer_again(struct rota_timer *timer, uint64_t deadline)
{
        struct rota_cpu *cpu = rota_port_cpu();

        timer->node.key = deadline;
        rota_heap_insert(&cpu->timers, &timer->node);
        rota_atomic_store(&timer->cpu, cpu->index + 1);
        set_due(cpu);
}

uint64_t rota_now(void)
{
        return rota_port_now();
}

uint64_t rota_timeout_deadline(struct rota_timeout timeout)
{
        if (timeout.opaque_kind == 0)
                return 0;
        if (timeout.opaque_kind == 2)
                return timeout.opaque_ns ? timeout.opaque_ns : 1;
        uint64_t now = rota_port_now();
        return timeout.opaque_ns < ROTA_NEVER - now ? now + timeout.opaque_ns : ROTA_NEVER;
}

void rota_timer(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (!cpu)
                return;
        if (!cpu->rota) {
                rota_count(&cpu->stats.timer_irqs); /* for rota_port_selftest() */
                return;
        }
        (void)debug_wrong(
                cpu->nesting == 0, cpu, "rota_timer", "no interrupt has begun", NULL, NULL);
        uint64_t now = timer_came(cpu);

        if (rota_count_read(&cpu->timers_due) <= now) {
                timer_expire(cpu, now);
                now = rota_port_now(); /* what it woke has a later time */
        }
        /* Where a task runs, its slice is the dispatcher's to look at, at the end of this interrupt: it
         * takes the lock once, and arms the timer once, for whatever is next. */
        cpu->irq_ns = now;
        if (cpu->current)
                rota_atomic_or(&cpu->need, NEED_TICK);
        else
                timer_program(cpu, rota_count_read(&cpu->timers_due));
}
