/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The least that works, for a `rota_port.h` of macros: included at its end, this defines those of
 * the optional functions that it left out. Without timer_arm and kick there must be one CPU and a
 * periodic tick. What each promises is in <rota/port.h>; a static inline function of the port's needs
 * a macro of its own name to be seen here.
 */
#ifndef ROTA_PORT_DEFAULTS_H
#define ROTA_PORT_DEFAULTS_H

/** The tick comes anyway. */
#ifndef rota_port_timer_arm
#define rota_port_timer_arm(deadline) ((void)(deadline))
#endif

/** Likewise. */
#ifndef rota_port_kick
#define rota_port_kick(cpu) ((void)(cpu))
#endif

/** A spin that says nothing to the processor. */
#ifndef rota_port_relax
#define rota_port_relax() ((void)0)
#endif

/** One address space, or the kernel switches it in rota_port_switched(). */
#ifndef rota_port_space_switch
#define rota_port_space_switch(space) ((void)(space))
#endif

/** Nothing is kept for a context. */
#ifndef rota_port_context_fini
#define rota_port_context_fini(context) ((void)(context))
#endif

#ifndef rota_port_extra_switch
/** Threads have general registers only; who asks for more is refused. */
#define rota_port_extra_size() ROTA_EXTRA_NONE
/** Likewise. */
#define rota_port_extra_init(extra) ((void)(extra))
/** Likewise. */
#define rota_port_extra_switch(from, to, whole) ((void)(from), (void)(to), (void)(whole))
#endif

/** The kernel keeps nothing for the running thread. */
#ifndef rota_port_switched
#define rota_port_switched(from, to) ((void)(from), (void)(to))
#endif

/** The kernel has no locks of its own that a thread could hold. */
#ifndef rota_port_may_switch
#define rota_port_may_switch() true
#endif

#endif
