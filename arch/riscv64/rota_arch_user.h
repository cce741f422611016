/* SPDX-License-Identifier: MIT */
/**
 * @file
 * riscv64: user mode's registers, the way into it and the way back (user.S).
 *
 * rota_arch_user_enter() saves what a callee preserves, with gp and tp, on the stack that it is called
 * on, and has stvec and sscratch for itself until user mode traps: the trap comes to
 * rota_arch_user_trap, with the frame in sscratch, and everything is as before when
 * rota_arch_user_enter() returns. So the kernel's own trap entry sees traps from its own threads only, and
 * knows nothing of the frame, of user mode's gp, nor of who entered.
 *
 * In the kernel's hands on this machine (kernel/arch/riscv64 is an example): SUM and MXR in sstatus, the
 * floating-point unit and vector unit (sstatus.FS and VS, <rota_arch_fpu.h>), scounteren and senvcfg.
 *
 * A system call is `ecall`: its number in a7, arguments in a0 to a5, the answer in a0, as Linux has it.
 */
#ifndef ROTA_ARCH_USER_H
#define ROTA_ARCH_USER_H

/* Offsets in struct rota_user_frame, checked below; register n is word n. */
#define ROTA_ARCH_USER_CAUSE     256
#define ROTA_ARCH_USER_VALUE     264
#define ROTA_ARCH_USER_KERNEL_SP 272
#define ROTA_ARCH_USER_END       288

#ifndef __ASSEMBLER__

#include <rota/trap.h>

ROTA_BEGIN_DECLS

/** User mode's registers. */
struct rota_user_frame {
        uint64_t pc;
        uint64_t ra, sp, gp, tp, t0, t1, t2, s0, s1;
        uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
        uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
        uint64_t t3, t4, t5, t6;
        uint64_t cause;     /**< why it was left: scause */
        uint64_t value;     /**< stval: an address, or an instruction */
        uint64_t kernel_sp; /**< while user mode runs: where the kernel goes on */
        uint64_t unused;
} __attribute__((aligned(16)));

/** A frame that begins at @p pc with @p sp and @p argument (a0), all other registers 0.
 * @p sp is what the program finds: the calling convention wants a multiple of 16. Context: any. */
static inline void rota_arch_user_init(
        struct rota_user_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument)
{
        uint64_t *words = (uint64_t *)frame;

        for (unsigned i = 0; i < sizeof(*frame) / sizeof(*words); i++)
                words[i] = 0;
        frame->pc = pc;
        frame->sp = sp;
        frame->a0 = argument;
        frame->cause = ~(uint64_t)0; /* no cause */
}

/** Into user mode and back, see above. Whatever is in the frame does no harm to the kernel: a bad pc is
 * answered as the fault that it is. Context: masked. */
void rota_arch_user_enter(struct rota_user_frame *frame);

/** Where a trap from user mode goes. Not to be called. */
void rota_arch_user_trap(void);

/** Why user mode was left; fills in @p trap but for `again`. Context: masked, right after
 * rota_arch_user_enter(). */
enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap);

/** The answer to the system call by which user mode was left. */
static inline void rota_arch_user_result(struct rota_user_frame *frame, uintptr_t value)
{
        frame->a0 = value;
}

/** Sets the base of the thread-local storage (tp). @return true: any value will do. */
static inline bool rota_arch_user_set_tls(struct rota_user_frame *frame, uintptr_t base)
{
        frame->tp = base;
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

/** Whether a control register is of the floating-point or the vector unit: fflags, frm, fcsr; vstart, vxsat,
 * vxrm, vcsr; vl, vtype, vlenb. Context: any. */
static inline bool rota_arch_user_is_float_csr(uint32_t number)
{
        return (number >= 1 && number <= 3) || (number >= 8 && number <= 15) ||
               (number >= 0xc20 && number <= 0xc22);
}

/** Whether an instruction needs the floating-point or the vector unit: a load, store, operation or
 * fused multiplication of theirs, the short forms of the first two, or an access to their control
 * registers. Context: any. */
static inline bool rota_arch_user_is_float(uint32_t instruction)
{
        switch (instruction & 0x7f) {
        case 0x07: /* LOAD-FP, vector loads */
        case 0x27: /* STORE-FP, vector stores */
        case 0x43: /* MADD, MSUB, NMSUB, NMADD */
        case 0x47:
        case 0x4b:
        case 0x4f:
        case 0x53: /* OP-FP */
        case 0x57: /* OP-V */
                return true;
        case 0x73: /* SYSTEM: CSRRW and its kin */
                return (instruction >> 12 & 3) && rota_arch_user_is_float_csr(instruction >> 20);
        default: /* C.FLD, C.FSD, C.FLDSP, C.FSDSP */
                return (instruction & 1) == 0 && (instruction >> 13 & 3) == 1;
        }
}

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_user_frame, t6) == 31 * 8, "user.S: register n is word n");
_Static_assert(offsetof(struct rota_user_frame, cause) == ROTA_ARCH_USER_CAUSE, "user.S");
_Static_assert(offsetof(struct rota_user_frame, value) == ROTA_ARCH_USER_VALUE, "user.S");
_Static_assert(offsetof(struct rota_user_frame, kernel_sp) == ROTA_ARCH_USER_KERNEL_SP, "user.S");
_Static_assert(sizeof(struct rota_user_frame) == ROTA_ARCH_USER_END, "user.S");
#endif

ROTA_END_DECLS
#endif
#endif
