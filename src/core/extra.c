/* SPDX-License-Identifier: MIT */
/* What contexts carry beside general registers: carving its place, and the switch where there is any. */
#include "core/core.h"

/* The structure, the area and what aligning both may cost. */
#define OVERHEAD (sizeof(struct rota_extra) + sizeof(uintptr_t) + ROTA_EXTRA_ALIGN)

/* Both in one, so that who may call it keeps nothing for between them (switch_context). */
void extra_switch(struct rota_context *from, struct rota_context *to, bool involuntary)
{
        const struct rota_extra *extra = from->extra;
        bool whole = involuntary || (extra && (extra->flags & ROTA_EXTRA_WHOLE));

        rota_port_extra_switch(from->extra, to->extra, whole);
        rota_port_context_switch(from, to);
}

int extra_carve(const struct rota_thread_options *options, size_t *size, struct rota_extra **extra)
{
        size_t area = rota_port_extra_size();

        if (area == ROTA_EXTRA_NONE)
                return ROTA_EPORT;
        if (!options->fpu)
                area = 0;
        uintptr_t low = (uintptr_t)options->stack;
        uintptr_t at = low + options->stack_size;
        if (options->stack_size < OVERHEAD + area + ROTA_STACK_MIN)
                return ROTA_EINVAL;
        at = (at - sizeof(struct rota_extra)) & ~(uintptr_t)(sizeof(uintptr_t) - 1);
        *extra = (struct rota_extra *)at;
        if (area)
                at = (at - area) & ~(uintptr_t)(ROTA_EXTRA_ALIGN - 1);
        (*extra)->tls = options->tls;
        (*extra)->area = area ? (void *)at : NULL;
        (*extra)->flags = options->fpu ? ROTA_EXTRA_FPU : 0;
        *size = at - low;
        rota_port_extra_init(*extra);
        return ROTA_OK;
}

size_t rota_extra_bytes(void)
{
        size_t area = rota_port_extra_size();
        return area == ROTA_EXTRA_NONE ? 0 : OVERHEAD + area;
}

void *rota_tls(void)
{
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *cpu = rota_port_cpu();
        void *tls = cpu && cpu->current && cpu->on->extra ? cpu->on->extra->tls : NULL;

        rota_port_irq_restore(flags);
        return tls;
}
