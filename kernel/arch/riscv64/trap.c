/* SPDX-License-Identifier: MIT */
/* What entry.S calls: interrupts go to Rota, exceptions to trap_exception(). */
#include "ipi.h"
#include "machine.h"
#include "riscv.h"
#include "rota_arch.h"
#include "space.h"

#define CAUSE_INTERRUPT  ((uint64_t)1 << 63)
#define CAUSE_ILLEGAL    2
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE  13
#define CAUSE_STORE_PAGE 15
#define CAUSES           20

static const char *const cause_names[CAUSES] = {
        "instruction address misaligned",
        "instruction access fault",
        "illegal instruction",
        "breakpoint",
        "load address misaligned",
        "load access fault",
        "store address misaligned",
        "store access fault",
        "call from user mode",
        "call from supervisor mode",
        NULL,
        NULL,
        "instruction page fault",
        "load page fault",
        NULL,
        "store page fault",
        NULL,
        NULL,
        "software check",
        "hardware error",
};

/* What an exception did at the address in stval; NULL: stval is no address. */
static const char *const cause_access[CAUSES] = {
        [0] = "fetch",
        [1] = "fetch",
        [3] = "fetch",
        [4] = "read",
        [5] = "read",
        [6] = "write",
        [7] = "write",
        [CAUSE_FETCH_PAGE] = "fetch",
        [CAUSE_LOAD_PAGE] = "read",
        [CAUSE_STORE_PAGE] = "write",
};

/* entry.S */
extern char trap_entry[], trap_pushed[];
void trap_exception(struct trap_frame *frame);
void trap_interrupt(uint64_t cause);

static bool is_page_fault(uint64_t cause)
{
        return cause == CAUSE_FETCH_PAGE || cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE;
}

static void print_cause(const struct trap_frame *f)
{
        const char *name = f->cause < CAUSES ? cause_names[f->cause] : NULL;

        kernel_print(
                "\nexception %lu: %s, value %lx\n", f->cause, name ? name : "reserved", f->value);
}

ROTA_NORETURN static void report(const struct trap_frame *f)
{
        kernel_fatal_begin();
        print_cause(f);
        kernel_print_place();
        if (machine_rota_cpu() && is_page_fault(f->cause) && rota_overflow_hit(f->value, f->sp))
                kernel_print("  stack overflow, where something may be locked\n");
        if (f->cause < CAUSES && cause_access[f->cause])
                kernel_print("  %s at address (stval) %016lx\n", cause_access[f->cause], f->value);
        /* stval is the instruction, where the machine says so. */
        if (f->cause == CAUSE_ILLEGAL && rota_arch_user_is_float((uint32_t)f->value) &&
                !(f->status & STATUS_FS))
                kernel_print("  floating point or vectors: who runs did not ask for it "
                             "(rota_thread_options.fpu)\n");
        kernel_print("  pc  %016lx  ra  %016lx  sp  %016lx\n", f->pc, f->ra, f->sp);
        kernel_print("  gp  %016lx  tp  %016lx  status %lx\n", f->gp, f->tp, f->status);
        kernel_print("  t0  %016lx  t1  %016lx  t2  %016lx\n", f->t0, f->t1, f->t2);
        kernel_print("  t3  %016lx  t4  %016lx  t5  %016lx\n", f->t3, f->t4, f->t5);
        kernel_print("  t6  %016lx  a0  %016lx  a1  %016lx\n", f->t6, f->a0, f->a1);
        kernel_print("  a2  %016lx  a3  %016lx  a4  %016lx\n", f->a2, f->a3, f->a4);
        kernel_print("  a5  %016lx  a6  %016lx  a7  %016lx\n", f->a5, f->a6, f->a7);
        kernel_print("  s0  %016lx  s1  %016lx  s2  %016lx\n", f->s0, f->s1, f->s2);
        kernel_print("  s3  %016lx  s4  %016lx  s5  %016lx\n", f->s3, f->s4, f->s5);
        kernel_print("  s6  %016lx  s7  %016lx  s8  %016lx\n", f->s6, f->s7, f->s8);
        kernel_print("  s9  %016lx  s10 %016lx  s11 %016lx\n", f->s9, f->s10, f->s11);
        kernel_backtrace(f->pc, (const uintptr_t *)f->s0);
        kernel_fatal_end();
}

