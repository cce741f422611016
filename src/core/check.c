/* SPDX-License-Identifier: MIT */
/* The rules of the house as a predicate (DESIGN rule 15). Linked only by who calls it. */
#include "base/heap.h"
#include "core/spare.h"

#define NOBODY UINT32_MAX

struct check {
        struct rota *rota;
        struct rota_check_report *report;
        uint32_t cpu;
        uint32_t class_index;
        uint32_t seen; /* tasks that the policy showed */
        bool ok;
};

static bool broken(struct check *c, const char *what, uint32_t slot, uint32_t cpu)
{
        if (c->ok && c->report) {
                c->report->what = what;
                c->report->slot = slot;
                c->report->cpu = cpu;
        }
        c->ok = false;
        return false;
}

static void visit_waiting(struct rota_task *task, void *argument)
{
        struct check *c = argument;
        uint32_t slot = task->handle.index;

        c->seen++;
        if (task->where != WHERE_READY)
                broken(c, "a task in a queue is not ready", slot, c->cpu);
        else if (rota_atomic_load(&task->cpu) != c->cpu)
                broken(c, "a task in a queue is of another CPU", slot, c->cpu);
        else if (task->class_index != c->class_index)
                broken(c, "a task in a queue is of another class", slot, c->cpu);
        else if (!rota_affinity_allows(task->affinity, c->cpu))
                broken(c, "a task waits where it may not run", slot, c->cpu);
        else if (word_state(rota_atomic_load(&task->slot->word)) != WORD_RUNNABLE)
                broken(c, "a task in a queue is not runnable by its word", slot, c->cpu);
}

/* One CPU's queues; its lock is held, or nothing else runs. */
static void check_queues(struct check *c, struct rota_cpu *cpu)
{
        uint32_t ready = 0;

        c->cpu = cpu->index;
        for (uint32_t i = 0; i < c->rota->class_count && c->ok; i++) {
                struct rota_queue *queue = cpu->queues[i];
                if (queue->epoch != rota_atomic_load(&c->rota->class_epoch[i]))
                        continue; /* about to be replaced, not to be trusted */
                c->class_index = i;
                c->seen = 0;
                const char *what = queue->policy->check(queue);
                if (what) {
                        broken(c, what, NOBODY, cpu->index);
                        return;
                }
                queue->policy->each(queue, visit_waiting, c);
                if (c->seen != queue->ready)
                        broken(c, "a queue's count of waiting tasks", NOBODY, cpu->index);
                if ((queue->ready != 0) != ((cpu->ready_classes >> i) & 1))
                        broken(c, "a CPU's bits of classes that wait", NOBODY, cpu->index);
                struct rota_task *current = cpu->current;
                bool mine = current && current->class_index == i;
                if (queue->current != (mine ? current : NULL))
                        broken(c, "a queue's running task", NOBODY, cpu->index);
                ready += queue->ready;
        }
        if (!c->ok)
                return;
        if (ready != rota_atomic_load(&cpu->ready))
                broken(c, "a CPU's count of waiting tasks", NOBODY, cpu->index);
        struct rota_task *current = cpu->current;
        if (cpu->round != &queue_no_round &&
                (!current || cpu->round != cpu->queues[current->class_index] || cpu->exact ||
                        cpu->unspread || !current->on || cpu->turn_start ||
                        (cpu->ready_classes & ((1u << current->class_index) - 1))))
                broken(c, "a yield may go round where more is to be asked", NOBODY, cpu->index);
        uint32_t running = current ? current->class_index : CLASS_NONE;
        if (rota_atomic_load(&cpu->running_class) != running)
                broken(c, "a CPU's published class", NOBODY, cpu->index);
        if (!current)
                return;
        uint32_t slot = current->handle.index;
        if (current->where != WHERE_RUNNING || rota_atomic_load(&current->cpu) != cpu->index)
                broken(c, "a running task is not where it runs", slot, cpu->index);
        uintptr_t word = rota_atomic_load(&current->slot->word);
        /* A moment of exit_at_once(): it has ended, and is about to leave. */
        bool ending = word_state(word) == WORD_DEAD && (word & WORD_PIN);
        if (word_state(word) != WORD_RUNNABLE && !ending)
                broken(c, "a running task is not runnable by its word", slot, cpu->index);
        if (!rota_affinity_allows(current->affinity, cpu->index) &&
                !(current->flags & TASK_DISPLACED))
                broken(c, "a task runs where it may not", slot, cpu->index);
}

static void check_timers(struct check *c, struct rota_cpu *cpu)
{
        if (rota_heap_verify(cpu->timers) == SIZE_MAX)
                broken(c, "the order of a timer queue", NOBODY, cpu->index);
        else if (cpu->timers_due != (cpu->timers ? cpu->timers->key : ROTA_NEVER))
                broken(c, "a timer queue's earliest deadline", NOBODY, cpu->index);
}

