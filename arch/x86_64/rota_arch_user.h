/* SPDX-License-Identifier: MIT */
/**
 * @file
 * x86_64: user mode's registers, the way into it and the way back (user.S).
 *
 * Every architecture gives the same names: struct rota_user_frame, rota_arch_user_init(),
 * rota_arch_user_enter(), rota_arch_user_trap, rota_arch_user_reason(), rota_arch_user_result(),
 * rota_arch_user_set_tls(), rota_arch_user_pc(), rota_arch_user_sp(), and the same idea: while user mode
 * runs, the stack that the machine turns to for a trap is the frame itself (x86: TSS.rsp0 is the
 * frame's end; AArch64: SP_EL1 is the frame; RISC-V: sscratch is the frame). So the registers are stored
 * where they belong, once, and nothing of a task that was interrupted in user mode is on any stack.
 *
 *      rota_arch_user_enter(frame, ...)    masked, on any stack
 *        saves what a callee preserves, and the kernel's own TLS base, on that stack; the stack pointer
 *        in the frame; loads all registers; user mode, interrupts enabled
 *      a trap from user mode
 *        the kernel's entry makes its own CPU register good again, has the cause in the frame, and jumps
 *        to rota_arch_user_trap with every other register as user mode left it
 *      rota_arch_user_trap
 *        saves all registers into the frame, goes back to the stack of who entered, returns from
 *        rota_arch_user_enter(), masked
 *      rota_arch_user_reason(frame, &trap)
 *        says what the cause is; before anything else may trap, since it reads the machine's fault
 *        registers
 *
 * In the kernel's hands on this machine (kernel/arch/x86_64 is an example):
 *  - TSS.rsp0 of each CPU, whose address rota_arch_user_enter() is given;
 *  - an entry for `syscall` (MSR LSTAR), by the macro below; SFMASK clears at least IF, DF, TF, NT, AC;
 *    STAR so that sysretq gives the selectors below;
 *  - gates that mask interrupts, without an IST but for NMI, double fault, machine check and, where
 *    stacks have gaps, page fault. An entry that finds user mode's CS on its stack pushes an error code
 *    where the machine did not, then the vector, does swapgs, and jumps to rota_arch_user_trap; one on
 *    an IST first copies the machine's six words to where TSS.rsp0 points, and pushes there;
 *  - data segment selectors (ds, es, fs, gs) that are null in the kernel.
 */
#ifndef ROTA_ARCH_USER_H
#define ROTA_ARCH_USER_H

/** Selectors of user mode's code and data. STAR has ROTA_ARCH_USER_DATA - 8 in its upper 16 bits. */
#define ROTA_ARCH_USER_DATA 0x1b
#define ROTA_ARCH_USER_CODE 0x23

/** The cause that stands for `syscall`, behind the 256 vectors. */
#define ROTA_ARCH_USER_SYSCALL 256

/* Offsets in struct rota_user_frame, checked below. */
#define ROTA_ARCH_USER_FS_BASE   0
#define ROTA_ARCH_USER_GS_BASE   8
#define ROTA_ARCH_USER_SEGMENTS  16
#define ROTA_ARCH_USER_KERNEL_SP 24
#define ROTA_ARCH_USER_REGISTERS 32
#define ROTA_ARCH_USER_VECTOR    152
#define ROTA_ARCH_USER_RIP       168
#define ROTA_ARCH_USER_END       208

#ifdef __ASSEMBLER__
/* The entry of `syscall`: rcx is pc, r11 the flags, the stack is still user mode's. `scratch` and `top`
 * are two words of this CPU, relative to its gs base: one to use, and one that has the address of
 * TSS.rsp0. */
/* clang-format off */
        .macro rota_arch_user_syscall_entry scratch, top
        swapgs
        mov %rsp, %gs:\scratch
        mov %gs:\top, %rsp
        mov (%rsp), %rsp
        push $ROTA_ARCH_USER_DATA
        push %gs:\scratch
        push %r11
        push $ROTA_ARCH_USER_CODE
        push %rcx
        push $0
        push $ROTA_ARCH_USER_SYSCALL
        jmp rota_arch_user_trap
        .endm
