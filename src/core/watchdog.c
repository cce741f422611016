/* SPDX-License-Identifier: MIT */
/*
 * The watchdog: who is runnable and gets no turn. Each CPU has a timer in its own queue; at each look
 * it notes what it runs, and goes through a piece of the slot table for tasks that wait here. A turn
 * clears task->unserved_since (account.c), so between two looks nothing is counted: a task that is
 * found waiting with no time noted is given the present one.
 *
 * The slot table rather than the policy's structure is searched: a policy that starves a task may
 * well have lost it.
 */
#include <rota/watchdog.h>

#include "base/heap.h"
#include "core/account.h"
#include "core/core.h"
#include "core/text.h"

#define LOOKS 16u   /* per bound; a CPU remembers ROTA_WATCH_LOOKS */
#define PIECE 1024u /* slots for one look */
#define LEAST (100 * ROTA_US)

const char *rota_starved_text(enum rota_starved by)
{
        static const char *const texts[] = {
                [ROTA_STARVED_NOT] = "nothing",
                [ROTA_STARVED_BY_POLICY] = "its policy serves others of its class",
                [ROTA_STARVED_BY_RANK] = "more urgent tasks of its class run",
                [ROTA_STARVED_BY_CLASS] = "a higher class uses up the CPU",
                [ROTA_STARVED_BY_TASK] = "one task is not switched away from",
                [ROTA_STARVED_BY_CPU] = "the CPU takes no timer interrupt",
        };
        return (uint32_t)by < sizeof(texts) / sizeof(texts[0]) ? texts[by] : "?";
}

void watchdog_show(struct text *w, const struct rota *rota)
{
        const struct rota_starvation *found = &rota->starvation;

        text_number(w, "watchdog, latest: task ", found->task.index + 1);
        text_number(w, ", cpu ", found->cpu);
        text_number(w, ", class ", found->class_index);
        text_number(w, ", no turn for ", found->waited_ns);
        text_put(w, " ns: ");
        text_put(w, rota_starved_text(found->by));
        if (rota_handle_valid(found->culprit))
                text_number(w, "; then ran task ", found->culprit.index + 1);
        text_char(w, '\n');
}

/* Between two looks. */
static uint64_t period(const struct rota *rota)
{
        uint64_t pieces = (rota->slot_count + PIECE - 1) / PIECE;
        uint64_t spacing = rota->watchdog_ns / LOOKS;

        /* A piece each, so that the whole table is seen sixteen times. Halved rather than divided:
         * this also runs on 32-bit machines. */
        for (; pieces > 1 && spacing > LEAST; pieces = (pieces + 1) / 2)
                spacing /= 2;
        return spacing > LEAST || rota->slot_count <= PIECE ? spacing : LEAST;
}

static void tell(struct rota *rota, const struct rota_starvation *found, const char *name,
        const char *culprit)
{
        char buffer[256];
        struct text t = text_into(buffer, sizeof(buffer));

        rota_lock(&rota->watch_lock);
        rota->starvation = *found;
        rota_atomic_add(&rota->starvations, 1u);
        if (rota->report) {
                text_put(&t, "watchdog: ");
                if (name) {
                        text_put(&t, "task ");
                        text_name(&t, name);
                } else {
                        text_put(&t, "who waits there");
                }
                text_number(&t, " got no turn on CPU ", found->cpu);
                text_number(&t, " for ", found->waited_ns);
                text_put(&t, " ns: ");
                text_put(&t, rota_starved_text(found->by));
                if (culprit) {
                        text_put(&t, "; now runs ");
                        text_name(&t, culprit);
                }
                rota->report(buffer);
        }
        rota_unlock(&rota->watch_lock);
}

/* Looks since then that are still remembered, the present one included. */
static uint32_t looks_since(const struct rota_cpu *cpu, uint64_t since)
{
        uint32_t looks = 1;

        while (looks < ROTA_WATCH_LOOKS && looks < cpu->watch_count &&
                cpu->watch_time[(cpu->watch_count - 1 - looks) % ROTA_WATCH_LOOKS] >= since)
                looks++;
        return looks;
}

/* Who is to blame for a task that waits here, by the looks since. The CPU's lock is held. */
static enum rota_starved blame(
        struct rota_cpu *cpu, const struct rota_task *task, uint32_t looks, uint32_t *mostly)
{
        uint32_t seen[ROTA_MAX_CLASSES + 1] = {0};
        uint32_t last = cpu->watch_count - 1;
        uint32_t first = last - (looks - 1);
        const struct rota_task *current = cpu->current;
        uint32_t higher = 0;

        for (uint32_t i = first; i != last + 1; i++)
                seen[cpu->watch_class[i % ROTA_WATCH_LOOKS]]++;
        *mostly = CLASS_NONE;
        for (uint32_t i = 0; i < CLASS_NONE; i++) {
                higher += i < task->class_index ? seen[i] : 0;
                if (seen[i] > (*mostly < CLASS_NONE ? seen[*mostly] : 0))
                        *mostly = i;
        }
        if (higher * 2 > looks)
                return ROTA_STARVED_BY_CLASS;
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        uint32_t turns = cpu->watch_switches[last % ROTA_WATCH_LOOKS] -
                         cpu->watch_switches[first % ROTA_WATCH_LOOKS];
        if (current && turns == 0 && looks > 1 &&
                (task_guards(current) || !queue->policy->slices ||
                        current->class_index > task->class_index))
                return ROTA_STARVED_BY_TASK;
        if (current && current->class_index == task->class_index &&
                queue_preempts(queue, task, current, 0))
                return ROTA_STARVED_BY_RANK;
        return ROTA_STARVED_BY_POLICY;
}

