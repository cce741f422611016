/* SPDX-License-Identifier: MIT */
/* The port of the virtual world, as plain functions, and its coroutines. */
#include <rota/port.h>

#include "rota_arch.h"
#include "virtual.h"

struct virtual_world v;
static struct rota_context chooser;

struct rota_cpu *rota_port_cpu(void)
{
        return v.current < v.cpu_count ? &v.cpus[v.current].cpu : NULL;
}

uintptr_t rota_port_irq_save(void)
{
        return !v.booting;
}

void rota_port_irq_restore(uintptr_t flags)
{
        (void)flags;
}

void rota_port_irq_enable(void)
{
}

bool rota_port_irq_enabled(uintptr_t flags)
{
        return flags;
}

uint64_t rota_port_now(void)
{
        return v.now;
}

void rota_port_timer_arm(uint64_t deadline)
{
        v.cpus[v.current].armed = deadline;
}

void rota_port_kick(struct rota_cpu *cpu)
{
        v.cpus[cpu->index].kicked = true;
}

static void interrupt(struct virtual_cpu *me)
{
        bool kicked = me->kicked;
        bool timer = me->armed <= v.now;

        if (timer && !kicked && virtual_random(2)) {
                me->armed = ROTA_NEVER;
                rota_timer_irq();
                return;
        }
        rota_irq_enter();
        me->kicked = false;
        if (timer) {
                me->armed = ROTA_NEVER;
                rota_timer();
        }
        if (kicked)
                rota_kicked();
        rota_irq_exit();
}

bool virtual_ready(uint32_t cpu)
{
        const struct virtual_cpu *c = &v.cpus[cpu];
        if (c->out)
                return c->joins || c->kicked;
        return !c->halted || c->kicked || c->armed <= v.now;
}

void rota_port_idle(uint64_t next_deadline)
{
        struct virtual_cpu *me = &v.cpus[v.current];

        if (next_deadline != me->armed)
                virtual_fail("idle was told another deadline than the timer is armed for");
        me->halted = true;
        virtual_yield();
        me->halted = false;
        interrupt(me);
}

void rota_port_relax(void)
{
        virtual_fail("a spin in a world where nobody else can move: deadlock");
}

void rota_port_space_switch(void *space)
{
        (void)space;
}

void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        (void)context;
        (void)entry;
        (void)argument;
}

void rota_port_context_switch(struct rota_context *from, struct rota_context *to)
{
        (void)from;
        (void)to;
}

void rota_port_context_fini(struct rota_context *context)
{
        (void)context;
}

void rota_port_switched(struct rota_task *from, struct rota_task *to)
{
        (void)from;
        (void)to;
}

bool rota_port_may_switch(void)
{
        return true;
}

void rota_port_fatal(const char *reason)
{
        virtual_fail("fatal: %s", reason);
}

void virtual_yield(void)
{
        rota_arch_switch(&v.cpus[v.current].self, &chooser);
}

void virtual_resume(uint32_t cpu)
{
        v.current = cpu;
        rota_arch_switch(&chooser, &v.cpus[cpu].self);
        v.current = VIRTUAL_OUTSIDE;
}

/* It has left rota_cpu_run(): interrupts may come for nothing, until it begins again. */
static void stay_out(struct virtual_cpu *me)
{
        rota_atomic_store(&me->cpu.online, CPU_OFFLINE);
        v.left++;
        me->out = true;
        me->armed = ROTA_NEVER;
        while (!me->joins) {
                virtual_yield();
                if (me->kicked)
                        interrupt(me);
        }
        me->out = false;
        me->joins = false;
        v.doing = "join of a CPU";
        /* The switch to the home stack does nothing here: it is back at once, with the lock held. */
        v.booting = true;
        if (rota_cpu_run(&v.rota, me->cpu.index) != ROTA_CPU_LEFT)
                virtual_fail("a CPU that left cannot begin again");
        v.booting = false;
        dispatch_finish();
}

static void virtual_cpu_main(void *argument)
{
        struct virtual_cpu *me = argument;

        for (;;) {
                bool comes = (me->kicked && virtual_random(2)) ||
                             (me->armed <= v.now && virtual_random(2));
                if (comes && !(v.masked && v.masked(&me->cpu)))
                        interrupt(me);
                else if (me->cpu.current)
                        virtual_operation();
                else if (!home_step(&me->cpu))
                        stay_out(me);
                virtual_yield();
        }
}

void virtual_boot(void)
{
        for (uint32_t i = 0; i < v.cpu_count; i++) {
                struct virtual_cpu *me = &v.cpus[i];
                me->kicked = false;
                me->halted = false;
                me->armed = ROTA_NEVER;
                me->self.stack = me->stack;
                me->self.stack_size = sizeof(me->stack);
                rota_arch_context_init(&me->self, virtual_cpu_main, me);
                me->cpu.on = &me->cpu.home;
                me->cpu.online = 1;
        }
}
