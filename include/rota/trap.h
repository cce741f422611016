/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Why user mode was left, in words that every architecture shares.
 */
#ifndef ROTA_TRAP_H
#define ROTA_TRAP_H

#include <rota/types.h>

ROTA_BEGIN_DECLS

/** Why user mode was left. */
enum rota_trap_reason {
        ROTA_TRAP_SYSCALL = 0, /**< by a system call: number and args */
        ROTA_TRAP_INTERRUPT, /**< by an interrupt that rota_port_user_interrupt() did not take: number
                                    is the machine's */
        ROTA_TRAP_PREEMPTED, /**< another task is to run: return from the turn, come again later */
        ROTA_TRAP_FAULT, /**< by a fault: its kind, the address, number is the machine's cause */
        ROTA_TRAP_EXIT,  /**< was not entered any more: the task was cancelled */
};

/** What kind of fault. The access that caused it has not happened; pc is at the instruction. */
enum rota_fault {
        ROTA_FAULT_NONE = 0,   /**< no fault */
        ROTA_FAULT_READ,       /**< of memory: address */
        ROTA_FAULT_WRITE,      /**< of memory: address */
        ROTA_FAULT_EXECUTE,    /**< of memory: address, where pc is */
        ROTA_FAULT_ALIGNMENT,  /**< an address that is not a multiple of what it should be */
        ROTA_FAULT_ILLEGAL,    /**< no instruction, or one that this machine does not have */
        ROTA_FAULT_PRIVILEGED, /**< an instruction of the kernel's, or whatever else the machine
                                    reports in the same way (x86: general protection) */
        ROTA_FAULT_DIVIDE,     /**< a division by zero, or its overflow, where the machine faults */
        ROTA_FAULT_BREAKPOINT, /**< a debugger's, or a single step; where pc is, is the machine's to
                                    say (x86 int3: behind it) */
        ROTA_FAULT_FLOAT,      /**< of the floating-point unit: off, or an exception */
        ROTA_FAULT_OTHER,      /**< else: number says what */
};

/** A trap. Nothing in it is to be trusted but reason, fault and again: user mode chose the rest. */
struct rota_trap {
        uint8_t reason;   /**< enum rota_trap_reason */
        uint8_t fault;    /**< enum rota_fault */
        bool again;       /**< it was served before, by rota_user_await() */
        uintptr_t number; /**< of the system call, as user mode gave it; else the machine's cause */
        uintptr_t args[6]; /**< of the system call */
        uintptr_t address; /**< of the fault, 0 where the machine gives none */
};

/** A fault's name: "write", "illegal instruction", ..., never NULL. Context: any. */
const char *rota_fault_text(int fault);

ROTA_END_DECLS
#endif
