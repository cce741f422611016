/* SPDX-License-Identifier: MIT */
/*
 * The kernel's map and what protects it (Intel SDM volume 3, chapter 4).
 *
 * The common tables' root is the third level: the fourth has one entry in use. The kernel's own fourth
 * level is boot_pml4; for a space each CPU has two, and writes the one that it does not use before it
 * loads it: it may walk the other at any time. So a space costs no fourth level of its own.
 */
#include "machine.h"
#include "x86.h"

#define DEVICES    0xc0000000u /* from here to 4 GiB a PC has no memory, but registers */
#define MAPPED_END 0x100000000u

#define MSR_EFER  0xc0000080u
#define EFER_NXE  0x800u
#define CR4_PGE   ((uint64_t)1 << 7)
#define CR4_UMIP  ((uint64_t)1 << 11)
#define CR4_PCIDE ((uint64_t)1 << 17)
#define CR4_SMEP  ((uint64_t)1 << 20)
#define CR4_SMAP  ((uint64_t)1 << 21)
#define CR3_KEEP  ((uint64_t)1 << 63) /* what is cached under this identifier stays */
#define PCIDS     4096u

extern uint64_t boot_pml4[KERNEL_TABLE_COUNT];
extern uint32_t boot_efer;

static uint64_t tops[KERNEL_CPUS_MAX][2][KERNEL_TABLE_COUNT] __attribute__((aligned(4096)));
static uint8_t top_used[KERNEL_CPUS_MAX]; /* which of them; each CPU's own */
static bool has_pcid;

struct cpuid {
        uint32_t a, b, c, d;
};

static struct cpuid cpuid(uint32_t leaf)
{
        struct cpuid r;

        __asm__("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
        return r;
}

static uint64_t cr4_read(void)
{
        uint64_t value;

        __asm__ volatile("movq %%cr4, %0" : "=r"(value));
        return value;
}

static void cr4_write(uint64_t value)
{
        __asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

static void cr3_write(uint64_t value)
{
        __asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

void paging_init(void)
{
        if (cpuid(0x80000000).a < 0x80000001 || !(cpuid(0x80000001).d & 1u << 20))
                kernel_fatal("the CPU cannot keep data from being executed");
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
        boot_efer |= EFER_NXE;

        kernel_pages_identity(0, KERNEL_PAGE_SIZE, KERNEL_READ);
        kernel_pages_identity(KERNEL_PAGE_SIZE, DEVICES, KERNEL_READ | KERNEL_WRITE);
        kernel_pages_identity(DEVICES, MAPPED_END, KERNEL_READ | KERNEL_WRITE | KERNEL_DEVICE);
        kernel_pages_image();
        boot_pml4[0] = machine_entry_table((uintptr_t)machine_root);
        cr3_write((uintptr_t)boot_pml4);
}

void paging_forget_null(void)
{
        kernel_pages_identity(0, KERNEL_PAGE_SIZE, 0);
        machine_flush_page(0);
}

void paging_init_cpu(void)
{
        uint64_t cr4 = cr4_read() | CR4_PGE;

        if (cpuid(0).a >= 7) {
                struct cpuid features = cpuid(7);
                cr4 |= features.b & 1u << 7 ? CR4_SMEP : 0;
                cr4 |= features.b & 1u << 20 ? CR4_SMAP : 0;
                cr4 |= features.c & 1u << 2 ? CR4_UMIP : 0;
        }
        /* All CPUs are taken to be alike. */
        has_pcid = cpuid(1).c & 1u << 17;
        cr4 |= has_pcid ? CR4_PCIDE : 0;
        cr4_write(cr4);
}

void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget)
{
        uint64_t top = (uintptr_t)boot_pml4;

        if (root != machine_root) {
                uint32_t cpu = machine_cpu()->index;
                top_used[cpu] ^= 1;
                uint64_t *table = tops[cpu][top_used[cpu]];
                __atomic_store_n(table, machine_entry_table((uintptr_t)root), __ATOMIC_RELEASE);
                top = (uintptr_t)table;
        }
        if (has_pcid)
                top |= asid | (forget == KERNEL_FORGET_NOTHING ? CR3_KEEP : 0);
        cr3_write(top); /* without CR3_KEEP it forgets what it has under this identifier */
        if (forget == KERNEL_FORGET_SPACES && has_pcid)
                machine_flush_all();
}

uint32_t machine_asids(void)
{
        return has_pcid ? PCIDS : 1;
}

/* Pages of the kernel's are global: no load forgets them, but a change of this bit all there are. */
void machine_flush_all(void)
{
        uint64_t cr4 = cr4_read();

        cr4_write(cr4 & ~CR4_PGE);
        cr4_write(cr4);
}
