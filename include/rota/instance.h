/* SPDX-License-Identifier: MIT */
/**
 * @file
 * An instance of the scheduler: CPUs, slots, classes. All memory is the caller's.
 */
#ifndef ROTA_INSTANCE_H
#define ROTA_INSTANCE_H

#include <rota/cpu.h>
#include <rota/policy.h>
#include <rota/stack.h>
#include <rota/thread.h>
#include <rota/watchdog.h>

ROTA_BEGIN_DECLS

/** A piece of memory used as a stack. */
struct rota_stack {
        void *memory; /**< lowest address */
        size_t size;  /**< bytes */
};

/** What an instance is made of. Zero means the default where one is named. */
struct rota_config {
        struct rota_cpu *const *cpus;         /**< one per CPU, any contents */
        uint32_t cpu_count;                   /**< 1 .. ROTA_CPUS_MAX */
        const struct rota_stack *home_stacks; /**< one per CPU, each at least ROTA_STACK_MIN */
        struct rota_slot *slots;              /**< one per task that exists at a time, zeroed */
        uint32_t slot_count;                  /**< at least 1 */
        const struct rota_policy *const *policies; /**< the classes, the most urgent first */
        uint32_t policy_count;                     /**< 1 .. ROTA_MAX_CLASSES */
        void *memory;                              /**< for the policies, aligned to 16 bytes */
        size_t memory_size;                        /**< at least rota_bytes(config) */
        struct rota_ring *const *rings;            /**< one trace ring per CPU; NULL: no trace */
        uint64_t slice_ns;      /**< default slice; 0: 5 ms; below resolution_ns: that */
        uint64_t tick_ns;       /**< period of a periodic timer interrupt; 0: tickless, one-shot */
        uint64_t resolution_ns; /**< of the world's clock; 0: 1 ns */
        uint64_t look_ns;       /**< how long an idle CPU looks for work before it halts; 0: not */
        uint64_t watchdog_ns;   /**< report who waits for a turn longer than this; 0: no watchdog;
                                   implies `exact` */
        bool exact; /**< charge every turn by the clock; needed for tasks' statistics, and implied
                       by rings */
        /** Called where something is wrong that Rota survives: a policy that broke its word was
         * replaced by round robin, a task that overflowed its stack was ended, a task starves
         * (rota.starvation says why). Interrupts masked, locks held,
         * maybe on several CPUs at once: it may write `text` and call
         * rota_dump(), nothing else. NULL: only counted in rota.fallbacks, rota.overflows and rota.starvations. */
        void (*report)(const char *text);
        /** Called in a library built with ROTA_DEBUG where Rota is misused, see <rota/debug.h>; the
         * call then answers as it always does. Interrupts masked or not, the queue of timers may be
         * locked: it may write and call rota_dump(), nothing else. NULL: only counted in
         * rota.misuses. */
        void (*misuse)(const struct rota_misuse *misuse);
};

struct rota_inherit;
struct rota_spare;

/** The instance. Fields are the core's. */
struct rota {
        struct rota_cpu *const *cpus; /**< the caller's */
        struct rota_slot *slots;      /**< the caller's table */
        uint32_t cpu_count;           /**< CPUs */
        uint32_t slot_count;          /**< slots */
        uint32_t class_count;         /**< classes */
        uint8_t stopping;             /**< rota_stop() was called (atomic) */
        bool exact;                   /**< clock at every switch */
        bool ranked;            /**< tasks differ in urgency: look elsewhere before running less */
        uint32_t idle_words;    /**< words of idle_cpus in use */
        uint64_t slack_ns;      /**< what is due within it is due now: half a tick */
        uint64_t slice_ns;      /**< default slice */
        uint64_t look_ns;       /**< how long an idle CPU looks before it halts */
        uintptr_t slot_lock;    /**< of the free list */
        uintptr_t leave_lock;   /**< who asks a CPU to leave; held by a task under a guard */
        uintptr_t inherit_lock; /**< of the contended part of priority inheritance */
        const struct rota_inherit *inherit; /**< who does that; NULL: nobody yet (atomic) */
        uint32_t slot_free;                 /**< first free slot + 1, 0: none */
        uint32_t slot_used;                 /**< slots in use (atomic) */
        uint32_t slot_retired;              /**< whose generations are used up */
        uint32_t world_stop;                /**< CPU that stops the world + 1 (atomic) */
        uint32_t world_stopped;             /**< CPUs at rest (atomic) */
        uint32_t running_cpus;              /**< CPUs inside rota_cpu_run() (atomic) */
        uint32_t fallbacks; /**< policies replaced because they broke their word (atomic) */
        const char *fallback_reason;       /**< of the latest */
        uint32_t overflows;                /**< tasks ended because of their stacks (atomic) */
        uint32_t starvations;              /**< findings of the watchdog (atomic) */
        struct rota_starvation starvation; /**< the latest, under watch_lock */
        uint64_t watchdog_ns;              /**< its bound, 0: off */
        uintptr_t watch_lock;              /**< leaf: of starvation, held while it is reported */
        void (*report)(const char *text);  /**< see struct rota_config */
        void (*misuse)(const struct rota_misuse *misuse);    /**< see struct rota_config */
        uint32_t misuses;                                    /**< seen by a debug build (atomic) */
        const struct rota_policy *classes[ROTA_MAX_CLASSES]; /**< (atomic) */
        uint8_t class_epoch[ROTA_MAX_CLASSES];               /**< (atomic) */
        uintptr_t idle_cpus[(ROTA_CPUS_MAX + 8 * sizeof(uintptr_t) - 1) /
                            (8 * sizeof(uintptr_t))]; /**< bit per idle CPU (atomic) */
        uintptr_t spare_lock;                         /**< leaf: of the pool of spare home stacks */
        struct rota_spare *spares;                    /**< all of them, the latest first */
        struct rota_spare *spare_free;                /**< the pool */
        uint32_t spare_count;                         /**< of all */
        uint32_t spare_left;                          /**< in the pool (atomic) */
        uint32_t spare_least;                         /**< the fewest that ever were there */
        ROTA_DEBUG_FIELD(struct rota_debug_orders, orders) /**< of spinlocks, see <rota/debug.h> */
};

