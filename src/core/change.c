/* SPDX-License-Identifier: MIT */
/* Changing a task: class and parameters; now, whatever its state (DESIGN rule 7). */
#include "core/account.h"
#include "core/core.h"

/* The task is in no structure: gives it to another class. */
static void swap_class(
        struct rota_cpu *cpu, struct rota_task *task, const struct rota_params *params)
{
        struct rota_queue *queue = queue_of(cpu, params->class_index);
        task->class_index = params->class_index;
        task->class_epoch = queue->epoch;
        queue->policy->init_task(task, params);
}

/* The lock of the task's queues is held. Returns need bits for its CPU. */
static uint32_t apply(struct rota_cpu *cpu, struct rota_task *task,
        const struct rota_params *params, uint64_t now)
{
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        bool swaps = params->class_index != task->class_index;
        uint32_t flags = swaps ? ROTA_DEQ_SWAP : ROTA_DEQ_CHANGE;

        if (task->where == WHERE_READY) {
                queue_remove(cpu, task, flags, now);
                if (swaps)
                        swap_class(cpu, task, params);
                else
                        queue->policy->set_params(queue, task, params);
                bool first = rota_atomic_load(&cpu->ready) == 0;
                queue_insert(cpu, task, ROTA_ENQ_CHANGED, now);
                uint32_t need = queue_reaction(cpu, task, now);
                place_offer(cpu, task, need, first);
                return need;
        }
        if (task->where == WHERE_RUNNING) {
                if (now)
                        queue_charge(cpu, now);
                if (swaps) {
                        /* In by the door and at once out to run: the new class sees it come. */
                        queue_remove(cpu, task, flags, now);
                        swap_class(cpu, task, params);
                        queue_insert(cpu, task, ROTA_ENQ_CHANGED, now);
                        queue = queue_of(cpu, task->class_index);
                        queue->policy->commit(queue, task, now);
                        queue_left(cpu, queue);
                        queue_set_running(cpu, queue, task);
                } else {
                        queue->policy->set_params(queue, task, params);
                }
                return NEED_RESCHED | NEED_PULL;
        }
        if (swaps)
                swap_class(cpu, task, params);
        else
                queue->policy->set_params(queue, task, params);
        return 0;
}

int rota_set_params(struct rota_handle handle, const struct rota_params *params)
{
        struct rota *rota = core_instance();
        struct held held;

        if (!rota || !params || params->class_index >= rota->class_count)
                return ROTA_EINVAL;
        int admitted = rota_atomic_load(&rota->classes[params->class_index])->admit(params);
        if (admitted != ROTA_OK)
                return admitted;
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        bool timed = queue_timed(held.cpu, queue_of(held.cpu, held.task->class_index)) ||
                     queue_timed(held.cpu, queue_of(held.cpu, params->class_index));
        uint64_t now = timed ? rota_port_now() : 0;
        bool ready = held.task->where == WHERE_READY;
        uint32_t need = apply(held.cpu, held.task, params, now);
        trace_change(held.task, now);
        slot_let_go(&held);
        /* A ready one was out of its queue for a moment: a CPU that looked just then may have gone to
         * sleep over it. */
        if (need || ready)
                place_notify(held.cpu, need);
        dispatch_leave(held.flags);
        return ROTA_OK;
}

int rota_get_params(struct rota_handle handle, struct rota_params *params)
{
        struct held held;

        if (!params)
                return ROTA_EINVAL;
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        *params = (struct rota_params){.class_index = held.task->class_index};
        queue_of(held.cpu, held.task->class_index)->policy->get_params(held.task, params);
        slot_let_go(&held);
        rota_port_irq_restore(held.flags);
        return ROTA_OK;
}
