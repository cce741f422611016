/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The words that every other header speaks: errors, handles, affinity.
 */
#ifndef ROTA_TYPES_H
#define ROTA_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rota/config.h>

#ifdef __cplusplus
#define ROTA_BEGIN_DECLS extern "C" {
#define ROTA_END_DECLS   }
#define ROTA_NORETURN    [[noreturn]]
#else
#define ROTA_BEGIN_DECLS
#define ROTA_END_DECLS
#define ROTA_NORETURN _Noreturn
#endif

ROTA_BEGIN_DECLS

/** What a call may answer. Zero and above is success. */
enum rota_error {
        ROTA_OK = 0,
        ROTA_EINVAL = -1,    /**< a parameter is out of its documented range */
        ROTA_ESTALE = -2,    /**< the handle's task is gone */
        ROTA_ETIMEDOUT = -3, /**< the time-out passed first */
        ROTA_ECANCELED = -4, /**< the waiting task was cancelled */
        ROTA_EBUSY = -5,     /**< someone else holds what was asked for */
        ROTA_ENOSPC = -6,    /**< a table or block of the caller's is full or too small */
        ROTA_ECONTEXT = -7,  /**< not callable from this context (task, interrupt, home) */
        ROTA_EAGAIN = -8,    /**< would block, and the caller said not to */
        ROTA_ESTATE = -9,    /**< the task is not in a state that allows it (started twice, ...) */
        ROTA_EPOLICY = -10,  /**< the policy refused */
        ROTA_EPORT = -11,    /**< a function of the port breaks its contract */
        ROTA_EDEADLK = -12,  /**< to wait would be for ever: the owner waits for the caller */
        ROTA_EOWNERDEAD = -13, /**< got it, from an owner that ended without giving it back */
        ROTA_EPERM = -14,      /**< not the caller's to give back */
        ROTA_ECLOSED = -15,    /**< closed, and nothing is left in it */
};

/** A short English text for an error, never NULL. Context: any. */
const char *rota_error_text(int error);

/**
 * Names a task for ever: an index into the instance's slot table and the generation of that slot.
 * One machine word on 64-bit machines, copied freely, harmless once its task is gone (the idea is
 * Hubris's task generation).
 */
struct rota_handle {
        uint32_t index;      /**< slot in the table */
        uint32_t generation; /**< of that slot; 0 never names a task */
};

/** The handle that names nobody. */
#ifdef __cplusplus
#define ROTA_HANDLE_NONE (rota_handle{0, 0})
#else
#define ROTA_HANDLE_NONE ((struct rota_handle){0, 0})
#endif

/** True where both name the same task. Context: any. */
static inline bool rota_handle_equal(struct rota_handle a, struct rota_handle b)
{
        return a.index == b.index && a.generation == b.generation;
}

/** True where the handle could name a task at all. Context: any. */
static inline bool rota_handle_valid(struct rota_handle h)
{
        return h.generation != 0;
}

/** A mask of CPUs in the caller's memory, for machines with more CPUs than fit in a word. */
struct rota_cpumask {
        uint32_t cpus;         /**< bits that follow */
        const uintptr_t *bits; /**< (cpus + word bits - 1) / word bits words, CPU 0 in bit 0 */
};

/**
 * Where a task may run, in one word: zero is everywhere; with bit 0 set, bit n + 1 is CPU n; else
 * the address of a struct rota_cpumask, which stays unchanged while any task refers to it.
 */
struct rota_affinity {
        uintptr_t word; /**< see above */
};

/** CPUs that fit in an inline mask. */
#define ROTA_AFFINITY_INLINE_CPUS ((uint32_t)(sizeof(uintptr_t) * 8 - 1))

/** Everywhere. Context: any. */
static inline struct rota_affinity rota_affinity_all(void)
{
        struct rota_affinity a = {0};
        return a;
}

/** Inline mask: bit n of @p mask is CPU n, below ROTA_AFFINITY_INLINE_CPUS. Context: any. */
static inline struct rota_affinity rota_affinity_mask(uintptr_t mask)
{
        struct rota_affinity a = {(mask << 1) | 1};
        return a;
}

/**
 * One CPU, below ROTA_AFFINITY_INLINE_CPUS. Any other is an affinity to nobody, which is refused
 * (ROTA_EINVAL) wherever it is given. Context: any.
 */
static inline struct rota_affinity rota_affinity_cpu(uint32_t cpu)
{
        return rota_affinity_mask(cpu < ROTA_AFFINITY_INLINE_CPUS ? (uintptr_t)1 << cpu : 0);
}

/** A mask in the caller's memory. Context: any. */
static inline struct rota_affinity rota_affinity_pointer(const struct rota_cpumask *mask)
{
        struct rota_affinity a = {(uintptr_t)mask};
        return a;
}

/** True where @p affinity allows @p cpu. Context: any. */
static inline bool rota_affinity_allows(struct rota_affinity affinity, uint32_t cpu)
{
        const uint32_t bits = (uint32_t)(sizeof(uintptr_t) * 8);
        if (affinity.word == 0)
                return true;
        if (affinity.word & 1)
                return cpu < bits - 1 && ((affinity.word >> (cpu + 1)) & 1);
        const struct rota_cpumask *mask = (const struct rota_cpumask *)affinity.word;
        return cpu < mask->cpus && ((mask->bits[cpu / bits] >> (cpu % bits)) & 1);
}

ROTA_END_DECLS
#endif
