/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Rota's port for the reference kernel. The core finds it on the include path and inlines it; see
 * <rota/port.h> for what each function promises. rota_arch_ is the library's architecture, machine_
 * the kernel's.
 */
#ifndef ROTA_PORT_H
#define ROTA_PORT_H

#include <rota/user.h>

#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"
#include "space.h"
#include "rota_arch_fpu.h" /* gives rota_port_extra_*() */

static inline struct rota_cpu *rota_port_cpu(void)
{
        return machine_rota_cpu();
}

static inline uintptr_t rota_port_irq_save(void)
{
        return rota_arch_irq_save();
}

static inline void rota_port_irq_restore(uintptr_t flags)
{
        rota_arch_irq_restore(flags);
}

static inline void rota_port_irq_enable(void)
{
        rota_arch_irq_enable();
}

static inline bool rota_port_irq_enabled(uintptr_t flags)
{
        return rota_arch_irq_enabled(flags);
}

static inline uint64_t rota_port_now(void)
{
        return machine_now();
}

static inline void rota_port_timer_arm(uint64_t deadline)
{
        machine_timer_arm(deadline);
}

static inline void rota_port_kick(struct rota_cpu *cpu)
{
        machine_kick(cpu->index);
}

static inline void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline; /* the timer is armed for it */
        rota_arch_idle();
}

static inline void rota_port_relax(void)
{
        rota_arch_pause();
}

static inline void rota_port_space_switch(void *space)
{
        kernel_space_load((struct kernel_space *)space);
}

static inline void rota_port_context_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_arch_context_init(context, entry, argument);
}

static inline void rota_port_context_switch(struct rota_context *from, struct rota_context *to)
{
        rota_arch_switch(from, to);
}

static inline void rota_port_context_fini(struct rota_context *context)
{
        (void)context;
}

static inline void rota_port_switched(struct rota_task *from, struct rota_task *to)
{
        (void)from;
        (void)to;
}

static inline bool rota_port_may_switch(void)
{
        return true;
}

static inline void rota_port_user_enter(struct rota_user_frame *frame)
{
        /* The frame is a context's first member. Where it has a unit that is loaded; where it has none, and
         * the thread that called this has, that is off meanwhile. */
        const struct rota_user_context *context =
                (const struct rota_user_context *)(const void *)frame;
        const struct rota_extra *own = context->fpu ? NULL : rota_port_cpu()->on->extra;
        const bool off = own && (own->flags & ROTA_EXTRA_FPU);

        if (off) {
                rota_arch_fpu_save_abi(own->area);
                rota_arch_fpu_disable();
        }
        machine_user_enter(frame);
        if (off) {
                rota_arch_fpu_enable();
                rota_arch_fpu_restore_abi(own->area);
        }
}

static inline bool rota_port_user_interrupt(struct rota_user_frame *frame)
{
        return machine_user_interrupt(frame);
}

ROTA_NORETURN static inline void rota_port_fatal(const char *reason)
{
        kernel_fatal("%s", reason);
}

#endif
