/* SPDX-License-Identifier: MIT */
/*
 * Pulling work from other CPUs, in the three steps that make it work-conserving (Lepers et al.,
 * "Provable multicore schedulers with Ipanema", EuroSys 2020): a lock-free filter, a choice, and a
 * re-check under both locks. It fails only because somebody else was faster.
 */
#include "core/account.h"
#include "core/core.h"

/* The filter, one victim: does a class of it hold what we would rather run than next? */
static bool tempting(
        const struct rota_cpu *cpu, const struct rota_cpu *victim, const struct rota_task *next)
{
        if (rota_atomic_load(&victim->ready) == 0)
                return false;
        uint32_t last = next ? next->class_index : cpu->rota->class_count - 1;
        for (uint32_t c = 0; c <= last; c++) {
                const struct rota_queue *from = victim->queues[c];
                if (rota_atomic_load(&from->ready) == 0)
                        continue;
                bool same = next && next->class_index == c;
                const struct rota_policy *policy = rota_atomic_load(&from->policy);
                if (policy->may_pull(from, cpu->queues[c], same ? next : NULL))
                        return true;
        }
        return false;
}

bool pull_tempting(const struct rota_cpu *cpu, const struct rota_task *next)
{
        const struct rota *rota = cpu->rota;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                const struct rota_cpu *victim = rota->cpus[i];
                if (victim != cpu && tempting(cpu, victim, next))
                        return true;
        }
        return false;
}

/* What this CPU would run if it did not pull: the more urgent of who runs and who waits. */
static const struct rota_task *candidate(struct rota_cpu *cpu, uint64_t now)
{
        struct rota_task *current = cpu->current;
        struct rota_task *waiting = queue_peek(cpu, now);
        if (!current || (current->flags & TASK_DISPLACED))
                return waiting;
        if (!waiting || waiting->class_index > current->class_index)
                return current;
        if (waiting->class_index < current->class_index)
                return waiting;
        struct rota_queue *queue = queue_of(cpu, current->class_index);
        return queue_preempts(queue, current, waiting, now) ? waiting : current;
}

/* Lower CPU first (DESIGN rule 13). */
static void lock_both(struct rota_cpu *a, struct rota_cpu *b)
{
        rota_lock(a->index < b->index ? &a->lock : &b->lock);
        rota_lock(a->index < b->index ? &b->lock : &a->lock);
}

/* Tasks that change their CPU in one go. */
#define HALF_MOST 32u

/* One that was taken out of the victim's queue into ours. */
static void move_in(struct rota_cpu *cpu, struct rota_cpu *victim, struct rota_queue *from,
        struct rota_task *task, uint64_t now)
{
        queue_left(victim, from);
        if (cpu->ring)
                trace_event(cpu, now ? now : rota_port_now(), ROTA_EVENT_MIGRATE, task_id(task),
                        victim->index, cpu->index);
        queue_insert(cpu, task, ROTA_ENQ_MIGRATED, now);
        rota_count(&cpu->stats.steals);
}

/*
 * Half of those futures that wait where one was taken: they are many and short, and each costs more to fetch
 * than to poll. Threads are taken one at a time, when there is nothing else to run. Both locks are held.
 */
static void take_half(struct rota_cpu *cpu, struct rota_cpu *victim, struct rota_queue *from,
        struct rota_queue *to, uint64_t now)
{
        uint32_t left = rota_atomic_load(&from->ready) / 2;

        for (uint32_t n = 1; n < HALF_MOST && left > 1; n++, left--) {
                struct rota_task *task = from->policy->pull(from, to, NULL, now);
                if (!task)
                        return;
                move_in(cpu, victim, from, task, now);
                if (!(task->marks & MARK_POLLED))
                        return;
        }
}

/* The re-check: takes the task that we should rather run, if there still is one. */
static struct rota_task *take(struct rota_cpu *cpu, struct rota_cpu *victim)
{
        uint64_t now = cpu->exact ? rota_port_now() : 0;
        const struct rota_task *next = candidate(cpu, now);
        uint32_t last = next ? next->class_index : cpu->rota->class_count - 1;

        for (uint32_t c = 0; c <= last; c++) {
                struct rota_queue *from = victim->queues[c];
                struct rota_queue *to = cpu->queues[c];
                if (rota_atomic_load(&from->ready) == 0)
                        continue;
                if (rota_unlikely(from->epoch != to->epoch)) {
                        fallback_adopt(from->epoch < to->epoch ? victim : cpu,
                                from->epoch < to->epoch ? from : to);
                        if (from->policy != to->policy)
                                continue;
                }
                bool same = next && next->class_index == c;
                struct rota_task *task = from->policy->pull(from, to, same ? next : NULL, now);
                if (!task)
                        continue;
                move_in(cpu, victim, from, task, now);
                if (!next && (task->marks & MARK_POLLED))
                        take_half(cpu, victim, from, to, now);
                queue_unspread(cpu);
                return task;
        }
        return NULL;
}

/* Somebody sent for us, and we may have taken another task, or have a better one by now: what still
 * waits may suit another CPU, and nobody else will tell it. */
void pull_offer_rest(struct rota_cpu *cpu)
{
        struct rota *rota = cpu->rota;
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                struct rota_cpu *victim = rota->cpus[i];
                if (victim == cpu || !rota_atomic_load(&victim->ready))
                        continue;
                rota_lock(&victim->lock);
                place_spread_all(victim);
                rota_unlock(&victim->lock);
        }
}

bool pull(struct rota_cpu *cpu, bool asked)
{
        struct rota *rota = cpu->rota;
        uint32_t n = rota->cpu_count;
        bool any = false;

        if (n == 1)
                return false;
        /* The choice: the neighbours in turn, so that thieves spread; one task will do, but where
         * tasks differ in urgency a later one may have a more urgent one than the first. The filter
         * asks as if nothing were next; the re-check knows better. */
        for (uint32_t i = 1; i < n; i++) {
                uint32_t v = cpu->index + i < n ? cpu->index + i : cpu->index + i - n;
                struct rota_cpu *victim = rota->cpus[v];
                if (!tempting(cpu, victim, NULL))
                        continue;
                lock_both(cpu, victim);
                struct rota_task *task = take(cpu, victim);
                rota_unlock(&victim->lock);
                rota_unlock(&cpu->lock);
                if (task) {
                        any = true;
                        if (!rota->ranked)
                                break;
                }
        }
        if (asked)
                pull_offer_rest(cpu);
        return any;
}
