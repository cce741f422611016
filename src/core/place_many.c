/* SPDX-License-Identifier: MIT */
/*
 * Placing several tasks at once, or one where it was woken in a poll: one lock for those that wait on one CPU,
 * and the idle CPUs that are of use are told, each once. The pairs of stores and looks are place.c's.
 */
#include "core/account.h"
#include "core/place_one.h"

/* What time a task is queued at, where that is of interest: in a batch of this CPU's polls, when that
 * began (polls.c). */
static inline uint64_t time_here(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        if (!queue_timed(cpu, queue))
                return 0;
        /* Whether another CPU is in an interrupt only that one may ask. */
        return cpu == rota_port_cpu() && queue_polls(cpu, queue) && !cpu->turn_start
                       ? cpu->polls_ns
                       : rota_port_now();
}

/* As queue_react(), and the timer is armed at once where it is this CPU's own. */
static inline uint32_t react_here(
        struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        uint32_t need = queue_react(cpu, queue, task, now);
        if (!(need & NEED_REARM) || cpu != rota_port_cpu())
                return need;
        timer_program(cpu, queue->event_ns);
        return need & ~(uint32_t)NEED_REARM;
}

static inline __attribute__((always_inline)) uint32_t put_here(struct rota_cpu *cpu,
        struct rota_queue *queue, struct rota_task *const *tasks, uint32_t count, bool ahead,
        uint32_t flags)
{
        const struct rota *rota = cpu->rota;
        uint64_t now = time_here(cpu, queue);
        bool first = rota_atomic_load(&cpu->ready) == 0;

        if (cpu->round != queue)
                cpu->round = &queue_no_round;
        if (now && cpu->turn_start && queue->current)
                queue_charge(cpu, now);
        for (uint32_t n = 0; n < count; n++) {
                /* Who goes before all others is put there last. */
                struct rota_task *task = tasks[ahead ? count - 1 - n : n];
                if (rota_unlikely(cpu->exact))
                        account_placed(task, flags, rota_atomic_load(&task->cpu), cpu->index, now);
                queue->policy->enqueue(queue, task, ahead ? flags | ROTA_ENQ_AHEAD : flags, now);
                rota_atomic_store_release(&task->where, WHERE_READY); /* partner: place_lock */
        }
        queue_count(cpu, queue, count);
        uint32_t need = react_here(cpu, queue, tasks[0], now);
        for (uint32_t n = 1; n < count && rota->ranked; n++)
                need |= react_here(cpu, queue, tasks[n], now); /* may be more urgent */
        if (rota->cpu_count == 1)
                return need;
        /* One of them need not be told of where it runs next: the next switch sees whether it did. */
        bool next = (need & NEED_RESCHED) || !cpu->current || (first && ahead);
        if (next)
                queue_unspread(cpu);
        for (uint32_t n = next; n < count && (n == next || place_any_idle(rota)); n++)
                place_spread(cpu, tasks[n], first && n == next, rota->ranked);
        return need;
}

uint32_t place_here(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *const *tasks,
        uint32_t count, bool ahead, uint32_t flags)
{
        return put_here(cpu, queue, tasks, count, ahead, flags);
}

uint32_t place_one_timed(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task,
        bool ahead, uint32_t flags)
{
        return put_here(cpu, queue, &task, 1, ahead, flags);
}

/* Those of a part of the array that wait on one CPU come first in it; how many they are. */
static uint32_t together(struct rota_task **tasks, uint32_t count)
{
        uint32_t cpu = rota_atomic_load(&tasks[0]->cpu);
        uint32_t n = 1;

        for (uint32_t i = 1; i < count; i++) {
                struct rota_task *task = tasks[i];
                if (rota_atomic_load(&task->cpu) != cpu ||
                        task->class_index != tasks[0]->class_index)
                        continue;
                for (uint32_t at = i; at > n; at--)
                        tasks[at] = tasks[at - 1]; /* the others stay in their order */
                tasks[n++] = task;
        }
        return n;
}

/* May they be queued where they were, and by what place_here() does? Its lock is held. */
static bool simple(struct rota_cpu *cpu, const struct rota_queue *queue,
        struct rota_task *const *tasks, uint32_t count)
{
        bool good = queue_plain(cpu, queue);

        for (uint32_t i = 0; i < count && good; i++)
                good = queue_takes(cpu, queue, tasks[i]);
        return good;
}

/* All of one class and of the CPU `to`. */
static bool put_many(struct rota *rota, struct rota_task **tasks, uint32_t count)
{
        struct rota_cpu *target = rota->cpus[rota_atomic_load(&tasks[0]->cpu)];
        uint32_t need = 0;

        rota_lock(&target->lock);
        struct rota_queue *queue = queue_of(target, tasks[0]->class_index);
        bool done = simple(target, queue, tasks, count);
        if (done)
                need = place_here(target, queue, tasks, count, false, ROTA_ENQ_WOKEN);
        rota_unlock(&target->lock);
        if (done && (need || target != rota_port_cpu()) && place_notify(target, need)) {
                /* It left meanwhile: see place_on(). */
                struct rota_task *stray;
                while (count-- && (stray = leave_stray(target)) != NULL)
                        place(rota, stray, ROTA_ENQ_MIGRATED);
        }
        return done;
}

void place_many(struct rota *rota, struct rota_task **tasks, uint32_t count)
{
        while (count) {
                uint32_t n = together(tasks, count);
                if (n == 1 || !put_many(rota, tasks, n))
                        for (uint32_t i = 0; i < n; i++)
                                place(rota, tasks[i], ROTA_ENQ_WOKEN);
                tasks += n;
                count -= n;
        }
}
