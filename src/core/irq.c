/* SPDX-License-Identifier: MIT */
/* What a kernel calls from its interrupts, its critical sections and its points of preemption. */
#include "core/debug.h"

void rota_irq_enter(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (!cpu || !cpu->rota)
                return;
        cpu->nesting++;
        debug_mark(cpu->nesting == 1, cpu->debug.irq_at);
}

void rota_irq_exit(void)
{
        struct rota_cpu *cpu = rota_port_cpu();
        if (!cpu || !cpu->rota)
                return;
        if (debug_wrong(
                    cpu->nesting == 0, cpu, "rota_irq_exit", "no interrupt has begun", NULL, NULL))
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
        (void)debug_wrong(
                cpu->nesting == 0, cpu, "rota_kicked", "no interrupt has begun", NULL, NULL);
        if (rota_atomic_load_acquire(&cpu->need) & NEED_STOP)
                world_rest(cpu);
}

bool rota_resched(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool held = debug_held(cpu, "rota_resched", "would switch");
        bool switched = !held && cpu && cpu->rota && dispatch_react(cpu);
        rota_port_irq_restore(flags);
        return switched;
}

void rota_guard_begin(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu ? cpu->current : NULL;
        if (task &&
                !debug_wrong(task_guards(task) == GUARD_DEPTH, cpu, "rota_guard_begin",
                        "guards are nested too deep", "a guard is held", task->debug.guard_at)) {
                task->guard++;
                debug_mark(task_guards(task) == 1, task->debug.guard_at);
        }
        rota_port_irq_restore(flags);
}

void rota_guard_end(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu ? cpu->current : NULL;
        if (task && task_guards(task))
                task->guard--;
        else
                (void)debug_wrong(task, cpu, "rota_guard_end", "no guard is held", NULL, NULL);
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

/* Not where interrupts are masked: two who stop the world at once would wait for each other. */
bool world_may_stop(const void *at)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool may = cpu && cpu->rota && cpu->nesting == 0 && rota_port_irq_enabled(flags) &&
                   !(cpu->current && task_guards(cpu->current));

        (void)at;
        if (!may)
                (void)debug_forbidden(cpu, "rota_world_stop", at, "would wait for the other CPUs",
                        !rota_port_irq_enabled(flags));
        rota_port_irq_restore(flags);
        return may;
}

void rota_base_relax(void)
{
        rota_port_relax();
}
