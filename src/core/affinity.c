/* SPDX-License-Identifier: MIT */
/* Changing where a task may run; now, whatever its state (DESIGN rule 7). */
#include "core/account.h"
#include "core/core.h"

int rota_set_affinity(struct rota_handle handle, struct rota_affinity affinity)
{
        struct rota *rota = core_instance();
        struct held held;

        if (!rota || !place_possible(rota, affinity))
                return ROTA_EINVAL;
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        struct rota_task *task = held.task;
        struct rota_cpu *cpu = held.cpu;
        /* On a CPU that leaves or has left it stays only where it may run on no other. */
        bool allowed = rota_affinity_allows(affinity, cpu->index) &&
                       (rota_atomic_load(&cpu->online) == CPU_ONLINE ||
                               !leave_elsewhere(rota, affinity, cpu->index));
        uint64_t now = cpu->exact ? rota_port_now() : 0;
        uint32_t need = 0;
        bool moves = false;

        task->affinity = affinity;
        task->flags &= (uint8_t)~TASK_DISPLACED;
        if (task->where == WHERE_READY && !allowed) {
                queue_remove(cpu, task, ROTA_DEQ_MIGRATE, now);
                rota_atomic_store(&task->where, WHERE_MOVING);
                moves = true;
        } else if (task->where == WHERE_READY) {
                place_offer(cpu, task, 0, false);
        } else if (task->where == WHERE_RUNNING && !allowed) {
                task->flags |= TASK_DISPLACED;
                need = NEED_RESCHED;
        }
        trace_change(task, now);
        rota_unlock(&cpu->lock);
        if (moves)
                place(rota, task, ROTA_ENQ_MIGRATED); /* still pinned: it cannot end meanwhile */
        slot_unpin(held.slot);
        if (need)
                place_notify(cpu, need);
        dispatch_leave(held.flags);
        return ROTA_OK;
}
