/* SPDX-License-Identifier: MIT */
/*
 * Home stacks that go with a turn that is preempted, and the pool of spares (<rota/spare.h>).
 *
 * A CPU's home context and a spare's change their stacks with each other, twice: when the turn is
 * preempted, and when it has ended. So each stack is described in one place at any time, by a CPU or
 * by a spare; and what a CPU takes for its home is never looked for.
 *
 *      lend        the spare takes over the stack that runs, and is the task's context from now on; the
 *                  CPU's home begins anew on the stack that was free
 *      give back   the CPU's home takes over the stack that runs; the one that it had is suspended in the home
 *                  loop, where nothing of it is needed (home_main asks for its CPU anew each time): it is free
 */
#include "core/account.h"
#include "core/spare.h"
#include "core/stack.h"
#include "core/switch.h"

/* The header is aligned as memory of any kind. */
#define ALIGN ((uintptr_t)16)

int rota_spares_add(struct rota *rota, void *memory, size_t size)
{
        uintptr_t low = (uintptr_t)memory;

        if (!rota || !memory || size < ROTA_STACK_MIN + sizeof(struct rota_spare) + ALIGN ||
                size > UINTPTR_MAX - low)
                return ROTA_EINVAL;
        uintptr_t at = (low + size - sizeof(struct rota_spare)) & ~(ALIGN - 1);
        struct rota_spare *spare = (struct rota_spare *)at;
        *spare = (struct rota_spare){.context = {.stack = memory, .stack_size = at - low}};
        stack_begin(&spare->context, 0);

        uintptr_t flags = rota_port_irq_save();
        rota_lock(&rota->spare_lock);
        spare->other = rota->spares;
        spare->next = rota->spare_free;
        rota->spares = spare;
        rota->spare_free = spare;
        rota->spare_count++;
        rota->spare_least = ++rota->spare_left;
        rota_unlock(&rota->spare_lock);
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

int rota_get_spare_stats(struct rota *rota, struct rota_spare_stats *stats)
{
        if (!rota || !stats)
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        rota_lock(&rota->spare_lock);
        *stats = (struct rota_spare_stats){
                .count = rota->spare_count, .free = rota->spare_left, .least = rota->spare_least};
        rota_unlock(&rota->spare_lock);
        rota_port_irq_restore(flags);
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                stats->lent += rota_count_read(&rota->cpus[i]->stats.home_lent);
                stats->missing += rota_count_read(&rota->cpus[i]->stats.home_stuck);
        }
        return ROTA_OK;
}

static struct rota_spare *take(struct rota *rota)
{
        if (rota_atomic_load(&rota->spare_left) == 0)
                return NULL;
        rota_lock(&rota->spare_lock);
        struct rota_spare *spare = rota->spare_free;
        if (spare) {
                rota->spare_free = spare->next;
                rota_atomic_store(&rota->spare_left, rota->spare_left - 1);
                if (rota->spare_left < rota->spare_least)
                        rota->spare_least = rota->spare_left;
        }
        rota_unlock(&rota->spare_lock);
        return spare;
}

static void put(struct rota *rota, struct rota_spare *spare)
{
        stack_begin(&spare->context, 0); /* its word may have been written over */
        rota_lock(&rota->spare_lock);
        spare->next = rota->spare_free;
        rota->spare_free = spare;
        rota_atomic_store(&rota->spare_left, rota->spare_left + 1);
        rota_unlock(&rota->spare_lock);
}

static void exchange(struct rota_context *a, struct rota_context *b)
{
        struct rota_context was = *a;
        *a = *b;
        *b = was;
}

/* The spare is this task's, or nobody's, under the lock of its queues: who runs there is never seen
 * on two stacks, nor on none. */
static bool lend(struct rota_cpu *cpu, struct rota_task *task)
{
        struct rota_spare *spare = take(cpu->rota);

        if (!spare)
                return false;
        rota_lock(&cpu->lock);
        exchange(&cpu->home, &spare->context);
        rota_port_context_init(&cpu->home, home_main, cpu);
        spare->task = task;
        task->guard |= GUARD_LENT;
        task->on = &spare->context;
        cpu->on = &spare->context;
        rota_unlock(&cpu->lock);
        return true;
}

void spare_give_back(struct rota_cpu *cpu, struct rota_task *task)
{
        struct rota_spare *spare = (struct rota_spare *)(void *)task->on; /* first member */

        rota_port_context_fini(&cpu->home);
        rota_lock(&cpu->lock);
        exchange(&cpu->home, &spare->context);
        spare->task = NULL;
        task->guard &= GUARD_DEPTH;
        task->on = NULL;
        cpu->on = &cpu->home;
        cpu->round = &queue_no_round; /* which is for who has a stack */
        rota_unlock(&cpu->lock);
        put(cpu->rota, spare);
}

/* A timer interrupt came, and nothing else: is its slice used up? Else it goes on, and the interrupt is done
 * with. */
static bool slice_is_over(struct rota_cpu *cpu, struct rota_task *task)
{
        rota_lock(&cpu->lock);
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        uint64_t now = 0;
        if (queue_timed(cpu, queue)) {
                now = rota_port_now();
                queue_charge(cpu, now);
        }
        if (queue->timed && queue->policy->timer && queue->policy->timer(queue, task, now)) {
                rota_unlock(&cpu->lock);
                return true;
        }
        rota_atomic_and(&cpu->need, ~(uint32_t)NEED_TICK);
        go_on(cpu, queue, task, next_event(queue, task, now));
        return false;
}

/* It runs on for want of a spare. There may be one a slice later. */
static void run_on(struct rota_cpu *cpu)
{
        uint64_t due = rota_count_read(&cpu->timers_due);
        uint64_t again = rota_port_now() + cpu->rota->slice_ns;

        rota_count(&cpu->stats.home_stuck);
        timer_program(cpu, again < due ? again : due);
}

bool spare_react(struct rota_cpu *cpu)
{
        struct rota_task *task = cpu->current;
        uint32_t need = rota_atomic_load(&cpu->need) & NEED_DISPATCH;

        if (!need || cpu->nesting || task_guards(task) || !debug_may_switch(cpu) ||
                !rota_port_may_switch() || (need == NEED_TICK && !slice_is_over(cpu, task)))
                return false;
        if (!lend(cpu, task)) {
                run_on(cpu);
                return false;
        }
        uint64_t lent = rota_count_read(&cpu->stats.home_lent);
        uint64_t before = rota_count_read(&cpu->stats.preemptions);
        rota_count_set(&cpu->stats.home_lent, lent + 1);
        dispatch(cpu, WHY_PREEMPT);
        if (rota_port_cpu() != cpu || rota_count_read(&cpu->stats.preemptions) != before)
                return true;
        /* It was not switched away: nobody else was to run after all. */
        rota_count_set(&cpu->stats.home_lent, lent);
        spare_give_back(cpu, task);
        return false;
}
