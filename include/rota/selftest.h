/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The self-test of a port: calls each function of <rota/port.h> as the core would, looks whether it
 * keeps its contract, and names the one that does not. The first thing to run after writing a port;
 * a kernel that does not call it does not link it.
 */
#ifndef ROTA_SELFTEST_H
#define ROTA_SELFTEST_H

#include <rota/cpu.h>
#include <rota/instance.h>

ROTA_BEGIN_DECLS

/** Smallest stack of a self-test's context; with a sanitizer or vector registers, give more. */
#define ROTA_SELFTEST_STACK_MIN 2048

/**
 * One run: what it is given, what it found. Zero it, fill in the first part, and of the second what
 * your machine has. The interrupt handlers are those that you will use with Rota: rota_irq_enter(),
 * then rota_timer() or rota_kicked(), then rota_irq_exit().
 */
struct rota_selftest {
        struct rota_cpu *const *cpus; /**< one per CPU that takes part, any contents */
        uint32_t cpu_count;           /**< 1 .. ROTA_CPUS_MAX; see rota_port_selftest_other() */
        struct rota_stack stacks[2];  /**< for contexts, each at least ROTA_SELFTEST_STACK_MIN */
        uint64_t tick_ns;       /**< period of the timer interrupt; 0: rota_port_timer_arm() arms */
        uint64_t resolution_ns; /**< of the clock; 0: 1 ns */
        /** Called before each function's turn with its name: where the test hangs or dies, the last
         * one named is at fault. NULL: not. Masked; must not call Rota. */
        void (*begins)(const char *function);

        /* What C cannot see. NULL or 0: not looked at. */

        uint32_t (*control)(void);           /**< control words that a switch preserves (MXCSR) */
        void (*control_set)(uint32_t value); /**< sets them */
        uint32_t control_values[2];          /**< two legal settings that differ */
        /** What a switch preserves of the floating-point unit, called by contexts that have it
         * (rota_port_extra_switch()). */
        uint64_t (*unit)(void);
        void (*unit_set)(uint64_t value); /**< sets it */
        uint64_t unit_values[2];          /**< two that differ, the first a new context's */
        void *(*tls)(void);               /**< the register of thread-local storage */
        void *space;                      /**< an address space other than the kernel's */
        void *(*space_loaded)(void);      /**< the one that this CPU has loaded, NULL: kernel's */
        struct rota_task *task;           /**< for rota_port_switched() to hear of */
        struct rota_task *(*switched_to)(void); /**< whom the kernel believes to run, NULL: home */
        void (*lock)(void);   /**< takes one of the kernel's spinlocks, seen by may_switch */
        void (*unlock)(void); /**< gives it back */
        /** The last step calls rota_port_fatal(), which ends the world if it is right. */
        bool fatal;

        /* What was found. */

        const char *function; /**< the one at fault ("rota_port_kick"), NULL: none */
        const char *what;     /**< what it did, a line of text; NULL: nothing */
        uint32_t cpu;         /**< where it was seen */

        /* The test's own. */

        uint32_t self;                   /**< CPU that leads */
        uint64_t spins_per_tick;         /**< with a periodic tick */
        struct rota_context contexts[2]; /**< on stacks */
        struct rota_context *back;       /**< where a context goes from here */
        struct rota_cpu *seen[2];        /**< CPU before a context's move and after */
        uint32_t entered[2];             /**< contexts that have begun */
        uint32_t lost;                   /**< bit per context: what it kept is gone */
        const char *context_fault;       /**< what a context saw */
        uint32_t order;  /**< for the others: its number, whom it is for and what (atomic) */
        uint32_t orders; /**< given */
        uint32_t answer; /**< the sequence number that was done (atomic) */
        uint32_t state;  /**< of the one addressed (atomic) */
        uint64_t value;  /**< handed over with order and answer */
        const char *other_function; /**< at fault on the other CPU */
        const char *other_what;     /**< what it did */
};

/**
 * Tests the port on this CPU, in some tenths of a second. Before rota_init() or after the last CPU
 * has left it; rota_port_cpu() must already answer one of test->cpus, whose contents are lost but
 * for `user`. Tests what the core needs: masking, the clock against the timer, kicks to this CPU
 * and to others, halting with an interrupt pending, contexts, registers, and a context's move
 * between CPUs.
 * @return ROTA_OK; ROTA_EPORT: test->function and test->what say what is wrong; ROTA_EINVAL: the
 * test's own fields; ROTA_ECONTEXT: interrupts were not masked; ROTA_ETIMEDOUT: a CPU that was to
 * take part did not answer, test->cpu says which.
 * Context: boot, interrupts masked; returns masked.
 */
int rota_port_selftest(struct rota_selftest *test);

/**
 * What every other CPU calls, before or after the first has begun; returns when the test is over.
 * @param cpu  its index in test->cpus
 * @return ROTA_OK; ROTA_EINVAL. Context: boot, interrupts masked; returns masked.
 */
int rota_port_selftest_other(struct rota_selftest *test, uint32_t cpu);

ROTA_END_DECLS
#endif
