/* SPDX-License-Identifier: MIT */
/* The first steps of every CPU in C, how the first one starts the others, and roots of page tables. */
#include "boot_tree.h"
#include "machine.h"
#include "riscv.h"
#include "rota_arch.h"
#include "rota_arch_fpu.h"

/* How long the first hart dozes before it looks again who has come. */
#define LOOK (100 * ROTA_US)

#define SATP_SV39       ((uint64_t)8 << 60)
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  0xffffu

/* boot.S */
extern char boot_other[];
void machine_start(uint64_t hart, const void *blob);
void machine_start_other(struct kernel_cpu *cpu);

_Static_assert(offsetof(struct kernel_cpu, machine) == CPU_MACHINE, "entry.S knows where");
_Static_assert(offsetof(struct kernel_cpu, index) == CPU_INDEX, "boot.S knows where");

static char exception_stacks[KERNEL_CPUS_MAX][1 << EXCEPTION_STACK_SHIFT]
        __attribute__((aligned(16)));
static struct kernel_boot boot;
static uint32_t asids;

static void cpu_init(uint32_t index)
{
        struct kernel_cpu *cpu = &kernel_cpus[index];

        cpu->self = cpu;
        cpu->index = index;
        cpu->machine[CPU_STACK] = (uintptr_t)exception_stacks[index + 1];
}

/* What every CPU does once the tables are there. */
static void cpu_enter(void)
{
        machine_space_load(machine_root, 0, KERNEL_FORGET_SPACES);
        rota_arch_fpu_init_cpu();
        timer_init_cpu();
        ipi_init_cpu();
}

/* How many bits of the mark the harts have: those that stay when all are written. */
static void count_asids(void)
{
        csr_write("satp", csr_read("satp") | (uint64_t)SATP_ASID_MASK << SATP_ASID_SHIFT);
        asids = (uint32_t)(csr_read("satp") >> SATP_ASID_SHIFT & SATP_ASID_MASK) + 1;
        machine_space_load(machine_root, 0, KERNEL_FORGET_SPACES);
}

static void map_memory(void)
{
        for (uint32_t i = 0; i < boot.ram_count; i++)
                kernel_pages_identity(
                        boot.ram[i].start, boot.ram[i].end, KERNEL_READ | KERNEL_WRITE);
        /* The image may be in memory that is said to be reserved. */
        uintptr_t end = boot.image.end + KERNEL_PAGE_SIZE - 1;
        if (boot.image.end)
                kernel_pages_identity(boot.image.start & ~(KERNEL_PAGE_SIZE - 1),
                        end & ~(KERNEL_PAGE_SIZE - 1), KERNEL_READ | KERNEL_WRITE);
        kernel_pages_image();
}

/* The first CPU's beginning, from boot.S. */
void machine_start(uint64_t hart, const void *blob)
{
        struct devicetree tree;

        cpu_init(0);
        kernel_tree_open(&tree, blob);
        devices_init(&tree);
        boot.cpus = harts_init(&tree, hart);
        for (uint32_t i = 1; i < boot.cpus; i++)
                cpu_init(i);
        rota_arch_fpu_setup(harts_have(&tree, "d"), harts_have(&tree, "v"));
        timer_init(&tree);
        ipi_init(&tree, boot.cpus);
        kernel_tree_read(&tree, KERNEL_STACKS, &boot);
        map_memory();
        cpu_enter();
        count_asids();
        kernel_main(&boot);
}

/* Another CPU's beginning, from boot.S. */
void machine_start_other(struct kernel_cpu *cpu)
{
        cpu_enter();
        kernel_cpu_wait(cpu);
}

/* Halted for a moment: under an emulator that runs one CPU at a time the others come on so. */
static void doze(void)
{
        machine_timer_arm(machine_now() + LOOK);
        rota_arch_idle();
}

/* One that has come in beside the first is about to stop (boot_late), and is started when it has. */
static void start_hart(uint32_t cpu)
{
        uint64_t deadline = machine_now() + KERNEL_CPU_PATIENCE;
        long error;

        while ((error = sbi_start_hart(
                        harts_id[cpu], (uintptr_t)boot_other, (uintptr_t)&kernel_cpus[cpu]))) {
                if (machine_now() > deadline)
                        kernel_fatal("CPU %u (hart %lu): the firmware does not start it (%ld)", cpu,
                                harts_id[cpu], error);
                doze();
        }
}

void machine_start_cpus(uint32_t count)
{
        /* All that was stored comes before the firmware's stores that start them. Partner: the fence at
         * boot_other. */
        __asm__ volatile("fence rw, rw" : : : "memory");
        for (uint32_t i = 1; i < count; i++)
                start_hart(i);
        for (uint32_t i = 1; i < count; i++) {
                /* From when the one before it was in: of many on a slow machine each has as long. */
                uint64_t deadline = machine_now() + KERNEL_CPU_PATIENCE;
                while (!kernel_cpu_started(i)) {
                        if (machine_now() > deadline)
                                kernel_fatal("CPU %u (hart %lu) does not start", i, harts_id[i]);
                        doze();
                        /* It may have stopped (boot_late) behind the call that was to start it; to one
                         * that is under way the firmware says so, and no more. */
                        (void)sbi_start_hart(
                                harts_id[i], (uintptr_t)boot_other, (uintptr_t)&kernel_cpus[i]);
                }
        }
        machine_timer_arm(ROTA_NEVER);
}

/* Those that take interrupts, or will: there is none that cannot be masked. */
void machine_stop_others(void)
{
        for (uint32_t i = 0; i < boot.cpus; i++)
                if (i != machine_cpu()->index && kernel_cpu_started(i))
                        machine_kick(i);
}

void machine_space_load(uint64_t *root, uint32_t asid, enum kernel_forget forget)
{
        csr_write("satp",
                SATP_SV39 | (uint64_t)asid << SATP_ASID_SHIFT | (uintptr_t)root / KERNEL_PAGE_SIZE);
        /* Behind the change: what is walked from now on is the new root's. */
        if (forget == KERNEL_FORGET_SPACE)
                __asm__ volatile("sfence.vma zero, %0" : : "r"((uintptr_t)asid) : "memory");
        if (forget == KERNEL_FORGET_SPACES)
                machine_flush_all();
}

uint32_t machine_asids(void)
{
        return asids;
}

uint64_t machine_code_writes;

/* A hart's fence.i says nothing to others (unprivileged manual, "Zifencei"), and to interrupt them for it
 * is not needed: what is executed here is user mode's, and each hart looks before it goes there. */
void machine_code_fetch(void)
{
        /* Partner: machine_code_look(), or whatever else tells a hart that there is something to run. */
        __atomic_fetch_add(&machine_code_writes, 1, __ATOMIC_RELEASE);
}

void machine_code_look(uint64_t writes)
{
        machine_cpu()->machine[MACHINE_CODE_SEEN] = writes;
        /* What was stored before the count that was read is visible here; then the fetches. */
        __asm__ volatile("fence r, rw\n\tfence.i" : : : "memory");
}
