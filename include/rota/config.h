/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Settings fixed when library and caller are compiled. A file `rota_config.h` anywhere on the
 * include path may set any of them (docs/rota_config.h is one to copy); unset or zero means the
 * default. Library and caller must agree: the names of rota_init and of the create calls carry the
 * values, so a mismatch fails at link.
 */
#ifndef ROTA_CONFIG_H
#define ROTA_CONFIG_H

#if defined(__has_include)
#if __has_include("rota_config.h")
#include "rota_config.h"
#endif
#endif

/** Machine words that a task carries for its policy. Default 6; a policy that needs more than
 * there is is refused by rota_init. Limits: 4 to 64. */
#if !defined(ROTA_POLICY_WORDS) || ROTA_POLICY_WORDS == 0
#undef ROTA_POLICY_WORDS
#define ROTA_POLICY_WORDS 6
#endif
#if ROTA_POLICY_WORDS < 4 || ROTA_POLICY_WORDS > 64
#error "ROTA_POLICY_WORDS is 4 to 64"
#endif

/** Classes (policies in order) that one instance may hold. Default 4; limits: 1 to 8. */
#if !defined(ROTA_MAX_CLASSES) || ROTA_MAX_CLASSES == 0
#undef ROTA_MAX_CLASSES
#define ROTA_MAX_CLASSES 4
#endif
#if ROTA_MAX_CLASSES < 1 || ROTA_MAX_CLASSES > 8
#error "ROTA_MAX_CLASSES is 1 to 8"
#endif

/** 1: the machine has one CPU and no atomic instructions (Cortex-M0): atomic operations mask
 * interrupts, by the port's own functions, and ROTA_CPUS_MAX is 1. Default 0: the compiler's. */
#ifndef ROTA_ATOMICS_MASKED
#define ROTA_ATOMICS_MASKED 0
#endif

/** Most CPUs of an instance; a bit each in struct rota. Default 1024, or 1 with
 * ROTA_ATOMICS_MASKED; limits: 1 to 1024. */
#if !defined(ROTA_CPUS_MAX) || ROTA_CPUS_MAX == 0
#undef ROTA_CPUS_MAX
#if ROTA_ATOMICS_MASKED
#define ROTA_CPUS_MAX 1
#else
#define ROTA_CPUS_MAX 1024
#endif
#endif
#if ROTA_CPUS_MAX < 1 || ROTA_CPUS_MAX > 1024
#error "ROTA_CPUS_MAX is 1 to 1024"
#endif
#if ROTA_ATOMICS_MASKED && ROTA_CPUS_MAX != 1
#error "ROTA_ATOMICS_MASKED: masking interrupts excludes nobody on another CPU"
#endif

/** Priority levels of `prio`: 1 is the most urgent, this the least. A list head and a bit each, on
 * each CPU, in the block that rota_bytes() measures. Default 256; limits: 1 to 256. */
#if !defined(ROTA_PRIO_LEVELS) || ROTA_PRIO_LEVELS == 0
#undef ROTA_PRIO_LEVELS
#define ROTA_PRIO_LEVELS 256
#endif
#if ROTA_PRIO_LEVELS < 1 || ROTA_PRIO_LEVELS > 256
#error "ROTA_PRIO_LEVELS is 1 to 256"
#endif

/** 1: no look at a task's stack at its switch-out and exit (rota/stack.h): 3 to 5 instructions less a
 * switch. Default 0. Read by the library only. */
#ifndef ROTA_NO_STACK_CHECK
#define ROTA_NO_STACK_CHECK 0
#endif

/** 1: the machine loads a word only from where words are, or the compiler believes so (rv64), and copies single
 * bytes between any other two addresses: whether both are a word's is looked at for each message. 40 to 100
 * instructions less for 16 to 64 bytes there, 20 more on other machines. Default 0. Read by the library only. */
#ifndef ROTA_ALIGNED_WORDS
#define ROTA_ALIGNED_WORDS 0
#endif

/** 1: misuse is looked for and reported, see <rota/debug.h>; the library is larger and slower.
 * Default 0: nothing of it is compiled. */
#ifndef ROTA_DEBUG
#define ROTA_DEBUG 0
#endif

#if ROTA_DEBUG
#define ROTA_CONFIG_PASTE2(name, words, classes, cpus, levels)                                     \
        name##_w##words##c##classes##n##cpus##p##levels##_debug
#else
#define ROTA_CONFIG_PASTE2(name, words, classes, cpus, levels)                                     \
        name##_w##words##c##classes##n##cpus##p##levels
#endif
#define ROTA_CONFIG_PASTE(name, words, classes, cpus, levels)                                      \
        ROTA_CONFIG_PASTE2(name, words, classes, cpus, levels)
/** A function's name with the settings in it, such as rota_init_w6c4n1024p256: what a caller in
 * another language declares. */
#define ROTA_CONFIG_NAME(name)                                                                     \
        ROTA_CONFIG_PASTE(                                                                         \
                name, ROTA_POLICY_WORDS, ROTA_MAX_CLASSES, ROTA_CPUS_MAX, ROTA_PRIO_LEVELS)

#define rota_init          ROTA_CONFIG_NAME(rota_init)
#define rota_bytes         ROTA_CONFIG_NAME(rota_bytes)
#define rota_thread_create ROTA_CONFIG_NAME(rota_thread_create)
#define rota_task_create   ROTA_CONFIG_NAME(rota_task_create)
#define rota_user_create   ROTA_CONFIG_NAME(rota_user_create)

#endif
