/* SPDX-License-Identifier: MIT */
/* Turns of tasks that have no stack of their own. */
#include "core/account.h"
#include "core/debug.h"

const bool turn_taken = true;

/* A turn of a kind that has no stack, on this one. It may end on another CPU, which then takes this
 * stack as its home: nothing here keeps a CPU across it. */
void turn_take(struct rota_cpu *cpu, struct rota_task *task)
{
        rota_port_irq_enable();
        enum rota_turn ended = task->kind->begin_turn(task);
        uintptr_t flags = rota_port_irq_save();

        cpu = rota_port_cpu();
        debug_turn(cpu, task, ended, flags);
        rota_lock(&cpu->lock);
        uint64_t now = 0;
        struct rota_queue *queue = queue_of(cpu, task->class_index);
        if (queue_timed(cpu, queue)) {
                now = rota_port_now();
                queue_charge(cpu, now);
        }
        enum rota_why why = ended == ROTA_TURN_YIELDED   ? WHY_YIELD
                            : ended == ROTA_TURN_PENDING ? WHY_PARK
                                                         : WHY_EXIT;
        if (cpu->exact)
                account_leave(cpu, task, why, now);
        if (why == WHY_YIELD && !(task->flags & TASK_DISPLACED)) {
                queue_insert(cpu, task, ROTA_ENQ_YIELDED, now);
                if (rota_atomic_load(&cpu->ready) > 1)
                        place_spread(cpu, task, true, cpu->rota->ranked);
        } else {
                queue_remove(cpu, task,
                        why == WHY_PARK   ? ROTA_DEQ_SLEEP
                        : why == WHY_EXIT ? ROTA_DEQ_EXIT
                                          : ROTA_DEQ_MIGRATE,
                        now);
                task->flags &= (uint8_t)~TASK_DISPLACED;
                task->fate = why == WHY_PARK ? FATE_PARK : why == WHY_EXIT ? FATE_EXIT : FATE_MOVE;
                if (why == WHY_EXIT)
                        rota_atomic_store(&task->where, WHERE_ENDED);
                if (why == WHY_YIELD)
                        rota_atomic_store(&task->where, WHERE_MOVING);
        }
        cpu->current = NULL;
        rota_atomic_store(&cpu->running_class, CLASS_NONE);
        account_home(cpu, now);
        cpu->previous = task;
        cpu->unfinished = true;
        dispatch_finish();
}
