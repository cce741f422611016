/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a thread carries beside its general registers: the state of the floating-point and vector unit, and
 * the pointer to its thread-local storage. By thread, and only where rota_thread_options ask for it; a
 * switch between two threads that carry nothing compares two pointers.
 *
 * The unit's whole state is kept in the thread's memory whenever the thread is switched away from
 * without having called anything (a slice's end, an interrupt's wake), and what the ABI has a callee
 * preserve where it called (yield, park, sleep, a lock). It is loaded when the thread goes on, at once: a
 * CPU never keeps it for one that does not run. Interrupts and the library itself never touch the
 * unit, and must be compiled so (-mgeneral-regs-only).
 */
#ifndef ROTA_EXTRA_H
#define ROTA_EXTRA_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** What rota_port_extra_size() answers where the port has no rota_port_extra_switch(). */
#define ROTA_EXTRA_NONE SIZE_MAX

/** What of an extra is true. */
enum rota_extra_flag {
        ROTA_EXTRA_FPU = 1, /**< its context may use the unit */
        ROTA_EXTRA_FULL =
                2, /**< `area` holds the whole state, else what a callee preserves; the port's */
        ROTA_EXTRA_WHOLE =
                4, /**< the registers are not those of who calls: saved whole at each switch */
};

/** What a context carries; the library places one in each thread's stack that asks for it, and a kind
 * of the caller's may set `extra` of its context after rota_task_create(). The fields are the port's
 * while the context may run. */
struct rota_extra {
        void *tls; /**< thread-local storage, NULL: none */
        void *area; /**< rota_port_extra_size() bytes, aligned to ROTA_EXTRA_ALIGN; NULL: none needed */
        uint32_t flags; /**< enum rota_extra_flag */
};

/** How the area is aligned. */
#define ROTA_EXTRA_ALIGN 64

/** How many bytes of a stack rota_thread_options.fpu takes at most (with .tls or without), by what this
 * processor has; 0 where the world has no unit to give. Context: any, once the machine is set up. */
size_t rota_extra_bytes(void);

/** The running thread's thread-local storage, as it was given to the create call; NULL: none, or no
 * thread runs. Where the machine has a register for it, it is in there: %fs on x86_64, TPIDR_EL0 on
 * AArch64, tp on RISC-V. Context: any. */
void *rota_tls(void);

ROTA_END_DECLS
#endif
