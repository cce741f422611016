/* SPDX-License-Identifier: MIT */
/*
 * Park and wake: one word, one winner (DESIGN rules 1 to 3).
 *
 * A park is one compare-and-swap on the slot's word, RUNNABLE to PARKED, made by dispatch_finish on
 * the other side of the switch, when the context is saved: it fails where a wake has left its token
 * meanwhile, and then the task goes on. A wake is one compare-and-swap: PARKED to RUNNABLE, and who
 * wins that queues the task; or the token. Both are on one word, so neither can miss the other.
 */
#include "core/account.h"
#include "core/debug.h"

int park_wake_word(struct rota_slot *slot, struct rota_handle handle, struct rota_task **won)
{
        uintptr_t word = rota_atomic_load(&slot->word);

        *won = NULL;
        for (;;) {
                uintptr_t state = word_state(word);
                if (word_generation(word) != handle.generation || state == WORD_FREE ||
                        state == WORD_DEAD)
                        return ROTA_ESTALE;
                if (state == WORD_PARKED && (word & WORD_PIN)) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                        continue;
                }
                uintptr_t wanted = state == WORD_PARKED
                                           ? (word & ~(uintptr_t)WORD_STATE) | WORD_RUNNABLE
                                           : word | WORD_TOKEN;
                /* Release, even where the token was set: what the waker wrote before is seen by the
                 * task after its park. Acquire: the winner sees the saved context; partner:
                 * park_commit. */
                if (rota_atomic_cas(&slot->word, &word, wanted)) {
                        if (state == WORD_PARKED)
                                *won = slot_task(slot);
                        else
                                trace_token(handle);
                        return ROTA_OK;
                }
        }
}

bool park_commit_again(struct rota_task *task)
{
        struct rota_slot *slot = task->slot;
        uintptr_t word = rota_atomic_load(&slot->word);

        for (;;) {
                bool cancelled = (word & WORD_CANCEL) && !(word & WORD_HOLD);
                bool stays = (word & WORD_TOKEN) || cancelled;
                uintptr_t wanted = stays ? word & ~(uintptr_t)WORD_TOKEN
                                         : (word & ~(uintptr_t)WORD_STATE) | WORD_PARKED;
                /* Release: the saved context, to who wins the wake (park_wake_word). Acquire: what
                 * the waker wrote before the token. */
                if (rota_atomic_cas(&slot->word, &word, wanted))
                        return !stays;
        }
}

void park_wake(struct rota *rota, struct rota_handle handle)
{
        struct rota_slot *slot = slot_of(rota, handle);
        struct rota_task *task = NULL;

        if (slot)
                park_wake_word(slot, handle, &task);
        if (task)
                place(rota, task, ROTA_ENQ_WOKEN);
}

int rota_wake(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        struct rota_slot *slot = slot_of(rota, handle);
        struct rota_task *task;

        if (!slot)
                return ROTA_ESTALE;
        uintptr_t flags = rota_port_irq_save();
        int error = ROTA_OK;
        if (!park_claim(slot, handle, &task))
                error = park_wake_word(slot, handle, &task);
        if (!task) {
                rota_port_irq_restore(flags);
                return error;
        }
        struct rota_cpu *cpu = rota_port_cpu();
        bool here = cpu && cpu->rota == rota;
        if (!here || !(rota_port_irq_enabled(flags) ? dispatch_arrive(cpu, task)
                                                    : dispatch_arrive_masked(cpu, task)))
                place(rota, task, ROTA_ENQ_WOKEN);
        dispatch_leave(flags);
        return ROTA_OK;
}

/* Tasks that are queued in one go. */
#define MANY 16u

uint32_t park_wake_many(struct rota *rota, const struct rota_handle *handles, uint32_t count)
{
        struct rota_task *won[MANY];
        uint32_t found = 0;
        uint32_t n = 0;

        for (uint32_t i = 0; i < count; i++) {
                struct rota_slot *slot = slot_of(rota, handles[i]);
                struct rota_task *task = NULL;
                if (!slot || (!park_claim(slot, handles[i], &task) &&
                                     park_wake_word(slot, handles[i], &task) != ROTA_OK))
                        continue;
                found++;
                if (!task)
                        continue;
                won[n++] = task;
                if (n == MANY) {
                        place_many(rota, won, n);
                        n = 0;
                }
        }
        if (n)
                place_many(rota, won, n);
        return found;
}

uint32_t rota_wake_many(const struct rota_handle *tasks, uint32_t count)
{
        uint32_t found = 0;

        if (!tasks)
                return 0;
        /* A part at a time, so that interrupts are not masked for as long as the caller likes. */
        while (count) {
                uint32_t part = count < MANY ? count : MANY;
                uintptr_t flags = rota_port_irq_save();
                found += park_wake_many(core_instance(), tasks, part);
                dispatch_leave(flags);
                tasks += part;
                count -= part;
        }
        return found;
}

/* A task that was cancelled while it ran on another CPU, in user mode maybe, which asks nobody: an
 * interrupt has it look before it goes on there (user/execute.c). Who begins to run after the cancel
 * sees it by the lock. Masked. */