bool rota_check_cpu(struct rota *rota, uint32_t index, struct rota_check_report *report)
{
        struct check c = {.rota = rota, .report = report, .ok = true};

        if (report)
                *report = (struct rota_check_report){NULL, NOBODY, NOBODY};
        if (index >= rota->cpu_count)
                return broken(&c, "no such CPU", NOBODY, index);
        struct rota_cpu *cpu = rota->cpus[index];
        uintptr_t flags = rota_port_irq_save();
        rota_lock(&cpu->timer_lock);
        check_timers(&c, cpu);
        rota_unlock(&cpu->timer_lock);
        rota_lock(&cpu->lock);
        check_queues(&c, cpu);
        rota_unlock(&cpu->lock);
        rota_port_irq_restore(flags);
        return c.ok;
}

/* What tasks were found to be. */
struct found {
        uint32_t ready;
        uint32_t running;
        uint32_t lent; /* on a home stack that went with them */
};

/* A slot and the task in it, nothing else running. */
static void check_slot(struct check *c, uint32_t index, struct found *found)
{
        struct rota_slot *slot = &c->rota->slots[index];
        uintptr_t word = rota_atomic_load(&slot->word);
        uintptr_t state = word_state(word);

        if (word & WORD_PIN) {
                broken(c, "a slot is pinned and nobody works on it", index, NOBODY);
                return;
        }
        if (state == WORD_FREE || state == WORD_DEAD) {
                if (word & WORD_BUSY)
                        broken(c, "a burial was not finished", index, NOBODY);
                return;
        }
        struct rota_task *task = slot_task(slot);
        if (task->slot != slot || task->handle.index != index ||
                task->handle.generation != word_generation(word)) {
                broken(c, "a slot and its task disagree", index, NOBODY);
                return;
        }
        uint32_t at = rota_atomic_load(&task->cpu);
        if (at >= c->rota->cpu_count) {
                broken(c, "a task's CPU does not exist", index, at);
                return;
        }
        if (state == WORD_NEW && task->where != WHERE_NONE)
                broken(c, "a new task is somewhere", index, at);
        if (state == WORD_PARKED && task->where != WHERE_PARKED)
                broken(c, "a parked task is somewhere", index, at);
        if (state == WORD_PARKED && (word & WORD_TOKEN))
                broken(c, "a parked task has a token: a wake was lost", index, at);
        if (state == WORD_PARKED && (word & WORD_CANCEL) && !(word & WORD_HOLD))
                broken(c, "a cancelled task sleeps", index, at);
        if (task_lent(task) && state != WORD_RUNNABLE)
                broken(c, "a task that is not in a turn has a home stack", index, at);
        found->lent += task_lent(task);
        if (state == WORD_RUNNABLE) {
                if (task->where == WHERE_READY)
                        found->ready++;
                else if (task->where == WHERE_RUNNING && c->rota->cpus[at]->current == task)
                        found->running++;
                else
                        broken(c, "a runnable task neither runs nor waits", index, at);
        }
}

/* Is this stack a CPU's home, or another spare's? */
static bool described_twice(const struct rota *rota, const struct rota_spare *spare)
{
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                if (rota->cpus[i]->home.stack == spare->context.stack)
                        return true;
        }
        for (const struct rota_spare *other = spare->other; other; other = other->other) {
                if (other->context.stack == spare->context.stack)
                        return true;
        }
        return false;
}

/* Each spare is in the pool once, or a task's, which is on it; and each of the stacks is in one place. */
static void check_spares(struct check *c, uint32_t lent)
{
        const struct rota *rota = c->rota;
        uint32_t all = 0;
        uint32_t tasks = 0;
        uint32_t free = 0;

        for (const struct rota_spare *s = rota->spares; s && all <= rota->spare_count;
                s = s->other) {
                all++;
                tasks += s->task != NULL;
                if (described_twice(rota, s))
                        broken(c, "a home stack is in two places", NOBODY, NOBODY);
                if (s->task && (s->task->on != &s->context || !task_lent(s->task)))
                        broken(c, "a spare's task is on another stack", s->task->handle.index,
                                NOBODY);
        }
        for (const struct rota_spare *s = rota->spare_free; s && free <= all; s = s->next) {
                free++;
                if (s->task)
                        broken(c, "a spare in the pool is a task's", s->task->handle.index, NOBODY);
        }
        if (all != rota->spare_count || free != rota->spare_left || free + tasks != all)
                broken(c, "the count of spares", NOBODY, NOBODY);
        if (tasks != lent)
                broken(c, "a task in a turn has no home stack, or two", NOBODY, NOBODY);
}

static void visit_left(struct rota_task *task, void *argument)
{
        struct check *c = argument;
        if (leave_elsewhere(c->rota, task->affinity, c->cpu))
                broken(c, "a task waits on a CPU that has left, and could run on another",
                        task->handle.index, c->cpu);
}

/* A CPU that has left, to the end. */
static bool is_out(const struct rota_cpu *cpu)
{
        return rota_atomic_load(&cpu->idle) == IDLE_LEFT &&
               rota_atomic_load(&cpu->online) == CPU_OFFLINE;
}