/** Bytes that `memory` must have for @p config, 0 for a config that rota_init() would refuse.
 * Context: any. */
size_t rota_bytes(const struct rota_config *config);

/** Makes an instance. Nothing runs yet; tasks may be created and started. The latest instance is
 * the one that calls outside any CPU mean. @return ROTA_OK; ROTA_EINVAL; ROTA_ENOSPC: a policy
 * needs more than ROTA_POLICY_WORDS, or memory_size is too small; ROTA_EPOLICY: its version;
 * ROTA_EBUSY: this CPU runs in it.
 * Context: any, once. */
int rota_init(struct rota *rota, const struct rota_config *config);

/** Runs this CPU: switches to its home stack and takes turns. rota_port_cpu() must already answer
 * cpus[@p cpu]. Returns on the caller's stack, interrupts masked, after rota_stop(), or once the CPU
 * has left by rota_cpu_leave(); after that it may be called again, and the CPU takes part as before.
 * What an offline CPU's interrupts find is an empty CPU: they may come, and wake tasks.
 * @return ROTA_OK: the instance stops; ROTA_CPU_LEFT; ROTA_EINVAL; ROTA_EBUSY: it runs;
 * ROTA_ECONTEXT: interrupts are enabled.
 * Context: boot, interrupts masked. */
int rota_cpu_run(struct rota *rota, uint32_t cpu);

/** What rota_cpu_run() answers where the CPU was asked to leave and the others go on. */
#define ROTA_CPU_LEFT 1

/**
 * Asks a CPU to leave while the others go on: for hot-plugging, for saving power, or to have it for
 * something else. From now on it is given no more tasks; as soon as its task can be switched away
 * from, that one and all that wait there go to other CPUs by their affinity, its timers to one of
 * them, and its rota_cpu_run() returns ROTA_CPU_LEFT. The call does not wait for that: see
 * rota_cpu_online(), or a trace (ROTA_EVENT_CPUHP_EXIT). A task that asks its own CPU to leave goes on elsewhere, at once where it holds
 * no guard.
 *
 * A task that may run on this CPU only, of those that stay, in whatever state it is (new and parked
 * too), is a reason to refuse. One that comes to be so later, by rota_set_affinity() or because it
 * is created so, is not an error: it waits until the CPU joins again, as for a CPU that never began.
 *
 * @param rota  the instance
 * @param cpu   which; it may be the caller's
 * @return ROTA_OK; ROTA_EINVAL: no such CPU; ROTA_EBUSY: a task needs it, or it is the last one;
 * ROTA_ESTATE: it does not take part, leaves already, or began by rota_adopt(), so that there is
 * nobody to go back to; ROTA_ECONTEXT. Takes time in proportion to the slots of the instance.
 * Context: task, interrupts enabled.
 */
int rota_cpu_leave(struct rota *rota, uint32_t cpu);

/** Whether a CPU takes part: from rota_cpu_run() or rota_adopt() on, until it has left or stopped; a
 * CPU that was asked to leave still does until it has done so. False where there is no such CPU.
 * Context: any. */
bool rota_cpu_online(const struct rota *rota, uint32_t cpu);

/** Makes the calling boot context a thread, running on this CPU on the stack it is on. Afterwards
 * interrupts may be unmasked and every call of a task may be made. It has no `tls` and no `fpu`: its
 * stack is in use already. @return as rota_cpu_run() and rota_thread_create(). Context: boot,
 * interrupts masked. */
int rota_adopt(struct rota *rota, uint32_t cpu, struct rota_thread *thread,
        const struct rota_thread_options *options, struct rota_handle *handle);

/** A CPU's account up to now. @return ROTA_OK; ROTA_EINVAL: no such CPU, or NULL. Context: any. */
int rota_get_cpu_stats(struct rota *rota, uint32_t cpu, struct rota_cpu_stats *stats);

/** Every CPU leaves rota_cpu_run() as soon as its task can be switched away from; tasks stay as
 * they are and their memory is the caller's. An adopted context is not resumed. Context: any. */
void rota_stop(struct rota *rota);

ROTA_END_DECLS
#endif
