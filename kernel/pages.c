/* SPDX-License-Identifier: MIT */
/* Page tables: the kernel's own, made at boot, and how any are walked. */
#include "pages.h"
#include "kernel.h"
#include "memory.h"

/* Tables that the kernel's own map may take: one for each GiB of what is mapped, and one for each large
 * page that is not the same all over: around the image's sections, and where memory or devices end. */
#define BOOT_TABLES 32

uint64_t machine_root[KERNEL_TABLE_COUNT] __attribute__((aligned(4096)));
static uint64_t boot_tables[BOOT_TABLES][KERNEL_TABLE_COUNT] __attribute__((aligned(4096)));
static uint32_t boot_tables_used;

static uint32_t root_index(uintptr_t address)
{
        return (uint32_t)(address / KERNEL_ROOT_SIZE) % KERNEL_TABLE_COUNT;
}

static uint32_t large_index(uintptr_t address)
{
        return (uint32_t)(address / KERNEL_LARGE_SIZE) % KERNEL_TABLE_COUNT;
}

static uint32_t page_index(uintptr_t address)
{
        return (uint32_t)(address / KERNEL_PAGE_SIZE) % KERNEL_TABLE_COUNT;
}

static uint64_t *table_of(uint64_t entry)
{
        return (uint64_t *)machine_entry_physical(entry);
}

/* Whole, and not before what the entry leads to: the machine may walk there now. Partner: its walks. */
static void set(uint64_t *entry, uint64_t value)
{
        __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *boot_table(void)
{
        if (boot_tables_used == BOOT_TABLES)
                kernel_fatal("the kernel's own map needs more than %u tables", BOOT_TABLES);
        return boot_tables[boot_tables_used++];
}

/* The table of pages at @p address, in which what was a large page is 512 small ones. */
static uint64_t *boot_pages(uint64_t *large)
{
        if (machine_entry_present(*large) && machine_entry_is_table(*large))
                return table_of(*large);
        uint64_t *table = boot_table();
        uintptr_t physical = machine_entry_physical(*large);
        unsigned rights = machine_entry_present(*large) ? machine_entry_rights(*large) : 0;
        for (uint32_t i = 0; i < KERNEL_TABLE_COUNT; i++)
                table[i] = machine_entry_page(physical + i * KERNEL_PAGE_SIZE, rights);
        set(large, machine_entry_table((uintptr_t)table));
        return table;
}

void kernel_pages_identity(uintptr_t start, uintptr_t end, unsigned rights)
{
        if ((start | end) % KERNEL_PAGE_SIZE || start > end || end > KERNEL_STACKS)
                kernel_fatal("no memory to map: %lx to %lx", start, end);
        while (start < end) {
                uint64_t *root = &machine_root[root_index(start)];
                if (!machine_entry_present(*root))
                        set(root, machine_entry_table((uintptr_t)boot_table()));
                uint64_t *large = &table_of(*root)[large_index(start)];
                bool small = machine_entry_present(*large) && machine_entry_is_table(*large);
                if (!small && start % KERNEL_LARGE_SIZE == 0 && end - start >= KERNEL_LARGE_SIZE) {
                        set(large, machine_entry_large(start, rights));
                        start += KERNEL_LARGE_SIZE;
                } else {
                        set(&boot_pages(large)[page_index(start)],
                                machine_entry_page(start, rights));
                        start += KERNEL_PAGE_SIZE;
                }
        }
}

void kernel_pages_image(void)
{
        kernel_pages_identity((uintptr_t)kernel_text_start, (uintptr_t)kernel_text_end,
                KERNEL_READ | KERNEL_EXECUTE);
        kernel_pages_identity(
                (uintptr_t)kernel_rodata_start, (uintptr_t)kernel_rodata_end, KERNEL_READ);
        kernel_pages_identity((uintptr_t)kernel_data_start, (uintptr_t)kernel_image_end,
                KERNEL_READ | KERNEL_WRITE);
        set(&machine_root[root_index(KERNEL_STACKS)],
                machine_entry_table((uintptr_t)kernel_stacks_table()));
}

uint64_t *kernel_pages_entry(uint64_t *root, uintptr_t address)
{
        uint64_t *entry = &root[root_index(address)];

        if (address >= KERNEL_TABLE_COUNT * KERNEL_ROOT_SIZE)
                return NULL;
        uint64_t value = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
        if (!machine_entry_present(value) || !machine_entry_is_table(value))
                return NULL; /* nobody makes pages of 1 GiB */
        entry = &table_of(value)[large_index(address)];
        value = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
        if (!machine_entry_present(value))
                return NULL;
        return machine_entry_is_table(value) ? &table_of(value)[page_index(address)] : entry;
}

uintptr_t kernel_pages_next(uint64_t *root, uintptr_t address, uintptr_t end)
{
        while (address < end && !kernel_pages_entry(root, address)) {
                uint64_t value = __atomic_load_n(&root[root_index(address)], __ATOMIC_ACQUIRE);
                uintptr_t step =
                        machine_entry_present(value) ? KERNEL_LARGE_SIZE : KERNEL_ROOT_SIZE;
                address = (address & ~(step - 1)) + step;
        }
        return address < end ? address : end;
}

/* The table that @p entry leads to; made where there is none. */
static uint64_t *make_table(uint64_t *entry, uint32_t *count, uint32_t most)
{
        if (!machine_entry_present(*entry)) {
                uintptr_t frame = *count < most ? kernel_frame_take_zeroed() : 0;
                if (!frame)
                        return NULL;
                set(entry, machine_entry_table(frame));
                ++*count;
        }
        return table_of(*entry);
}

uint64_t *kernel_pages_make(uint64_t *root, uintptr_t address, uint32_t *count, uint32_t most)
{
        uint64_t *table = make_table(&root[root_index(address)], count, most);

        if (table)
                table = make_table(&table[large_index(address)], count, most);
        return table ? &table[page_index(address)] : NULL;
}

bool kernel_readable(uintptr_t address, size_t size)
{
        if (size > KERNEL_USER_START || address > KERNEL_USER_START - size)
                return false;
        for (uintptr_t at = address & ~(KERNEL_PAGE_SIZE - 1); at < address + size;
                at += KERNEL_PAGE_SIZE) {
                const uint64_t *entry = kernel_pages_entry(machine_root, at);
                if (!entry || !machine_entry_present(*entry) ||
                        (machine_entry_rights(*entry) & KERNEL_DEVICE))
                        return false;
        }
        return true;
}
