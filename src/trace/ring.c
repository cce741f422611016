/* SPDX-License-Identifier: MIT */
#include <rota/trace.h>

#include "base/atomic.h"

uint32_t rota_ring_read(struct rota_ring *ring, struct rota_record *out, uint32_t most)
{
        uint32_t tail = rota_atomic_load(&ring->tail);
        /* Acquire: the records up to head are written; partner: the release in trace_event. */
        uint32_t count = rota_atomic_load_acquire(&ring->head) - tail;

        if (count > most)
                count = most;
        for (uint32_t i = 0; i < count; i++)
                out[i] = ring->records[(tail + i) & (ring->capacity - 1)];
        /* Release: we are done with them; partner: the acquire in trace_event. */
        rota_atomic_store_release(&ring->tail, tail + count);
        return count;
}

const char *rota_event_name(uint16_t event)
{
        static const char *const names[] = {
                [ROTA_EVENT_SWITCH] = "sched_switch",
                [ROTA_EVENT_WAKING] = "sched_waking",
                [ROTA_EVENT_WAKEUP] = "sched_wakeup",
                [ROTA_EVENT_WAKEUP_NEW] = "sched_wakeup_new",
                [ROTA_EVENT_MIGRATE] = "sched_migrate_task",
                [ROTA_EVENT_EXIT] = "sched_process_exit",
                [ROTA_EVENT_CHANGE] = "sched_change",
                [ROTA_EVENT_CPUHP_ENTER] = "cpuhp_enter",
                [ROTA_EVENT_CPUHP_EXIT] = "cpuhp_exit",
                [ROTA_EVENT_BLOCK] = "sched_block",
                [ROTA_EVENT_PI_SETPRIO] = "sched_pi_setprio",
                [ROTA_EVENT_POLL_BEGIN] = "sched_poll_begin",
                [ROTA_EVENT_POLL_END] = "sched_poll_end",
        };
        bool known = event >= ROTA_EVENT_SWITCH && event < sizeof(names) / sizeof(names[0]);
        return known ? names[event] : "unknown";
}
