/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the machine's own files say to each other: numbers that assembly knows as well, and the
 * functions of each file.
 */
#ifndef KERNEL_ARM_H
#define KERNEL_ARM_H

/* Bytes of the stack that a CPU takes exceptions on that are no interrupts. */
#define TRAP_STACK_SIZE 8192

/* Which exception it is: the number of its vector (Arm ARM D1.3.1). */
#define TRAP_SYNC   0
#define TRAP_IRQ    1
#define TRAP_FIQ    2
#define TRAP_SERROR 3

/* struct kernel_cpu, and its words for entry.S. */
#define CPU_TRAP_STACK 16 /* the upper end of this CPU's */
#define CPU_KEPT_X1    24
#define CPU_KEPT_X2    32
#define CPU_INDEX      80

/* struct trap_frame */
#define FRAME_SP     248
#define FRAME_PC     256
#define FRAME_PSTATE 264
#define FRAME_VECTOR 272
#define FRAME_SIZE   288

/* EL1 with its own stack pointer; debug exceptions and interrupts masked. */
#define PSTATE_EL1H   0x5
#define PSTATE_MASKED 0x3c0

#ifndef __ASSEMBLER__
#include "kernel.h"

/** The registers of what was interrupted by an exception, as entry.S lays them out. */
struct trap_frame {
        uint64_t x[31];
        uint64_t sp, pc, pstate;
        uint64_t
                vector; /**< TRAP_: and 4 times where from: 0 EL1 on SP_EL0, 1 EL1, 2 EL0, 3 its 32 bits */
        uint64_t unused;
};
_Static_assert(offsetof(struct trap_frame, sp) == FRAME_SP, "as entry.S has it");
_Static_assert(offsetof(struct trap_frame, pstate) == FRAME_PSTATE, "as entry.S has it");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "as entry.S has it");
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "as entry.S has it");
_Static_assert(offsetof(struct kernel_cpu, machine) == CPU_TRAP_STACK, "as entry.S has it");

/** Reads and writes a system register. Volatile, and in order with other accesses to memory: what a
 * register's effect needs beyond that (isb, dsb) stands beside each use. */
#define sysreg_read(name)                                                                          \
        __extension__({                                                                            \
                uint64_t value_;                                                                   \
                __asm__ volatile("mrs %0, " name : "=r"(value_) : : "memory");                     \
                value_;                                                                            \
        })
#define sysreg_write(name, value)                                                                  \
        __asm__ volatile("msr " name ", %0" : : "r"((uint64_t)(value)) : "memory")
#define isb()      __asm__ volatile("isb" : : : "memory")
#define dsb(scope) __asm__ volatile("dsb " #scope : : : "memory")

/** A device's registers of 32 bits. The accesses of one CPU to one device stay in order (nGnRnE). */
static inline uint32_t device_read(uintptr_t address)
{
        return *(volatile uint32_t *)address;
}
static inline void device_write(uintptr_t address, uint32_t value)
{
        *(volatile uint32_t *)address = value;
}

struct devicetree;

/* start.c */
extern char trap_stacks[KERNEL_CPUS_MAX][TRAP_STACK_SIZE];
/** This CPU's number among the machine's: the affinity fields of MPIDR_EL1. */
uint64_t cpu_affinity(void);
/** The affinity of each of ours. */
extern uint64_t cpu_affinities[KERNEL_CPUS_MAX];

/* uart.c */
void uart_init(const struct devicetree *tree);

/* clock.c */
void clock_init(const struct devicetree *tree);
/** The timer's interrupt came: no more of it, but for the next tick. */
void clock_taken(void);
/** Which interrupt it is. */
extern uint32_t clock_interrupt;

/* gic.c: interrupt controllers. */
/** The interrupts between CPUs. */
#define GIC_KICK 0
#define GIC_STOP 1
/** What gic_take() answers where nothing is there. */
#define GIC_NONE 1020
/** Finds the controller. On the first CPU. */
void gic_init(const struct devicetree *tree);
/** Enables this CPU's part of it. */
void gic_init_cpu(uint32_t cpu);
/** Begins with the interrupt that is pending; @return its number, GIC_NONE and above: none. */
uint32_t gic_take(uint32_t *token);
/** Its end, so that the next may come. */
void gic_end(uint32_t token);

/* psci.c */
void psci_init(const struct devicetree *tree);
/** Starts a CPU; @return 0, or an error of PSCI's. */
int64_t psci_cpu_on(uint64_t affinity, uintptr_t entry, uintptr_t argument);
/** Turns the machine off, if that can be done. */
void psci_off(void);

/* mmu.c */
/** Loads the kernel's tables: memory, the image's sections, the device tree. Before all that follows. */
void mmu_init(const struct kernel_boot *boot, const struct devicetree *tree);
/** Keeps this CPU, where it can, from using user mode's memory while it is in the kernel. */
void mmu_init_cpu(void);
/** Maps a device's registers. Before the other CPUs start. */
void mmu_map_device(uintptr_t start, uintptr_t size);

/* report.c */
ROTA_NORETURN void trap_report(const struct trap_frame *frame, uint64_t syndrome, uint64_t address);
#endif

#endif
