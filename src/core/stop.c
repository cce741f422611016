/* SPDX-License-Identifier: MIT */
/* Stopping the world: every other CPU rests in an interrupt, outside every lock. */
#include "core/debug.h"

void world_rest(struct rota_cpu *cpu)
{
        struct rota *rota = cpu->rota;

        rota_atomic_and(&cpu->need, ~(uint32_t)NEED_STOP);
        uint32_t stopper = rota_atomic_load_acquire(&rota->world_stop);
        if (stopper == 0 || stopper == cpu->index + 1)
                return;
        rota_atomic_add(&rota->world_stopped, 1u);
        /* Acquire: what the stopper changed; partner: the release in rota_world_resume. */
        while (rota_atomic_load_acquire(&rota->world_stop) == stopper)
                rota_port_relax();
        rota_atomic_sub(&rota->world_stopped, 1u);
}

int rota_world_stop(void)
{
        struct rota *rota = core_instance();
        uint32_t free = 0;

        if (!world_may_stop(__builtin_return_address(0)))
                return ROTA_ECONTEXT;
        for (;;) {
                uintptr_t flags = rota_port_irq_save();
                struct rota_cpu *cpu = rota_port_cpu();
                free = 0;
                if (rota_atomic_load(&rota->world_stopped) == 0 &&
                        rota_atomic_cas(&rota->world_stop, &free, cpu->index + 1)) {
                        if (rota_atomic_load_acquire(&rota->world_stopped) == 0)
                                break; /* masked from here on */
                        /* Who rested for the last one has not left yet, and would be counted. */
                        rota_atomic_store_release(&rota->world_stop, 0);
                }
                rota_port_irq_restore(flags); /* another one stops it: rest in between */
                rota_port_relax();
        }
        struct rota_cpu *self = rota_port_cpu();
        debug_mark(true, self->debug.stop_at);
        rota_atomic_store_then_look(); /* partner: cpu_begin goes online, then looks at world_stop */
        for (uint32_t i = 0; i < rota->cpu_count; i++) {
                struct rota_cpu *cpu = rota->cpus[i];
                if (cpu != self && rota_atomic_load_acquire(&cpu->online))
                        place_notify(cpu, NEED_STOP);
        }
        /* Counted anew each time: a CPU may leave instead of coming to rest. Those at rest first: one
         * that joins comes to rest too, and must not stand for another that is still on its way. */
        uint32_t others, resting;
        do {
                rota_port_relax();
                resting = rota_atomic_load_acquire(&rota->world_stopped);
                others = 0;
                for (uint32_t i = 0; i < rota->cpu_count; i++)
                        others += rota->cpus[i] != self &&
                                  rota_atomic_load_acquire(&rota->cpus[i]->online);
        } while (resting < others);
        return ROTA_OK;
}

int rota_world_resume(void)
{
        struct rota *rota = core_instance();
        const struct rota_cpu *cpu = rota_port_cpu();

        if (!cpu || !rota || rota_atomic_load(&rota->world_stop) != cpu->index + 1)
                return ROTA_ESTATE;
        rota_atomic_store_release(&rota->world_stop, 0);
        rota_port_irq_enable();
        rota_resched();
        return ROTA_OK;
}
