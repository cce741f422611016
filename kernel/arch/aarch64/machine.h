/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the kernel asks of a machine, for aarch64. A port of the kernel to another machine gives the
 * same names in its own machine.h.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel.h"
#include "machine_calls.h"
#include "pages.h"
#include "rota_arch_user.h"

#define MACHINE_NAME "aarch64"
/** e_machine of programs for it. */
#define MACHINE_ELF 183
/** Bytes that a call puts on the stack. */
#define MACHINE_USER_CALL 0
/** No RAM is the firmware's but what the device tree reserves. */
#define MACHINE_RAM_LOW 0u

/** From what a frame pointer leads to, to the caller's frame pointer and the return address. */
#define MACHINE_FRAME_WORDS 0

/** This CPU. The instructions are volatile: a thread may go on elsewhere after any switch. */
static inline struct kernel_cpu *machine_cpu(void)
{
        struct kernel_cpu *cpu;
        __asm__ volatile("mrs %0, tpidr_el1" : "=r"(cpu));
        return cpu;
}

/** This CPU's `active`. Two instructions: where a switch may come in between, as it may after them, the
 * answer is of a CPU that the caller was on. */
static inline struct rota_cpu *machine_rota_cpu(void)
{
        struct rota_cpu *cpu;
        __asm__ volatile("mrs %0, tpidr_el1\n\tldr %0, [%0, #8]" : "=r"(cpu));
        return cpu;
}

_Static_assert(offsetof(struct kernel_cpu, active) == 8, "machine_rota_cpu() reads it at 8");

/** How the generic timer's counts become ns and back (clock.c). */
struct machine_clock {
        uint64_t multiplier; /**< ns per count as a fraction of 2^32 */
        uint64_t reciprocal; /**< counts per ns as a fraction of 2^64 */
        uint64_t resolution; /**< ns of a count, rounded up */
};
extern struct machine_clock machine_clock;

/** ns since the virtual counter was 0, which is the same on all CPUs (Arm ARM D11.1.2). isb keeps the
 * reading from moving up before a load that decides on its order against another CPU's. */
static inline uint64_t machine_now(void)
{
        uint64_t counts;
        __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(counts) : : "memory");
        return (uint64_t)((unsigned __int128)counts * machine_clock.multiplier >> 32);
}

/** What one count of the clock is, rounded up. */
static inline uint64_t machine_resolution_ns(void)
{
        return machine_clock.resolution;
}

/** Enters user mode and comes back at its next trap, masked: rota_port_user_enter(). */
static inline void machine_user_enter(struct rota_user_frame *frame)
{
        rota_arch_user_enter(frame);
}

/* Page tables (pages.h): what the machine does with them. Their entries' bits: machine_entry.h. */

/** Forgets what is cached of one page of 4 KiB, under the mark in use, and if it is the kernel's. This CPU's. */
static inline void machine_flush_page(uintptr_t address)
{
        /* All marks: only this CPU is asked, and a page is in few of them. The first dsb: the entry's
         * write is done before; the second: the forgetting is; isb: for what this CPU does next. */
        __asm__ volatile("dsb nshst\n\ttlbi vaae1, %0\n\tdsb nsh\n\tisb"
                         :
                         : "r"(address >> 12 & 0xfffffffffffu)
                         : "memory");
}
/** Forgets everything cached, under every mark, the kernel's pages too. This CPU's. */
void machine_flush_all(void);
/** What was written to tables before is seen by every walk that begins later: for entries that become
 * present. Nothing else is to be done then. */
static inline void machine_tables_written(void)
{
        /* Arm ARM D8.2.6: dsb, so that walks of every CPU see it, isb for those of this one that were
         * begun ahead; another CPU takes an address from us by an acquire, behind which its walk is. */
        __asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}
/* Where memory that was written is to be executed: for each page, then once. */

/** Instructions were written there: caches of data give them to where instructions come from. Physical,
 * whole pages. */
void machine_code_written(uintptr_t physical, size_t size);
/** Every CPU fetches from now on what was written before; if not at once, then before it goes on in
 * user mode the next time. */
void machine_code_fetch(void);

#endif
