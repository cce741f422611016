/* SPDX-License-Identifier: MIT */
/* What is said of a program that did what it may not. */
#include "console.h"
#include "machine.h"
#include "user/process.h"

/* Whether there is an address to speak of. */
static bool has_address(const struct rota_trap *trap)
{
        return trap->fault == ROTA_FAULT_READ || trap->fault == ROTA_FAULT_WRITE ||
               trap->fault == ROTA_FAULT_EXECUTE || trap->fault == ROTA_FAULT_ALIGNMENT;
}

void kernel_user_report(const struct kernel_thread *thread, const struct rota_trap *trap)
{
        const struct kernel_process *process = thread->process;
        const struct rota_user_frame *frame = &thread->user.context.frame;
        const uintptr_t flags = kernel_console_take();

        kernel_console_print("\nprogram \"%s\" (process %lu, thread %lu) is ended: ", process->name,
                process->id, thread->id);
        if (trap->reason == ROTA_TRAP_FAULT)
                kernel_console_print("fault, %s", rota_fault_text(trap->fault));
        else
                kernel_console_print("an interrupt that nobody knows");
        if (has_address(trap))
                kernel_console_print(" at %016lx", trap->address);
        kernel_console_print(", cause %lu, pc %016lx\n", trap->number, rota_arch_user_pc(frame));
        machine_user_registers(frame);
        kernel_console_give(flags);
}
