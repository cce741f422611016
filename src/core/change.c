/* SPDX-License-Identifier: MIT */
/* Changing a task: class and parameters; now, whatever its state (DESIGN rule 7). */
#include "core/account.h"
#include "core/change.h"

struct change {
        const struct rota_params *params; /* NULL: its own stay */
        uint64_t urgency;                 /* inherited */
        uint8_t class_index;
        bool swaps; /* to another class */
};

/* The task is in no structure. */
static void put_on(struct rota_cpu *cpu, struct rota_task *task, const struct change *change)
{
        struct rota_queue *queue = queue_of(cpu, change->class_index);

        if (change->swaps) {
                rota_atomic_store(&task->class_index, change->class_index);
                task->class_epoch = queue->epoch;
                queue->policy->init_task(task, change->params);
        } else if (change->params) {
                queue->policy->set_params(queue, task, change->params);
        }
        if (queue->policy->inherit)
                queue->policy->inherit(queue, task, change->urgency);
}

/* The lock of the task's queues is held. Returns need bits for its CPU. */
static uint32_t apply(
        struct rota_cpu *cpu, struct rota_task *task, const struct change *change, uint64_t now)
{
        uint32_t flags = change->swaps ? ROTA_DEQ_SWAP : ROTA_DEQ_CHANGE;

        if (task->where == WHERE_READY) {
                queue_remove(cpu, task, flags, now);
                put_on(cpu, task, change);
                bool first = rota_atomic_load(&cpu->ready) == 0;
                queue_insert(cpu, task, ROTA_ENQ_CHANGED, now);
                uint32_t need = queue_reaction(cpu, task, now);
                place_offer(cpu, task, need, first);
                return need;
        }
        if (task->where == WHERE_RUNNING) {
                if (now)
                        queue_charge(cpu, now);
                if (change->swaps) {
                        /* In by the door and at once out to run: the new class sees it come. */
                        queue_remove(cpu, task, flags, now);
                        put_on(cpu, task, change);
                        queue_insert(cpu, task, ROTA_ENQ_CHANGED, now);
                        struct rota_queue *queue = queue_of(cpu, task->class_index);
                        queue->policy->commit(queue, task, now);
                        queue_left(cpu, queue);
                        queue_set_running(cpu, queue, task);
                } else {
                        put_on(cpu, task, change);
                }
                return NEED_RESCHED | NEED_PULL;
        }
        put_on(cpu, task, change);
        return 0;
}

/* In change_make()'s answer beside need bits: it waited in its queue, and was out of it for a moment. */
#define WAS_READY (1u << 31)

uint32_t change_make(const struct held *held, const struct rota_params *params, uint64_t urgency)
{
        struct rota_task *task = held->task;
        struct rota_cpu *cpu = held->cpu;
        uint8_t to = params ? params->class_index : task->class_index;
        struct change change = {params, urgency, to, to != task->class_index};
        bool timed = queue_timed(cpu, queue_of(cpu, task->class_index)) ||
                     queue_timed(cpu, queue_of(cpu, to));
        uint64_t now = timed ? rota_port_now() : 0;
        uint32_t ready = task->where == WHERE_READY ? WAS_READY : 0;
        uint32_t need = apply(cpu, task, &change, now);

        trace_change(task, now);
        return need | ready;
}

void change_end(const struct held *held, uint32_t made)
{
        struct rota_cpu *cpu = held->cpu;

        slot_let_go(held);
        /* A ready one was out of its queue for a moment: a CPU that looked just then may have gone to
         * sleep over it. */
        if (made)
                place_notify(cpu, made & ~WAS_READY);
}

int rota_set_params(struct rota_handle handle, const struct rota_params *params)
{
        struct rota *rota = core_instance();
        struct held held;

        if (!rota || !params || params->class_index >= rota->class_count)
                return ROTA_EINVAL;
        int admitted = policy_admits(rota_atomic_load(&rota->classes[params->class_index]), params);
        if (admitted != ROTA_OK)
                return admitted;
        const struct rota_inherit *inherit = inherit_of(rota);
        if (inherit)
                return inherit->set_params(rota, handle, params);
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        change_end(&held, change_make(&held, params, ROTA_URGENCY_NONE));
        dispatch_leave(held.flags);
        return ROTA_OK;
}

void change_read(const struct held *held, struct rota_params *params)
{
        uint8_t class_index = held->task->class_index;

        *params = (struct rota_params){.class_index = class_index};
        queue_of(held->cpu, class_index)->policy->get_params(held->task, params);
}

int rota_get_params(struct rota_handle handle, struct rota_params *params)
{
        struct rota *rota = core_instance();
        struct held held;

        if (!params)
                return ROTA_EINVAL;
        const struct rota_inherit *inherit = rota ? inherit_of(rota) : NULL;
        if (inherit)
                return inherit->get_params(rota, handle, params);
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        change_read(&held, params);
        slot_let_go(&held);
        rota_port_irq_restore(held.flags);
        return ROTA_OK;
}
