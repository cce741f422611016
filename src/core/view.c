/* SPDX-License-Identifier: MIT */
/* What a policy may see of other CPUs: lock-free and only for information. */
#include "core/core.h"

uint32_t rota_view_cpus(const struct rota *view)
{
        return view->cpu_count;
}

bool rota_view_idle(const struct rota *view, uint32_t cpu)
{
        return (rota_atomic_load(&view->idle_cpus[cpu / ROTA_WORD_BITS]) >>
                       (cpu % ROTA_WORD_BITS)) &
               1;
}

uint32_t rota_view_running_class(const struct rota *view, uint32_t cpu)
{
        return rota_atomic_load(&view->cpus[cpu]->running_class);
}

bool rota_view_online(const struct rota *view, uint32_t cpu)
{
        return rota_atomic_load(&view->cpus[cpu]->online) == CPU_ONLINE;
}

uint32_t rota_view_load(const struct rota *view, uint32_t cpu)
{
        return rota_atomic_load(&view->cpus[cpu]->ready);
}

const struct rota_queue *rota_view_queue(
        const struct rota *view, uint32_t cpu, uint32_t class_index)
{
        return view->cpus[cpu]->queues[class_index];
}
