/* SPDX-License-Identifier: MIT */
/* Frames are pieces of the heap: AddressSanitizer sees who uses one that was given back. */
#include "tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kernel_cpu kernel_cpus[KERNEL_CPUS_MAX];
struct tables_cpu tables_cpus[TABLES_CPUS];
int64_t tables_frames_left, tables_frames_out;
uint32_t tables_asids, tables_fetches, tables_written;
bool tables_threads;
static _Thread_local uint32_t self;

void tables_reset(void)
{
        memset(kernel_cpus, 0, sizeof(kernel_cpus));
        memset(tables_cpus, 0, sizeof(tables_cpus));
        for (uint32_t i = 0; i < KERNEL_CPUS_MAX; i++)
                kernel_cpus[i].index = i;
        for (uint32_t i = 0; i < TABLES_CPUS; i++)
                tables_cpus[i].root = machine_root;
        tables_frames_left = INT64_MAX;
        tables_frames_out = 0;
        tables_asids = TABLES_ASIDS;
        tables_threads = false;
        tables_fetches = tables_written = 0;
        self = 0;
}

void tables_be(uint32_t cpu)
{
        self = cpu;
}

struct kernel_cpu *machine_cpu(void)
{
        return &kernel_cpus[self];
}

void machine_kick(uint32_t cpu)
{
        uint32_t caller = self;

        if (tables_threads) {
                __atomic_store_n(&tables_cpus[cpu].kicked, true, __ATOMIC_RELEASE);
                return;
        }
        self = cpu;
        kernel_space_kicked();
        self = caller;
}

void tables_interrupts(void)
{
        if (__atomic_exchange_n(&tables_cpus[self].kicked, false, __ATOMIC_ACQUIRE))
                kernel_space_kicked();
}

void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget)
{
        struct tables_cpu *cpu = &tables_cpus[self];

        cpu->root = root;
        cpu->asid = asid;
        for (uint32_t i = 0; i < TABLES_CACHED; i++)
                if (forget == KERNEL_FORGET_SPACES ||
                        (forget == KERNEL_FORGET_SPACE && cpu->cached[i].asid == asid))
                        cpu->cached[i].entry = 0;
}

uint32_t machine_asids(void)
{
        return tables_asids;
}

void machine_tables_written(void)
{
}

void machine_code_written(uintptr_t physical, size_t size)
{
        (void)physical;
        tables_written += (uint32_t)(size / KERNEL_PAGE_SIZE);
}

void machine_code_fetch(void)
{
        tables_fetches++;
}

uint64_t tables_access(uintptr_t address)
{
        struct tables_cpu *cpu = &tables_cpus[self];
        uintptr_t page = address & ~(KERNEL_PAGE_SIZE - 1);

        for (uint32_t i = 0; i < TABLES_CACHED; i++) {
                const struct tables_cached *cached = &cpu->cached[i];
                if (cached->entry && cached->asid == cpu->asid && cached->page == page)
                        return cached->entry;
        }
        const uint64_t *entry = kernel_pages_entry(cpu->root, address);
        uint64_t value = entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : 0;
        if (!machine_entry_present(value))
                return 0;
        cpu->cached[cpu->next++ % TABLES_CACHED] = (struct tables_cached){cpu->asid, page, value};
        return value;
}

uintptr_t kernel_frame_take(void)
{
        if (__atomic_fetch_sub(&tables_frames_left, 1, __ATOMIC_RELAXED) <= 0) {
                __atomic_fetch_add(&tables_frames_left, 1, __ATOMIC_RELAXED);
                return 0;
        }
        void *frame = aligned_alloc(KERNEL_PAGE_SIZE, KERNEL_PAGE_SIZE);
        if (!frame)
                abort();
        memset(frame, 0xa5, KERNEL_PAGE_SIZE);
        __atomic_fetch_add(&tables_frames_out, 1, __ATOMIC_RELAXED);
        return (uintptr_t)frame;
}

uintptr_t kernel_frame_take_zeroed(void)
{
        uintptr_t frame = kernel_frame_take();

        if (frame)
                memset((void *)frame, 0, KERNEL_PAGE_SIZE);
        return frame;
}

void kernel_frame_give(uintptr_t frame)
{
        memset((void *)frame, 0xee, KERNEL_PAGE_SIZE);
        free((void *)frame);
        __atomic_fetch_add(&tables_frames_left, 1, __ATOMIC_RELAXED);
        __atomic_fetch_sub(&tables_frames_out, 1, __ATOMIC_RELAXED);
}

uint64_t *kernel_stacks_table(void)
{
        static uint64_t table[KERNEL_TABLE_COUNT] __attribute__((aligned(4096)));
        return table;
}

void kernel_fatal(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        abort();
}
