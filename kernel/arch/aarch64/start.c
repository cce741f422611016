/* SPDX-License-Identifier: MIT */
/* The first steps of every CPU in C, and how the first one starts the others. */
#include "arm.h"
#include "boot_tree.h"
#include "machine.h"
#include "memory.h"
#include "rota_arch.h"
#include "rota_arch_fpu.h"

#define AFFINITY 0xff00ffffffu /* in MPIDR_EL1 */

_Static_assert(offsetof(struct kernel_cpu, index) == CPU_INDEX, "boot.S reads it there");

/* Whose upper ends boot.S puts where entry.S finds them. */
char trap_stacks[KERNEL_CPUS_MAX][TRAP_STACK_SIZE] __attribute__((aligned(16)));

uint64_t cpu_affinities[KERNEL_CPUS_MAX];

/* boot.S */
extern char boot_other[];
ROTA_NORETURN void machine_start(const void *tree);
ROTA_NORETURN void machine_start_other(struct kernel_cpu *cpu);

static struct kernel_boot boot;

uint64_t cpu_affinity(void)
{
        return sysreg_read("mpidr_el1") & AFFINITY;
}

/* Those that firmware can start. */
static uint32_t find_cpus(const struct devicetree *tree)
{
        uint32_t count = 1;
        uint64_t affinity;

        cpu_affinities[0] = cpu_affinity();
        for (uint32_t node = DEVICETREE_NONE;
                (node = devicetree_cpu(tree, node)) != DEVICETREE_NONE;) {
                const char *method = devicetree_string(tree, node, "enable-method", 0);
                if (!method)
                        method = devicetree_string(
                                tree, devicetree_parent(tree, node), "enable-method", 0);
                if (count < KERNEL_CPUS_MAX && devicetree_enabled(tree, node) && method &&
                        memcmp(method, "psci", 5) == 0 && devicetree_id(tree, node, 0, &affinity) &&
                        affinity != cpu_affinities[0])
                        cpu_affinities[count++] = affinity & AFFINITY;
        }
        return count;
}

/* The first CPU's beginning, from boot.S. */
void machine_start(const void *blob)
{
        struct devicetree tree;
        struct kernel_cpu *cpu = &kernel_cpus[0];

        cpu->self = cpu;
        kernel_tree_open(&tree, blob);
        kernel_tree_read(&tree, KERNEL_STACKS, &boot);
        mmu_init(&boot, &tree);
        uart_init(&tree);
        clock_init(&tree);
        psci_init(&tree);
        gic_init(&tree);
        mmu_init_cpu();
        gic_init_cpu(0);
        rota_arch_fpu_init_cpu();
        boot.cpus = find_cpus(&tree);
        kernel_main(&boot);
}

/* Another CPU's beginning, from boot.S. */
void machine_start_other(struct kernel_cpu *cpu)
{
        mmu_init_cpu();
        gic_init_cpu(cpu->index);
        rota_arch_fpu_init_cpu();
        kernel_cpu_wait(cpu);
}

void machine_start_cpus(uint32_t count)
{
        for (uint32_t i = 1; i < count; i++) {
                struct kernel_cpu *cpu = &kernel_cpus[i];
                cpu->self = cpu;
                cpu->index = i;
                int64_t error =
                        psci_cpu_on(cpu_affinities[i], (uintptr_t)boot_other, (uintptr_t)cpu);
                if (error)
                        kernel_fatal("CPU %u (%lx) does not start: PSCI answers %ld", i,
                                cpu_affinities[i], error);
        }
        kernel_cpus_await(count);
}
