/* SPDX-License-Identifier: MIT */
/*
 * Programs' address spaces.
 *
 * The lock is held for a batch of entries at a time. An entry that is not present says more:
 * - RESERVED: map() has it and will put a page there. Nobody else writes it.
 * - a page without bit 0, LEAVING: unmap() has it, and gives the page back when no CPU can have it cached.
 * Tables are never taken out of a space, so an entry once found stays where it is.
 */
#include "space.h"
#include "flush.h"
#include "kernel.h"
#include "lock.h"
#include "machine.h"
#include "memory.h"

#define RESERVED ((uint64_t)2)
#define PRESENT  ((uint64_t)1)
#define BATCH    128u

static bool is_range(uintptr_t address, size_t size)
{
        return (address | size) % KERNEL_PAGE_SIZE == 0 && size > 0 &&
               address >= KERNEL_USER_START && address < KERNEL_USER_END &&
               size <= KERNEL_USER_END - address;
}

static bool is_rights(unsigned rights)
{
        return rights && !(rights & ~(unsigned)(KERNEL_READ | KERNEL_WRITE | KERNEL_EXECUTE)) &&
               (rights & (KERNEL_WRITE | KERNEL_EXECUTE)) != (KERNEL_WRITE | KERNEL_EXECUTE);
}

