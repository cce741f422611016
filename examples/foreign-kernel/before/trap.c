/* SPDX-License-Identifier: MIT */
/* What entry.S calls. */
#include "kernel.h"

void trap(struct frame *frame);

static void interrupt(struct frame *frame)
{
        if (frame->vector == VECTOR_SPURIOUS)
                return;
        apic_end();
        if (frame->vector == VECTOR_TIMER) {
                this_cpu()->timer_irqs++;
                timer_interrupt();
        }
}

void trap(struct frame *frame)
{
        bool from_user = frame->cs & 3;

        if (from_user && frame != thread_frame(current()))
                panic("a program's registers on a stack that is not its thread's");
        if (frame->vector == VECTOR_SYSCALL) {
                irq_on();
                system_call(frame);
                irq_save();
        } else if (frame->vector >= VECTOR_TIMER) {
                interrupt(frame);
        } else if (from_user) {
                current()->killed = true;
        } else {
                kprintf("exception %u, error %x, at %x, rsp %x\n", frame->vector, frame->error,
                        frame->rip, frame->rsp);
                panic("exception");
        }
        if (from_user && killed())
                thread_exit(-1);
}
