/* SPDX-License-Identifier: MIT */
/* The end of a world that cannot go on. */
#ifndef ROTA_HOST_FAULT_H
#define ROTA_HOST_FAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

struct rota_host_tls;

/* Gives a worker the stack on which tasks are ended that overflowed theirs; false: no memory. */
bool rota_host_overflow_start(struct rota_host_tls *self);
void rota_host_overflow_stop(struct rota_host_tls *self);
/* In the handler of a fault that is an overflow: makes the interrupted context go on there and end
 * the task. False where that would leave something locked. */
bool rota_host_overflow_redirect(greg_t *registers);

/* Installs the handlers of faults, once. */
void rota_host_fault_start(void);

/* Makes all other workers stop where they are, for ever. False: another has done so before. */
bool rota_host_stop_others(void);

/* What a report is made of: to standard error, async-signal-safe. */
void rota_host_print(const char *text);
void rota_host_print_char(char c);
void rota_host_print_hex(uint64_t value);
void rota_host_print_number(uint64_t value);
/* "on CPU 1, task "name" (handle 3:1)". */
void rota_host_print_place(void);
/* The frames above @p frame, as far as they lie on the stack that it lies on. */
void rota_host_print_frames(uintptr_t pc, uintptr_t frame);

#endif
