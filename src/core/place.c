/* SPDX-License-Identifier: MIT */
/*
 * Placing: on which CPU a task waits, and how that CPU comes to know. An idle CPU first, then where
 * it last ran; a policy whose tasks differ in urgency may know a CPU that runs less.
 *
 * Two pairs of "store mine, then look at yours" keep this free of lost work:
 *  - the placer stores the count of waiting tasks, then looks at the idle state; a CPU that goes idle
 *    stores its idle state, then looks at the counts (home.c).
 *  - the placer stores the waiting level, then looks at what the others run; a CPU that begins to run
 *    something less urgent stores that, then looks at what waits elsewhere (dispatch.c).
 */
#include "core/account.h"
#include "core/queue.h"

const uint32_t place_cpus_most = ROTA_CPUS_MAX;

bool place_possible(const struct rota *rota, struct rota_affinity affinity)
{
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                if (rota_affinity_allows(affinity, i))
                        return true;
        }
        return false;
}

/* Claims an idle CPU: it is ours to feed. */
static bool claim(struct rota *rota, uint32_t cpu)
{
        uintptr_t bit = (uintptr_t)1 << (cpu % ROTA_WORD_BITS);
        uintptr_t *word = &rota->idle_cpus[cpu / ROTA_WORD_BITS];
        return (rota_atomic_load(word) & bit) && (rota_atomic_and(word, ~bit) & bit);
}

/* An idle CPU that the affinity allows, `last` by preference, claimed; UINT32_MAX where none is. */
static uint32_t claim_idle(struct rota *rota, struct rota_affinity affinity, uint32_t last)
{
        if (!place_any_idle(rota))
                return UINT32_MAX;
        if (rota_affinity_allows(affinity, last) && claim(rota, last))
                return last;
        for (uint32_t w = 0; w < rota->idle_words; w++) {
                uintptr_t word = rota_atomic_load(&rota->idle_cpus[w]);
                for (; word; word &= word - 1) {
                        uint32_t cpu = w * ROTA_WORD_BITS + rota_lowest_bit(word);
                        if (rota_affinity_allows(affinity, cpu) && claim(rota, cpu))
                                return cpu;
                }
        }
        return UINT32_MAX;
}

/* The allowed CPU with the fewest waiting tasks, `last` among equals; one that has started and stays
 * where any does. */
static uint32_t least_loaded(const struct rota *rota, struct rota_affinity affinity, uint32_t last)
{
        uint32_t best = UINT32_MAX;
        uint32_t best_load = UINT32_MAX;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                uint32_t c = last + i < rota->cpu_count ? last + i : last + i - rota->cpu_count;
                const struct rota_cpu *cpu = rota->cpus[c];
                if (!rota_affinity_allows(affinity, c))
                        continue;
                uint32_t load = rota_atomic_load(&cpu->ready);
                if (rota_atomic_load(&cpu->online) != CPU_ONLINE)
                        load += UINT32_MAX / 2;
                if (load < best_load) {
                        best = c;
                        best_load = load;
                }
        }
        return best;
}

/* An allowed CPU that runs something less urgent, `last` by preference: the policy knows its own
 * levels, the core the order of classes. UINT32_MAX where there is none. */
static uint32_t lesser(const struct rota *rota, const struct rota_task *task, uint32_t last)
{
        const struct rota_policy *policy = rota_atomic_load(&rota->classes[task->class_index]);
        if (policy->select_cpu) {
                uint32_t cpu = policy->select_cpu(rota, task, last);
                bool sound = cpu < rota->cpu_count && rota_affinity_allows(task->affinity, cpu) &&
                             rota_atomic_load(&rota->cpus[cpu]->online) == CPU_ONLINE;
                return sound ? cpu : UINT32_MAX;
        }
        if (rota->class_count == 1)
                return UINT32_MAX;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                uint32_t cpu = last + i < rota->cpu_count ? last + i : last + i - rota->cpu_count;
                if (rota_affinity_allows(task->affinity, cpu) && rota_view_online(rota, cpu) &&
                        rota_view_running_class(rota, cpu) > task->class_index)
                        return cpu;
        }
        return UINT32_MAX;
}

