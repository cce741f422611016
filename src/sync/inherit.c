/* SPDX-License-Identifier: MIT */
/*
 * Priority inheritance: who counts as how urgent while others wait for what it has.
 *
 * The graph: a task's `blocked` lists the nodes with which it waits for mutexes, a thread's one at most, and
 * each mutex's word names its owner;
 * the owner's `held` lists its mutexes that others wait for, and each mutex has its waiters in order of
 * urgency. A task inherits the best of the first waiters of its mutexes. What it inherits now is written
 * in the first mutex of the list, so that a task carries nothing for it while nobody waits.
 *
 * The graph has no circle: who would close one is told so instead, or is not the next owner yet
 * (contend.c), so the ways from a task to those it waits for end.
 */
#include "core/account.h"
#include "sync/mutex.h"

static const struct rota_inherit inheritance;

void inherit_lock(struct rota *rota)
{
        if (rota_unlikely(!inherit_of(rota)))
                /* Release: the table; its partner is the acquire in inherit_of. */
                rota_atomic_store_release(&rota->inherit, &inheritance);
        rota_lock(&rota->inherit_lock);
}

/* Puts a node where its task's urgency has it stand. */
static void stand(struct rota_mutex *mutex, struct rota_wait *wait, const struct rota_task *task)
{
        struct rota_wait_queue *queue = &mutex->waiters;
        struct urgency its = urgency_of(task);
        struct rota_wait *after = queue->first ? queue->first->previous : NULL;

        /* From the end: most who come are no more urgent than who is there. */
        while (after && urgency_before(its, urgency_of(wait_task(after))))
                after = after == queue->first ? NULL : after->previous;
        queue_add(queue, wait);
        if (!after) {
                queue->first = wait; /* in a circle the end is before the first */
        } else if (after->next != wait) {
                struct rota_wait *next = after->next;
                queue_unlink(queue, wait);
                wait->previous = after;
                wait->next = next;
                after->next = wait;
                next->previous = wait;
        }
}

void inherit_queue(struct rota_mutex *mutex, struct rota_wait *wait, struct rota_task *task)
{
        stand(mutex, wait, task);
        wait->value = (intptr_t)task->blocked;
        task->blocked = wait;
}

void inherit_unblock(struct rota_task *task, struct rota_wait *wait)
{
        struct rota_wait *before = task->blocked;

        if (rota_likely(before == wait)) {
                task->blocked = blocked_next(wait);
                return;
        }
        while (blocked_next(before) != wait)
                before = blocked_next(before);
        before->value = wait->value;
}

/* Depth first. A way has no mutex twice, so each keeps the node above itself. */
struct rota_wait *inherit_walk(struct rota_wait *wait, bool deeper)
{
        struct rota_wait *next = deeper ? mutex_owner(mutex_of(wait))->blocked : NULL;

        if (next) {
                mutex_of(next)->under = wait;
                return next;
        }
        while (wait) {
                struct rota_wait *under = mutex_of(wait)->under;
                next = blocked_next(wait);
                if (next) {
                        mutex_of(next)->under = under;
                        return next;
                }
                wait = under;
        }
        return NULL;
}

void inherit_hold(struct rota_task *owner, struct rota_mutex *mutex)
{
        struct rota_mutex *first = owner->held;

        mutex->next = first;
        if (first)
                mutex->inherited = first->inherited;
        else
                mutex->inherited = (struct rota_inherited){.urgency = ROTA_URGENCY_NONE};
        /* Its end reads it without the lock, after the pin: inherit_ended(). */
        rota_atomic_store(&owner->held, mutex);
}

/* What the task is to inherit, from all who wait for it, but for one mutex (NULL: none). */
static struct urgency inherited(
        const struct rota_task *task, uint32_t own_class, const struct rota_mutex *but)
{
        struct urgency best = {.value = ROTA_URGENCY_NONE, .class_index = own_class};

        for (const struct rota_mutex *mutex = task->held; mutex; mutex = mutex->next) {
                if ((mutex->flags & ROTA_MUTEX_PLAIN) || !mutex->waiters.first || mutex == but)
                        continue;
                struct urgency its = urgency_of(wait_task(mutex->waiters.first));
                if (urgency_before(its, best))
                        best = its;
        }
        return best;
}

static void trace_inherited(const struct rota_task *task, struct urgency old, struct urgency now)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (cpu && cpu->ring)
                trace_event(cpu, rota_port_now(), ROTA_EVENT_PI_SETPRIO, task_id(task),
                        (uint32_t)old.value, (uint32_t)now.value);
}

/*
 * Settles what a task that is held inherits, `state` being what it did until now, and where it has new
 * parameters of its own (`changed`), those. Lets it go. Whether it may count for more or less.
 */
static bool settle_held(struct held *held, struct rota_inherited *state,
        const struct rota_params *changed, const struct rota_mutex *but)
{
        struct rota_task *task = held->task;
        uint32_t own_class = changed            ? changed->class_index
                             : state->displaced ? state->own.class_index
                                                : task->class_index;
        struct urgency best = inherited(task, own_class, but);
        struct urgency old = urgency_of(task);
        /* In another class it is the least, but for what it inherits. */
        struct rota_params guest = {
                .class_index = (uint8_t)best.class_index, .priority = ROTA_PRIO_LEVELS};
        bool leaves = best.class_index != own_class;
        const struct rota_params *params = changed;

        if (leaves) {
                if (changed)
                        state->own = *changed;
                else if (!state->displaced)
                        change_read(held, &state->own);
                params = &guest;
        } else if (state->displaced && !changed) {
                params = &state->own;
        }
        state->displaced = leaves;
        state->urgency = best.value;
        uint32_t made = change_make(held, params, best.value);
        struct urgency now = urgency_of(task);
        bool differs = urgency_before(now, old) || urgency_before(old, now);
        if (differs)
                trace_inherited(task, old, now);
        change_end(held, made); /* after this it may be gone */
        return differs;
}

