/* SPDX-License-Identifier: MIT */
/* What a kernel calls from its interrupts, its critical sections and its points of preemption. */
#include "core/core.h"

void rota_irq_enter(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (cpu && cpu->rota)
                cpu->nesting++;
}

void rota_irq_exit(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (!cpu || !cpu->rota)
                return;
        if (--cpu->nesting == 0 && rota_atomic_load(&cpu->need))
                dispatch_react(cpu);
        else
                cpu->irq_ns = 0;
}

void rota_kicked(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (!cpu)
                return;
        rota_count(&cpu->stats.kicks); /* before rota_init too, for rota_port_selftest() */
        if (!cpu->rota)
                return;
        if (rota_atomic_load_acquire(&cpu->need) & NEED_STOP)
                world_rest(cpu);
}

bool rota_resched(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool switched = cpu && cpu->rota && dispatch_react(cpu);
        rota_port_irq_restore(flags);
        return switched;
}

void rota_guard_begin(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        if (cpu && cpu->current)
                cpu->current->guard++;
        rota_port_irq_restore(flags);
}

void rota_guard_end(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        if (cpu && cpu->current && cpu->current->guard)
                cpu->current->guard--;
        dispatch_leave(flags);
}

uint32_t rota_cpu_index(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        uint32_t index = cpu ? cpu->index : 0;
        rota_port_irq_restore(flags);
        return index;
}

void rota_base_relax(void)
{
        rota_port_relax();
}
