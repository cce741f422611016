/* SPDX-License-Identifier: MIT */
/*
 * The kernel's way to a program's memory. Not through the program's addresses: each page is looked up in
 * its tables and reached where the kernel has all memory, under the space's lock, so that nobody takes
 * the page out, and gives it to somebody else, in the middle. Nothing here can fault.
 */
#include "lock.h"
#include "memory.h"
#include "space.h"

/* Whether every byte of the range is at an address that a program may have. */
static bool is_user(uintptr_t address, size_t size)
{
        return address >= KERNEL_USER_START && address <= KERNEL_USER_END &&
               size <= KERNEL_USER_END - address;
}

/* Where the kernel has the byte at @p address, whose page has all of @p rights; 0: refused. The lock is held. */
static uintptr_t place_of(struct kernel_space *space, uintptr_t address, unsigned rights)
{
        const uint64_t *entry = kernel_pages_entry(space->root, address);
        uint64_t value = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;

        rights |= KERNEL_USER;
        if (!machine_entry_present(value) || (machine_entry_rights(value) & rights) != rights)
                return 0;
        return machine_entry_physical(value) + address % KERNEL_PAGE_SIZE;
}

/* Copies what lies in one page. */
static bool copy_part(
        struct kernel_space *space, uintptr_t user, char *kernel, size_t size, unsigned right)
{
        uintptr_t flags = kernel_lock(&space->lock);
        uintptr_t place = place_of(space, user, right);

        if (place && right == KERNEL_WRITE)
                memcpy((void *)place, kernel, size);
        else if (place)
                memcpy(kernel, (const void *)place, size);
        kernel_unlock(&space->lock, flags);
        return place != 0;
}

static int copy(
        struct kernel_space *space, uintptr_t user, char *kernel, size_t size, unsigned right)
{
        if (!is_user(user, size))
                return ROTA_EINVAL;
        while (size > 0) {
                size_t part = KERNEL_PAGE_SIZE - user % KERNEL_PAGE_SIZE;
                part = part < size ? part : size;
                if (!copy_part(space, user, kernel, part, right))
                        return ROTA_EINVAL;
                user += part;
                kernel += part;
                size -= part;
        }
        return ROTA_OK;
}

int kernel_copy_to_user(struct kernel_space *space, uintptr_t to, const void *from, size_t size)
{
        return copy(space, to, (char *)(uintptr_t)from, size, KERNEL_WRITE);
}

int kernel_copy_from_user(struct kernel_space *space, void *to, uintptr_t from, size_t size)
{
        return copy(space, from, to, size, KERNEL_READ);
}

int kernel_load_user_word(struct kernel_space *space, uintptr_t address, uint32_t *value)
{
        if (address % sizeof(*value) || !is_user(address, sizeof(*value)))
                return ROTA_EINVAL;
        uintptr_t flags = kernel_lock(&space->lock);
        uintptr_t place = place_of(space, address, KERNEL_READ);
        /* Partner: whatever the program orders its own stores by. */
        if (place)
                *value = __atomic_load_n((const uint32_t *)place, __ATOMIC_SEQ_CST);
        kernel_unlock(&space->lock, flags);
        return place ? ROTA_OK : ROTA_EINVAL;
}
