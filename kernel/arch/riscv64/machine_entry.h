/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The bits of a page table's entry, for riscv64 (privileged manual, "Sv39"). A port of the kernel gives
 * the same names in its own machine_entry.h; nothing in it but calculations, so that it is tested on a
 * host. An entry whose machine_entry_present() is false is the kernel's to use: of one whose bit 0 is
 * clear the machine ignores the rest.
 */
#ifndef KERNEL_MACHINE_ENTRY_H
#define KERNEL_MACHINE_ENTRY_H

#include "rights.h"
#include <stdbool.h>
#include <stdint.h>

#define ENTRY_VALID   ((uint64_t)1)
#define ENTRY_READ    ((uint64_t)1 << 1)
#define ENTRY_WRITE   ((uint64_t)1 << 2)
#define ENTRY_EXECUTE ((uint64_t)1 << 3)
#define ENTRY_USER    ((uint64_t)1 << 4)
#define ENTRY_GLOBAL  ((uint64_t)1 << 5)
/* Accessed and dirty: set beforehand, so that no machine has anything to note, or faults for it. */
#define ENTRY_USED ((uint64_t)3 << 6)
/* A bit that the machine leaves to us: that of KERNEL_DEVICE, which the machine knows by the address. */
#define ENTRY_DEVICE         ((uint64_t)1 << 8)
#define ENTRY_PHYSICAL       ((uint64_t)0x003ffffffffffc00)
#define ENTRY_PHYSICAL_SHIFT 2 /* bit 12 of the address is bit 10 of the entry */

/** A page of 4 KiB; rights 0: an entry that is not present. Writable without readable is reserved. */
static inline uint64_t machine_entry_page(uintptr_t physical, unsigned rights)
{
        if (!rights)
                return 0;
        return (uint64_t)physical >> ENTRY_PHYSICAL_SHIFT | ENTRY_VALID | ENTRY_USED |
               (rights & (KERNEL_READ | KERNEL_WRITE) ? ENTRY_READ : 0) |
               (rights & KERNEL_WRITE ? ENTRY_WRITE : 0) |
               (rights & KERNEL_EXECUTE ? ENTRY_EXECUTE : 0) |
               (rights & KERNEL_USER ? ENTRY_USER : ENTRY_GLOBAL) |
               (rights & KERNEL_DEVICE ? ENTRY_DEVICE : 0);
}

/** A page of 2 MiB: a leaf in a table of the level above. */
static inline uint64_t machine_entry_large(uintptr_t physical, unsigned rights)
{
        return machine_entry_page(physical, rights);
}

/** A table; what is below it says what may be done there. */
static inline uint64_t machine_entry_table(uintptr_t physical)
{
        return (uint64_t)physical >> ENTRY_PHYSICAL_SHIFT | ENTRY_VALID;
}

static inline bool machine_entry_present(uint64_t entry)
{
        return entry & ENTRY_VALID;
}

/** Whether an entry that is present, in a table of 1 GiB or 2 MiB, is a table (else it is a large page). */
static inline bool machine_entry_is_table(uint64_t entry)
{
        return !(entry & (ENTRY_READ | ENTRY_WRITE | ENTRY_EXECUTE));
}

/** Where the page or table is. Also from what was a page and has lost its bit 0. */
static inline uintptr_t machine_entry_physical(uint64_t entry)
{
        return (uintptr_t)((entry & ENTRY_PHYSICAL) << ENTRY_PHYSICAL_SHIFT);
}

/** The rights of a page, large or not. */
static inline unsigned machine_entry_rights(uint64_t entry)
{
        return (entry & ENTRY_READ ? KERNEL_READ : 0) | (entry & ENTRY_WRITE ? KERNEL_WRITE : 0) |
               (entry & ENTRY_EXECUTE ? KERNEL_EXECUTE : 0) |
               (entry & ENTRY_USER ? KERNEL_USER : 0) | (entry & ENTRY_DEVICE ? KERNEL_DEVICE : 0);
}

#endif
