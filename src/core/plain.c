/* SPDX-License-Identifier: MIT */
/* Everything by dispatch(): stands in for quick.c in level 1, where size counts. */
#include "core/debug.h"

int rota_yield(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (cpu && rota_port_irq_enabled(flags) && dispatch_blockable(cpu)) {
                dispatch(cpu, WHY_YIELD);
                result = ROTA_OK;
        } else {
                debug_refused(cpu, "rota_yield", !rota_port_irq_enabled(flags));
        }
        rota_port_irq_restore(flags);
        return result;
}

void dispatch_park(struct rota_cpu *cpu)
{
        dispatch(cpu, WHY_PARK);
}

void dispatch_end(struct rota_cpu *cpu)
{
        dispatch(cpu, WHY_EXIT);
}

bool dispatch_arrive_masked(struct rota_cpu *cpu, struct rota_task *woken)
{
        (void)cpu;
        (void)woken;
        return false;
}

bool dispatch_arrive(struct rota_cpu *cpu, struct rota_task *woken)
{
        (void)cpu;
        (void)woken;
        return false;
}

void rota_timer_irq(void)
{
        rota_irq_enter();
        rota_timer();
        rota_irq_exit();
}
