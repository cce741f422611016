/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Settings fixed when library and caller are compiled. A file `rota_config.h` on the include path
 * may set any of them; unset or zero means the default. Library and caller must agree: the names
 * of rota_init and of the create calls carry the values, so a mismatch fails at link.
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

/** Classes (policies in order) that one instance may hold. Default 4; limits: 1 to 8. */
#if !defined(ROTA_MAX_CLASSES) || ROTA_MAX_CLASSES == 0
#undef ROTA_MAX_CLASSES
#define ROTA_MAX_CLASSES 4
#endif

#define ROTA_CONFIG_PASTE2(name, words, classes) name##_w##words##c##classes
#define ROTA_CONFIG_PASTE(name, words, classes)  ROTA_CONFIG_PASTE2(name, words, classes)
/** A function's name with the settings in it. */
#define ROTA_CONFIG_NAME(name) ROTA_CONFIG_PASTE(name, ROTA_POLICY_WORDS, ROTA_MAX_CLASSES)

#define rota_init          ROTA_CONFIG_NAME(rota_init)
#define rota_bytes         ROTA_CONFIG_NAME(rota_bytes)
#define rota_thread_create ROTA_CONFIG_NAME(rota_thread_create)
#define rota_task_create   ROTA_CONFIG_NAME(rota_task_create)

#endif
