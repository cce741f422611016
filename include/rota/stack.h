/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Stacks and their overflow: what is checked, how a world's fault handler takes part, how much of a
 * stack was used.
 *
 * At each switch-out and exit the core looks at a word at the stack's low end that nobody may have
 * written over (not kept where ROTA_STACK_GUARDED says that memory below is unmapped) and at the
 * stack pointer. A thread found to have overflowed is ended with ROTA_EXIT_OVERFLOW, and the others
 * live on; where it held a guard, or may_switch says that it holds a lock of the kernel's, or its
 * waits must not be cancelled (rota_cancel_hold), or it is a turn on a home stack, or it is in rota_wait_park() on a node that others
 * have in their queues, it is fatal. ROTA_NO_STACK_CHECK in rota_config.h takes the look away.
 */
#ifndef ROTA_STACK_H
#define ROTA_STACK_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

/** The exit code of a thread that was ended because it overflowed its stack. */
#define ROTA_EXIT_OVERFLOW (INTPTR_MIN + 1)

/** What is known of a new task's stack, or to be done with it: rota_task_options.stack. */
enum rota_stack_flag {
        /** Memory below it is unmapped, for at least the stack's size: no word at its low end is kept,
         * so that the page which holds it is not touched. */
        ROTA_STACK_GUARDED = 1,
        /** The create call writes over all of it, so that rota_stack_used() can tell what was used.
         * Costs a store for each word, and that all its pages are there. A kind of your own lays its
         * context out afterwards. */
        ROTA_STACK_FILLED = 2,
};

/**
 * The most of a stack that was ever in use, by what is left of the pattern that ROTA_STACK_FILLED
 * wrote: a loop over the words that were not. Memory that was reserved and never written counts as
 * unused.
 * @param context  of a rota_thread, or of a kind of your own; its stack must still be there. It may
 *                 run meanwhile.
 * @return bytes; ROTA_EINVAL: it was not filled. Context: any, also in the exit callback and after
 * the join.
 */
int64_t rota_stack_used(const struct rota_context *context);

/**
 * For a world's fault handler: is this fault an overflow of what runs on this CPU? It is where the
 * address lies below the running context's stack by no more than the stack's size and 64 KiB, or
 * where the stack pointer lies below it.
 * @param address  that was accessed
 * @param sp       stack pointer of the faulting code
 * Context: interrupt (the fault's), on a stack of its own.
 */
bool rota_overflow_hit(uintptr_t address, uintptr_t sp);

/**
 * For a world's fault handler, after rota_overflow_hit(): may the running thread be ended, with
 * nothing left locked behind it? The world adds what it alone knows: interrupts were enabled where
 * the fault happened, and that code is not another's that may hold a lock. Context: as
 * rota_overflow_hit().
 */
bool rota_overflow_survivable(void);

/**
 * For a world's fault handler, after a true rota_overflow_survivable(): ends the running thread. On
 * a stack of the world's own (one per CPU, in use until this CPU's next switch, which follows at
 * once), interrupts masked. An interrupt that the fault kept from being delivered is to be
 * acknowledged and taken first, after rota_irq_enter(); there is no rota_irq_exit().
 * Context: as rota_overflow_hit().
 */
ROTA_NORETURN void rota_overflow_end(void);

ROTA_END_DECLS
#endif
