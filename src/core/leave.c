/* SPDX-License-Identifier: MIT */
/*
 * CPUs that leave while the others go on, and join again.
 *
 * A CPU that was asked (LEAVING) is chosen by nobody any more. It switches its task away, says LEFT
 * on its home stack, and only then looks at what waits in its queues. Who queues a task there all
 * the same, because he chose it before, looks at the idle state afterwards, as after every placing
 * (place_notify): one of the two sees the other, and moves the task on. What may run nowhere else
 * waits for the CPU to come back, or for another one that it may run on: who joins collects it.
 */
#include "base/heap.h"
#include "core/account.h"
#include "core/core.h"

/* Timers that change their CPU while both locks are held. */
#define GIVE_MOST 16u

bool leave_elsewhere(const struct rota *rota, struct rota_affinity affinity, uint32_t but)
{
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                if (i != but && rota_affinity_allows(affinity, i) &&
                        rota_atomic_load(&rota->cpus[i]->online) == CPU_ONLINE)
                        return true;
        }
        return false;
}

struct search {
        const struct rota_cpu *cpu;
        struct rota_task *found;
};

static void visit_waiting(struct rota_task *task, void *argument)
{
        struct search *search = argument;
        const struct rota_cpu *cpu = search->cpu;
        if (!search->found && leave_elsewhere(cpu->rota, task->affinity, cpu->index))
                search->found = task;
}

/* The most urgent one as a rule; else any: those before it wait for this CPU. */
static struct rota_task *find_stray(struct rota_cpu *cpu, uint64_t now)
{
        struct rota_task *first = queue_peek(cpu, now);
        struct search search = {cpu, NULL};

        if (!first || leave_elsewhere(cpu->rota, first->affinity, cpu->index))
                return first;
        for (uint32_t c = 0; c < cpu->rota->class_count; c++)
                cpu->queues[c]->policy->each(cpu->queues[c], visit_waiting, &search);
        return search.found;
}

struct rota_task *leave_stray(struct rota_cpu *cpu)
{
        if (!rota_atomic_load(&cpu->ready))
                return NULL;
        rota_lock(&cpu->lock);
        uint64_t now = cpu->exact ? rota_port_now() : 0;
        struct rota_task *task = find_stray(cpu, now);
        if (task) {
                queue_remove(cpu, task, ROTA_DEQ_MIGRATE, now);
                rota_atomic_store(&task->where, WHERE_MOVING);
        }
        rota_unlock(&cpu->lock);
        return task;
}

/* Some timers go to a CPU that stays, the next ones first. Returns whether none is left. */
static bool give_timers_to(struct rota_cpu *from, struct rota_cpu *to)
{
        struct rota_cpu *first = from->index < to->index ? from : to;
        struct rota_cpu *second = first == from ? to : from;

        rota_lock(&first->timer_lock);
        rota_lock(&second->timer_lock);
        /* Where it was asked to leave meanwhile it may have given away its own already. */
        bool stays = rota_atomic_load(&to->online) == CPU_ONLINE;
        bool any = stays && from->timers;
        for (uint32_t n = 0; stays && from->timers && n < GIVE_MOST; n++) {
                struct rota_heap_node *node = from->timers;
                rota_heap_remove(&from->timers, node);
                rota_heap_insert(&to->timers, node);
                rota_atomic_store(
                        &((struct rota_timer *)node)->cpu, to->index + 1); /* first member */
        }
        bool empty = !from->timers;
        rota_count_set(&from->timers_due, empty ? ROTA_NEVER : from->timers->key);
        rota_count_set(&to->timers_due, to->timers ? to->timers->key : ROTA_NEVER);
        rota_unlock(&second->timer_lock);
        rota_unlock(&first->timer_lock);
        if (any)
                place_notify(to, NEED_TIMERS);
        return empty;
}

/* As give_timers_to(), whoever stays. */
static bool give_timers(struct rota_cpu *cpu)
{
        const struct rota *rota = cpu->rota;

        for (uint32_t i = 1; i < rota->cpu_count; i++) {
                struct rota_cpu *to = rota->cpus[(cpu->index + i) % rota->cpu_count];
                if (rota_atomic_load(&to->online) == CPU_ONLINE)
                        return give_timers_to(cpu, to);
        }
        return false; /* not for long: the last one is not let go, so the instance stops */
}

