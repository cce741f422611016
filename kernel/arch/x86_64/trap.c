/* SPDX-License-Identifier: MIT */
/* What entry.S calls: interrupts go to Rota, exceptions and what is spurious to trap_dispatch(). */
#include "machine.h"
#include "rota_arch.h"
#include "space.h"
#include "x86.h"

#define VECTOR_NMI        2
#define VECTOR_NO_UNIT    7
#define VECTOR_PAGE_FAULT 14
#define EXCEPTIONS        32

static const char *const exception_names[EXCEPTIONS] = {
        "divide error",
        "debug",
        "non-maskable interrupt",
        "breakpoint",
        "overflow",
        "bound range exceeded",
        "invalid opcode",
        "device not available",
        "double fault",
        "coprocessor segment overrun",
        "invalid TSS",
        "segment not present",
        "stack fault",
        "general protection",
        "page fault",
        NULL,
        "x87 floating point",
        "alignment check",
        "machine check",
        "SIMD floating point",
        "virtualization",
        "control protection",
};

void trap_dispatch(struct trap_frame *frame);
void trap_timer(void);
void trap_kick(void);

static uint64_t fault_address(void)
{
        uint64_t address;

        __asm__ volatile("movq %%cr2, %0" : "=r"(address));
        return address;
}

ROTA_NORETURN static void report(const struct trap_frame *f)
{
        const char *name = exception_names[f->vector];

        kernel_fatal_begin();
        kernel_print("\nexception %lu: %s, error code %lx\n", f->vector, name ? name : "reserved",
                f->error);
        kernel_print_place();
        if (f->vector == VECTOR_NO_UNIT)
                kernel_print("  floating point or vectors: who runs did not ask for it "
                             "(rota_thread_options.fpu)\n");
        if (f->vector == VECTOR_PAGE_FAULT) {
                uint64_t address = fault_address();
                if (machine_rota_cpu() && rota_overflow_hit(address, f->rsp))
                        kernel_print("  stack overflow, where something may be locked\n");
                const char *access = address == f->rip ? "fetch" : f->error & 2 ? "write" : "read";
                kernel_print("  %s at address (cr2) %016lx\n", access, address);
        }
        kernel_print("  rip %016lx  rsp %016lx  rflags %08lx\n", f->rip, f->rsp, f->rflags);
        kernel_print("  rax %016lx  rbx %016lx  rcx %016lx\n", f->rax, f->rbx, f->rcx);
        kernel_print("  rdx %016lx  rsi %016lx  rdi %016lx\n", f->rdx, f->rsi, f->rdi);
        kernel_print("  rbp %016lx  r8  %016lx  r9  %016lx\n", f->rbp, f->r8, f->r9);
        kernel_print("  r10 %016lx  r11 %016lx  r12 %016lx\n", f->r10, f->r11, f->r12);
        kernel_print("  r13 %016lx  r14 %016lx  r15 %016lx\n", f->r13, f->r14, f->r15);
        kernel_backtrace(f->rip, (const uintptr_t *)f->rbp);
        kernel_fatal_end();
}

/*
 * On a stack of this CPU's own. A task that ran into the gap below its stack, with interrupts enabled
 * and nothing locked, is ended. It may have been an interrupt that found no room for its frame: that
 * one is in service and would keep those after it away, so it is taken here.
 */
static void page_fault(const struct trap_frame *frame)
{
        if (!machine_rota_cpu() || !(frame->rflags & ROTA_ARCH_FLAG_INTERRUPTS) ||
                !rota_overflow_hit(fault_address(), frame->rsp) || !rota_overflow_survivable())
                report(frame);
        uint32_t lost = apic_take_unacknowledged();
        rota_irq_enter();
        if (lost & 1)
                rota_timer();
        if (lost & 2)
                rota_kicked();
        rota_overflow_end();
}

/* Outside Rota (machine_rota_cpu() is NULL) these only end a halt. Between rota_irq_exit()'s beginning
 * and its return other threads may run: it comes last. */
void trap_timer(void)
{
        apic_eoi();
        rota_timer_irq();
}

void trap_kick(void)
{
        apic_eoi();
        kernel_space_kicked();
        rota_irq_enter();
        rota_kicked();
        rota_irq_exit();
}

/* From user mode they come one after the other: the frame is the task's, this stack its turn's. */
bool machine_user_interrupt(struct rota_user_frame *frame)
{
        switch (frame->vector) {
        case VECTOR_TIMER:
                trap_timer();
                break;
        case VECTOR_KICK:
                trap_kick();
                break;
        default:
                break; /* spurious */
        }
        return true;
}

void trap_dispatch(struct trap_frame *frame)
{
        switch (frame->vector) {
        case VECTOR_PAGE_FAULT:
                page_fault(frame);
                break;
        case VECTOR_NMI:
                if (kernel_is_fatal())
                        kernel_fatal_stop();
                report(frame);
                break;
        default:
                /* What is left above the exceptions is spurious, and wants no acknowledgement. */
                if (frame->vector < EXCEPTIONS)
                        report(frame);
        }
}