static uint32_t choose(struct rota *rota, struct rota_task *task)
{
        uint32_t last = rota_atomic_load(&task->cpu);
        uint32_t cpu = claim_idle(rota, task->affinity, last);
        if (cpu != UINT32_MAX)
                return cpu;
        if (rota->ranked) {
                cpu = lesser(rota, task, last);
                if (cpu != UINT32_MAX)
                        return cpu;
        }
        if (rota_affinity_allows(task->affinity, last) &&
                rota_atomic_load(&rota->cpus[last]->online) == CPU_ONLINE)
                return last;
        return least_loaded(rota, task->affinity, last);
}

bool place_notify(struct rota_cpu *target, uint32_t need)
{
        struct rota_cpu *self = rota_port_cpu();

        if (need)
                rota_atomic_or(&target->need, need);
        if (target == self)
                return false; /* it reacts at the end of this call, interrupt or round of the home loop */
        /* Partner: home.c stores IDLE_HALTED, then looks at need and ready; leave.c IDLE_LEFT, then
         * at ready. */
        rota_atomic_store_then_look();
        uint32_t idle = rota_atomic_load(&target->idle);
        if (idle == IDLE_LOOKING)
                return false;
        if (idle >= IDLE_HALTED) {
                if (idle == IDLE_LEFT)
                        return true;
                /* One kick per sleep: whoever wakes it from HALTED sends it. */
                if (!rota_atomic_cas(&target->idle, &idle, (uint32_t)IDLE_ACTIVE))
                        return false;
        } else if (!need || !rota_atomic_load(&target->online)) {
                return false;
        }
        if (self)
                rota_count(&self->stats.kicks_sent);
        rota_port_kick(target);
        return false;
}

void place_spread(struct rota_cpu *cpu, struct rota_task *task, bool first, bool ranked)
{
        struct rota *rota = cpu->rota;
        if (rota->cpu_count == 1)
                return;
        /* Partner: home.c, where the first that waits here may be missed; and decide.c, where any
         * that raises the level which waits may be. */
        if (first || ranked)
                rota_atomic_store_then_look();
        uint32_t idle = claim_idle(rota, task->affinity, cpu->index);
        if (idle != UINT32_MAX) {
                place_notify(rota->cpus[idle], NEED_PULL);
                return;
        }
        uint32_t other = ranked ? lesser(rota, task, cpu->index) : UINT32_MAX;
        if (other == cpu->index)
                queue_unspread(cpu); /* here, and then who still waits may suit another CPU */
        else if (other != UINT32_MAX)
                place_notify(rota->cpus[other], NEED_PULL | NEED_RESCHED);
}

static inline void offer(struct rota_cpu *cpu, struct rota_task *task, uint32_t need, bool first)
{
        if (cpu->rota->cpu_count == 1)
                return;
        /* It need not be spread where it runs at once: it preempts, or the home loop finds it. The
         * switch sees whether it was so. */
        bool home = !cpu->current;
        if ((need & NEED_RESCHED) || home)
                queue_unspread(cpu);
        if (!(need & NEED_RESCHED) && !(home && first))
                place_spread(cpu, task, first, cpu->rota->ranked);
}

void place_offer(struct rota_cpu *cpu, struct rota_task *task, uint32_t need, bool first)
{
        offer(cpu, task, need, first);
}

static void visit_waiting(struct rota_task *task, void *cpu)
{
        place_spread((struct rota_cpu *)cpu, task, false, true);
}

void place_spread_all(struct rota_cpu *cpu)
{
        if (!rota_atomic_load(&cpu->ready) || !(cpu->rota->ranked || place_any_idle(cpu->rota)))
                return;
        for (uint32_t c = 0; c < cpu->rota->class_count; c++)
                cpu->queues[c]->policy->each(cpu->queues[c], visit_waiting, cpu);
}

