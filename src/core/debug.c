/* SPDX-License-Identifier: MIT */
/* Misuse, reported with two places; compiled into debug builds only. */
#include "core/debug.h"

#if ROTA_DEBUG

void debug_report(struct rota_cpu *cpu, const char *function, const void *at, const char *text,
        const char *held, const void *since)
{
        if (!cpu || !cpu->rota)
                return; /* nobody to tell; what the call answers says it */
        struct rota *rota = cpu->rota;
        struct rota_task *task = cpu->current;
        const struct rota_debug_call *call =
                task && cpu->nesting == 0 ? &task->debug.call : &cpu->debug.call;
        struct rota_misuse misuse = {
                .function = call->function ? call->function : function,
                .text = text,
                .at = call->function ? call->at : at,
                .held = held,
                .since = since,
                .cpu = cpu->index,
        };

        if (task)
                misuse.task = task->handle;
        rota_atomic_add(&rota->misuses, 1u);
        if (rota->misuse)
                rota->misuse(&misuse);
}

bool debug_forbidden(
        struct rota_cpu *cpu, const char *function, const void *at, const char *text, bool masked)
{
        const struct rota_task *task = cpu ? cpu->current : NULL;
        const char *held = NULL;
        const void *since = NULL;

        if (!cpu || !cpu->rota)
                return true;
        if (cpu->debug.callback) {
                held = cpu->debug.callback;
                since = cpu->debug.callback_at;
        } else if (cpu->nesting) {
                held = "an interrupt is served";
                since = cpu->debug.irq_at;
        } else if (cpu->debug.lock_count) {
                held = "a spinlock is held";
                since = cpu->debug.lock_known ? cpu->debug.lock_at[0] : NULL;
        } else if (!task) {
                held = "no task runs";
        } else if (task_guards(task)) {
                held = "a guard is held";
                since = task->debug.guard_at;
        } else if (!task->on || task_lent(task)) {
                held = "it is a poll, on the home stack";
                since = (const void *)(uintptr_t)task->kind->begin_turn;
        } else if (masked) {
                bool stopper = rota_atomic_load(&cpu->rota->world_stop) == cpu->index + 1;
                held = stopper ? "the world is stopped" : "interrupts are masked";
                since = stopper ? cpu->debug.stop_at : NULL;
        } else if (!rota_port_may_switch()) {
                held = "rota_port_may_switch() says no";
        } else {
                return false;
        }
        debug_report(cpu, function, at, text, held, since);
        return true;
}

bool debug_held_at(struct rota_cpu *cpu, const char *function, const void *at, const char *text)
{
        bool guarded = cpu && cpu->current && task_guards(cpu->current);

        if (!cpu || !cpu->rota || cpu->nesting || !(guarded || cpu->debug.lock_count))
                return false;
        return debug_forbidden(cpu, function, at, text, false);
}

void debug_turn_ended(
        struct rota_cpu *cpu, const struct rota_task *task, enum rota_turn ended, uintptr_t flags)
{
        const void *turn = (const void *)(uintptr_t)task->kind->begin_turn;

        if (!rota_port_irq_enabled(flags))
                debug_report(cpu, "begin_turn", turn, "returns with interrupts masked", NULL, NULL);
        if (task_guards(task))
                debug_report(cpu, "begin_turn", turn, "ends its turn", "a guard is held",
                        task->debug.guard_at);
        if (cpu->debug.lock_count)
                debug_report(cpu, "begin_turn", turn, "ends its turn", "a spinlock is held",
                        cpu->debug.lock_at[0]);
        if ((unsigned)ended > ROTA_TURN_PREEMPTED)
                debug_report(cpu, "begin_turn", turn, "answers no enum rota_turn", NULL, NULL);
}

bool debug_not_mine_at(const struct rota_wait *wait, const void *at)
{
        if (rota_handle_equal(wait->waiter, rota_self()))
                return false;
        uintptr_t flags = rota_port_irq_save();
        debug_report(rota_port_cpu(), "rota_wait_park", at, "parks on a wait of another task", NULL,
                NULL);
        rota_port_irq_restore(flags);
        return true;
}

bool debug_may_switch(const struct rota_cpu *cpu)
{
        return cpu->debug.lock_count == 0;
}

