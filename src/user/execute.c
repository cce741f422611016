/* SPDX-License-Identifier: MIT */
/*
 * User mode, for threads and for turns of user tasks: in, interrupts, and out again where there is
 * something to do.
 *
 * A thread's interrupts switch by themselves, as they do in the kernel: its stack stays. In a turn on
 * the home stack they only leave their wish, and the turn ends; all of the task is in its frame then.
 */
#include "user/unit.h"

#include "core/debug.h"

void rota_user_context_init(struct rota_user_context *context, uintptr_t pc, uintptr_t sp,
        uintptr_t argument, void *fpu)
{
        rota_arch_user_init(&context->frame, pc, sp, argument);
        context->trap = (struct rota_trap){.reason = ROTA_TRAP_PREEMPTED};
        context->fpu = fpu;
        if (fpu) {
                *context->fpu = (struct rota_extra){.area = (char *)fpu + ROTA_EXTRA_ALIGN,
                        .flags = ROTA_EXTRA_FPU | ROTA_EXTRA_WHOLE};
                rota_port_extra_init(context->fpu);
        }
}

_Static_assert(sizeof(struct rota_extra) <= ROTA_EXTRA_ALIGN, "in front of its area");

size_t rota_user_fpu_bytes(void)
{
        size_t area = rota_port_extra_size();

        return area == ROTA_EXTRA_NONE || !area ? 0 : ROTA_EXTRA_ALIGN + area;
}

/* The context's unit is loaded, in the place of what runs here had; a switch saves and loads it from now on
 * like any other's. Whoever called this has called: of its own what a callee preserves is kept. Masked. */
static void unit_take(struct rota_cpu *cpu, struct rota_user_context *context)
{
        struct rota_extra *own = cpu->on->extra;

        if (own == context->fpu || !context->fpu)
                return;
        context->fpu->tls = own ? own->tls : NULL;
        rota_port_extra_switch(own, context->fpu, false);
        cpu->on->extra = context->fpu;
}

void unit_give(struct rota_user_context *context, struct rota_extra *own)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (cpu->on->extra == context->fpu) {
                rota_port_extra_switch(context->fpu, own, true);
                cpu->on->extra = own;
        }
        rota_port_irq_restore(flags);
}

/* May the running task leave for user mode, and be switched away from there? */
static bool may_enter(const struct rota_cpu *cpu, uintptr_t flags)
{
        return cpu && rota_port_irq_enabled(flags) && cpu->current && cpu->nesting == 0 &&
               task_guards(cpu->current) == 0 && rota_port_may_switch();
}

/* From now on a cancel interrupts the CPU where this task runs. A thread's first time. */
static void mark(struct rota_cpu *cpu, struct rota_task *task)
{
        /* Partner: rota_cancel says so in the word, then looks at the mark under the lock. */
        rota_lock(&cpu->lock);
        rota_atomic_store(&task->marks, task->marks | MARK_USER);
        rota_unlock(&cpu->lock);
}

/* Acts on what this CPU is asked to do. Masked. Returns whether the turn must end for it. */
static bool must_leave(struct rota_cpu *cpu)
{
        if (!cpu->current->on && (rota_atomic_load(&cpu->need) & NEED_DISPATCH))
                return true; /* the dispatch at the turn's end sees to all bits */
        dispatch_react(cpu);
        return false;
}

/* Takes the interrupt. In a turn it is not preempted for it here, with the stack: all of the task is in its
 * frame, and the turn ends in a moment. */
static bool interrupt(struct rota_user_context *context, struct rota_task *task)
{
        bool turn = !task->on;

        task->guard += turn;
        bool taken = rota_port_user_interrupt(&context->frame);
        task->guard -= turn;
        return taken;
}

/* Masked on entry and return. */
static enum rota_trap_reason run(struct rota_user_context *context, struct rota_task *task)
{
        for (;;) {
                struct rota_cpu *cpu = rota_port_cpu();

                if (rota_atomic_load(&cpu->need) && must_leave(cpu))
                        return ROTA_TRAP_PREEMPTED;
                if (rota_unlikely(park_cancelled(task)))
                        return ROTA_TRAP_EXIT;
                rota_port_user_enter(&context->frame);
                enum rota_trap_reason reason =
                        rota_arch_user_reason(&context->frame, &context->trap);
                if (reason != ROTA_TRAP_INTERRUPT || !interrupt(context, task))
                        return reason;
        }
}

int rota_user_execute(struct rota_user_context *context, uintptr_t value)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (rota_unlikely(!may_enter(cpu, flags))) {
                debug_refused(cpu, "rota_user_execute", !rota_port_irq_enabled(flags));
                rota_port_irq_restore(flags);
                return ROTA_ECONTEXT;
        }
        if (context->trap.reason == ROTA_TRAP_SYSCALL)
                rota_arch_user_result(&context->frame, value);
        if (rota_unlikely(!(cpu->current->marks & MARK_USER)))
                mark(cpu, cpu->current);
        struct rota_task *task = cpu->current;
        struct rota_extra *own = cpu->on->extra;
        unit_take(cpu, context);
        /* A turn that was preempted before it came here gives back the stack that went with it. */
        enum rota_trap_reason reason = task_lent(task) ? ROTA_TRAP_PREEMPTED : run(context, task);
        if (context->fpu && !rota_user_is(task)) /* whose turn keeps it */
                unit_give(context, own);
        context->trap.reason = (uint8_t)reason;
        context->trap.again = false;
        rota_port_irq_restore(flags);
        return (int)reason;
}
