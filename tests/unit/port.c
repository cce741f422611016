/* SPDX-License-Identifier: MIT */
/* A world in which nothing ever runs: what the library asks for at link, for tests that call parts of
 * it directly. A switch does nothing, so a test may play the CPU that it puts into unit_port. */
#include <stdlib.h>

#include "port.h"

struct unit_port unit_port = {.now = 1};

struct rota_cpu *rota_port_cpu(void)
{
        return unit_port.cpu;
}

uintptr_t rota_port_irq_save(void)
{
        return 0;
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
        return flags == 0 && !unit_port.booting;
}

uint64_t rota_port_now(void)
{
        return unit_port.now;
}

void rota_port_timer_arm(uint64_t deadline)
{
        unit_port.armed = deadline;
}

void rota_port_kick(struct rota_cpu *cpu)
{
        unit_port.kicks++;
        unit_port.kicked = cpu;
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
        unit_port.halts++;
}

void rota_port_relax(void)
{
}

void rota_port_space_switch(void *space)
{
        unit_port.space = space;
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

_Noreturn void rota_port_fatal(const char *reason)
{
        unit_port.reason = reason;
        if (unit_port.fatal)
                longjmp(*unit_port.fatal, 1);
        abort();
}
