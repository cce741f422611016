/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A program's address space: pages of zeros between KERNEL_USER_START and KERNEL_USER_END, none of
 * them both writable and executable; the kernel's own pages, which user mode does not see, are in it too.
 *
 * A task runs in it where its options say so (`space`): rota_port_space_switch() loads it. Several tasks
 * on several CPUs may, and any may change it meanwhile: when unmap and protect return, no CPU finds what
 * was there before, cached or not. The kernel reaches a space's memory by the copy functions only, which
 * look into its tables under its lock and so cannot fault, whatever address they are given and whatever
 * others unmap; the space need not be loaded for it.
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include "pages.h"
#include <rota/asid.h>
#include <rota/rota.h>

/** A space. The fields are space.c's; zeroed memory is no space yet. */
struct kernel_space {
        uint64_t *root;
        struct rota_asid asid;
        uint64_t changes;   /**< how often something was taken out of it, from 1 on (atomic) */
        uint64_t stale;     /**< CPUs that may have cached that, a bit each (atomic) */
        uint32_t lock;      /**< over tables and counts */
        uint32_t pages;     /**< that it has, tables included */
        uint32_t pages_max; /**< that it may have */
};

/**
 * Makes a space with nothing in it.
 * @param pages_max  the most pages that it may use, those of its tables included (an empty space has one)
 * @return ROTA_OK; ROTA_EINVAL: pages_max is 0; ROTA_ENOSPC: no memory. Context: any.
 */
int kernel_space_create(struct kernel_space *space, uint32_t pages_max);

/**
 * Gives all its memory back.
 * @return ROTA_OK; ROTA_EBUSY: a CPU has it loaded (wait for its tasks' exit notifications: no CPU keeps
 * a dead task's space). Context: any; no other call of the space goes on.
 */
int kernel_space_destroy(struct kernel_space *space);

/**
 * Maps pages of zeros: all of them, or none.
 * @param address,size  whole pages, at the user's addresses
 * @param rights        of KERNEL_READ, KERNEL_WRITE and KERNEL_EXECUTE: some, but never the last two together
 * @return ROTA_OK; ROTA_EINVAL: the range or the rights; ROTA_EBUSY: something is mapped there, or being
 * unmapped; ROTA_ENOSPC: no memory, or more than pages_max. Context: any.
 */
int kernel_space_map(struct kernel_space *space, uintptr_t address, size_t size, unsigned rights);

/**
 * Unmaps what is mapped in the range; holes are no error. Its memory is given back; its tables are not,
 * before the space is destroyed.
 * @return ROTA_OK; ROTA_EINVAL: the range
 * Context: outside interrupts, interrupts enabled, no lock held: it waits for other CPUs to take an
 * interrupt.
 */
int kernel_space_unmap(struct kernel_space *space, uintptr_t address, size_t size);

/**
 * Changes the rights of pages, all of which are mapped, and keeps their contents. What becomes executable
 * is made visible to instruction fetches of every CPU.
 * @return ROTA_OK; ROTA_EINVAL: the range, the rights, or a hole in it: then nothing has changed, but where
 * others unmap in the same range at the same time
 * Context: as kernel_space_unmap().
 */
int kernel_space_protect(
        struct kernel_space *space, uintptr_t address, size_t size, unsigned rights);

/**
 * Copies to a program's memory, or from it. Any address and size may be given: what is not the program's, or
 * has not the right (KERNEL_WRITE, KERNEL_READ), is refused.
 * @return ROTA_OK; ROTA_EINVAL: refused. Pages before the one that was refused may have been copied.
 * Context: any; masked for up to a page at a time.
 */
int kernel_copy_to_user(struct kernel_space *space, uintptr_t to, const void *from, size_t size);
int kernel_copy_from_user(struct kernel_space *space, void *to, uintptr_t from, size_t size);

/**
 * Reads an aligned word of a program's memory in one piece (what waits for words to change needs it).
 * @return ROTA_OK; ROTA_EINVAL: refused, or not aligned. Context: any.
 */
int kernel_load_user_word(struct kernel_space *space, uintptr_t address, uint32_t *value);

/** rota_port_space_switch(): loads @p space on this CPU; NULL: the kernel's. Masked. */
void kernel_space_load(struct kernel_space *space);

/** Takes note of what other CPUs took out of the space that this CPU has loaded; called by whoever takes a
 * reschedule interrupt, before anything else. Masked. */
void kernel_space_kicked(void);

#endif
