/* SPDX-License-Identifier: MIT */
/**
 * @file
 * riscv64 in supervisor mode: contexts, interrupt masking, pause. For ports; the core never includes
 * it. What is here follows the RISC-V manuals (unprivileged 20191213 and later, privileged 1.10 and
 * later) and their calling convention (psABI), with or without floating point.
 *
 * | register              | a switch                                                        |
 * |-----------------------|-----------------------------------------------------------------|
 * | ra, sp, s0 to s11     | saves: what the ABI has a callee preserve                       |
 * | t0 to t6, a0 to a7    | does not save: its caller expects nothing of them               |
 * | gp                    | never touches: the kernel's (the linker's small data, or a CPU) |
 * | tp                    | never touches: the kernel's, or rota_arch_fpu.h's               |
 * | sstatus, satp, others | never touches                                                   |
 * | f0 to f31, v0 to v31  | never touches: the kernel has none, or rota_arch_fpu.h's        |
 *
 * Assembly and instructions below are of RV64I with its control registers: gcc with binutils 2.38 or
 * later wants to be told `-march=rv64..._zicsr`.
 */
#ifndef ROTA_ARCH_H
#define ROTA_ARCH_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

/** Words of a context that is switched out, which lie at its sp: ra, s0 to s11, and one that keeps the
 * stack aligned. */
#define ROTA_ARCH_CONTEXT_WORDS 14

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_context, sp) == 0, "switch.S has sp at offset 0");
_Static_assert(sizeof(void *) == 8, "switch.S has words of 8 bytes");
_Static_assert(ROTA_ARCH_CONTEXT_WORDS * 8 == 112, "switch.S has 112 bytes");
#endif

/** The interrupt flag: supervisor interrupt enable in sstatus, all there is in a saved word of flags. */
#define ROTA_ARCH_FLAG_INTERRUPTS 0x2u

/** Saves the caller into @p from and resumes @p to: see the table above. Interrupts masked. */
void rota_arch_switch(struct rota_context *from, struct rota_context *to);

/** Where a context begins; only its address is of use. */
void rota_arch_start(void);

/** Lays out @p context, whose stack and stack_size are set, so that the first rota_arch_switch() to
 * it calls entry(argument), which never returns. The stack's ends need no alignment. */
static inline void rota_arch_context_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        uintptr_t end = (uintptr_t)context->stack + context->stack_size;
        uint64_t *sp = (uint64_t *)(end & ~(uintptr_t)15) - ROTA_ARCH_CONTEXT_WORDS;

        sp[0] = (uint64_t)(uintptr_t)rota_arch_start; /* ra */
        sp[1] = 0; /* s0, the frame pointer: the end of a chain of frames */
        sp[2] = (uint64_t)(uintptr_t)entry;    /* s1 */
        sp[3] = (uint64_t)(uintptr_t)argument; /* s2 */
        for (unsigned i = 4; i < ROTA_ARCH_CONTEXT_WORDS; i++)
                sp[i] = 0; /* s3 to s11, and nothing */
        context->sp = sp;
}

/* The memory clobbers keep the compiler from moving accesses out of the masked stretch. */

/** Masks interrupts and returns the flags as they were. */
static inline uintptr_t rota_arch_irq_save(void)
{
        uintptr_t flags;
        __asm__ volatile("csrrci %0, sstatus, 2" : "=r"(flags) : : "memory");
        return flags & ROTA_ARCH_FLAG_INTERRUPTS;
}

/** Puts the interrupt flag back as it was in @p flags. They are masked on entry, as a save left them. */
static inline void rota_arch_irq_restore(uintptr_t flags)
{
        __asm__ volatile("csrs sstatus, %0" : : "r"(flags) : "memory");
}

/** Whether interrupts were enabled when @p flags were saved. */
static inline bool rota_arch_irq_enabled(uintptr_t flags)
{
        return flags != 0;
}

/** Unmasks interrupts. */
static inline void rota_arch_irq_enable(void)
{
        __asm__ volatile("csrsi sstatus, 2" : : : "memory");
}

/** Masks interrupts. */
static inline void rota_arch_irq_disable(void)
{
        __asm__ volatile("csrci sstatus, 2" : : : "memory");
}

/** Waits masked, then unmasks and masks again. A wait ends at an interrupt that sie lets through,
 * whatever sstatus says, and one that is pending already ends it at once: nothing comes between the
 * look before and the wait. An interrupt is taken right behind the write that unmasks it (privileged
 * manual, 3.3.3 and 3.1.9). */
static inline void rota_arch_idle(void)
{
        __asm__ volatile("wfi\n\tcsrsi sstatus, 2\n\tcsrci sstatus, 2" : : : "memory");
}

/** In every spin: Zihintpause's hint, a fence that orders nothing, so that it is harmless elsewhere. By
 * its number, for assemblers that do not know its name. */
static inline void rota_arch_pause(void)
{
        __asm__ volatile(".word 0x0100000f" : : : "memory");
}

ROTA_END_DECLS
#endif