static bool settle(
        struct rota_task *task, struct rota_inherited *state, const struct rota_mutex *but)
{
        uint32_t own_class = state->displaced ? state->own.class_index : task->class_index;
        struct urgency best = inherited(task, own_class, but);
        struct held held;

        if (best.value == state->urgency && best.class_index == task->class_index)
                return false;
        return slot_hold(task->handle, &held) && settle_held(&held, state, NULL, but);
}

/* It counts for more or less: stands elsewhere wherever it waits. All of them before anybody is looked at:
 * a queue out of its order takes nobody in at the right place. */
static void stand_anew(struct rota_task *task)
{
        for (struct rota_wait *wait = task->blocked; wait; wait = blocked_next(wait)) {
                queue_unlink(&mutex_of(wait)->waiters, wait);
                stand(mutex_of(wait), wait, task);
        }
}

/* What the task waits for hears that it counts for more or less, and so on along the ways from there. */
static void settle_chain(struct rota_task *task)
{
        struct rota_wait *wait = task->blocked;

        stand_anew(task);
        if (wait)
                mutex_of(wait)->under = NULL;
        while (wait) {
                struct rota_task *owner = mutex_owner(mutex_of(wait));
                bool differs = settle(owner, &owner->held->inherited, NULL);
                if (differs)
                        stand_anew(owner);
                wait = inherit_walk(wait, differs);
        }
}

void inherit_settle(struct rota_task *task)
{
        if (settle(task, &task->held->inherited, NULL))
                settle_chain(task);
}

void inherit_release(struct rota_task *owner, struct rota_mutex *mutex)
{
        struct rota_mutex *first = owner->held;

        if (first == mutex && !mutex->next) {
                if (settle(owner, &mutex->inherited, mutex))
                        settle_chain(owner);
                /* Release: from here on its end does not wait for us; partner: inherit_ended(). */
                rota_atomic_store_release(&owner->held, NULL);
                return;
        }
        if (first == mutex) {
                first = mutex->next;
                first->inherited = mutex->inherited;
                rota_atomic_store(&owner->held, first);
        } else {
                struct rota_mutex *before = first;
                while (before->next != mutex)
                        before = before->next;
                before->next = mutex->next;
        }
        if (settle(owner, &first->inherited, NULL))
                settle_chain(owner);
}

/* ---- What the core says (core.h). ---- */

/* What a task that is held inherits; NULL where nobody waits for it. */
static struct rota_inherited *state_of(const struct rota_task *task)
{
        return task->held ? &task->held->inherited : NULL;
}

static int set_params(
        struct rota *rota, struct rota_handle handle, const struct rota_params *params)
{
        struct held held;
        uintptr_t flags = rota_port_irq_save();

        inherit_lock(rota);
        if (!slot_hold(handle, &held)) {
                inherit_unlock(rota);
                rota_port_irq_restore(flags);
                return ROTA_ESTALE;
        }
        struct rota_task *task = held.task;
        struct rota_inherited none = {.urgency = ROTA_URGENCY_NONE};
        struct rota_inherited *state = state_of(task);
        /* Once it is let go it may end, but not while it waits: that needs the lock that is held. */
        bool blocked = task->blocked;
        if (settle_held(&held, state ? state : &none, params, NULL) && blocked)
                settle_chain(task);
        inherit_unlock(rota);
        dispatch_leave(flags);
        return ROTA_OK;
}

static int get_params(struct rota *rota, struct rota_handle handle, struct rota_params *params)
{
        struct held held;
        uintptr_t flags = rota_port_irq_save();
        int result = ROTA_ESTALE;

        inherit_lock(rota);
        if (slot_hold(handle, &held)) {
                const struct rota_inherited *state = state_of(held.task);
                if (state && state->displaced)
                        *params = state->own;
                else
                        change_read(&held, params);
                slot_let_go(&held);
                result = ROTA_OK;
        }
        inherit_unlock(rota);
        rota_port_irq_restore(flags);
        return result;
}

/* A task has ended: what it still has goes to who waits for it. */
static void ended(struct rota *rota, struct rota_task *task)
{
        struct rota_mutex *first;

        inherit_lock(rota);
        while ((first = task->held) != NULL) {
                struct rota_mutex *next = first->next;
                struct rota_wait *wait = first->waiters.first;
                /* Those behind it stay its own meanwhile: who has this one may wait for them too. */
                if (next)
                        next->inherited = first->inherited;
                rota_atomic_store(&task->held, next);
                if (first->flags & MUTEX_LENT) {
                        /* Its memory is the waiter's, who finds it in no queue. */
                        inherit_unblock(wait_task(wait), wait);
                        queue_withdraw(wait);
                } else if (!mutex_pass(rota, first, ROTA_EOWNERDEAD)) {
                        /* Who comes next finds it so. */
                        rota_atomic_store(&first->generation, task->handle.generation);
                        rota_atomic_store_release(&first->word, (uintptr_t)task->slot);
                }
        }
        inherit_unlock(rota);
}

static const struct rota_inherit inheritance = {
        .set_params = set_params,
        .get_params = get_params,
        .ended = ended,
};