/* Tasks of a class on a CPU, running or waiting; lock-free. */
static uint32_t class_load(const struct rota_cpu *cpu, uint8_t class_index)
{
        return rota_atomic_load(&cpu->queues[class_index]->ready) +
               (rota_atomic_load(&cpu->running_class) == class_index);
}

uint32_t place_lighter(const struct rota_cpu *cpu, const struct rota_task *task)
{
        const struct rota *rota = cpu->rota;
        uint32_t load = class_load(cpu, task->class_index);
        uint32_t best = UINT32_MAX;

        if (rota->classes[task->class_index]->select_cpu)
                return UINT32_MAX; /* few tasks there may be few because they are urgent */
        for (uint32_t i = 0; i < rota->cpu_count && load > 2; i++) {
                const struct rota_cpu *other = rota->cpus[i];
                if (other == cpu || !rota_affinity_allows(task->affinity, i) ||
                        rota_atomic_load(&other->online) != CPU_ONLINE ||
                        rota_atomic_load(&other->running_class) < task->class_index)
                        continue;
                uint32_t its = class_load(other, task->class_index);
                if (its + 1 < load) {
                        best = i;
                        load = its + 1;
                }
        }
        return best;
}

/* Queues a task there and says so. Returns whether that CPU has left. */
static inline bool put_on(struct rota *rota, struct rota_task *task, uint32_t to, uint32_t flags)
{
        uint32_t from = rota_atomic_load(&task->cpu);
        struct rota_cpu *target = rota->cpus[to];

        /* Until it is queued nobody else touches it: its word says RUNNABLE, and whoever pins it
         * waits until it is somewhere (place_lock). */
        rota_lock(&target->lock);
        struct rota_queue *queue = queue_of(target, task->class_index);
        uint64_t now = queue_timed(target, queue) ? rota_port_now() : 0;
        bool first = rota_atomic_load(&target->ready) == 0;
        if (target->exact)
                account_placed(task, flags & ROTA_ENQ_REASON, from, to, now);
        queue_add(target, queue, task, flags, now);
        uint32_t need = queue_react(target, queue, task, now);
        offer(target, task, need, first);
        rota_unlock(&target->lock);
        return (need || target != rota_port_cpu()) && place_notify(target, need);
}

void place_on(struct rota *rota, struct rota_task *task, uint32_t to, uint32_t flags)
{
        while (rota_unlikely(put_on(rota, task, to, flags))) {
                /* It left since it was chosen: as many as were queued there are taken out again, the
                 * same one or another's. None where they may run nowhere else. */
                task = leave_stray(rota->cpus[to]);
                if (!task)
                        return;
                flags = ROTA_ENQ_MIGRATED;
                to = choose(rota, task);
        }
}

void place(struct rota *rota, struct rota_task *task, uint32_t flags)
{
        place_on(rota, task, rota->cpu_count == 1 ? 0 : choose(rota, task), flags);
}

/*
 * On return the lock of the returned CPU's queues is held and the task, which the caller has pinned,
 * stays where it is until it is released. A task that is between two places (a waker has won it, or
 * it moves) is waited for; that takes as long as one placing.
 */
struct rota_cpu *place_lock(struct rota *rota, struct rota_slot *slot, struct rota_task *task)
{
        for (;;) {
                uint32_t index = rota_atomic_load(&task->cpu);
                struct rota_cpu *cpu = rota->cpus[index];
                rota_lock(&cpu->lock);
                /* Acquire: while somebody places it under another CPU's lock, who sees where it is
                 * sees whose it is; partner: the release in queue_insert. */
                uint8_t where = rota_atomic_load_acquire(&task->where);
                if (rota_atomic_load(&task->cpu) == index && where != WHERE_MOVING) {
                        uintptr_t state = word_state(rota_atomic_load(&slot->word));
                        bool queued = where == WHERE_READY || where == WHERE_RUNNING ||
                                      where == WHERE_ENDED;
                        if (queued == (state == WORD_RUNNABLE))
                                return cpu;
                }
                rota_unlock(&cpu->lock);
                rota_port_relax();
        }
}