bool leave_step(struct rota_cpu *cpu)
{
        if (rota_atomic_load(&cpu->idle) != IDLE_LEFT) {
                rota_atomic_store(&cpu->idle, IDLE_LEFT);
                /* Partners: place_on() queues a task, then looks at this state; place_spread() says
                 * what waits, then claims an idle CPU, which may have been this one, or finds one
                 * that runs less; leave_join() is online, then looks who has left. */
                rota_atomic_store_then_look();
                watchdog_end(cpu);
        }
        struct rota_task *task = leave_stray(cpu);
        if (task) {
                place(cpu->rota, task, ROTA_ENQ_MIGRATED);
                return true;
        }
        if (!give_timers(cpu))
                return true;
        pull_offer_rest(cpu); /* what somebody meant for us */
        account_out(cpu);
        return false;
}

void leave_join(struct rota_cpu *cpu)
{
        struct rota *rota = cpu->rota;

        /* The caller has said online and looked, with the fence between; partner: leave_step. */
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                struct rota_cpu *left = rota->cpus[i];
                struct rota_task *task;
                /* Looked at each time: once that one has joined too, what is taken there may be placed
                 * there again, and the other one need not run: it may rest while the world is stopped. */
                while (left != cpu && rota_atomic_load(&left->idle) == IDLE_LEFT &&
                        (task = leave_stray(left)))
                        place(rota, task, ROTA_ENQ_MIGRATED);
        }
}

/* May the task of this slot run on that CPU only, of those that stay? */
static bool needs(struct rota *rota, uint32_t index, uint32_t cpu)
{
        uintptr_t flags = rota_port_irq_save();
        uintptr_t word = rota_atomic_load(&rota->slots[index].word);
        struct rota_handle handle = {index, word_generation(word)};
        /* The pin keeps it alive, and its affinity as it is. */
        struct rota_slot *slot = slot_pin(rota, handle, false);
        bool needed = false;

        if (slot) {
                struct rota_affinity affinity = slot_task(slot)->affinity;
                needed = rota_affinity_allows(affinity, cpu) &&
                         !leave_elsewhere(rota, affinity, cpu);
                slot_unpin(slot);
        }
        rota_port_irq_restore(flags);
        return needed;
}

static int may_leave(struct rota *rota, struct rota_cpu *cpu)
{
        /* Acquire: how it began; partner: the release in cpu_begin. */
        if (rota_atomic_load_acquire(&cpu->online) != CPU_ONLINE || rota_atomic_load(&cpu->adopted))
                return ROTA_ESTATE;
        if (!leave_elsewhere(rota, rota_affinity_all(), cpu->index))
                return ROTA_EBUSY;
        for (uint32_t i = 0; i < rota->slot_count; i++) {
                uintptr_t state = word_state(rota_atomic_load(&rota->slots[i].word));
                if (state != WORD_FREE && state != WORD_DEAD && needs(rota, i, cpu->index))
                        return ROTA_EBUSY;
        }
        return ROTA_OK;
}

int rota_cpu_leave(struct rota *rota, uint32_t index)
{
        if (!rota || index >= rota->cpu_count)
                return ROTA_EINVAL;
        struct rota_cpu *cpu = rota->cpus[index];
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *self = rota_port_cpu();
        bool in_task = self && self->rota == rota && self->current && self->nesting == 0 &&
                       rota_port_irq_enabled(flags);
        rota_port_irq_restore(flags);
        if (!in_task)
                return ROTA_ECONTEXT;

        /* One at a time, or two could each rely on the other to stay. Unmasked, for it looks at all
         * tasks: who waits takes interrupts meanwhile, who holds it is not switched away from. */
        rota_guard_begin();
        rota_lock(&rota->leave_lock);
        int result = may_leave(rota, cpu);
        if (result == ROTA_OK)
                rota_atomic_store(&cpu->online, CPU_LEAVING);
        rota_unlock(&rota->leave_lock);
        if (result == ROTA_OK) {
                flags = rota_port_irq_save();
                trace_cpu(cpu, ROTA_EVENT_CPUHP_ENTER, false);
                place_notify(cpu, NEED_RESCHED);
                rota_port_irq_restore(flags);
        }
        rota_guard_end();
        return result;
}

bool rota_cpu_online(const struct rota *rota, uint32_t cpu)
{
        if (!rota || cpu >= rota->cpu_count)
                return false;
        /* Acquire: all that it did; partner: the release in home_main. */
        uint8_t online = rota_atomic_load_acquire(&rota->cpus[cpu]->online);
        return online == CPU_ONLINE || online == CPU_LEAVING;
}
