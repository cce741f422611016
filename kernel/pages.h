/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Page tables, the same on every machine: a root of 512 entries of 1 GiB, below it tables of 2 MiB and
 * of 4 KiB. An entry's bits are the machine's (machine_entry.h), and so is loading a root
 * (machine_space_load()); on x86_64 the root is the third level, under one entry of the fourth.
 *
 * The kernel lies at its physical addresses, in the first entries; stacks have one entry of their own
 * (stacks.c), user programs KERNEL_USER_START to KERNEL_USER_END. The kernel's entries of the root are
 * made at boot and never change afterwards: each space's root has copies of them.
 *
 * A table's entry is written by who has the lock of what it belongs to (the stacks', the space's), and
 * read at any time by the machine, so each is written whole. A page that leaves a table is given back
 * only when no CPU can have it cached any more.
 */
#ifndef KERNEL_PAGES_H
#define KERNEL_PAGES_H

#include "machine_entry.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_PAGE_SIZE   ((uintptr_t)4096)
#define KERNEL_LARGE_SIZE  ((uintptr_t)2 << 20)
#define KERNEL_ROOT_SIZE   ((uintptr_t)1 << 30) /**< what an entry of the root covers */
#define KERNEL_TABLE_COUNT 512                  /**< entries of a table */

/** Where stacks have their addresses: in one entry of the root. */
#define KERNEL_STACKS     ((uintptr_t)32 << 30)
#define KERNEL_STACKS_END (KERNEL_STACKS + ((uintptr_t)256 << 20))

/** Where user programs have theirs. */
#define KERNEL_USER_START ((uintptr_t)64 << 30)
#define KERNEL_USER_END   ((uintptr_t)128 << 30)

/** What a CPU forgets of what it has cached, when it loads a root. */
enum kernel_forget {
        KERNEL_FORGET_NOTHING = 0,
        KERNEL_FORGET_SPACE, /**< all under the mark that it loads; and what it walks from then on is what
                              * was written before it said so (pages without KERNEL_USER may stay) */
        KERNEL_FORGET_SPACES, /**< likewise, under every mark */
};

/** The kernel's own root. */
extern uint64_t machine_root[KERNEL_TABLE_COUNT];

/* At boot, on the first CPU, also before it uses any table itself (no lock is taken, and no memory but
 * the image's). Neither of two may come after the first space was made. */

/**
 * Maps physical memory where it is, in large pages where they fit; what was there before is replaced.
 * @param start,end  whole pages
 * @param rights     KERNEL_READ and so on, KERNEL_DEVICE; 0: unmaps
 */
void kernel_pages_identity(uintptr_t start, uintptr_t end, unsigned rights);
/** Gives the image's sections their rights (over what kernel_pages_identity() said of its memory), and
 * makes the table of stacks. After it machine_root may be loaded. */
void kernel_pages_image(void);

/** The entry of the 4-KiB page at @p address, or of the large page that it is in. NULL: no table. */
uint64_t *kernel_pages_entry(uint64_t *root, uintptr_t address);
/** The first address from @p address on that has a table of pages, or @p end: past holes of any size in as many
 * steps as there are tables. */
uintptr_t kernel_pages_next(uint64_t *root, uintptr_t address, uintptr_t end);
/** As kernel_pages_entry(), and makes the tables that are missing on the way, from frames; not where
 * there are large pages.
 * @param count  is raised by one for each, up to @p most. @return NULL: no memory, or too many */
uint64_t *kernel_pages_make(uint64_t *root, uintptr_t address, uint32_t *count, uint32_t most);

/** Whether the kernel may read the memory (it may still be nobody's), by its own tables. */
bool kernel_readable(uintptr_t address, size_t size);

/** What a walk over all tables finds. */
struct kernel_pages_report {
        uint64_t pages;         /**< leaves, each counted by its 4-KiB pages */
        uint64_t tables;        /**< the root too */
        uint64_t writable_code; /**< pages both writable and executable */
        uint64_t user_kernel;   /**< pages outside the user's addresses that user mode may access */
        uint64_t kernel_user; /**< pages at the user's addresses that only the kernel may access */
        uint64_t executable_devices; /**< pages of devices that may be executed */
        uintptr_t first_bad; /**< address of the first page counted in the last four, 0: none */
};
/** Looks at every page that @p root reaches; nobody changes its tables meanwhile. */
void kernel_pages_check(const uint64_t *root, struct kernel_pages_report *report);

/* Physical pages for stacks, tables and programs (frames.c), 4 KiB each, from RAM that the program did
 * not get. Context: any. */

/** A page, its contents undefined, or 0. */
uintptr_t kernel_frame_take(void);
/** A page of zeros, or 0. */
uintptr_t kernel_frame_take_zeroed(void);
void kernel_frame_give(uintptr_t frame);
/** Gives the allocator its memory, at boot. */
void kernel_frames_init(uintptr_t start, uintptr_t end);
/** How many there are left. */
size_t kernel_frames_free(void);

#endif
