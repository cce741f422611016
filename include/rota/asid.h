/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Identifiers of address spaces (PCID, ASID), so that a switch between two spaces need not flush what the
 * machine has cached of them.
 *
 * There are fewer identifiers than spaces. One is given to a space when a CPU loads it, and is good for
 * a generation: once all are given out the next generation begins, with each CPU keeping the one that it
 * has loaded, and flushing all before it loads another. So identifiers need not be given back, and a
 * space that ends needs no word. This is what Linux does for arm64 (W. Deacon, 2015, which C. Marinas
 * has checked in TLA+); the fast way is one compare-and-swap on a word of the CPU's own.
 */
#ifndef ROTA_ASID_H
#define ROTA_ASID_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** A space's identifier; all zero is a new space's. Fields are the library's. */
struct rota_asid {
        uintptr_t word; /**< generation and identifier, 0: none (atomic) */
};

/** What a CPU has, in the caller's memory. Fields are the library's. */
struct rota_asid_cpu {
        uintptr_t
                active; /**< the word of what it loaded last, 0 since the generation began (atomic) */
        uintptr_t reserved; /**< what it had when the generation began */
        bool flush;         /**< it has not flushed since then */
        char line[128 - 2 * sizeof(uintptr_t) - sizeof(bool)]; /**< nobody else's cache lines */
};

/** All identifiers of a machine, in the caller's memory. Fields are the library's. */
struct rota_asids {
        uintptr_t lock;             /**< a leaf */
        uintptr_t generation;       /**< the present one, in the bits above identifiers (atomic) */
        uintptr_t *used;            /**< a bit each */
        struct rota_asid_cpu *cpus; /**< one each */
        uint32_t cpu_count;         /**< of them */
        uint32_t count;             /**< of identifiers; 0: too few, every switch flushes */
        uint32_t bits;              /**< an identifier has */
        uint32_t next;              /**< word of `used` where the search goes on */
};

/** Words of `used` for so many identifiers. */
#define ROTA_ASID_WORDS(count)                                                                     \
        (((count) + (uint32_t)sizeof(uintptr_t) * 8 - 1) / ((uint32_t)sizeof(uintptr_t) * 8))

/** What a CPU is to load. */
struct rota_asid_load {
        uint32_t id; /**< the identifier */
        bool flush; /**< all that this CPU has cached, of any identifier but global entries, is to be
                          dropped before the space is used */
};

/**
 * Prepares the identifiers of a machine.
 * @param count      how many it has, numbered from 0; 0 is the kernel's own and given to no space. With
 *                   fewer than two more than there are CPUs none is given: each load is id 0 and flushes
 * @param used       ROTA_ASID_WORDS(count) words
 * @param cpus       one each, on lines of their own
 * @param cpu_count  at least 1
 * @return ROTA_OK; ROTA_EINVAL. Context: boot, before any CPU loads a space.
 */
int rota_asids_init(struct rota_asids *asids, uint32_t count, uintptr_t *used,
        struct rota_asid_cpu *cpus, uint32_t cpu_count);

/** This CPU is about to load a space: with what identifier. The kernel's own space takes none: it is
 * loaded as 0 without a call.
 * Context: interrupts masked, on @p cpu (rota_port_space_switch()). */
struct rota_asid_load rota_asid_take(
        struct rota_asids *asids, struct rota_asid *space, uint32_t cpu);

/**
 * What is cached of a space is no longer true on some CPU (pages were taken away): whoever loads it from
 * now on does so under another identifier. CPUs that have it loaded already must load it again, or flush;
 * telling them is the caller's. For that a CPU notes that it has the space before rota_asid_take(), the
 * caller looks who has noted it after this call, and each has a full fence between its two steps.
 * Context: any, with no lock of the port's that rota_port_space_switch() takes.
 */
void rota_asid_renew(struct rota_asids *asids, struct rota_asid *space);

ROTA_END_DECLS
#endif
