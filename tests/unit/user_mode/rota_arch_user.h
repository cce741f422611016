/* SPDX-License-Identifier: MIT */
/* A machine whose user mode is what tests/unit/user_script.c says next: the names that each architecture gives. */
#ifndef ROTA_ARCH_USER_H
#define ROTA_ARCH_USER_H

#include <rota/trap.h>

struct rota_user_frame {
        uintptr_t pc, sp, argument, result;
        int cause; /* enum rota_trap_reason, as the test says */
        uintptr_t number;
} __attribute__((aligned(16)));

static inline void rota_arch_user_init(
        struct rota_user_frame *frame, uintptr_t pc, uintptr_t sp, uintptr_t argument)
{
        *frame = (struct rota_user_frame){.pc = pc, .sp = sp, .argument = argument};
}

static inline enum rota_trap_reason rota_arch_user_reason(
        struct rota_user_frame *frame, struct rota_trap *trap)
{
        trap->number = frame->number;
        trap->args[0] = frame->pc++;
        trap->fault = frame->cause == ROTA_TRAP_FAULT ? ROTA_FAULT_WRITE : ROTA_FAULT_NONE;
        return (enum rota_trap_reason)frame->cause;
}

static inline void rota_arch_user_result(struct rota_user_frame *frame, uintptr_t value)
{
        frame->result = value;
}

#endif
