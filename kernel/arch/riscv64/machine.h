/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What the kernel asks of a machine, for riscv64: the same names as kernel/arch/x86_64/machine.h, which
 * says what each promises.
 *
 * In the kernel gp is this CPU (so nothing is linked relative to it), and tp is left to the task.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include "kernel.h"
#include "machine_calls.h"
#include "pages.h"
#include "rota_arch_user.h"

#define MACHINE_NAME "riscv64"
/** e_machine of programs for it. */
#define MACHINE_ELF 243
/** Bytes that a call puts on the stack. */
#define MACHINE_USER_CALL 0
/** No RAM that is not reserved belongs to the firmware. */
#define MACHINE_RAM_LOW 0u
/** A frame pointer leads behind the caller's frame pointer and the return address. */
#define MACHINE_FRAME_WORDS (-2)

/** This CPU. The instruction is volatile: a thread may go on elsewhere after any switch. */
static inline struct kernel_cpu *machine_cpu(void)
{
        struct kernel_cpu *cpu;
        __asm__ volatile("mv %0, gp" : "=r"(cpu));
        return cpu;
}

/** This CPU's `active`, in one instruction, so that no switch comes in between. */
static inline struct rota_cpu *machine_rota_cpu(void)
{
        struct rota_cpu *cpu;
        __asm__ volatile("ld %0, 8(gp)" : "=r"(cpu));
        return cpu;
}

_Static_assert(offsetof(struct kernel_cpu, active) == 8, "machine_rota_cpu() reads 8(gp)");

/** The time register's reading at boot, and ns per count as a fraction of 2^32. */
struct machine_clock {
        uint64_t base;
        uint64_t multiplier;
};
extern struct machine_clock machine_clock;

/** ns since boot. The registers of all CPUs run together. To a fence a control register's reading is
 * device input (unprivileged manual, "CSR access ordering"): this one keeps it from moving up before a
 * load that decides on its order against another CPU's. */
static inline uint64_t machine_now(void)
{
        uint64_t time;
        __asm__ volatile("fence r, i\n\trdtime %0" : "=r"(time) : : "memory");
        return (uint64_t)((unsigned __int128)(time - machine_clock.base) *
                                  machine_clock.multiplier >>
                          32);
}

static inline uint64_t machine_resolution_ns(void)
{
        return (machine_clock.multiplier + 0xffffffffu) >> 32;
}

/** Whether user mode's page fault was none: the tables allow the access, but this hart had cached that they
 * do not, and has forgotten that now. */
bool machine_user_retry(const struct rota_user_frame *frame);
/** How often instructions were written (atomic), and where a CPU has how often of these it has seen. */
extern uint64_t machine_code_writes;
#define MACHINE_CODE_SEEN 6
/** What was stored before is fetched from now on. */
void machine_code_look(uint64_t writes);
static inline void machine_user_enter(struct rota_user_frame *frame)
{
        uint64_t writes = __atomic_load_n(&machine_code_writes, __ATOMIC_RELAXED);

        if (__builtin_expect(machine_cpu()->machine[MACHINE_CODE_SEEN] != writes, 0))
                machine_code_look(writes);
        do
                rota_arch_user_enter(frame);
        while ((frame->cause & ~(uint64_t)3) == 12 && machine_user_retry(frame));
}

/** sfence.vma orders what this hart has stored before the walks that follow, and forgets the page under
 * every mark: one instruction does both (privileged manual, "Supervisor memory-management fence"). */
static inline void machine_flush_page(uintptr_t address)
{
        __asm__ volatile("sfence.vma %0, zero" : : "r"(address) : "memory");
}
static inline void machine_flush_all(void)
{
        __asm__ volatile("sfence.vma zero, zero" : : : "memory");
}
/** A hart may have cached that an entry was not there, and may see another's store late. Both end in a
 * page fault of what is mapped, which trap.c answers by a flush; so nothing is to be done for each page
 * that comes. */
static inline void machine_tables_written(void)
{
        __asm__ volatile("" : : : "memory");
}
/** Harts fetch from memory as others see it: there is nothing to write back. */
static inline void machine_code_written(uintptr_t physical, size_t size)
{
        (void)physical;
        (void)size;
}
void machine_code_fetch(void);

#endif
