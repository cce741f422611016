/* SPDX-License-Identifier: MIT */
/* riscv64: what a trap from user mode means. Privileged manual, "Supervisor cause register" and
 * "Supervisor trap value register". */
#include "rota_arch_user.h"

#define INTERRUPT ((uint64_t)1 << 63)

enum {
        CAUSES = 20,
        CAUSE_ILLEGAL = 2,
        CAUSE_SYSCALL = 8,
};

#define STATUS_FS 0x6000u
#define STATUS_VS 0x600u

/* Where a cause always means the same; with an address in stval, but for the last. */
static const uint8_t kinds[CAUSES] = {
        [0] = ROTA_FAULT_ALIGNMENT,
        [1] = ROTA_FAULT_EXECUTE,
        [3] = ROTA_FAULT_BREAKPOINT,
        [4] = ROTA_FAULT_ALIGNMENT,
        [5] = ROTA_FAULT_READ,
        [6] = ROTA_FAULT_ALIGNMENT,
        [7] = ROTA_FAULT_WRITE,
        [12] = ROTA_FAULT_EXECUTE,
        [13] = ROTA_FAULT_READ,
        [15] = ROTA_FAULT_WRITE,
};

/* The machine tells no more than that it would not have the instruction, which is in stval; 0 where the
 * machine does not say. */
static uint8_t illegal_kind(uint32_t instruction)
{
        uint64_t status;
        bool system = (instruction & 0x7f) == 0x73;
        uint32_t csr = instruction >> 20;

        __asm__ volatile("csrr %0, sstatus" : "=r"(status));
        bool off = !(status & STATUS_FS) || !(status & STATUS_VS);
        if (off && rota_arch_user_is_float(instruction))
                return ROTA_FAULT_FLOAT;
        if (system && !(instruction & 0x7000))
                return ROTA_FAULT_PRIVILEGED; /* sret, wfi, sfence.vma, mret, ... */
        /* Of a control register's number two bits say whose it is: the kernel's, or user mode's to read if
         * it is let (counters). */
        if (system && ((csr & 0x300) || (csr & 0xfe0) == 0xc00))
                return ROTA_FAULT_PRIVILEGED;
        return ROTA_FAULT_ILLEGAL;
}

enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap)
{
        trap->number = frame->cause & ~INTERRUPT;
        if (frame->cause == CAUSE_SYSCALL) {
                trap->number = frame->a7;
                trap->args[0] = frame->a0;
                trap->args[1] = frame->a1;
                trap->args[2] = frame->a2;
                trap->args[3] = frame->a3;
                trap->args[4] = frame->a4;
                trap->args[5] = frame->a5;
                frame->pc += 4; /* it has no short form */
                return ROTA_TRAP_SYSCALL;
        }
        if (frame->cause & INTERRUPT)
                return ROTA_TRAP_INTERRUPT;
        trap->fault = frame->cause < CAUSES ? kinds[frame->cause] : ROTA_FAULT_NONE;
        trap->address = trap->fault == ROTA_FAULT_NONE || trap->fault == ROTA_FAULT_BREAKPOINT
                                ? 0
                                : frame->value;
        if (frame->cause == CAUSE_ILLEGAL)
                trap->fault = illegal_kind((uint32_t)frame->value);
        if (trap->fault == ROTA_FAULT_NONE)
                trap->fault = ROTA_FAULT_OTHER;
        return ROTA_TRAP_FAULT;
}
