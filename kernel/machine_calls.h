/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What every machine gives as functions. Its machine.h includes this, and gives the rest: names, constants,
 * and what is inlined.
 */
#ifndef KERNEL_MACHINE_CALLS_H
#define KERNEL_MACHINE_CALLS_H

#include "kernel.h"
#include "pages.h"

struct rota_user_frame;

/** This CPU's timer from now on: periodic where @p tick_ns is not 0, else one-shot. */
void machine_timer_start(uint64_t tick_ns);
void machine_timer_stop(void);
/** As rota_port_timer_arm(). */
void machine_timer_arm(uint64_t deadline);
/** Sends the reschedule interrupt. */
void machine_kick(uint32_t cpu);

/** Starts CPUs 1 to @p count - 1; they have all reached kernel_cpu_wait() when it returns. */
void machine_start_cpus(uint32_t count);
/** Makes every other CPU halt for ever: whatever it does, where the machine has an interrupt that cannot be
 * masked; else as soon as it unmasks interrupts, if it does. */
void machine_stop_others(void);
ROTA_NORETURN void machine_halt(void);
/** Ends the machine with a program's exit code. */
ROTA_NORETURN void machine_exit(int code);

void machine_putc(char c);

/** Takes the interrupt that user mode was left for: rota_port_user_interrupt(). */
bool machine_user_interrupt(struct rota_user_frame *frame);

/**
 * Has this CPU use a root. Masked.
 * @param root    machine_root, or a space's: the kernel's entries are in each
 * @param asid    what the machine marks translations of the space with; 0: machine_root's, and any space's
 *                where there are no others
 * @param forget  what is cached is to be forgotten of; where there are no marks, each load forgets the space
 *                before
 */
void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget);
/** How many different marks there are; 1: none but 0. The same on every CPU. */
uint32_t machine_asids(void);

#endif
