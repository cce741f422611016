/* SPDX-License-Identifier: MIT */
/*
 * Stacks in a region of their own behind the identity map, in pages of 4 KiB, each with at least as
 * much unmapped memory below it as it has itself. Page tables for all of it are in the image.
 *
 * A page table entry that is 0 is free; one that belongs to a stack or its gap has USED, and one that
 * did until it was unmapped has STALE: other CPUs may still have the translation cached. At the
 * beginning of a run each CPU forgets what it has cached, and stale entries are free again.
 */
#include "machine.h"
#include "memory.h"
#include "rota_arch.h"
#include "x86.h"

#define PAGE     4096u
#define TABLES   128u /* of 2 MiB each */
#define ENTRIES  (TABLES * 512u)
#define PRESENT  1u
#define WRITABLE 2u
#define USED     0x200u /* bits that the machine leaves to us */
#define STALE    0x400u

extern uint64_t boot_pml4[512];

static uint64_t directory_pointers[512] __attribute__((aligned(PAGE)));
static uint64_t directory[512] __attribute__((aligned(PAGE)));
static uint64_t entries[ENTRIES] __attribute__((aligned(PAGE)));
static uint32_t next; /* where the search begins: addresses are used again as late as may be */
static uint32_t lock;

_Static_assert(MACHINE_STACKS_END - MACHINE_STACKS == (uint64_t)ENTRIES * PAGE, "the region");
_Static_assert(MACHINE_STACKS == (uint64_t)1 << 39, "the second entry of the top table");

static uintptr_t take_lock(void)
{
        uintptr_t flags = rota_arch_irq_save();

        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
                rota_arch_pause();
        return flags;
}

static void give_lock(uintptr_t flags)
{
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        rota_arch_irq_restore(flags);
}

void stacks_init(void)
{
        for (uint32_t i = 0; i < TABLES; i++)
                directory[i] = (uintptr_t)&entries[i * 512] | PRESENT | WRITABLE;
        directory_pointers[0] = (uintptr_t)directory | PRESENT | WRITABLE;
        boot_pml4[1] = (uintptr_t)directory_pointers | PRESENT | WRITABLE;
}

/* The first of @p count free entries in a row, or ENTRIES. */
static uint32_t find(uint32_t count)
{
        uint32_t run = 0;

        for (uint32_t looked = 0; looked < 2 * ENTRIES; looked++) {
                uint32_t at = (next + looked) % ENTRIES;
                if (at == 0)
                        run = 0; /* not around the corner */
                run = entries[at] ? 0 : run + 1;
                if (run == count)
                        return at + 1 - count;
        }
        return ENTRIES;
}

void *machine_stack_reserve(size_t size)
{
        uint32_t pages = (uint32_t)((size + PAGE - 1) / PAGE);
        uint32_t at = ENTRIES;

        if (size == 0 || size > (MACHINE_STACKS_END - MACHINE_STACKS) / 2)
                return NULL;
        uintptr_t flags = take_lock();
        at = find(2 * pages);
        if (at != ENTRIES) {
                for (uint32_t i = 0; i < 2 * pages; i++)
                        entries[at + i] = USED;
                next = (at + 2 * pages) % ENTRIES;
        }
        give_lock(flags);
        return at == ENTRIES ? NULL : (char *)MACHINE_STACKS + (size_t)(at + pages) * PAGE;
}

void machine_stack_back(void *page, uintptr_t memory)
{
        /* What was not there is cached nowhere. */
        entries[((uintptr_t)page - MACHINE_STACKS) / PAGE] = memory | USED | PRESENT | WRITABLE;
}

uintptr_t machine_stack_memory(const void *page)
{
        uint64_t entry = entries[((uintptr_t)page - MACHINE_STACKS) / PAGE];
        return entry & PRESENT ? entry & ~(uint64_t)(PAGE - 1) : 0;
}

void machine_stack_release(void *stack, size_t size)
{
        uint32_t pages = (uint32_t)((size + PAGE - 1) / PAGE);
        uint32_t at = (uint32_t)(((uintptr_t)stack - MACHINE_STACKS) / PAGE) - pages;
        uintptr_t flags = take_lock();

        for (uint32_t i = 0; i < 2 * pages; i++)
                entries[at + i] = STALE;
        for (uint32_t i = 0; i < pages; i++)
                __asm__ volatile("invlpg (%0)" : : "r"((char *)stack + i * PAGE) : "memory");
        give_lock(flags);
}

void machine_stacks_renew(void)
{
        uintptr_t flags = take_lock();

        for (uint32_t i = 0; i < ENTRIES; i++)
                if (entries[i] == STALE)
                        entries[i] = 0;
        give_lock(flags);
}
