/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The bits of a page table's entry, for aarch64 (Arm ARM D8.3: VMSAv8-64, 4-KiB granule, 39-bit
 * addresses). The same names as in x86_64's.
 *
 * Memory is inner shareable, write-back; devices are nGnRnE: not gathered, not reordered, no early
 * acknowledgement. The access flag is always set: the machine has nothing to note.
 */
#ifndef KERNEL_MACHINE_ENTRY_H
#define KERNEL_MACHINE_ENTRY_H

#include "rights.h"
#include <stdbool.h>
#include <stdint.h>

#define ENTRY_PRESENT    ((uint64_t)1)
#define ENTRY_PAGE       ((uint64_t)1 << 1) /* a table; in a table of 4 KiB, a page */
#define ENTRY_DEVICE     ((uint64_t)0 << 2) /* which byte of MAIR_EL1, see boot.S */
#define ENTRY_MEMORY     ((uint64_t)1 << 2)
#define ENTRY_USER       ((uint64_t)1 << 6)
#define ENTRY_READ_ONLY  ((uint64_t)1 << 7)
#define ENTRY_SHARED     ((uint64_t)3 << 8) /* inner shareable */
#define ENTRY_ACCESSED   ((uint64_t)1 << 10)
#define ENTRY_NOT_GLOBAL ((uint64_t)1 << 11)
#define ENTRY_NO_KERNEL  ((uint64_t)1 << 53) /* PXN: the kernel does not execute it */
#define ENTRY_NO_USER    ((uint64_t)1 << 54) /* UXN: user mode does not */
#define ENTRY_PHYSICAL   ((uint64_t)0x0000fffffffff000)

/** A page of 2 MiB; rights 0: an entry that is not present. */
static inline uint64_t machine_entry_large(uintptr_t physical, unsigned rights)
{
        uint64_t entry = (uint64_t)physical | ENTRY_PRESENT | ENTRY_ACCESSED;

        if (!rights)
                return 0;
        entry |= rights & KERNEL_DEVICE ? ENTRY_DEVICE : ENTRY_MEMORY | ENTRY_SHARED;
        entry |= rights & KERNEL_WRITE ? 0 : ENTRY_READ_ONLY;
        entry |= rights & KERNEL_USER ? ENTRY_USER | ENTRY_NOT_GLOBAL : 0;
        /* What user mode may execute the kernel may not, and the other way round. */
        if (!(rights & KERNEL_EXECUTE))
                entry |= ENTRY_NO_KERNEL | ENTRY_NO_USER;
        else
                entry |= rights & KERNEL_USER ? ENTRY_NO_KERNEL : ENTRY_NO_USER;
        return entry;
}

/** A page of 4 KiB; rights 0: an entry that is not present. */
static inline uint64_t machine_entry_page(uintptr_t physical, unsigned rights)
{
        return rights ? machine_entry_large(physical, rights) | ENTRY_PAGE : 0;
}

/** A table; what is below it says what may be done there. */
static inline uint64_t machine_entry_table(uintptr_t physical)
{
        return (uint64_t)physical | ENTRY_PRESENT | ENTRY_PAGE;
}

static inline bool machine_entry_present(uint64_t entry)
{
        return entry & ENTRY_PRESENT;
}

/** Whether an entry that is present, in a table of 1 GiB or 2 MiB, is a table (else it is a large page). */
static inline bool machine_entry_is_table(uint64_t entry)
{
        return entry & ENTRY_PAGE;
}

/** Where the page or table is. Also from what was a page and has lost its bit 0. */
static inline uintptr_t machine_entry_physical(uint64_t entry)
{
        return (uintptr_t)(entry & ENTRY_PHYSICAL);
}

/** The rights of a page, large or not. */
static inline unsigned machine_entry_rights(uint64_t entry)
{
        const uint64_t never = ENTRY_NO_KERNEL | ENTRY_NO_USER;

        return KERNEL_READ | (entry & ENTRY_READ_ONLY ? 0 : KERNEL_WRITE) |
               ((entry & never) == never ? 0 : KERNEL_EXECUTE) |
               (entry & ENTRY_USER ? KERNEL_USER : 0) | (entry & ENTRY_MEMORY ? 0 : KERNEL_DEVICE);
}

#endif
