/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Misuse, found by a library that is built with ROTA_DEBUG: a call where it may not be is reported
 * with two places, where it was made and where began what forbids it (a guard, a spinlock, an
 * interrupt, a callback). Without ROTA_DEBUG nothing of this is compiled; what the calls answer is
 * the same. docs/MISUSE.md lists what is found.
 */
#ifndef ROTA_DEBUG_H
#define ROTA_DEBUG_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** One misuse. Places are addresses of code: return addresses, or a callback's. */
struct rota_misuse {
        const char *function; /**< what was called: "rota_park" */
        const char *text;     /**< what is wrong with it: "would block"; valid during the report */
        const void *at;       /**< where it was called from */
        const char *held;     /**< what forbids it: "a guard is held"; NULL: nothing else */
        const void *since;    /**< where that began; NULL: not known */
        struct rota_handle task; /**< that runs, ROTA_HANDLE_NONE: home */
        uint32_t cpu;            /**< on which it happened */
};

#if ROTA_DEBUG
/** Spinlocks of the kernel's that are told apart at a time on one CPU. */
#define ROTA_DEBUG_LOCKS 8

/** A call of Rota's and where it was made. */
struct rota_debug_call {
        const char *function; /**< NULL: none */
        const void *at;       /**< return address */
};

/** What a task is remembered for. */
struct rota_task_debug {
        const void *guard_at;        /**< where its outermost guard began */
        struct rota_debug_call call; /**< that it is in, where that is made of others */
};

/** What a CPU is remembered for. */
struct rota_cpu_debug {
        const void *irq_at;                    /**< where the outermost interrupt began */
        const void *stop_at;                   /**< where the world was stopped */
        const char *callback;                  /**< that runs, NULL: none */
        const void *callback_at;               /**< its code */
        struct rota_debug_call call;           /**< made in an interrupt or at home */
        uint32_t lock_count;                   /**< spinlocks held */
        uint32_t lock_known;                   /**< of them, those below */
        const void *locks[ROTA_DEBUG_LOCKS];   /**< which */
        const void *lock_at[ROTA_DEBUG_LOCKS]; /**< and where they were taken */
};

/** Pairs of spinlocks (rota/spinlock.h) whose order is remembered, the latest. */
#define ROTA_DEBUG_ORDERS 64

/** What a spinlock of Rota's is remembered for. */
struct rota_debug_taken {
        const void *at;   /**< where it was taken */
        uint32_t cpu;     /**< by which, + 1; 0: by none (atomic) */
        uint32_t nesting; /**< in how many interrupts */
        uint32_t again;   /**< times that it was taken again, wrongly */
};

/** A spinlock that was taken while another was held. */
struct rota_debug_order {
        const void *first;  /**< the one that was held; NULL: none */
        const void *second; /**< the one that was taken */
        const void *at;     /**< and where */
};

/** The orders in which spinlocks were taken. */
struct rota_debug_orders {
        uintptr_t lock;                                   /**< leaf */
        uint32_t next;                                    /**< where the next goes */
        struct rota_debug_order order[ROTA_DEBUG_ORDERS]; /**< a ring */
};

/** A member of a structure that only a debug build has. */
#define ROTA_DEBUG_FIELD(type, name) type name;

/** Called by a kernel that has taken one of its spinlocks: until it is released this CPU must not
 * block, and is not preempted. Context: any, on a CPU that has started (else it does nothing). */
void rota_debug_locked(const void *lock);

/** Called by a kernel that is about to release one of its spinlocks. Context: as above. */
void rota_debug_unlocked(const void *lock);

#else
/** A member of a structure that only a debug build has. */
#define ROTA_DEBUG_FIELD(type, name)

/** Nothing, in a build without ROTA_DEBUG. Context: any. */
static inline void rota_debug_locked(const void *lock)
{
        (void)lock;
}

/** Nothing, in a build without ROTA_DEBUG. Context: any. */
static inline void rota_debug_unlocked(const void *lock)
{
        (void)lock;
}
#endif

ROTA_END_DECLS
#endif
