/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the kernel asks of a machine, for x86_64. A port of the kernel to another machine gives the
 * same names in its own machine.h.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel.h"
#include "machine_calls.h"
#include "pages.h"
#include "rota_arch_user.h"

#define MACHINE_NAME "x86_64"
/** RAM below this belongs to the firmware's tables and to the code that other CPUs start in. */
#define MACHINE_RAM_LOW 0x100000u

/** From what a frame pointer leads to, to the caller's frame pointer and the return address. */
#define MACHINE_FRAME_WORDS 0
/** e_machine of programs for it. */
#define MACHINE_ELF 62
/** Bytes that a call puts on the stack: where a function begins the stack is so much off a multiple of 16. */
#define MACHINE_USER_CALL 8

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
_Static_assert(offsetof(struct kernel_cpu, machine) == 16, "entry.S reads %gs:16 and %gs:24");
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

/** Enters user mode and comes back at its next trap, masked: rota_port_user_enter(). */
static inline void machine_user_enter(struct rota_user_frame *frame)
{
        /* The second word is the address of TSS.rsp0. */
        rota_arch_user_enter(frame, (void *)machine_cpu()->machine[1]);
}

/* Page tables (pages.h): what the machine does with them. Their entries' bits: machine_entry.h. */

/** Forgets what is cached of one page of 4 KiB, under the mark in use, and if it is the kernel's. This CPU's. */
static inline void machine_flush_page(uintptr_t address)
{
        __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}
/** Forgets everything cached, under every mark, the kernel's pages too. This CPU's. */
void machine_flush_all(void);
/** What was written to tables before is seen by every walk that begins later: for entries that become
 * present. Nothing else is to be done then. */
static inline void machine_tables_written(void)
{
        __asm__ volatile("" : : : "memory"); /* stores and walks are in order */
}
/* Where memory that was written is to be executed: for each page, then once. */

/** Instructions were written there: caches of data give them to where instructions come from. Physical,
 * whole pages. */
static inline void machine_code_written(uintptr_t physical, size_t size)
{
        (void)physical; /* the machine sees to it */
        (void)size;
}
/** Every CPU fetches from now on what was written before; if not at once, then before it goes on in
 * user mode the next time. */
static inline void machine_code_fetch(void)
{
}

#endif
