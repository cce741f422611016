/* SPDX-License-Identifier: MIT */
/**
 * @file
 * aarch64: contexts, interrupt masking, pause. For ports; the core never includes it. By the Arm
 * Architecture Reference Manual (DDI 0487) and the procedure call standard (AAPCS64).
 *
 * | register                  | over a switch                                                      |
 * |---------------------------|--------------------------------------------------------------------|
 * | x19 to x28, x29, x30, sp  | saved on the context's stack; sp in the context                    |
 * | x0 to x18                 | not kept: the caller's, and the platform's (x18), by the standard   |
 * | DAIF                      | not touched: both sides run with IRQ masked                        |
 * | FP and SIMD, FPCR, FPSR   | never touched: for kernels built for general registers only        |
 * | TPIDR_EL0, TPIDR_EL1, ... | never touched: no system register belongs to a context             |
 *
 * Masking is of IRQ only, bit 7 of DAIF. FIQ is the kernel's own: what comes as one must not call Rota.
 */
#ifndef ROTA_ARCH_H
#define ROTA_ARCH_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_context, sp) == 0, "switch.S has sp at offset 0");
_Static_assert(sizeof(void *) == 8, "switch.S has words of 8 bytes");
#endif

/** The bit in a saved word of flags (DAIF) that masks interrupts. */
#define ROTA_ARCH_FLAG_MASKED 0x80u

/** What lies at the sp of a context that is switched out; switch.S has the same order. */
struct rota_arch_frame {
        uint64_t x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
        uint64_t x29; /**< frame pointer */
        uint64_t x30; /**< where it goes on */
};

/** Saves the caller into @p from and resumes @p to: general registers only, for kernels built with
 * -mgeneral-regs-only. Interrupts masked. */
void rota_arch_switch(struct rota_context *from, struct rota_context *to);

/** Where a context begins; only its address is of use. */
void rota_arch_start(void);

/** Lays out @p context, whose stack and stack_size are set, so that the first rota_arch_switch() to
 * it calls entry(argument), which never returns. The stack's ends need no alignment. */
static inline void rota_arch_context_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        uintptr_t end = (uintptr_t)context->stack + context->stack_size;
        /* Above the frame two words of 0, at which a chain of frames ends. */
        struct rota_arch_frame *frame = (struct rota_arch_frame *)((end & ~(uintptr_t)15) - 16) - 1;
        uint64_t *words = (uint64_t *)frame;

        for (unsigned i = 0; i < sizeof(*frame) / 8 + 2; i++)
                words[i] = 0;
        frame->x19 = (uint64_t)(uintptr_t)entry;
        frame->x20 = (uint64_t)(uintptr_t)argument;
        frame->x29 = (uint64_t)(uintptr_t)(frame + 1);
        frame->x30 = (uint64_t)(uintptr_t)rota_arch_start;
        context->sp = frame;
}

/* The memory clobbers keep the compiler from moving accesses out of the masked stretch. The processor
 * may: but what another CPU sees of it is ordered by the locks inside, not by masking, and this CPU's
 * own interrupts see its accesses in program order. A write of DAIF needs no barrier of its own. */

/** Masks interrupts and returns the flags as they were. */
static inline uintptr_t rota_arch_irq_save(void)
{
        uintptr_t flags;
        __asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(flags) : : "memory");
        return flags;
}

/** Puts the mask back as it was in @p flags. */
static inline void rota_arch_irq_restore(uintptr_t flags)
{
        __asm__ volatile("msr daif, %0" : : "r"(flags) : "memory");
}

/** Whether interrupts were enabled when @p flags were saved. */
static inline bool rota_arch_irq_enabled(uintptr_t flags)
{
        return !(flags & ROTA_ARCH_FLAG_MASKED);
}

/** Unmasks interrupts. */
static inline void rota_arch_irq_enable(void)
{
        __asm__ volatile("msr daifclr, #2" : : : "memory");
}

/** Masks interrupts. */
static inline void rota_arch_irq_disable(void)
{
        __asm__ volatile("msr daifset, #2" : : : "memory");
}

/**
 * Called masked: waits for an interrupt, takes it, masks again. An interrupt that is pending ends wfi
 * whether it is masked or not, so one that came before is not slept over; isb has it taken before the
 * mask is back. dsb: what this CPU stored is with the others before it sleeps, as the manual
 * recommends (wfi may stop its clock).
 */
static inline void rota_arch_idle(void)
{
        __asm__ volatile("dsb sy\n\twfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2"
                         :
                         :
                         : "memory");
}

/** In every spin. */
static inline void rota_arch_pause(void)
{
        __asm__ volatile("yield" : : : "memory");
}

ROTA_END_DECLS
#endif