/* clang-format on */
#else

#include <rota/trap.h>

ROTA_BEGIN_DECLS

/** User mode's registers, in the order in which a trap stores them. */
struct rota_user_frame {
        uint64_t fs_base;     /**< the thread-local storage's base; canonical */
        uint64_t gs_base;     /**< canonical */
        uint16_t segments[4]; /**< selectors of ds, es, fs, gs */
        uint64_t kernel_sp;   /**< while user mode runs: where the kernel goes on */
        uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
        uint64_t vector; /**< why it was left: an exception, an interrupt, ROTA_ARCH_USER_SYSCALL */
        uint64_t error;  /**< what an exception pushed */
        uint64_t rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));

/** A frame that begins at @p pc with @p sp and @p argument (rdi), all other registers 0.
 * @p sp is what the program finds: the ABI wants sp + 8 to be a multiple of 16 where it is a C
 * function. Context: any. */
static inline void rota_arch_user_init(
        struct rota_user_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument)
{
        uint64_t *words = (uint64_t *)frame;

        for (unsigned i = 0; i < sizeof(*frame) / sizeof(*words); i++)
                words[i] = 0;
        frame->rip = pc;
        frame->rsp = sp;
        frame->rdi = argument;
        frame->rflags = 0x202;
        frame->cs = ROTA_ARCH_USER_CODE;
        frame->ss = ROTA_ARCH_USER_DATA;
        frame->vector = 255; /* no cause */
}

/** Into user mode and back, see above. What the kernel wrote into the frame does no harm to it but for
 * bases that are not canonical: flags are cleaned, selectors set, a bad rip is answered as the fault
 * that it would be. @param trap_stack  where TSS.rsp0 of this CPU is. Context: masked. */
void rota_arch_user_enter(struct rota_user_frame *frame, void *trap_stack);

/** Where the kernel's entries jump to. Not to be called. */
void rota_arch_user_trap(void);

/** To be called on each CPU once its control registers are as they will be: whether CR4.FSGSBASE is
 * set (it must be the same on all). */
void rota_arch_user_init_cpu(void);

/** Why user mode was left; fills in @p trap but for `again`. Context: masked, right after
 * rota_arch_user_enter(). */
enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap);

/** The answer to the system call by which user mode was left. */
static inline void rota_arch_user_result(struct rota_user_frame *frame, uintptr_t value)
{
        frame->rax = value;
}

/** Sets the base of the thread-local storage (fs). @return false: no address. */
static inline bool rota_arch_user_set_tls(struct rota_user_frame *frame, uintptr_t base)
{
        if ((uint64_t)((int64_t)(base << 16) >> 16) != base)
                return false;
        frame->fs_base = base;
        return true;
}

static inline uintptr_t rota_arch_user_pc(const struct rota_user_frame *frame)
{
        return frame->rip;
}

static inline uintptr_t rota_arch_user_sp(const struct rota_user_frame *frame)
{
        return frame->rsp;
}

#ifndef __cplusplus
_Static_assert(offsetof(struct rota_user_frame, kernel_sp) == ROTA_ARCH_USER_KERNEL_SP, "user.S");
_Static_assert(offsetof(struct rota_user_frame, r15) == ROTA_ARCH_USER_REGISTERS, "user.S");
_Static_assert(offsetof(struct rota_user_frame, vector) == ROTA_ARCH_USER_VECTOR, "user.S");
_Static_assert(offsetof(struct rota_user_frame, rip) == ROTA_ARCH_USER_RIP, "user.S");
_Static_assert(sizeof(struct rota_user_frame) == ROTA_ARCH_USER_END, "user.S");
#endif

ROTA_END_DECLS
#endif
#endif
