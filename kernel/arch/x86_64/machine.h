/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the kernel asks of a machine, for x86_64. A port of the kernel to another machine gives the
 * same names in its own machine.h.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel.h"

#define MACHINE_NAME "x86_64"
/** RAM below this belongs to the firmware's tables and to the code that other CPUs start in. */
#define MACHINE_RAM_LOW 0x100000u

/** This CPU. The instructions are volatile: a thread may go on elsewhere after any switch. */
static inline struct kernel_cpu *machine_cpu(void)
{
        struct kernel_cpu *cpu;
        __asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
        return cpu;
}

/** This CPU's `active`, in one instruction, so that no switch comes in between. */
static inline struct rota_cpu *machine_rota_cpu(void)
{
        struct rota_cpu *cpu;
        __asm__ volatile("movq %%gs:8, %0" : "=r"(cpu));
        return cpu;
}

_Static_assert(offsetof(struct kernel_cpu, self) == 0, "machine_cpu() reads %gs:0");
_Static_assert(offsetof(struct kernel_cpu, active) == 8, "machine_rota_cpu() reads %gs:8");

/** The time stamp counter's reading at boot, and ns per count as a fraction of 2^32. */
struct machine_clock {
        uint64_t base;
        uint64_t multiplier;
};
extern struct machine_clock machine_clock;

/** ns since boot. The counters of all CPUs run together; lfence keeps the reading from moving up
 * before a load that decides on its order against another CPU's. */
static inline uint64_t machine_now(void)
{
        uint32_t low, high;
        __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
        uint64_t counts = ((uint64_t)high << 32 | low) - machine_clock.base;
        return (uint64_t)((unsigned __int128)counts * machine_clock.multiplier >> 32);
}

/** What one count of the clock is, rounded up. */
static inline uint64_t machine_resolution_ns(void)
{
        return (machine_clock.multiplier + 0xffffffffu) >> 32;
}

/** This CPU's timer from now on: periodic where @p tick_ns is not 0, else one-shot. */
void machine_timer_start(uint64_t tick_ns);
void machine_timer_stop(void);
/** As rota_port_timer_arm(). */
void machine_timer_arm(uint64_t deadline);
/** Sends the reschedule interrupt. */
void machine_kick(uint32_t cpu);

/** Starts CPUs 1 to @p count - 1; they have all reached kernel_cpu_wait() when it returns. */
void machine_start_cpus(uint32_t count);
/** Makes every other CPU halt for ever, whatever it does. */
void machine_stop_others(void);
ROTA_NORETURN void machine_halt(void);
/** Ends the machine with a program's exit code. */
ROTA_NORETURN void machine_exit(int code);

void machine_putc(char c);

/** The top page table @p space, or the kernel's own. */
void machine_space_switch(void *space);

/** Where stacks have their addresses. */
#define MACHINE_STACKS     ((uintptr_t)1 << 39)
#define MACHINE_STACKS_END (MACHINE_STACKS + ((uintptr_t)256 << 20))

/** Addresses for a stack, with as many unmapped ones below; NULL where there are none left. */
void *machine_stack_reserve(size_t size);
/** Puts a page of memory behind one of them. */
void machine_stack_back(void *page, uintptr_t memory);
/** The memory behind one of them, 0: none. */
uintptr_t machine_stack_memory(const void *page);
/** Gives the addresses back; they are used again after the next run's beginning. */
void machine_stack_release(void *stack, size_t size);
/** At a run's beginning, before the other CPUs: each of them then calls machine_space_switch(), which
 * forgets what was cached of addresses given back. */
void machine_stacks_renew(void);

/** Whether memory may be read without a page fault (it may still be nobody's). */
static inline bool machine_readable(uintptr_t address, size_t size)
{
        if (address >= MACHINE_STACKS && address + size <= MACHINE_STACKS_END)
                return machine_stack_memory((const void *)address) &&
                       machine_stack_memory((const void *)(address + size - 1));
        return address >= 4096 && address + size <= 0xc0000000u;
}

#endif
