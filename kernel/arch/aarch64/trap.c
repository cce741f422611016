/* SPDX-License-Identifier: MIT */
/* What entry.S calls: interrupts go to Rota, exceptions to an end of the task or of the machine. */
#include "arm.h"
#include "machine.h"
#include "rota_arch.h"
#include "space.h"

#define CLASS_UNKNOWN    0x00 /* of exceptions: bits 31 to 26 of the syndrome */
#define CLASS_DATA_ABORT 0x25
#define FROM_EL1         4 /* in a vector's number */

/* entry.S: where an interrupt's frame is begun; uart.c */
extern char trap_irq_frame[], machine_exit_call[];
void trap_dispatch(struct trap_frame *frame);
void trap_irq(void);
ROTA_NORETURN void trap_fiq(void);

/*
 * On a stack of this CPU's own. A task that ran into the gap below its stack, with interrupts enabled
 * and nothing locked, is ended. It may have been an interrupt that found no room for its frame: then
 * interrupts were enabled, whatever the frame says, and it is still pending and comes again.
 */
static void data_abort(struct trap_frame *frame, uint64_t address)
{
        bool interrupt = frame->pc == (uintptr_t)trap_irq_frame;
        bool enabled = interrupt || !(frame->pstate & ROTA_ARCH_FLAG_MASKED);

        if (!machine_rota_cpu() || !enabled || !rota_overflow_hit(address, frame->sp) ||
                !rota_overflow_survivable())
                return;
        rota_irq_enter();
        rota_overflow_end();
}

void trap_dispatch(struct trap_frame *frame)
{
        uint64_t syndrome = sysreg_read("esr_el1"), address = sysreg_read("far_el1");
        uint64_t class = syndrome >> 26 & 63;

        if (frame->vector == FROM_EL1 + TRAP_SYNC && class == CLASS_DATA_ABORT)
                data_abort(frame, address);
        if (frame->vector == FROM_EL1 + TRAP_SYNC && class == CLASS_UNKNOWN &&
                frame->pc == (uintptr_t)machine_exit_call) {
                frame->pc += 4; /* nobody listens */
                return;
        }
        trap_report(frame, syndrome, address);
}

/* Outside Rota (machine_rota_cpu() is NULL) these only end a wait. Between rota_irq_exit()'s beginning
 * and its return other threads may run: it comes last, and the interrupt's end before it. */
void trap_irq(void)
{
        uint32_t token, interrupt = gic_take(&token);

        if (interrupt == clock_interrupt) {
                clock_taken(); /* or it would be raised still */
                gic_end(token);
                rota_timer_irq();
                return;
        }
        if (interrupt >= GIC_NONE)
                return; /* nothing is pending any more, and nothing is to be ended */
        gic_end(token);
        if (interrupt == GIC_STOP && kernel_is_fatal())
                kernel_fatal_stop();
        if (interrupt == GIC_KICK) {
                kernel_space_kicked();
                rota_irq_enter();
                rota_kicked();
                rota_irq_exit();
        }
}

/* From user mode they come one after the other: the frame is the task's, this stack its turn's. */
bool machine_user_interrupt(struct rota_user_frame *frame)
{
        (void)frame;
        trap_irq();
        return true;
}

/* Whatever this CPU was doing, it never goes on. */
void trap_fiq(void)
{
        if (!kernel_is_fatal())
                kernel_fatal("an FIQ that nobody sent");
        kernel_fatal_stop();
}