static void interrupt_user(struct rota_handle handle)
{
        struct rota_cpu *self = rota_port_cpu();
        struct held held;

        if (!slot_hold(handle, &held))
                return;
        /* Partner: rota_user_execute sets the mark under the lock, then looks at the word. */
        if (rota_atomic_load(&held.task->where) == WHERE_RUNNING && held.cpu != self &&
                (rota_atomic_load(&held.task->marks) & MARK_USER)) {
                if (self)
                        rota_count(&self->stats.kicks_sent);
                rota_port_kick(held.cpu);
        }
        slot_let_go(&held);
}

int rota_cancel(struct rota_handle handle)
{
        struct rota *rota = core_instance();
        struct rota_slot *slot = slot_of(rota, handle);

        if (!slot)
                return ROTA_ESTALE;
        uintptr_t flags = rota_port_irq_save();
        uintptr_t word = rota_atomic_load(&slot->word);
        for (;;) {
                uintptr_t state = word_state(word);
                if (word_generation(word) != handle.generation || state == WORD_FREE ||
                        state == WORD_DEAD) {
                        rota_port_irq_restore(flags);
                        return ROTA_ESTALE;
                }
                bool wakes = state == WORD_PARKED && !(word & WORD_HOLD);
                if (wakes && (word & WORD_PIN)) {
                        rota_port_relax();
                        word = rota_atomic_load(&slot->word);
                        continue;
                }
                uintptr_t wanted = word | WORD_CANCEL;
                if (wakes)
                        wanted = (wanted & ~(uintptr_t)WORD_STATE) | WORD_RUNNABLE;
                if (!rota_atomic_cas(&slot->word, &word, wanted))
                        continue;
                if (wakes)
                        place(rota, slot_task(slot), ROTA_ENQ_WOKEN);
                else if (state == WORD_RUNNABLE)
                        interrupt_user(handle);
                dispatch_leave(flags);
                return ROTA_OK;
        }
}

/* May the running task block? Not where its caller had interrupts masked: that is somebody's
 * critical section. */
static bool may_block(const struct rota_cpu *cpu, uintptr_t flags)
{
        return cpu && rota_port_irq_enabled(flags) && dispatch_blockable(cpu);
}

bool park_allowed(void)
{
        uintptr_t flags = rota_port_irq_save();
        bool allowed = may_block(rota_port_cpu(), flags);
        rota_port_irq_restore(flags);
        return allowed;
}

/* Takes the token, or learns of a cancel, without parking. */
static bool take_token(struct rota_slot *slot, int *result)
{
        uintptr_t word = rota_atomic_load(&slot->word);

        if ((word & WORD_CANCEL) && !(word & WORD_HOLD)) {
                *result = ROTA_ECANCELED;
                return true;
        }
        if (!(word & WORD_TOKEN))
                return false;
        rota_atomic_and(&slot->word, ~(uintptr_t)WORD_TOKEN);
        *result = ROTA_OK;
        return true;
}

static int parked_result(const struct rota_slot *slot)
{
        uintptr_t word = rota_atomic_load(&slot->word);
        return (word & WORD_CANCEL) && !(word & WORD_HOLD) ? ROTA_ECANCELED : ROTA_OK;
}

int rota_park(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (may_block(cpu, flags)) {
                struct rota_slot *slot = cpu->current->slot;
                if (!take_token(slot, &result)) {
                        dispatch_park(cpu);
                        result = parked_result(slot);
                }
        } else {
                debug_refused(cpu, "rota_park", !rota_port_irq_enabled(flags));
        }
        rota_port_irq_restore(flags);
        return result;
}

int rota_hand_over(struct rota_handle to)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (may_block(cpu, flags)) {
                struct rota *rota = cpu->rota;
                struct rota_slot *own = cpu->current->slot;
                struct rota_slot *slot = slot_of(rota, to);
                struct rota_task *task = NULL;
                int error = ROTA_ESTALE;
                if (slot)
                        error = park_claim(slot, to, &task) ? ROTA_OK
                                                            : park_wake_word(slot, to, &task);
                if (error) {
                        rota_port_irq_restore(flags);
                        return error;
                }
                bool here = task && rota_atomic_load(&task->cpu) == cpu->index &&
                            rota_affinity_allows(task->affinity, cpu->index);
                if (take_token(own, &result)) {
                        if (task)
                                place(rota, task, ROTA_ENQ_WOKEN);
                        dispatch_leave(flags);
                        return result;
                }
                if (here)
                        cpu->handed = task;
                else if (task)
                        place(rota, task, ROTA_ENQ_WOKEN);
                dispatch_park(cpu);
                result = parked_result(own);
        } else {
                debug_refused(cpu, "rota_hand_over", !rota_port_irq_enabled(flags));
        }
        rota_port_irq_restore(flags);
        return result;
}

bool rota_cancelled(void)
{
        struct rota_task *task = rota_current();
        return task && (rota_atomic_load_acquire(&task->slot->word) & WORD_CANCEL);
}

bool rota_cancel_hold(bool hold)
{
        struct rota_task *task = rota_current();
        if (!task)
                return false;
        uintptr_t word = hold ? rota_atomic_or(&task->slot->word, (uintptr_t)WORD_HOLD)
                              : rota_atomic_and(&task->slot->word, ~(uintptr_t)WORD_HOLD);
        return word & WORD_HOLD;
}
