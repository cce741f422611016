/* SPDX-License-Identifier: MIT */
/*
 * Compile-time settings of Rota, to copy into a kernel: a file of this name anywhere on the include
 * path is read by <rota/config.h>, where each is documented with its limits. It must be there both
 * for the library's files and for those that include <rota/rota.h>; where the two disagree the
 * kernel does not link. What is left out, or 0, has the default that is shown.
 */
#ifndef MY_ROTA_CONFIG_H
#define MY_ROTA_CONFIG_H

/* Machine words that a task carries for its policy. */
#define ROTA_POLICY_WORDS 6

/* Policies in order that one instance may hold. */
#define ROTA_MAX_CLASSES 4

/* Most CPUs of an instance. */
#define ROTA_CPUS_MAX 1024

/* 1: misuse is looked for and reported, see docs/MISUSE.md. */
#define ROTA_DEBUG 0

/* Priority levels of `prio`. */
#define ROTA_PRIO_LEVELS 256

/* 1: no look at a task's stack at its switch-out and exit. */
#define ROTA_NO_STACK_CHECK 0

/* 1: words are loaded only from where words are (rv64): messages are copied by words where they are. */
#define ROTA_ALIGNED_WORDS 0

/* 1: one CPU without atomic instructions; then ROTA_CPUS_MAX is 1. */
#define ROTA_ATOMICS_MASKED 0

#endif
