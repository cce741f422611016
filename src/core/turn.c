/* SPDX-License-Identifier: MIT */
/*
 * Turns of tasks that have no stack of their own, on a CPU's home stack.
 *
 * A turn that has ended is left by a short way (polls.c), or, where there is more to ask, by dispatch() like
 * a thread. Either way who is next is decided under one lock, together with what becomes of who was; where that
 * is a task without a stack too, or the same one, nothing is switched but the address space, and the home
 * loop takes its turn; else the home stack is switched away from, and come back to.
 */
#include "core/debug.h"
#include "core/spare.h"
#include "core/stack.h"

const bool turn_taken = true;

/* As turn_end(). */
static inline void end_turn(struct rota_cpu *cpu, struct rota_task *task, enum rota_turn ended)
{
        if (rota_unlikely(task->on))
                spare_give_back(cpu, task);
        if (rota_unlikely(!stack_untouched(&cpu->home)))
                stack_turn_overflown(cpu);
        bool plain = !rota_atomic_load(&cpu->need);
        switch (ended) {
        case ROTA_TURN_YIELDED:
                if (rota_likely(plain))
                        polls_yield(cpu, task);
                else
                        dispatch(cpu, WHY_YIELD);
                break;
        case ROTA_TURN_PREEMPTED:
                dispatch(cpu, WHY_PREEMPT);
                break;
        case ROTA_TURN_PENDING:
                if (rota_likely(plain))
                        polls_park(cpu, task);
                else
                        dispatch(cpu, WHY_PARK);
                break;
        case ROTA_TURN_ENDED:
                if (rota_unlikely(task->guard))
                        task->guard =
                                0; /* no store for nothing: unbound() reads more than this next */
                if (rota_likely(plain))
                        polls_end(cpu, task);
                else
                        dispatch(cpu, WHY_EXIT);
                break;
        }
}

/* It may end on another CPU, which then takes this stack as its home (spare.c): nothing here keeps a CPU
 * across it. */
void turn_take(struct rota_cpu *cpu, struct rota_task *task)
{
        /* The decision for it has left something to do, or somebody has come since: that goes first, while it
         * costs no stack. */
        if (rota_unlikely(rota_atomic_load(&cpu->need) & NEED_BEFORE_TURN)) {
                dispatch_before_turn(cpu);
                return;
        }
        rota_port_irq_enable();
        enum rota_turn ended = task->kind->begin_turn(task);
        uintptr_t flags = rota_port_irq_save();

        cpu = rota_port_cpu();
        debug_turn(cpu, task, ended, flags);
        end_turn(cpu, task, ended);
}

void turn_end(struct rota_cpu *cpu, struct rota_task *task, enum rota_turn ended)
{
        end_turn(cpu, task, ended);
}
