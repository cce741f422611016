/* SPDX-License-Identifier: MIT */
/* Making, starting and dropping tasks; the running task. */
#include "core/change.h"
#include "core/debug.h"
#include "core/fill.h"
#include "core/stack.h"

int rota_task_create(struct rota_task *task, const struct rota_kind *kind, struct rota_context *on,
        const struct rota_task_options *options, struct rota_handle *handle)
{
        static const struct rota_task_options defaults;
        struct rota *rota = core_instance();

        if (!options)
                options = &defaults;
        if (!rota || !task || !kind || !handle || (!on && !(turn_taken && kind->begin_turn)))
                return ROTA_EINVAL;
        if (options->params.class_index >= rota->class_count ||
                !place_possible(rota, options->affinity) || (options->stats && !rota->exact))
                return ROTA_EINVAL;

        if (debug_reused(rota, task, on))
                return ROTA_ESTATE;
        uint8_t class_index = options->params.class_index;
        const struct rota_policy *policy = rota->classes[class_index];
        int admitted = policy_admits(policy, &options->params);
        if (admitted != ROTA_OK)
                return admitted;

        uintptr_t flags = rota_port_irq_save();
        uint32_t index;
        struct rota_slot *slot = slot_take(rota, &index);
        if (!slot) {
                rota_port_irq_restore(flags);
                return ROTA_ENOSPC;
        }
        const struct rota_cpu *cpu = rota_port_cpu();
        task_fill(rota, task, kind, options, slot, index, cpu && cpu->rota == rota ? cpu->index : 0,
                0, kind->saved ? TASK_SAVED : 0);
        task->on = on;
        if (on) {
                on->extra = NULL;
                stack_begin(on, options->stack);
        }

        *handle = task->handle;
        /* Release: the task, to whoever uses the handle; partner: every acquire of the word. */
        rota_atomic_store_release(
                &slot->word, word_make(task->handle.generation,
                                     WORD_NEW | (options->detached ? WORD_DETACHED : 0)));
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

/* NEW -> state, by exactly one caller. Returns the slot with ROTA_OK. */
static int leave_new(struct rota *rota, struct rota_handle handle, uintptr_t state)
{
        struct rota_slot *slot = slot_of(rota, handle);
        if (!slot)
                return ROTA_ESTALE;
        uintptr_t word = rota_atomic_load(&slot->word);
        for (;;) {
                if (word_generation(word) != handle.generation || word_state(word) == WORD_FREE)
                        return ROTA_ESTALE;
                if (word_state(word) != WORD_NEW)
                        return ROTA_ESTATE;
                if (word & WORD_PIN) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                } else if (rota_atomic_cas(
                                   &slot->word, &word, (word & ~(uintptr_t)WORD_STATE) | state)) {
                        return ROTA_OK;
                }
        }
}

int rota_start(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        uintptr_t flags = rota_port_irq_save();
        int result = leave_new(rota, handle, WORD_RUNNABLE);

        if (result == ROTA_OK)
                place(rota, slot_task(&rota->slots[handle.index]), ROTA_ENQ_NEW);
        dispatch_leave(flags);
        return result;
}

int rota_drop(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        uintptr_t flags = rota_port_irq_save();
        int result = leave_new(rota, handle, WORD_DEAD | WORD_BUSY | WORD_PIN);

        if (result == ROTA_OK) {
                struct rota_slot *slot = &rota->slots[handle.index];
                struct rota_task *task = slot_task(slot);
                if (task->on)
                        rota_port_context_fini(task->on);
                /* Joiners that came early learn that there is nothing to wait for. */
                task->on_exit = NULL;
                inherit_ended(rota, task); /* who lends to it does not any more */
                exit_release(rota, slot, ROTA_ESTALE, true);
        }
        dispatch_leave(flags);
        return result;
}

enum rota_task_state rota_state(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        struct rota_slot *slot = slot_of(rota, handle);
        if (!slot)
                return ROTA_TASK_FREE;
        uintptr_t word = rota_atomic_load_acquire(&slot->word);
        if (word_generation(word) != handle.generation)
                return ROTA_TASK_FREE;
        return (enum rota_task_state)word_state(word);
}

struct rota_task *rota_current(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        struct rota_task *task = cpu ? cpu->current : NULL;
        rota_port_irq_restore(flags);
        return task;
}

struct rota_handle rota_self(void)
{
        struct rota_task *task = rota_current();
        struct rota_handle none = {0, 0};
        return task ? task->handle : none;
}

const char *rota_error_text(int error)
{
        static const char *const texts[] = {
                [0] = "success",
                [-ROTA_EINVAL] = "a parameter is out of its range",
                [-ROTA_ESTALE] = "the handle's task is gone",
                [-ROTA_ETIMEDOUT] = "the time-out passed first",
                [-ROTA_ECANCELED] = "the waiting task was cancelled",
                [-ROTA_EBUSY] = "someone else holds it",
                [-ROTA_ENOSPC] = "a table or block is full or too small",
                [-ROTA_ECONTEXT] = "not callable from this context",
                [-ROTA_EAGAIN] = "would block",
                [-ROTA_ESTATE] = "the task's state does not allow it",
                [-ROTA_EPOLICY] = "the policy refused",
                [-ROTA_EPORT] = "a function of the port breaks its contract",
                [-ROTA_EDEADLK] = "the owner waits for the caller",
                [-ROTA_EOWNERDEAD] = "got it, but its owner ended without giving it back",
                [-ROTA_EPERM] = "not the caller's to give back",
                [-ROTA_ECLOSED] = "closed",
        };
        if (error > 0)
                return texts[0];
        if (error < ROTA_ECLOSED)
                return "unknown error";
        return texts[-error];
}
