/* SPDX-License-Identifier: MIT */
/**
 * @file
 * x86_64: contexts, interrupt masking, pause. For ports; the core never includes it.
 *
 * A switch saves rbx, rbp, r12 to r15 and the stack pointer, with `_fpcw` also MXCSR and the x87
 * control word; it never touches fs, gs, the flags, cr3 or any other vector state.
 */
#ifndef ROTA_ARCH_H
#define ROTA_ARCH_H

#include <rota/task.h>

ROTA_BEGIN_DECLS

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_context, sp) == 0, "switch.S has sp at offset 0");
_Static_assert(sizeof(void *) == 8, "switch.S has words of 8 bytes");
#endif

/** The interrupt flag in a saved word of flags. */
#define ROTA_ARCH_FLAG_INTERRUPTS 0x200u

/** Saves the caller into @p from and resumes @p to: general registers only, for kernels built
 * without SSE. Interrupts masked. */
void rota_arch_switch(struct rota_context *from, struct rota_context *to);

/** As rota_arch_switch(), and the floating-point control words that a callee preserves. */
void rota_arch_switch_fpcw(struct rota_context *from, struct rota_context *to);

/** Where a context begins; only its address is of use. */
void rota_arch_start(void);

/** Lays out @p context, whose stack and stack_size are set, so that the first rota_arch_switch() to
 * it calls entry(argument), which never returns. The stack's ends need no alignment. */
static inline void rota_arch_context_init(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        uintptr_t end = (uintptr_t)context->stack + context->stack_size;
        uint64_t *sp = (uint64_t *)(end & ~(uintptr_t)15);

        *--sp = 0; /* two words that keep rota_arch_start's stack aligned, */
        *--sp = 0; /* and look like the end of a chain of frames */
        *--sp = (uint64_t)(uintptr_t)rota_arch_start;
        *--sp = 0;                             /* rbp */
        *--sp = (uint64_t)(uintptr_t)entry;    /* rbx */
        *--sp = (uint64_t)(uintptr_t)argument; /* r12 */
        *--sp = 0;                             /* r13 */
        *--sp = 0;                             /* r14 */
        *--sp = 0;                             /* r15 */
        context->sp = sp;
}

/** As rota_arch_context_init(), for rota_arch_switch_fpcw(): the context begins with the control
 * words that the ABI gives a new process. */
static inline void rota_arch_context_init_fpcw(
        struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_arch_context_init(context, entry, argument);
        uint64_t *sp = (uint64_t *)context->sp;
        *--sp = (uint64_t)0x037f << 32 | 0x1f80; /* x87 control word over MXCSR */
        context->sp = sp;
}

/* The memory clobbers keep the compiler from moving accesses out of the masked stretch. */

/** Masks interrupts and returns the flags as they were. */
static inline uintptr_t rota_arch_irq_save(void)
{
        uintptr_t flags;
        __asm__ volatile("pushfq\n\tpopq %0\n\tcli" : "=r"(flags) : : "memory");
        return flags;
}

/** Puts the interrupt flag back as it was in @p flags. */
static inline void rota_arch_irq_restore(uintptr_t flags)
{
        __asm__ volatile("pushq %0\n\tpopfq" : : "r"(flags) : "memory", "cc");
}

/** Whether interrupts were enabled when @p flags were saved. */
static inline bool rota_arch_irq_enabled(uintptr_t flags)
{
        bool enabled; /* one bit test, from any compiler */
        __asm__("btl $9, %1" : "=@ccc"(enabled) : "r"((uint32_t)flags));
        return enabled;
}

/** Unmasks interrupts. */
static inline void rota_arch_irq_enable(void)
{
        __asm__ volatile("sti" : : : "memory");
}

/** Masks interrupts. */
static inline void rota_arch_irq_disable(void)
{
        __asm__ volatile("cli" : : : "memory");
}

/** Unmasks and halts in one step (sti takes effect after the instruction that follows it, so no
 * interrupt comes between the two), and masks again after the interrupt. */
static inline void rota_arch_idle(void)
{
        __asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

/** In every spin. */
static inline void rota_arch_pause(void)
{
        __asm__ volatile("pause" : : : "memory");
}

ROTA_END_DECLS
#endif
