/* SPDX-License-Identifier: MIT */
/* The queue operations of queue.c, inline for the hot paths: wake (place.c) and park (decide.c). The
 * CPU's lock is held. */
#ifndef ROTA_CORE_QUEUE_H
#define ROTA_CORE_QUEUE_H

#include "core/core.h"

/* The queue's policy was replaced, or the task comes from before that: brings both up to date. */
void queue_renew(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task);
/* What a policy answered does not belong here: round robin takes over. */
void queue_distrust(struct rota_cpu *cpu, struct rota_queue *queue);

static inline void queue_count(struct rota_cpu *cpu, struct rota_queue *queue, uint32_t n)
{
        uint32_t ready = rota_atomic_load(&queue->ready) + n;
        rota_atomic_store(&queue->ready, ready);
        rota_atomic_store(&cpu->ready, rota_atomic_load(&cpu->ready) + n);
        if ((int32_t)n > 0)
                cpu->ready_classes |= 1u << queue->class_index;
        else if (!ready)
                cpu->ready_classes &= ~(1u << queue->class_index);
}

static inline void queue_run(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        queue->current = task;
        queue->event_ns = ROTA_NEVER;
        cpu->round = &queue_no_round;
        rota_atomic_store(&task->where, WHERE_RUNNING);
        if (rota_atomic_load(&cpu->running_class) != task->class_index)
                rota_atomic_store(&cpu->running_class, task->class_index);
}

/* May a task be queued here without a look at other CPUs: this one is in use, and nobody ranks. And is the
 * queue's policy its class's? */
static inline bool queue_plain(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        const struct rota *rota = cpu->rota;
        return !(rota->ranked && rota->cpu_count > 1) &&
               rota_atomic_load(&cpu->online) == CPU_ONLINE &&
               queue->epoch == rota_atomic_load(&rota->class_epoch[queue->class_index]);
}

/* Then: may this task be queued here, as it is? */
static inline bool queue_takes(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *task)
{
        return task->class_epoch == queue->epoch &&
               rota_affinity_allows(task->affinity, cpu->index);
}

/* Is a future of this class polled here, or buried, by whom we were called? */
static inline bool queue_polls(const struct rota_cpu *cpu, const struct rota_queue *queue)
{
        const struct rota_task *task = cpu->current;
        if (cpu->nesting)
                return false;
        if (!task)
                return cpu->buried == queue->class_index + 1u;
        return (task->marks & MARK_POLLED) && !task->on && task->class_index == queue->class_index;
}

/* As queue_insert(), into its class's queue. */
static inline void queue_add(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task,
        uint32_t flags, uint64_t now)
{
        if (rota_unlikely(
                    queue->epoch != rota_atomic_load(&cpu->rota->class_epoch[queue->class_index]) ||
                    task->class_epoch != queue->epoch))
                queue_renew(cpu, queue, task);
        if (cpu->round != queue)
                cpu->round = &queue_no_round; /* the other class may be a higher one */
        if (now && queue->current && queue->current != task)
                queue_charge(cpu, now); /* the policy may compare with what is left of its turn */
        queue->policy->enqueue(queue, task, flags, now);
        if (queue->current == task)
                queue->current = NULL;
        rota_atomic_store(&task->cpu, cpu->index);
        rota_atomic_store_release(&task->where, WHERE_READY); /* partners: place_lock, gather */
        queue_count(cpu, queue, 1);
}

/* Does what a policy answered belong here? */
static inline bool queue_sound(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *task)
{
        return task && task->where == WHERE_READY && task->class_index == queue->class_index &&
               rota_atomic_load(&task->cpu) == cpu->index;
}

/* As queue_commit_next(). */
static inline struct rota_task *queue_take_next(struct rota_cpu *cpu, uint64_t *now)
{
        while (cpu->ready_classes) {
                struct rota_queue *queue =
                        queue_of(cpu, rota_lowest_bit((uintptr_t)cpu->ready_classes));
                struct rota_task *task = queue->policy->pick(queue, *now);
                if (rota_unlikely(!queue_sound(cpu, queue, task))) {
                        queue_distrust(cpu, queue);
                        continue;
                }
                if (!*now && queue_timed(cpu, queue))
                        *now = rota_port_now();
                enum rota_commit answer = queue->policy->commit(queue, task, *now);
                queue_count(cpu, queue, (uint32_t)-1);
                if (rota_likely(answer == ROTA_COMMIT_RUN)) {
                        cpu->current = task;
                        queue_run(cpu, queue, task);
                        return task;
                }
                rota_atomic_store(&task->where, WHERE_PARKED); /* a sleeper's ghost, settled */
        }
        return NULL;
}

/* As queue_reaction(). */
static inline uint32_t queue_react(
        struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        struct rota_task *current = cpu->current;
        if (!current)
                return 0; /* the home loop looks before it sleeps */
        if (task->class_index != current->class_index)
                return task->class_index < current->class_index ? NEED_RESCHED : 0;
        if (queue_preempts(queue, current, task, now))
                return NEED_RESCHED;
        if (queue->timed && queue->policy->next_event) {
                uint64_t event = queue->policy->next_event(queue, current, now);
                if (event < queue->event_ns) {
                        queue->event_ns = event;
                        return NEED_REARM;
                }
        }
        return 0;
}

#endif
