/* SPDX-License-Identifier: MIT */
/* x86_64: what a trap from user mode means. Intel's Software Developer's Manual, volume 3, 6.15. */
#include "rota_arch_user.h"

enum {
        EXCEPTIONS = 32,
        GENERAL_PROTECTION = 13,
        PAGE_FAULT = 14,
        STACK_FAULT = 12,
        ERROR_WRITE = 2,
        ERROR_FETCH = 16,
};

/* Where an exception always means the same. */
static const uint8_t kinds[EXCEPTIONS] = {
        [0] = ROTA_FAULT_DIVIDE,
        [1] = ROTA_FAULT_BREAKPOINT, /* a single step */
        [3] = ROTA_FAULT_BREAKPOINT,
        [6] = ROTA_FAULT_ILLEGAL,
        [7] = ROTA_FAULT_FLOAT, /* the unit is off */
        [GENERAL_PROTECTION] = ROTA_FAULT_PRIVILEGED,
        [16] = ROTA_FAULT_FLOAT,
        [17] = ROTA_FAULT_ALIGNMENT,
        [19] = ROTA_FAULT_FLOAT,
};

static uint8_t memory_fault(const struct rota_user_frame *frame)
{
        return frame->error & ERROR_FETCH   ? ROTA_FAULT_EXECUTE
               : frame->error & ERROR_WRITE ? ROTA_FAULT_WRITE
                                            : ROTA_FAULT_READ;
}

static void set_fault(const struct rota_user_frame *frame, struct rota_trap *trap)
{
        uint8_t kind = kinds[frame->vector];
        uintptr_t address = 0;

        if (frame->vector == PAGE_FAULT) {
                kind = memory_fault(frame);
                __asm__ volatile("movq %%cr2, %0" : "=r"(address));
        } else if (frame->vector == STACK_FAULT) {
                kind = ROTA_FAULT_WRITE; /* or a read: by way of a stack pointer that is no address */
                address = frame->rsp;
        } else if (frame->vector == GENERAL_PROTECTION && frame->rip >> 47) {
                kind = ROTA_FAULT_EXECUTE;
                address = frame->rip;
        }
        trap->fault = kind ? kind : ROTA_FAULT_OTHER;
        trap->address = address;
}

enum rota_trap_reason rota_arch_user_reason(struct rota_user_frame *frame, struct rota_trap *trap)
{
        trap->number = frame->vector;
        if (frame->vector == ROTA_ARCH_USER_SYSCALL) {
                trap->number = frame->rax;
                trap->args[0] = frame->rdi;
                trap->args[1] = frame->rsi;
                trap->args[2] = frame->rdx;
                trap->args[3] = frame->r10; /* rcx has the pc */
                trap->args[4] = frame->r8;
                trap->args[5] = frame->r9;
                return ROTA_TRAP_SYSCALL;
        }
        if (frame->vector >= EXCEPTIONS)
                return ROTA_TRAP_INTERRUPT;
        set_fault(frame, trap);
        return ROTA_TRAP_FAULT;
}
