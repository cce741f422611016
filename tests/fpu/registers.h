/* SPDX-License-Identifier: MIT */
/* What a machine's <isa>.S gives: all registers of its floating-point and vector unit, as memory. */
#ifndef FPU_REGISTERS_H
#define FPU_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#define REGISTERS_MAX 8192

/* Bytes of an image, by what this processor has; a multiple of 8. From any thread. */
size_t registers_size(void);
/* The unit's first use is this: loads every register from `in`, spins, stores every one to `out`. An
 * image is any bytes but for its first 8, the control words as registers_control_set() takes them, and
 * the next 8, which are 0. */
void registers_hold(const void *in, void *out, uint64_t spins);
/* The control words that a callee preserves, in one: rounding modes and masks. */
void registers_control_set(uint64_t value);
uint64_t registers_control(void);
/* Legal settings, ended by 0 (the first is what a new thread has, unless that is 0 itself: then it is
 * written as 1 << 63, which is not set). */
extern const uint64_t registers_controls[];
/* Thread-local storage, as the machine's register says. */
void *registers_tls(void);

#endif
