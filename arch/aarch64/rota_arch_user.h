/* SPDX-License-Identifier: MIT */
/**
 * @file
 * aarch64: user mode's registers, the way into it and the way back (user.S). The same names, and the
 * same idea, as x86_64's, where they are explained: while user mode runs, SP_EL1 is the frame, so a trap's
 * registers are stored where they belong, once.
 *
 * | register                       | in the frame | remark                                          |
 * |--------------------------------|--------------|-------------------------------------------------|
 * | x0 to x30, SP_EL0              | yes          |                                                 |
 * | pc (ELR_EL1)                   | yes          |                                                 |
 * | NZCV, DIT, TCO, SSBS, BTYPE    | pstate       | all else of SPSR_EL1 is set: EL0, 64 bits, unmasked |
 * | TPIDR_EL0                      | tls          | thread-local storage; the kernel's is kept beside its stack |
 * | TPIDRRO_EL0                    | no           | the kernel's to set; 0 in the reference kernel  |
 * | FP and SIMD, FPCR, FPSR        | no           | rota_arch_fpu.h                                 |
 *
 * A system call is `svc`, whatever its immediate: the number in x8, arguments in x0 to x5, the answer in
 * x0; no other register changes.
 *
 * In the kernel's hands (kernel/arch/aarch64 is an example):
 *  - vectors: "lower EL using AArch64", synchronous and IRQ, are rota_arch_user_entry below (SError and
 *    FIQ are the kernel's own; what comes as one cannot be taken by way of the frame);
 *  - what user mode may do beside: SCTLR_EL1 (UMA, UCI, UCT, DZE, nTWI, nTWE), CNTKCTL_EL1, PMUSERENR_EL0,
 *    CPACR_EL1.
 */
#ifndef ROTA_ARCH_USER_H
#define ROTA_ARCH_USER_H

/** Causes: what kind of exception it was. */
#define ROTA_ARCH_USER_SYNC 0
#define ROTA_ARCH_USER_IRQ  1
#define ROTA_ARCH_USER_NONE 2

/* Offsets in struct rota_user_frame, checked below. */
#define ROTA_ARCH_USER_SP        248
#define ROTA_ARCH_USER_PC        256
#define ROTA_ARCH_USER_PSTATE    264
#define ROTA_ARCH_USER_TLS       272
#define ROTA_ARCH_USER_CAUSE     280
#define ROTA_ARCH_USER_SYNDROME  288
#define ROTA_ARCH_USER_ADDRESS   296
#define ROTA_ARCH_USER_KERNEL_SP 304
#define ROTA_ARCH_USER_END       320

#ifdef __ASSEMBLER__
/* What a vector for traps from user mode holds: rota_arch_user_trap has x0 and x1 in the frame, and the
 * cause in x1. */
/* clang-format off */
        .macro rota_arch_user_entry cause
        stp x0, x1, [sp]
        mov x1, #\cause
        b rota_arch_user_trap
        .endm
/* clang-format on */
#else

#include <rota/trap.h>

ROTA_BEGIN_DECLS

/** User mode's registers, where a trap stores them. */
struct rota_user_frame {
        uint64_t x[31];
        uint64_t sp;
        uint64_t pc;
        uint64_t pstate;    /**< as in SPSR_EL1; what user mode cannot have is left out */
        uint64_t tls;       /**< TPIDR_EL0 */
        uint64_t cause;     /**< why it was left: ROTA_ARCH_USER_SYNC or _IRQ */
        uint64_t syndrome;  /**< ESR_EL1, of a synchronous exception */
        uint64_t address;   /**< FAR_EL1, likewise */
        uint64_t kernel_sp; /**< while user mode runs: where the kernel goes on */
        uint64_t unused;
} __attribute__((aligned(16)));

/** A frame that begins at @p pc with @p sp (a multiple of 16) and @p argument (x0), all other registers
 * 0. Context: any. */
static inline void rota_arch_user_init(
        struct rota_user_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument)
{
        uint64_t *words = (uint64_t *)frame;

        for (unsigned i = 0; i < sizeof(*frame) / sizeof(*words); i++)
                words[i] = 0;
        frame->pc = pc;
        frame->sp = sp;
        frame->x[0] = argument;
        frame->cause = ROTA_ARCH_USER_NONE;
}

/** Into user mode and back. Nothing that the kernel wrote into the frame does harm to it: a pc or sp that
 * cannot be is answered as the fault that it is. Context: masked. */
void rota_arch_user_enter(struct rota_user_frame *frame);

/** Where the kernel's vectors jump to. Not to be called. */
void rota_arch_user_trap(void);

/** Why user mode was left; fills in @p trap but for `again`. Context: masked, after
 * rota_arch_user_enter(). */
enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap);

/** The answer to the system call by which user mode was left. */
static inline void rota_arch_user_result(struct rota_user_frame *frame, uintptr_t value)
{
        frame->x[0] = value;
}

/** Sets the base of the thread-local storage. @return true: any word is good. */
static inline bool rota_arch_user_set_tls(struct rota_user_frame *frame, uintptr_t base)
{
        frame->tls = base;
        return true;
}

static inline uintptr_t rota_arch_user_pc(const struct rota_user_frame *frame)
{
        return frame->pc;
}

static inline uintptr_t rota_arch_user_sp(const struct rota_user_frame *frame)
{
        return frame->sp;
}

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_user_frame, sp) == ROTA_ARCH_USER_SP, "user.S");
_Static_assert(offsetof(struct rota_user_frame, pc) == ROTA_ARCH_USER_PC, "user.S");
_Static_assert(offsetof(struct rota_user_frame, pstate) == ROTA_ARCH_USER_PSTATE, "user.S");
_Static_assert(offsetof(struct rota_user_frame, tls) == ROTA_ARCH_USER_TLS, "user.S");
_Static_assert(offsetof(struct rota_user_frame, cause) == ROTA_ARCH_USER_CAUSE, "user.S");
_Static_assert(offsetof(struct rota_user_frame, syndrome) == ROTA_ARCH_USER_SYNDROME, "user.S");
_Static_assert(offsetof(struct rota_user_frame, address) == ROTA_ARCH_USER_ADDRESS, "user.S");
_Static_assert(offsetof(struct rota_user_frame, kernel_sp) == ROTA_ARCH_USER_KERNEL_SP, "user.S");
_Static_assert(sizeof(struct rota_user_frame) == ROTA_ARCH_USER_END, "user.S");
#endif

ROTA_END_DECLS
#endif
#endif
