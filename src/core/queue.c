/* SPDX-License-Identifier: MIT */
/*
 * One CPU's queues, a class each: counts, the bits of classes with waiting tasks, and the calls into
 * the policy. Every function here is called with the CPU's lock held.
 */
#include "core/core.h"

static void count_ready(struct rota_cpu *cpu, struct rota_queue *queue, uint32_t n)
{
        uint32_t ready = rota_atomic_load(&queue->ready) + n;
        rota_atomic_store(&queue->ready, ready);
        rota_atomic_store(&cpu->ready, rota_atomic_load(&cpu->ready) + n);
        if (ready)
                cpu->ready_classes |= 1u << queue->class_index;
        else
                cpu->ready_classes &= ~(1u << queue->class_index);
}

void queue_left(struct rota_cpu *cpu, struct rota_queue *queue)
{
        count_ready(cpu, queue, (uint32_t)-1);
}

void queue_charge(struct rota_cpu *cpu, uint64_t now)
{
        struct rota_task *task = cpu->current;
        if (task && cpu->turn_start && now > cpu->turn_start) {
                struct rota_queue *queue = queue_of(cpu, task->class_index);
                uint64_t used = now - cpu->turn_start;
                cpu->turn_start = now;
                if (queue->policy->charge)
                        queue->policy->charge(queue, task, used);
        } else if (!cpu->turn_start) {
                cpu->turn_start = now;
        }
}

void queue_set_running(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        queue->current = task;
        queue->event_ns = ROTA_NEVER;
        rota_atomic_store(&task->where, WHERE_RUNNING);
        if (rota_atomic_load(&cpu->running_class) != task->class_index)
                rota_atomic_store(&cpu->running_class, task->class_index);
}

void queue_set_current(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        cpu->current = task;
        queue_set_running(cpu, queue, task);
}

void queue_insert(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, task->class_index);

        if (rota_unlikely(
                    queue->epoch != rota_atomic_load(&cpu->rota->class_epoch[queue->class_index])))
                fallback_adopt(cpu, queue);
        if (rota_unlikely(task->class_epoch != queue->epoch)) {
                struct rota_params params = {.class_index = queue->class_index};
                queue->policy->init_task(task, &params);
                task->class_epoch = queue->epoch;
        }
        if (now && queue->current && queue->current != task)
                queue_charge(cpu, now); /* the policy may compare with what is left of its turn */
        queue->policy->enqueue(queue, task, flags, now);
        if (queue->current == task)
                queue->current = NULL;
        rota_atomic_store(&task->cpu, cpu->index);
        rota_atomic_store_release(&task->where, WHERE_READY); /* partners: place_lock, gather */
        count_ready(cpu, queue, 1);
}

void queue_remove(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, task->class_index);

        queue->policy->dequeue(queue, task, flags, now);
        if (queue->current == task)
                queue->current = NULL;
        else if (task->where == WHERE_READY)
                count_ready(cpu, queue, (uint32_t)-1);
}

/* Does what a policy answered belong here? */
static bool sound(
        const struct rota_cpu *cpu, const struct rota_queue *queue, const struct rota_task *task)
{
        return task && task->where == WHERE_READY && task->class_index == queue->class_index &&
               rota_atomic_load(&task->cpu) == cpu->index;
}

struct rota_task *queue_peek(struct rota_cpu *cpu, uint64_t now)
{
        while (cpu->ready_classes) {
                struct rota_queue *queue =
                        queue_of(cpu, rota_lowest_bit((uintptr_t)cpu->ready_classes));
                struct rota_task *task = queue->policy->pick(queue, now);
                if (rota_likely(sound(cpu, queue, task)))
                        return task;
                fallback_enter(cpu, queue, "pick answered no waiting task of its queue");
        }
        return NULL;
}

struct rota_task *queue_commit_next(struct rota_cpu *cpu, uint64_t *now)
{
        for (;;) {
                struct rota_task *task = queue_peek(cpu, *now);
                if (!task)
                        return NULL;
                struct rota_queue *queue = queue_of(cpu, task->class_index);
                if (!*now && queue_timed(cpu, queue))
                        *now = rota_port_now();
                enum rota_commit answer = queue->policy->commit(queue, task, *now);
                count_ready(cpu, queue, (uint32_t)-1);
                if (answer == ROTA_COMMIT_RUN) {
                        queue_set_current(cpu, queue, task);
                        return task;
                }
                rota_atomic_store(&task->where, WHERE_PARKED); /* a sleeper's ghost, settled */
        }
}

uint32_t queue_reaction(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        struct rota_task *current = cpu->current;
        if (!current)
                return 0; /* the home loop looks before it sleeps */
        if (task->class_index != current->class_index)
                return task->class_index < current->class_index ? NEED_RESCHED : 0;
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        if (queue->policy->preempts(queue, current, task, now))
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