/* An interrupt's entry could not store its frame: then it is as if what it interrupted had failed. */
static void unpack(struct trap_frame *frame)
{
        if (frame->pc < (uintptr_t)trap_entry || frame->pc >= (uintptr_t)trap_pushed)
                return;
        frame->pc = frame->t0;
        frame->t0 = machine_cpu()->machine[CPU_INTERRUPT];
        frame->status |= STATUS_SPIE;
}

/* Whether @p root allows what was refused, to user mode or to the kernel: then this hart had cached that it
 * does not. It forgets that. */
static bool is_allowed(uint64_t *root, uint64_t cause, uintptr_t address, unsigned user)
{
        unsigned wants = cause == CAUSE_FETCH_PAGE   ? KERNEL_EXECUTE
                         : cause == CAUSE_STORE_PAGE ? KERNEL_WRITE
                                                     : KERNEL_READ;
        const uint64_t *at = kernel_pages_entry(root, address);
        uint64_t entry = at ? __atomic_load_n(at, __ATOMIC_RELAXED) : 0;
        unsigned rights = machine_entry_present(entry) ? machine_entry_rights(entry) : 0;

        if (!(rights & wants) || (rights & KERNEL_USER) != user)
                return false;
        machine_flush_page(address);
        return true;
}

bool machine_user_retry(const struct rota_user_frame *frame)
{
        uint64_t *root = (uint64_t *)(csr_read("satp") << 12 & (((uint64_t)1 << 56) - 1));

        return is_allowed(root, frame->cause, frame->value, KERNEL_USER);
}

/*
 * A task that ran into the gap below its stack, with interrupts enabled and nothing locked, is ended. If it
 * was an interrupt that found no room for its frame, it is still pending.
 */
static void page_fault(struct trap_frame *frame)
{
        if (is_allowed(machine_root, frame->cause, frame->value, 0))
                return;
        if (!machine_rota_cpu() || !(frame->status & STATUS_SPIE) ||
                !rota_overflow_hit(frame->value, frame->sp) || !rota_overflow_survivable())
                report(frame);
        rota_irq_enter();
        rota_overflow_end();
}

void trap_exception(struct trap_frame *frame)
{
        unpack(frame);
        if (!is_page_fault(frame->cause))
                report(frame);
        page_fault(frame);
}

static void kicked(void)
{
        if (kernel_is_fatal())
                kernel_fatal_stop();
        rota_irq_enter();
        kernel_space_kicked();
        rota_kicked();
        rota_irq_exit();
}

/* Outside Rota (machine_rota_cpu() is NULL) these only end a halt. Between rota_irq_exit()'s beginning
 * and its return other threads may run: it comes last. */
void trap_interrupt(uint64_t cause)
{
        switch ((uint8_t)cause) {
        case IRQ_TIMER:
                timer_taken();
                rota_timer_irq();
                break;
        case IRQ_SOFTWARE:
                ipi_taken();
                kicked();
                break;
        case IRQ_EXTERNAL:
                /* There is no other message: no device is told to send one. */
                if (ipi_take_message())
                        kicked();
                break;
        default:
                kernel_fatal("interrupt %lu, which nobody asked for", cause & ~CAUSE_INTERRUPT);
        }
}

/* From user mode they come one after the other: the frame is the task's, this stack its turn's. */
bool machine_user_interrupt(struct rota_user_frame *frame)
{
        trap_interrupt(frame->cause);
        return true;
}
