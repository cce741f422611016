/* SPDX-License-Identifier: MIT */
/* What a walk over all of a root's tables finds: whether the rules of pages.h are kept. */
#include "memory.h"
#include "pages.h"

/* @p pages pages from @p address on, all of one entry. */
static void look(
        struct kernel_pages_report *report, uint64_t entry, uintptr_t address, uint64_t pages)
{
        unsigned rights = machine_entry_rights(entry);
        bool user = address >= KERNEL_USER_START && address < KERNEL_USER_END;
        bool code = rights & KERNEL_EXECUTE, bad = false;

        report->pages += pages;
        if (code && (rights & KERNEL_WRITE)) {
                report->writable_code += pages;
                bad = true;
        }
        if (code && (rights & KERNEL_DEVICE)) {
                report->executable_devices += pages;
                bad = true;
        }
        if (!user && (rights & KERNEL_USER)) {
                report->user_kernel += pages;
                bad = true;
        }
        if (user && !(rights & KERNEL_USER)) {
                report->kernel_user += pages;
                bad = true;
        }
        if (bad && !report->first_bad)
                report->first_bad = address;
}

/* A table of which each entry covers @p span, 4 KiB at the lowest level. */
static void walk(struct kernel_pages_report *report, const uint64_t *table, uintptr_t address,
        uintptr_t span)
{
        report->tables++;
        for (uint32_t i = 0; i < KERNEL_TABLE_COUNT; i++, address += span) {
                uint64_t entry = table[i];
                if (!machine_entry_present(entry))
                        continue;
                if (span == KERNEL_PAGE_SIZE || !machine_entry_is_table(entry))
                        look(report, entry, address, span / KERNEL_PAGE_SIZE);
                else
                        walk(report, (const uint64_t *)machine_entry_physical(entry), address,
                                span / KERNEL_TABLE_COUNT);
        }
}

void kernel_pages_check(const uint64_t *root, struct kernel_pages_report *report)
{
        memset(report, 0, sizeof(*report));
        walk(report, root, 0, KERNEL_ROOT_SIZE);
}