void debug_react(struct rota_cpu *cpu, const void *at)
{
        struct rota_cpu_debug *debug = &cpu->debug;
        const struct rota_task *task = cpu->current;

        if (!debug->lock_known || !debug->lock_at[0] || !task || !task->on || task_guards(task) ||
                cpu->nesting || !(rota_atomic_load(&cpu->need) & NEED_DISPATCH))
                return;
        const void *since = debug->lock_at[0];
        debug->lock_at[0] = NULL; /* once */
        debug_report(cpu, "preemption", at, "is due, and nothing but luck puts it off",
                "a spinlock is held", since);
}

struct rota_debug_call *debug_call_begin(const char *function, const void *at)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_debug_call *call = NULL;

        if (cpu && cpu->rota) {
                call = cpu->current && cpu->nesting == 0 ? &cpu->current->debug.call
                                                         : &cpu->debug.call;
                if (call->function)
                        call = NULL; /* part of another one */
                else
                        *call = (struct rota_debug_call){function, at};
        }
        rota_port_irq_restore(flags);
        return call;
}

void debug_call_end(struct rota_debug_call **call)
{
        if (*call)
                (*call)->function = NULL;
}

static bool overlap(const struct rota_context *a, const struct rota_context *b)
{
        return a && b && a->stack && b->stack && a->stack < b->stack + b->stack_size &&
               b->stack < a->stack + a->stack_size;
}

static bool in_use(struct rota *rota, const struct rota_task *task, const struct rota_context *on)
{
        for (uint32_t i = 0; i < rota->slot_count; i++) {
                uintptr_t flags = rota_port_irq_save();
                uintptr_t word = rota_atomic_load_acquire(&rota->slots[i].word);
                struct rota_handle handle = {i, word_generation(word)};
                struct rota_slot *slot = slot_pin(rota, handle, false);
                bool used = false;
                if (slot) {
                        const struct rota_task *other = slot_task(slot);
                        used = other == task || overlap(other->on, on);
                        slot_unpin(slot);
                }
                rota_port_irq_restore(flags);
                if (used)
                        return true;
        }
        return false;
}

bool debug_reused_at(struct rota *rota, const struct rota_task *task, const struct rota_context *on,
        const void *at)
{
        if (!in_use(rota, task, on))
                return false;
        uintptr_t flags = rota_port_irq_save();
        debug_report(rota_port_cpu(), "rota_task_create", at,
                "gives a task memory or a stack of another that lives", NULL, NULL);
        rota_port_irq_restore(flags);
        return true;
}

void debug_note(struct rota_cpu *cpu, const void *lock, const void *at)
{
        struct rota_cpu_debug *debug = &cpu->debug;

        if (debug->lock_known < ROTA_DEBUG_LOCKS) {
                debug->locks[debug->lock_known] = lock;
                debug->lock_at[debug->lock_known++] = at;
        }
        debug->lock_count++;
}

void rota_debug_locked(const void *lock)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (cpu && cpu->rota) {
                struct rota_cpu_debug *debug = &cpu->debug;
                for (uint32_t i = 0; i < debug->lock_known; i++)
                        (void)debug_wrong(debug->locks[i] == lock, cpu, "rota_debug_locked",
                                "takes a spinlock that this CPU holds", "it is held",
                                debug->lock_at[i]);
                debug_note(cpu, lock, debug_here());
        }
        rota_port_irq_restore(flags);
}

/* Forgets the latest of this lock; false where none is known. */
static bool forget(struct rota_cpu_debug *debug, const void *lock)
{
        uint32_t i = debug->lock_known;

        while (i > 0 && debug->locks[i - 1] != lock)
                i--;
        if (i == 0)
                return false;
        for (; i < debug->lock_known; i++) {
                debug->locks[i - 1] = debug->locks[i];
                debug->lock_at[i - 1] = debug->lock_at[i];
        }
        debug->lock_known--;
        return true;
}

bool debug_unnote(struct rota_cpu *cpu, const void *lock)
{
        struct rota_cpu_debug *debug = &cpu->debug;
        bool held = forget(debug, lock) || debug->lock_count > debug->lock_known;

        debug->lock_count -= held;
        return held;
}

void rota_debug_unlocked(const void *lock)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();

        if (cpu && cpu->rota) {
                (void)debug_wrong(!debug_unnote(cpu, lock), cpu, "rota_debug_unlocked",
                        "releases a spinlock that this CPU does not hold", NULL, NULL);
        }
        rota_port_irq_restore(flags);
}

#endif
