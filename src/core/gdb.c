/* SPDX-License-Identifier: MIT */
/* The table that tools/gdb/rota.py reads, in the order of its list NUMBERS. */
#include "core/gdb.h"

#include "base/list.h"
#include "core/core.h"

#define AT(type, field) (uint16_t) offsetof(struct type, field)

const struct gdb_table rota_gdb_table = {
        .version = GDB_VERSION,
        .count = GDB_NUMBERS,
        .latest = &core_root.latest,
        .numbers =
                {
                        ROTA_CPUS_MAX,
                        ROTA_MAX_CLASSES,

                        AT(rota, cpus),
                        AT(rota, slots),
                        AT(rota, cpu_count),
                        AT(rota, slot_count),
                        AT(rota, class_count),
                        AT(rota, stopping),
                        AT(rota, world_stop),
                        AT(rota, fallbacks),

                        AT(rota_cpu, lock),
                        AT(rota_cpu, current),
                        AT(rota_cpu, on),
                        AT(rota_cpu, need),
                        AT(rota_cpu, nesting),
                        AT(rota_cpu, index),
                        AT(rota_cpu, running_class),
                        AT(rota_cpu, ready),
                        AT(rota_cpu, rota),
                        AT(rota_cpu, queues),
                        AT(rota_cpu, online),
                        AT(rota_cpu, idle),
                        AT(rota_cpu, home),
                        AT(rota_cpu, stats.switches),

                        sizeof(struct rota_slot),
                        AT(rota_slot, word),
                        AT(rota_slot, value),

                        AT(rota_task, kind),
                        AT(rota_task, handle.index),
                        AT(rota_task, handle.generation),
                        AT(rota_task, name),
                        AT(rota_task, on),
                        AT(rota_task, cpu),
                        AT(rota_task, where),
                        AT(rota_task, class_index),
                        AT(rota_task, marks),
                        AT(rota_task, guard),
                        AT(rota_task, policy_state),

                        AT(rota_kind, name),

                        AT(rota_context, sp),
                        AT(rota_context, stack),
                        AT(rota_context, stack_size),

                        AT(rota_queue, policy),
                        AT(rota_queue, ready),

                        AT(rota_policy, name),
                        AT(rota_policy, lists),
                        AT(rota_policy, lists_at),

                        AT(rota_list, next),

                        WORD_STATE,
                        WORD_FREE,
                        WORD_NEW,
                        WORD_RUNNABLE,
                        WORD_PARKED,
                        WORD_DEAD,
                        WORD_TOKEN,
                        WORD_CANCEL,
                        WORD_PIN,
                        WORD_DETACHED,
                        WORD_GENERATION_SHIFT,

                        WHERE_NONE,
                        WHERE_READY,
                        WHERE_RUNNING,
                        WHERE_PARKED,
                        WHERE_MOVING,
                        WHERE_ENDED,

                        MARK_OVERFLOWN,

                        NEED_RESCHED,
                        NEED_PULL,
                        NEED_REARM,
                        NEED_SLICE,
                        NEED_STOP,
                        NEED_LOOK,
                        NEED_TICK,
                        NEED_TIMERS,

                        IDLE_ACTIVE,
                        IDLE_LOOKING,
                        IDLE_HALTED,
                        IDLE_LEFT,

                        CPU_OFFLINE,
                        CPU_ONLINE,
                        CPU_LEAVING,
                        CPU_JOINING,

                        GDB_END,
                },
};
