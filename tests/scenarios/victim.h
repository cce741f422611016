/* SPDX-License-Identifier: MIT */
/* A thread that is about to overflow its stack. */
#ifndef SCENARIOS_VICTIM_H
#define SCENARIOS_VICTIM_H

#include "harness.h"

#define PAGE 4096u

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROOM ((size_t)64 << 10)
#else
#define ROOM ((size_t)16 << 10)
#endif

struct victim {
        struct worker worker;
        struct rota_stack stack;
        bool gap;       /* there is unmapped memory below its stack */
        uint32_t ended; /* by its exit callback (atomic) */
        intptr_t code;  /* what that was told */
        int64_t used;   /* of its stack, as that saw it */
        struct worker *other;
        struct rota_timer timer;
};

/* Makes one, not started: on a stack with a gap below it, or on plain memory with as much of the test's own
 * below. flags: enum rota_stack_flag. */
struct victim *victim_make(intptr_t (*entry)(struct worker *), bool gap, uint8_t flags);
void victim_free(struct victim *victim, bool gap);

/* The lowest address of the stack of the victim that runs this. */
static inline char *low_of(struct worker *self)
{
        return ((struct victim *)self)->stack.memory;
}

#endif