/* A task that waits here. The CPU's lock is held. */
static void look_at(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        struct rota *rota = cpu->rota;
        uint64_t since = rota_count_read(&task->unserved_since);

        if (since == 0 || now < since) {
                rota_count_set(&task->unserved_since, now);
                return;
        }
        if (now - since < rota->watchdog_ns)
                return;
        struct rota_starvation found = {
                .cpu = cpu->index,
                .waited_ns = now - since,
                .task = task->handle,
                .class_index = task->class_index,
        };
        found.by = blame(cpu, task, looks_since(cpu, since), &found.culprit_class);
        if (cpu->current)
                found.culprit = cpu->current->handle;
        rota_count_set(&task->unserved_since, now); /* again after a further bound */
        tell(rota, &found, task->name, cpu->current ? cpu->current->name : NULL);
}

/* One slot. A ready task of this CPU cannot leave it while we hold the lock; one of another may end
 * under our eyes, so it is pinned, and one that somebody else has pinned is left for the next time. */
static void look_at_slot(struct rota_cpu *cpu, struct rota_slot *slot, uint64_t now)
{
        uintptr_t word = rota_atomic_load_acquire(&slot->word);

        if (word_state(word) != WORD_RUNNABLE || (word & WORD_PIN) ||
                !rota_atomic_cas(&slot->word, &word, word | WORD_PIN))
                return;
        struct rota_task *task = slot_task(slot);
        if (rota_atomic_load(&task->cpu) == cpu->index &&
                rota_atomic_load(&task->where) == WHERE_READY)
                look_at(cpu, task, now);
        slot_unpin(slot);
}

/* Another CPU that should look and does not. Whoever moves its time on reports it. */
static void look_at_cpu(
        struct rota *rota, const struct rota_cpu *self, struct rota_cpu *cpu, uint64_t now)
{
        uint64_t seen = rota_count_read(&cpu->watch_seen);

        if (cpu == self || !rota_atomic_load(&cpu->online) || seen == 0 || now < seen ||
                now - seen < 2 * rota->watchdog_ns || !rota_atomic_load(&cpu->ready))
                return;
        rota_lock(&rota->watch_lock);
        bool mine = rota_count_read(&cpu->watch_seen) == seen;
        if (mine)
                rota_count_set(&cpu->watch_seen, now);
        rota_unlock(&rota->watch_lock);
        if (!mine)
                return;
        const struct rota_starvation found = {
                .by = ROTA_STARVED_BY_CPU,
                .cpu = cpu->index,
                .waited_ns = now - seen,
                .culprit_class = rota_atomic_load(&cpu->running_class),
        };
        tell(rota, &found, NULL, NULL);
}

/* The timer's callback: this CPU's timer queue is locked, interrupts are masked. */
static void look(void *argument)
{
        struct rota_cpu *cpu = argument;
        struct rota *rota = cpu->rota;
        uint64_t now = rota_port_now();

        rota_lock(&cpu->lock);
        uint32_t at = cpu->watch_count++ % ROTA_WATCH_LOOKS;
        cpu->watch_time[at] = now;
        cpu->watch_class[at] = cpu->running_class;
        cpu->watch_switches[at] = (uint32_t)rota_count_read(&cpu->stats.switches);
        for (uint32_t i = 0; i < PIECE && i < rota->slot_count; i++) {
                look_at_slot(cpu, &rota->slots[cpu->watch_slot], now);
                if (++cpu->watch_slot == rota->slot_count)
                        cpu->watch_slot = 0;
        }
        rota_unlock(&cpu->lock);
        rota_count_set(&cpu->watch_seen, now);
        for (uint32_t i = 0; i < rota->cpu_count; i++)
                look_at_cpu(rota, cpu, rota->cpus[i], now);
        /* rota_timer_arm() would wait for the lock that we hold. */
        cpu->watch.node.key = now + period(rota);
        rota_heap_insert(&cpu->timers, &cpu->watch.node);
        rota_count_set(&cpu->timers_due, cpu->timers->key);
}

void watchdog_begin(struct rota_cpu *cpu)
{
        struct rota *rota = cpu->rota;
        uint64_t now = rota_port_now();

        if (!rota->watchdog_ns || cpu->watch.node.rank)
                return;
        cpu->watch_count = 0;
        rota_count_set(&cpu->watch_seen, now ? now : 1);
        rota_timer_arm(&cpu->watch, now + period(rota), look, cpu);
}

void watchdog_end(struct rota_cpu *cpu)
{
        rota_timer_cancel(&cpu->watch);
        rota_count_set(&cpu->watch_seen, 0);
}
