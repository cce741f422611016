/* SPDX-License-Identifier: MIT */
/* aarch64: what a trap from user mode means. Arm Architecture Reference Manual, D17.2.37: ESR_EL1. */
#include "rota_arch_user.h"

enum {
        CLASSES = 64,
        SVC = 0x15,
        FETCH_ABORT = 0x20,
        PC_ALIGNMENT = 0x22,
        DATA_ABORT = 0x24,
        STATUS = 63,
        STATUS_ALIGNMENT = 0x21,
        WRITES = 1 << 6,
};

/* Where a class of exceptions always means the same. What the architecture does not define at EL0, the
 * kernel's instructions among it, is one class: 0. */
static const uint8_t kinds[CLASSES] = {
        [0x00] = ROTA_FAULT_ILLEGAL,
        [0x01] = ROTA_FAULT_PRIVILEGED, /* wfi, wfe */
        [0x07] = ROTA_FAULT_FLOAT,      /* the unit is off */
        [0x0e] = ROTA_FAULT_ILLEGAL,
        [0x18] = ROTA_FAULT_PRIVILEGED, /* a system register, cache maintenance */
        [0x19] = ROTA_FAULT_ILLEGAL,    /* SVE, which is off for everybody */
        [0x1d] = ROTA_FAULT_ILLEGAL,    /* SME, likewise */
        [PC_ALIGNMENT] = ROTA_FAULT_ALIGNMENT,
        [0x26] = ROTA_FAULT_ALIGNMENT, /* the stack pointer */
        [0x2c] = ROTA_FAULT_FLOAT,
        [0x30] = ROTA_FAULT_BREAKPOINT,
        [0x32] = ROTA_FAULT_BREAKPOINT, /* a single step */
        [0x34] = ROTA_FAULT_BREAKPOINT, /* a watchpoint */
        [0x3c] = ROTA_FAULT_BREAKPOINT, /* brk */
};

static uint8_t memory_fault(uint64_t class, uint64_t syndrome)
{
        if (class == FETCH_ABORT)
                return ROTA_FAULT_EXECUTE;
        if ((syndrome & STATUS) == STATUS_ALIGNMENT)
                return ROTA_FAULT_ALIGNMENT;
        return syndrome & WRITES ? ROTA_FAULT_WRITE : ROTA_FAULT_READ;
}

enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap)
{
        uint64_t class = frame->syndrome >> 26 & (CLASSES - 1);

        if (frame->cause != ROTA_ARCH_USER_SYNC) {
                trap->number = frame->cause;
                return ROTA_TRAP_INTERRUPT;
        }
        if (class == SVC) {
                trap->number = frame->x[8];
                for (unsigned i = 0; i < 6; i++)
                        trap->args[i] = frame->x[i];
                return ROTA_TRAP_SYSCALL;
        }
        trap->number = class;
        trap->fault = kinds[class] ? kinds[class] : ROTA_FAULT_OTHER;
        trap->address = 0;
        if (class == FETCH_ABORT || class == DATA_ABORT) {
                trap->fault = memory_fault(class, frame->syndrome);
                trap->address = frame->address;
        } else if (class == PC_ALIGNMENT) {
                trap->address = frame->pc;
        }
        return ROTA_TRAP_FAULT;
}
