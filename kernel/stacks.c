/* SPDX-License-Identifier: MIT */
/*
 * Stacks in a region of their own, in pages of 4 KiB, each with at least as much unmapped memory below it
 * as it has itself. Page tables for all of it are in the image.
 *
 * An entry that is 0 is free; USED, or a page, belongs to a stack or its gap, and STALE did until it was
 * unmapped: other CPUs may still have the translation cached. At the beginning of a run each CPU forgets
 * what it has cached, and stale entries are free again.
 */
#include "kernel.h"
#include "lock.h"
#include "machine.h"
#include <world.h>

#define TABLES  ((uint32_t)((KERNEL_STACKS_END - KERNEL_STACKS) / KERNEL_LARGE_SIZE))
#define ENTRIES (TABLES * KERNEL_TABLE_COUNT)
#define USED    2u /* not present: bit 0 is clear */
#define STALE   4u

static uint64_t directory[KERNEL_TABLE_COUNT] __attribute__((aligned(4096)));
static uint64_t entries[ENTRIES] __attribute__((aligned(4096)));
static uint32_t next; /* where the search begins: addresses are used again as late as may be */
static uint32_t lock;

uint64_t *kernel_stacks_table(void)
{
        for (uint32_t i = 0; i < TABLES; i++)
                directory[i] = machine_entry_table((uintptr_t)&entries[i * KERNEL_TABLE_COUNT]);
        return directory;
}

static uint32_t pages_of(size_t size)
{
        return (uint32_t)((size + KERNEL_PAGE_SIZE - 1) / KERNEL_PAGE_SIZE);
}

static uint64_t *entry_of(const void *address)
{
        return &entries[((uintptr_t)address - KERNEL_STACKS) / KERNEL_PAGE_SIZE];
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

/* Addresses for a stack, with as many unmapped ones below; NULL where there are none left. */
static char *reserve(size_t size)
{
        uint32_t pages = pages_of(size);

        if (size == 0 || size > (KERNEL_STACKS_END - KERNEL_STACKS) / 2)
                return NULL;
        uintptr_t flags = kernel_lock(&lock);
        uint32_t at = find(2 * pages);
        if (at != ENTRIES) {
                for (uint32_t i = 0; i < 2 * pages; i++)
                        entries[at + i] = USED;
                next = (at + 2 * pages) % ENTRIES;
        }
        kernel_unlock(&lock, flags);
        return at == ENTRIES ? NULL
                             : (char *)KERNEL_STACKS + (size_t)(at + pages) * KERNEL_PAGE_SIZE;
}

/* Puts a page of memory behind one of them: what was not there is cached nowhere. */
static void back(char *page, uintptr_t frame)
{
        __atomic_store_n(entry_of(page), machine_entry_page(frame, KERNEL_READ | KERNEL_WRITE),
                __ATOMIC_RELEASE); /* partner: walks of the machine */
}

/* The memory behind one of them, 0: none. */
static uintptr_t memory_of(const char *page)
{
        uint64_t entry = *entry_of(page);
        return machine_entry_present(entry) ? machine_entry_physical(entry) : 0;
}

/* Gives the addresses back; they are used again after the next run's beginning. */
static void release(char *stack, size_t size)
{
        uint32_t pages = pages_of(size);
        uintptr_t flags = kernel_lock(&lock);

        for (uint32_t i = 0; i < 2 * pages; i++)
                *(entry_of(stack) - pages + i) = STALE;
        machine_tables_written();
        for (uint32_t i = 0; i < pages; i++)
                machine_flush_page((uintptr_t)stack + i * KERNEL_PAGE_SIZE);
        kernel_unlock(&lock, flags);
}

void kernel_stacks_renew(void)
{
        uintptr_t flags = kernel_lock(&lock);

        for (uint32_t i = 0; i < ENTRIES; i++)
                if (entries[i] == STALE)
                        entries[i] = 0;
        kernel_unlock(&lock, flags);
}

int world_stack_map(size_t size, struct rota_stack *stack)
{
        char *at = reserve(size);

        if (!at)
                return size == 0 ? ROTA_EINVAL : ROTA_ENOSPC;
        *stack = (struct rota_stack){at, (size_t)pages_of(size) * KERNEL_PAGE_SIZE};
        for (size_t i = 0; i < stack->size; i += KERNEL_PAGE_SIZE) {
                uintptr_t frame = kernel_frame_take();
                if (!frame) {
                        world_stack_unmap(stack);
                        return ROTA_ENOSPC;
                }
                back(at + i, frame);
        }
        machine_tables_written();
        return ROTA_OK;
}

void world_stack_unmap(const struct rota_stack *stack)
{
        uintptr_t first = 0;

        /* The addresses first: nothing shows a page that is somebody else's. */
        for (size_t i = 0; i < stack->size; i += KERNEL_PAGE_SIZE) {
                uintptr_t frame = memory_of((char *)stack->memory + i);
                if (frame) {
                        *(uintptr_t *)frame = first;
                        first = frame;
                }
        }
        release(stack->memory, stack->size);
        while (first) {
                uintptr_t frame = first;
                first = *(const uintptr_t *)frame;
                kernel_frame_give(frame);
        }
}

void kernel_home_stack(struct rota_stack *stack, char *memory)
{
        char *at = reserve(KERNEL_STACK_SIZE);

        for (size_t i = 0; at && i < KERNEL_STACK_SIZE; i += KERNEL_PAGE_SIZE)
                back(at + i, (uintptr_t)memory + i);
        machine_tables_written();
        *stack = (struct rota_stack){at ? at : memory, KERNEL_STACK_SIZE};
}
