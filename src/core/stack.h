/* SPDX-License-Identifier: MIT */
/* The look at a task's stack at each switch-out and exit (DESIGN scenario B9). */
#ifndef ROTA_CORE_STACK_H
#define ROTA_CORE_STACK_H

#include <rota/stack.h>

#include "core/core.h"

/* Every byte of a filled stack, and the word at a stack's low end. */
#define STACK_PATTERN_BYTE 0x5au
#define STACK_PATTERN      0x5a5a5a5au

/* The limit of contexts that have none: whose stack is unknown, or has unmapped memory below it. */
extern const uint32_t stack_no_limit;

/* Prepares what is known of a context: its limit, and its filling. flags: enum rota_stack_flag. */
void stack_begin(struct rota_context *context, uint32_t flags);
/* The running task has overflowed its stack. Returns the reason for which it now leaves: WHY_EXIT;
 * does not return where others would be left hanging. Masked, no lock held. */
enum rota_why stack_overflown(struct rota_cpu *cpu);
/* For who is about to give up its guards by exiting. */
void stack_check_exit(struct rota_cpu *cpu);
/* An overflowed task is off its stack for good: takes everything of the core's out of that stack, and
 * reports. On the home stack, masked, no lock held. */
void stack_bury(struct rota *rota, struct rota_task *task);
/* Likewise, found at the end of a turn on it. */
ROTA_NORETURN void stack_turn_overflown(const struct rota_cpu *cpu);
/* The home stack's word was written over. */
ROTA_NORETURN void stack_home_overflown(const struct rota_cpu *cpu);

/* Has nobody written over the stack's low end? */
static inline bool stack_untouched(const struct rota_context *context)
{
        return ROTA_NO_STACK_CHECK || rota_likely(*context->limit == STACK_PATTERN);
}

/* That, and is the caller on it? For contexts of unknown stack both hold always. */
static inline bool stack_sound(const struct rota_context *context)
{
        return ROTA_NO_STACK_CHECK || (rota_likely(*context->limit == STACK_PATTERN) &&
                                              rota_likely((uintptr_t)__builtin_frame_address(0) >=
                                                          (uintptr_t)context->stack));
}

/* Every switch-out of a task and every exit passes here: for what reason it is to leave. */
static inline enum rota_why stack_checked(struct rota_cpu *cpu, enum rota_why why)
{
        return rota_likely(stack_sound(cpu->on)) ? why : stack_overflown(cpu);
}

#endif
