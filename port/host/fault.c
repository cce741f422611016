/* SPDX-License-Identifier: MIT */
/*
 * Faults (SIGSEGV and its like), on the worker's alternate stack. A task that ran into the gap below
 * its stack is ended, where it has locked nothing. Else a report; then the process dies by the same
 * signal, or as the handler that was there before has it (a sanitizer's, for instance).
 */
#define _GNU_SOURCE
#include "fault.h"

#include "interrupts.h"
#include "rota_port.h"
#include "syscall.h"
#include <rota/check.h>
#include <rota/stack.h>
#include <ucontext.h>
#include <unistd.h>

static const struct {
        int number;
        const char *name;
} signals[] = {
        {SIGSEGV, "segmentation fault"},
        {SIGBUS, "bus error"},
        {SIGILL, "illegal instruction"},
        {SIGFPE, "arithmetic fault"},
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct rota_host_action before[SIGNALS];

static void print_registers(const greg_t *registers)
{
        static const struct {
                int index;
                const char *name;
        } names[] = {{REG_RIP, "rip"}, {REG_RSP, "rsp"}, {REG_RBP, "rbp"}, {REG_EFL, "flags"},
                {REG_RAX, "rax"}, {REG_RBX, "rbx"}, {REG_RCX, "rcx"}, {REG_RDX, "rdx"},
                {REG_RSI, "rsi"}, {REG_RDI, "rdi"}, {REG_R8, "r8"}, {REG_R9, "r9"},
                {REG_R10, "r10"}, {REG_R11, "r11"}, {REG_R12, "r12"}, {REG_R13, "r13"},
                {REG_R14, "r14"}, {REG_R15, "r15"}};

        for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                rota_host_print(i % 4 ? " " : i ? "\n  " : "  ");
                rota_host_print(names[i].name);
                rota_host_print("=");
                rota_host_print_hex((uint64_t)registers[names[i].index]);
        }
        rota_host_print("\n");
}

static void on_fault(int signal, siginfo_t *info, void *argument)
{
        greg_t *registers = ((ucontext_t *)argument)->uc_mcontext.gregs;
        unsigned which = 0;

        while (which < SIGNALS - 1 && signals[which].number != signal)
                which++;
        const bool overflow =
                info->si_code > 0 && (signal == SIGSEGV || signal == SIGBUS) &&
                rota_overflow_hit((uintptr_t)info->si_addr, (uintptr_t)registers[REG_RSP]);
        if (overflow && rota_host_overflow_redirect(registers))
                return;
        if (!rota_host_stop_others()) {
                if (__atomic_load_n(&rota_host_dying, __ATOMIC_RELAXED) != (uint32_t)gettid())
                        for (;;)
                                pause();
                rota_host_print("\nrota: another failure during the report\n");
        } else {
                uintptr_t address = (uintptr_t)info->si_addr;
                rota_host_print("\nrota: ");
                rota_host_print(signals[which].name);
                if (info->si_code > 0) {
                        rota_host_print(" at ");
                        rota_host_print_hex(address);
                }
                rota_host_print("\n  ");
                rota_host_print_place();
                if (overflow)
                        rota_host_print("  stack overflow, where something may be locked\n");
                print_registers(registers);
                rota_host_print_frames(
                        (uintptr_t)registers[REG_RIP], (uintptr_t)registers[REG_RBP]);
                if (rota_host_cpu())
                        rota_dump(rota_host_print_char);
        }
        rota_host_action_restore(signal, &before[which]);
        /* A fault happens again on return; a signal that somebody sent does not. */
        if (info->si_code <= 0)
                rota_host_syscall(
                        SYS_tgkill, (uintptr_t)getpid(), (uintptr_t)gettid(), (uintptr_t)signal, 0);
}

void rota_host_fault_start(void)
{
        for (unsigned i = 0; i < SIGNALS; i++)
                /* All other signals wait: nothing moves what the report tells of. */
                rota_host_action(signals[i].number, on_fault,
                        ~(uint64_t)0 & ~(1ull << (SIGSEGV - 1)), &before[i]);
}
