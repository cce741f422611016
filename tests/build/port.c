/* SPDX-License-Identifier: MIT */
/* A port of plain functions for any machine, to be linked and never to run. */
#include <rota/port.h>
#include <rota/rota.h>

void start(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

static struct rota rota;
static struct rota_cpu cpu;

void start(void)
{
        static struct rota_config config;
        if (rota_init(&rota, &config) == ROTA_OK)
                rota_cpu_run(&rota, 0);
}

struct rota_cpu *rota_port_cpu(void)
{
        return &cpu;
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
        return flags == 0;
}

uint64_t rota_port_now(void)
{
        return 0;
}

void rota_port_timer_arm(uint64_t deadline)
{
        (void)deadline;
}

void rota_port_kick(struct rota_cpu *target)
{
        (void)target;
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
}

void rota_port_relax(void)
{
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

size_t rota_port_extra_size(void)
{
        return ROTA_EXTRA_NONE; /* tasks have general registers only */
}

void rota_port_extra_init(struct rota_extra *extra)
{
        (void)extra;
}

void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        (void)from;
        (void)to;
        (void)involuntary;
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
        (void)reason;
        for (;;) {
        }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
        volatile char *out = to;
        const char *in = from;
        while (size--)
                *out++ = *in++;
        return to;
}

void *memset(void *to, int value, size_t size)
{
        volatile char *out = to;
        while (size--)
                *out++ = (char)value;
        return to;
}
