/* SPDX-License-Identifier: MIT */
/* Loading of page tables, and what caches have of them and of code. */
#include "arm.h"
#include "devicetree.h"
#include "machine.h"

void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget)
{
        /* The root's entries, and those below, were written by this CPU before, or by another one whose
         * release this one has acquired (the queue's lock); walks see them by the dsb of
         * machine_tables_written() there. */
        sysreg_write("ttbr0_el1", (uint64_t)(uintptr_t)root | (uint64_t)asid << 48);
        isb(); /* from here on by the new one, and not some accesses still by the old */
        if (forget == KERNEL_FORGET_NOTHING)
                return;
        if (forget == KERNEL_FORGET_SPACE)
                __asm__ volatile("tlbi aside1, %0" : : "r"((uint64_t)asid << 48) : "memory");
        else
                __asm__ volatile("tlbi vmalle1" : : : "memory");
        dsb(nsh); /* forgotten */
        isb();    /* for what this CPU has begun ahead, too */
}

uint32_t machine_asids(void)
{
        return (sysreg_read("id_aa64mmfr0_el1") >> 4 & 15) == 2 ? 65536 : 256;
}

void machine_flush_all(void)
{
        dsb(nshst); /* entries that were written before */
        __asm__ volatile("tlbi vmalle1" : : : "memory");
        dsb(nsh);
        isb();
}

/* Arm ARM B2.4.4: what was written is cleaned to where instructions are read from, dsb; what was fetched
 * is forgotten, dsb: both by all CPUs. Each then passes a context synchronisation before it executes
 * there: the exception return to user mode. */
void machine_code_written(uintptr_t physical, size_t size)
{
        size_t line = (size_t)4 << (sysreg_read("ctr_el0") >> 16 & 15);

        for (size_t i = 0; i < size; i += line)
                __asm__ volatile("dc cvau, %0" : : "r"(physical + i) : "memory");
}

void machine_code_fetch(void)
{
        dsb(ish);
        /* All of it: a cache that is indexed by virtual addresses knows the page by the program's. */
        __asm__ volatile("ic ialluis" : : : "memory");
        dsb(ish);
        isb();
}

static void map(uintptr_t start, uintptr_t end, unsigned rights)
{
        const uintptr_t mask = KERNEL_PAGE_SIZE - 1;

        kernel_pages_identity(start & ~mask, (end + mask) & ~mask, rights);
}

void mmu_init(const struct kernel_boot *boot, const struct devicetree *tree)
{
        /* Neither need be in memory that is free. */
        map((uintptr_t)tree->blob, (uintptr_t)tree->blob + tree->size, KERNEL_READ);
        map(boot->image.start, boot->image.end, KERNEL_READ | KERNEL_WRITE);
        for (uint32_t i = 0; i < boot->ram_count; i++)
                map(boot->ram[i].start, boot->ram[i].end, KERNEL_READ | KERNEL_WRITE);
        kernel_pages_image();
        machine_tables_written();
        machine_space_load(machine_root, 0, KERNEL_FORGET_SPACES);
}

void mmu_init_cpu(void)
{
        const uint64_t keep_pan =
                1 << 23; /* SCTLR_EL1.SPAN: an exception leaves PSTATE.PAN as it is */

        if ((sysreg_read("id_aa64mmfr1_el1") >> 20 & 15) == 0)
                return;
        sysreg_write("sctlr_el1", sysreg_read("sctlr_el1") & ~keep_pan);
        isb();
        __asm__ volatile(".inst 0xd500419f" : : : "memory"); /* msr pan, #1, from ARMv8.1 on */
}

void mmu_map_device(uintptr_t start, uintptr_t size)
{
        map(start, start + size, KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
        machine_tables_written(); /* nothing was there before: nothing is cached */
}
