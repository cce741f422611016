/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Rota's port for Linux processes on x86_64. The core finds it on the include path and inlines it;
 * see <rota/port.h> for what each function promises.
 *
 * A worker thread is a CPU, signals are its interrupts. Masking is a thread-local word and never a
 * system call: the signal handler sees it and leaves the interrupt pending for who unmasks.
 */
#ifndef ROTA_PORT_H
#define ROTA_PORT_H

#include "clock.h"
#include "tls.h"
#include <rota_fiber.h> /* plain/, address/ or thread/ */

/* Out of line; see the files named. */
void rota_host_take(void);                              /* interrupts.c */
void rota_host_timer_arm(uint64_t deadline);            /* timer.c */
void rota_host_kick(struct rota_cpu *cpu);              /* idle.c */
void rota_host_idle(void);                              /* idle.c */
void rota_host_spun(void);                              /* idle.c */
ROTA_NORETURN void rota_host_fatal(const char *reason); /* fatal.c */

/* More workers than processors: who spins may be waiting for one that Linux has put aside. */
extern bool rota_host_crowded;

static inline struct rota_cpu *rota_port_cpu(void)
{
        return rota_host_cpu();
}

static inline uintptr_t rota_port_irq_save(void)
{
        /* Between the two the task may move to another worker: then the word read was 0, is 0 there
         * too, and the store masks where it now runs. */
        uintptr_t flags = rota_host_masked();
        rota_host_mask();
        return flags;
}

static inline void rota_port_irq_restore(uintptr_t flags)
{
        /* A signal that comes before the store leaves its interrupt for the look after it. */
        rota_host_mask_set((uint32_t)flags);
        if (flags == 0 && __builtin_expect(rota_host_is_pending(), 0))
                rota_host_take();
}

static inline void rota_port_irq_enable(void)
{
        rota_port_irq_restore(0);
}

static inline bool rota_port_irq_enabled(uintptr_t flags)
{
        return flags == 0;
}

static inline uint64_t rota_port_now(void)
{
        return rota_host_now();
}

static inline void rota_port_timer_arm(uint64_t deadline)
{
        rota_host_timer_arm(deadline);
}

static inline void rota_port_kick(struct rota_cpu *cpu)
{
        rota_host_kick(cpu);
}

static inline void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline; /* the timer is armed for it */
        rota_host_idle();
}

static inline void rota_port_relax(void)
{
        __asm__ volatile("pause" : : : "memory");
        if (rota_host_crowded && (rota_host_spin() & 63) == 0)
                rota_host_spun();
}

static inline void rota_port_space_switch(void *space)
{
        (void)space; /* a process has one */
}

static inline void rota_port_context_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_fiber_init(context, entry, argument);
}

static inline void rota_port_context_switch(struct rota_context *from, struct rota_context *to)
{
        rota_fiber_switch(from, to);
}

static inline void rota_port_context_fini(struct rota_context *context)
{
        rota_fiber_fini(context);
}

/* A thread here is ordinary code of a process: a preemption saves all that it may use, whether it asked
 * for it or not (preempt.S, vector.c). fs is the C library's, so thread-local storage is rota_tls() only. */
static inline size_t rota_port_extra_size(void)
{
        return 0;
}

static inline void rota_port_extra_init(struct rota_extra *extra)
{
        (void)extra;
}

static inline void rota_port_extra_switch(
        struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        (void)from;
        (void)to;
        (void)involuntary;
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

ROTA_NORETURN static inline void rota_port_fatal(const char *reason)
{
        rota_host_fatal(reason);
}

#endif
