/* SPDX-License-Identifier: MIT */
/*
 * One CPU's queues, a class each: counts, the bits of classes with waiting tasks, and the calls into
 * the policy. Every function here is called with the CPU's lock held. What wake and park need of it is
 * inline, in queue.h.
 */
#include "core/queue.h"

struct rota_queue queue_no_round;

void queue_left(struct rota_cpu *cpu, struct rota_queue *queue)
{
        queue_count(cpu, queue, (uint32_t)-1);
}

void queue_set_running(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        queue_run(cpu, queue, task);
}

void queue_set_current(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        cpu->current = task;
        queue_run(cpu, queue, task);
}

void queue_renew(struct rota_cpu *cpu, struct rota_queue *queue, struct rota_task *task)
{
        if (queue->epoch != rota_atomic_load(&cpu->rota->class_epoch[queue->class_index]))
                fallback_adopt(cpu, queue);
        if (task->class_epoch != queue->epoch) {
                struct rota_params params = {.class_index = queue->class_index};
                queue->policy->init_task(task, &params);
                task->class_epoch = queue->epoch;
        }
}

void queue_distrust(struct rota_cpu *cpu, struct rota_queue *queue)
{
        fallback_enter(cpu, queue, "pick answered no waiting task of its queue");
}

void queue_insert(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now)
{
        queue_add(cpu, queue_of(cpu, task->class_index), task, flags, now);
}

void queue_remove(struct rota_cpu *cpu, struct rota_task *task, uint32_t flags, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, task->class_index);

        queue->policy->dequeue(queue, task, flags, now);
        if (queue->current == task)
                queue->current = NULL;
        else if (task->where == WHERE_READY)
                queue_count(cpu, queue, (uint32_t)-1);
}

struct rota_task *queue_peek(struct rota_cpu *cpu, uint64_t now)
{
        while (cpu->ready_classes) {
                struct rota_queue *queue =
                        queue_of(cpu, rota_lowest_bit((uintptr_t)cpu->ready_classes));
                struct rota_task *task = queue->policy->pick(queue, now);
                if (rota_likely(queue_sound(cpu, queue, task)))
                        return task;
                queue_distrust(cpu, queue);
        }
        return NULL;
}

struct rota_task *queue_commit_next(struct rota_cpu *cpu, uint64_t *now)
{
        return queue_take_next(cpu, now);
}

uint32_t queue_reaction(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        return queue_react(cpu, queue_of(cpu, task->class_index), task, now);
}