static void check_left(struct check *c, struct rota_cpu *cpu)
{
        uintptr_t bit = (uintptr_t)1 << (cpu->index % ROTA_WORD_BITS);

        if (!is_out(cpu))
                return;
        c->cpu = cpu->index;
        if (cpu->current || cpu->handed || cpu->space)
                broken(c, "a CPU has left with a task", NOBODY, cpu->index);
        if (cpu->timers)
                broken(c, "a CPU has left with a timer", NOBODY, cpu->index);
        if (rota_atomic_load(&c->rota->idle_cpus[cpu->index / ROTA_WORD_BITS]) & bit)
                broken(c, "a CPU that has left counts as idle", NOBODY, cpu->index);
        for (uint32_t i = 0; i < c->rota->class_count; i++)
                cpu->queues[i]->policy->each(cpu->queues[i], visit_left, c);
}

struct idle_check {
        struct check *c;
        uint32_t idle;
};

static void visit_stranded(struct rota_task *task, void *argument)
{
        struct idle_check *i = argument;
        if (rota_affinity_allows(task->affinity, i->idle))
                broken(i->c, "a CPU halts while a task waits that it could run", task->handle.index,
                        i->idle);
}

/* Work conservation: while no CPU is about to look for work, none halts that could run what waits. */
static void check_idle(struct check *c, struct rota_cpu *cpu)
{
        struct idle_check idle = {c, cpu->index};
        uintptr_t bit = (uintptr_t)1 << (cpu->index % ROTA_WORD_BITS);
        bool marked = rota_atomic_load(&c->rota->idle_cpus[cpu->index / ROTA_WORD_BITS]) & bit;

        if (cpu->current && (marked || rota_atomic_load(&cpu->idle) != IDLE_ACTIVE))
                broken(c, "a CPU that runs a task counts as idle", NOBODY, cpu->index);
        if (rota_atomic_load(&cpu->idle) != IDLE_HALTED || rota_atomic_load(&cpu->need))
                return;
        /* One that was told to look, or is at home with its eyes open, will find what waits. */
        for (uint32_t v = 0; v < c->rota->cpu_count; v++) {
                const struct rota_cpu *other = c->rota->cpus[v];
                if (is_out(other))
                        continue;
                if ((rota_atomic_load(&other->need) & NEED_PULL) ||
                        (!other->current && rota_atomic_load(&other->idle) != IDLE_HALTED))
                        return;
        }
        for (uint32_t v = 0; v < c->rota->cpu_count && c->ok; v++) {
                for (uint32_t i = 0; i < c->rota->class_count; i++) {
                        struct rota_queue *queue = c->rota->cpus[v]->queues[i];
                        queue->policy->each(queue, visit_stranded, &idle);
                }
        }
}

bool rota_check(struct rota *rota, struct rota_check_report *report)
{
        struct check c = {.rota = rota, .report = report, .ok = true};
        uint32_t waiting = 0;
        uint32_t currents = 0;
        struct found found = {0, 0, 0};
        uint32_t used = 0;
        uint32_t free = 0;

        if (report)
                *report = (struct rota_check_report){NULL, NOBODY, NOBODY};
        for (uint32_t i = 0; i < rota->cpu_count && c.ok; i++) {
                struct rota_cpu *cpu = rota->cpus[i];
                if (rota_locked(&cpu->lock) || rota_locked(&cpu->timer_lock))
                        return broken(&c, "a lock is held and nobody works", NOBODY, i);
                check_queues(&c, cpu);
                check_timers(&c, cpu);
                check_left(&c, cpu);
                waiting += rota_atomic_load(&cpu->ready);
                currents += cpu->current != NULL;
        }
        for (uint32_t i = 0; i < rota->slot_count && c.ok; i++) {
                check_slot(&c, i, &found);
                used += word_state(rota_atomic_load(&rota->slots[i].word)) != WORD_FREE;
        }
        if (!c.ok)
                return false;
        if (found.ready != waiting)
                return broken(&c, "a ready task is in no queue, or in two", NOBODY, NOBODY);
        if (found.running != currents)
                return broken(&c, "a task runs on two CPUs, or on none", NOBODY, NOBODY);
        for (uint32_t next = rota->slot_free; next && free <= rota->slot_count; free++)
                next = (uint32_t)rota->slots[next - 1].value;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                uint32_t kept = 0;
                uint32_t next = rota->cpus[i]->slots_kept;
                for (; next && kept <= rota->slot_count; kept++)
                        next = (uint32_t)rota->slots[next - 1].value;
                if (kept != rota->cpus[i]->slots_count)
                        return broken(&c, "the free slots that a CPU keeps", NOBODY, i);
                used += kept;
        }
        if (used != rota->slot_used || used + free + rota->slot_retired != rota->slot_count)
                return broken(&c, "the free list of slots", NOBODY, NOBODY);
        for (uint32_t i = 0; i < rota->cpu_count && c.ok; i++)
                check_idle(&c, rota->cpus[i]);
        if (c.ok)
                check_spares(&c, found.lent);
        return c.ok;
}
