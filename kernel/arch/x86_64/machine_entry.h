/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The bits of a page table's entry, for x86_64 (Intel SDM volume 3, 4.5: 4-level paging). A port of the
 * kernel gives the same names in its own machine_entry.h; nothing in it but calculations, so that it
 * is tested on a host. An entry whose machine_entry_present() is false is the kernel's to use; the
 * kernel takes it that this is one whose bit 0 is clear.
 */
#ifndef KERNEL_MACHINE_ENTRY_H
#define KERNEL_MACHINE_ENTRY_H

#include "rights.h"
#include <stdbool.h>
#include <stdint.h>

#define ENTRY_PRESENT  ((uint64_t)1)
#define ENTRY_WRITABLE ((uint64_t)1 << 1)
#define ENTRY_USER     ((uint64_t)1 << 2)
#define ENTRY_UNCACHED                                                                             \
        ((uint64_t)3 << 3) /* write-through and cache-disable: entry 3 of the PAT, UC */
#define ENTRY_USED       ((uint64_t)3 << 5) /* accessed and dirty: the machine has nothing to note */
#define ENTRY_LARGE      ((uint64_t)1 << 7)
#define ENTRY_GLOBAL     ((uint64_t)1 << 8)
#define ENTRY_NO_EXECUTE ((uint64_t)1 << 63)
#define ENTRY_PHYSICAL   ((uint64_t)0x000ffffffffff000)

/** A page of 4 KiB; rights 0: an entry that is not present. */
static inline uint64_t machine_entry_page(uintptr_t physical, unsigned rights)
{
        if (!rights)
                return 0;
        return (uint64_t)physical | ENTRY_PRESENT | ENTRY_USED |
               (rights & KERNEL_WRITE ? ENTRY_WRITABLE : 0) |
               (rights & KERNEL_EXECUTE ? 0 : ENTRY_NO_EXECUTE) |
               (rights & KERNEL_USER ? ENTRY_USER : ENTRY_GLOBAL) |
               (rights & KERNEL_DEVICE ? ENTRY_UNCACHED : 0);
}

/** A page of 2 MiB. */
static inline uint64_t machine_entry_large(uintptr_t physical, unsigned rights)
{
        return rights ? machine_entry_page(physical, rights) | ENTRY_LARGE : 0;
}

/** A table; what is below it says what may be done there. */
static inline uint64_t machine_entry_table(uintptr_t physical)
{
        return (uint64_t)physical | ENTRY_PRESENT | ENTRY_WRITABLE | ENTRY_USER;
}

static inline bool machine_entry_present(uint64_t entry)
{
        return entry & ENTRY_PRESENT;
}

/** Whether an entry that is present, in a table of 1 GiB or 2 MiB, is a table (else it is a large page). */
static inline bool machine_entry_is_table(uint64_t entry)
{
        return !(entry & ENTRY_LARGE);
}

/** Where the page or table is. Also from what was a page and has lost its bit 0. */
static inline uintptr_t machine_entry_physical(uint64_t entry)
{
        return (uintptr_t)(entry & ENTRY_PHYSICAL);
}

/** The rights of a page, large or not. */
static inline unsigned machine_entry_rights(uint64_t entry)
{
        return KERNEL_READ | (entry & ENTRY_WRITABLE ? KERNEL_WRITE : 0) |
               (entry & ENTRY_NO_EXECUTE ? 0 : KERNEL_EXECUTE) |
               (entry & ENTRY_USER ? KERNEL_USER : 0) |
               (entry & ENTRY_UNCACHED ? KERNEL_DEVICE : 0);
}

#endif