/* Whole; the machine may walk there at any time, and others read without the lock. */
static void set(uint64_t *entry, uint64_t value)
{
        __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t get(const uint64_t *entry)
{
        return entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0; /* partner: set() */
}

static bool is_leaving(uint64_t entry)
{
        return entry && entry != RESERVED && !machine_entry_present(entry);
}

/* The end of the batch that begins at @p at. */
static uintptr_t batch_end(uintptr_t at, uintptr_t end)
{
        return end - at > BATCH * KERNEL_PAGE_SIZE ? at + BATCH * KERNEL_PAGE_SIZE : end;
}

int kernel_space_create(struct kernel_space *space, uint32_t pages_max)
{
        if (pages_max == 0)
                return ROTA_EINVAL;
        uintptr_t frame = kernel_frame_take();
        if (!frame)
                return ROTA_ENOSPC;
        uint64_t *root = (uint64_t *)frame;
        uint32_t own = KERNEL_USER_START / KERNEL_ROOT_SIZE;
        memcpy(root, machine_root, own * sizeof(*root));
        memset(root + own, 0, KERNEL_PAGE_SIZE - own * sizeof(*root));
        machine_tables_written();
        *space = (struct kernel_space){.root = root,
                .changes = 1,
                .stale = UINT64_MAX, /* so that walks of the first load see all this */
                .pages = 1,
                .pages_max = pages_max};
        return ROTA_OK;
}

/* Gives back what a table has below it, and itself. */
static void give_table(uint64_t *table, uint32_t from, uint32_t to, unsigned levels)
{
        for (uint32_t i = from; i < to; i++) {
                uint64_t entry = table[i];
                if (!machine_entry_present(entry))
                        continue;
                if (levels > 1)
                        give_table((uint64_t *)machine_entry_physical(entry), 0, KERNEL_TABLE_COUNT,
                                levels - 1);
                else
                        kernel_frame_give(machine_entry_physical(entry));
        }
        kernel_frame_give((uintptr_t)table);
}

int kernel_space_destroy(struct kernel_space *space)
{
        if (kernel_space_loaded(space))
                return ROTA_EBUSY;
        give_table(space->root, KERNEL_USER_START / KERNEL_ROOT_SIZE,
                KERNEL_USER_END / KERNEL_ROOT_SIZE, 3);
        space->root = NULL;
        return ROTA_OK;
}

/* Makes an entry RESERVED that is free. The lock is held. */
static int reserve_page(struct kernel_space *space, uintptr_t address)
{
        uint64_t *entry = kernel_pages_make(space->root, address, &space->pages, space->pages_max);

        if (!entry || (!*entry && space->pages == space->pages_max))
                return ROTA_ENOSPC;
        if (*entry)
                return ROTA_EBUSY;
        set(entry, RESERVED);
        space->pages++;
        return ROTA_OK;
}

/* @return where it stopped, the code into @p result */
static uintptr_t reserve(struct kernel_space *space, uintptr_t start, uintptr_t end, int *result)
{
        uintptr_t at = start;
        uintptr_t flags = kernel_lock(&space->lock);

        while (at < end && (*result = reserve_page(space, at)) == ROTA_OK)
                at += KERNEL_PAGE_SIZE;
        kernel_unlock(&space->lock, flags);
        return at;
}

/* Takes back what this map() has done: pages that nobody was told of. A thread of the program may have
 * touched them, so it is an unmap(); what is RESERVED is ours. */
static void take_back(struct kernel_space *space, uintptr_t start, uintptr_t filled, uintptr_t end)
{
        for (uintptr_t at = filled; at < end; at += KERNEL_PAGE_SIZE) {
                uintptr_t flags = kernel_lock(&space->lock);
                set(kernel_pages_entry(space->root, at), 0);
                space->pages--;
                kernel_unlock(&space->lock, flags);
        }
        if (filled > start)
                kernel_space_unmap(space, start, filled - start);
}

int kernel_space_map(struct kernel_space *space, uintptr_t address, size_t size, unsigned rights)
{
        uintptr_t end = address + size, at = address;
        int result = ROTA_OK;

        if (!is_range(address, size) || !is_rights(rights))
                return ROTA_EINVAL;
        while (at < end && result == ROTA_OK)
                at = reserve(space, at, batch_end(at, end), &result);
        uintptr_t filled = address;
        for (; result == ROTA_OK && filled < end; filled += KERNEL_PAGE_SIZE) {
                uintptr_t frame = kernel_frame_take_zeroed();
                if (!frame) {
                        result = ROTA_ENOSPC;
                        break;
                }
                set(kernel_pages_entry(space->root, filled),
                        machine_entry_page(frame, rights | KERNEL_USER));
        }
        machine_tables_written();
        if (result != ROTA_OK)
                take_back(space, address, filled, at);
        return result;
}

/* What one batch of an unmap() has taken out. */
struct leaving {
        uint64_t *entry[BATCH];
        uint32_t count;
        bool stale; /* something may be cached, if only what others take out */
};

static void take_out(
        struct kernel_space *space, uintptr_t start, uintptr_t end, struct leaving *leaving)
{
        uintptr_t flags = kernel_lock(&space->lock);

        leaving->count = 0;
        leaving->stale = false;
        for (uintptr_t at = start; at < end; at += KERNEL_PAGE_SIZE) {
                uint64_t *entry = kernel_pages_entry(space->root, at);
                uint64_t value = get(entry);
                if (machine_entry_present(value)) {
                        set(entry, value & ~PRESENT);
                        leaving->entry[leaving->count++] = entry;
                }
                leaving->stale |= machine_entry_present(value) || is_leaving(value);
        }
        kernel_unlock(&space->lock, flags);
}

static void give_back(struct kernel_space *space, const struct leaving *leaving)
{
        for (uint32_t i = 0; i < leaving->count; i++)
                kernel_frame_give(machine_entry_physical(*leaving->entry[i]));
        uintptr_t flags = kernel_lock(&space->lock);
        for (uint32_t i = 0; i < leaving->count; i++)
                set(leaving->entry[i], 0);
        space->pages -= leaving->count;
        kernel_unlock(&space->lock, flags);
}

int kernel_space_unmap(struct kernel_space *space, uintptr_t address, size_t size)
{
        struct leaving leaving;

        if (!is_range(address, size))
                return ROTA_EINVAL;
        uintptr_t end = address + size;
        uintptr_t at = kernel_pages_next(space->root, address, end);
        while (at < end) {
                uintptr_t stop = batch_end(at, end);
                take_out(space, at, stop, &leaving);
                if (leaving.stale)
                        kernel_space_flush(space);
                give_back(space, &leaving);
                at = kernel_pages_next(space->root, stop, end);
        }
        return ROTA_OK;
}

/* Gives the pages of a batch their rights; 0: only looks whether all are there. */
static bool change(struct kernel_space *space, uintptr_t start, uintptr_t end, unsigned rights)
{
        bool all = true;
        uintptr_t flags = kernel_lock(&space->lock);

        for (uintptr_t at = start; at < end; at += KERNEL_PAGE_SIZE) {
                uint64_t *entry = kernel_pages_entry(space->root, at);
                uint64_t value = get(entry);
                if (!machine_entry_present(value)) {
                        all = false;
                } else if (rights) {
                        uintptr_t frame = machine_entry_physical(value);
                        if (rights & KERNEL_EXECUTE)
                                machine_code_written(frame, KERNEL_PAGE_SIZE);
                        set(entry, machine_entry_page(frame, rights | KERNEL_USER));
                }
        }
        kernel_unlock(&space->lock, flags);
        return all;
}

int kernel_space_protect(
        struct kernel_space *space, uintptr_t address, size_t size, unsigned rights)
{
        uintptr_t end = address + size;
        bool all = true;

        if (!is_range(address, size) || !is_rights(rights))
                return ROTA_EINVAL;
        for (uintptr_t at = address; at < end && all; at = batch_end(at, end))
                all = change(space, at, batch_end(at, end), 0);
        if (!all)
                return ROTA_EINVAL;
        for (uintptr_t at = address; at < end; at = batch_end(at, end))
                all &= change(space, at, batch_end(at, end), rights);
        kernel_space_flush(space);
        if (rights & KERNEL_EXECUTE)
                machine_code_fetch();
        return all ? ROTA_OK : ROTA_EINVAL;
}
