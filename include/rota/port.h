/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the core asks of a world. A port gives these as plain functions, or inline from a header
 * `rota_port.h` on the include path when the core is compiled (then this file is not read).
 * Unless said otherwise each is called with interrupts masked and must not call Rota.
 */
#ifndef ROTA_PORT_H
#define ROTA_PORT_H

#include <rota/cpu.h>
#include <rota/extra.h>
#include <rota/selftest.h> /* tries all that is below */

ROTA_BEGIN_DECLS

/** This CPU's structure, read anew at each call; NULL before there is one. Called from anywhere. */
struct rota_cpu *rota_port_cpu(void);

/** Masks interrupts and returns all that rota_port_irq_restore() needs; nests. From anywhere. */
uintptr_t rota_port_irq_save(void);
/** Puts the mask back as it was; may be called on another CPU than the save, and may take pending
 * interrupts. */
void rota_port_irq_restore(uintptr_t flags);
/** Unmasks, at the beginning of a context's life. */
void rota_port_irq_enable(void);
/** Whether interrupts were enabled when @p flags were saved. */
bool rota_port_irq_enabled(uintptr_t flags);

/** The clock: ns, monotonic over all CPUs. From anywhere. */
uint64_t rota_port_now(void);
/** Arms this CPU's one-shot timer for an absolute time; a past one fires at once; replaces what
 * was armed. A no-op where a periodic tick calls rota_timer(). */
void rota_port_timer_arm(uint64_t deadline);

/** Sends @p cpu a reschedule interrupt; it may be this one. Locks of Rota's may be held. */
void rota_port_kick(struct rota_cpu *cpu);
/** On the home stack, masked: unmasks and halts in one step until any interrupt, and masks again.
 * A kick sent before it must end it. @p next_deadline is what the timer is armed for. */
void rota_port_idle(uint64_t next_deadline);
/** In every spin. */
void rota_port_relax(void);

/** Makes @p space this CPU's address space; NULL is the kernel's. */
void rota_port_space_switch(void *space);

/** Lays out a context so that the first switch to it calls entry(argument) on its stack, with
 * interrupts masked; entry never returns. From anywhere. */
void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument);
/** Saves what the ABI has a callee preserve into @p from and resumes @p to; a queue's lock is held
 * across it. */
void rota_port_context_switch(struct rota_context *from, struct rota_context *to);
/** @p context never runs again (its task has ended); a world that keeps something for it frees
 * that. */
void rota_port_context_fini(struct rota_context *context);

/** Bytes of memory that a context needs for the state of the floating-point and vector unit, 0: the
 * world keeps it for every context itself; ROTA_EXTRA_NONE: there is no rota_port_extra_switch().
 * From anywhere. */
size_t rota_port_extra_size(void);
/** Lays out a new @p extra, whose fields are set: a unit as the ABI gives it to a new process. From
 * anywhere. */
void rota_port_extra_init(struct rota_extra *extra);
/**
 * Just before rota_port_context_switch(), where the two differ: puts aside what @p from carries and
 * loads what @p to carries; NULL carries nothing. Where @p involuntary the unit's whole state is
 * kept, else what the ABI has a callee preserve. Where @p to has no unit it is off afterwards: its
 * instructions are exceptions. A queue's lock is held.
 */
void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary);

/** After each switch; NULL is the home stack. For stack tops, TLS bases, a kernel's own
 * `current`. */
void rota_port_switched(struct rota_task *from, struct rota_task *to);
/** For kernels whose own spinlocks Rota cannot see: may the running task be switched away from? */
bool rota_port_may_switch(void);

struct rota_user_frame;

/** For user tasks only (level 4, <rota/user.h>): enters user mode with these registers and comes back
 * at its next trap, with interrupts masked, on the same stack: rota_arch_user_enter(). The frame is the first
 * member of a struct rota_user_context: where that has an area `fpu`, the floating-point unit is on in between, loaded
 * whole from the area before and saved whole after; else it is off. Of the calling thread's own state, where it has one
 * (struct rota_extra), what a called function preserves is as it was. */
void rota_port_user_enter(struct rota_user_frame *frame);
/** Likewise: user mode was left for an interrupt. Takes it as the kernel's own entry does, calls of
 * rota_irq_enter() and rota_irq_exit() included (on a thread the latter may switch, and come back
 * later). @return false: it is none that the kernel knows, and ROTA_TRAP_INTERRUPT is to be served.
 * May call Rota as an interrupt does. */
bool rota_port_user_interrupt(struct rota_user_frame *frame);

/** The house is on fire: print the reason, stop the other CPUs, never return. From anywhere. */
ROTA_NORETURN void rota_port_fatal(const char *reason);

ROTA_END_DECLS
#endif
