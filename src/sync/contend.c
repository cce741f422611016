/* SPDX-License-Identifier: MIT */
/*
 * A mutex that somebody waits for. All under the lock of inheritance; the owner's short ways (mutex.c)
 * fail once MUTEX_WAITED is in the word, and come here too.
 */
#include "sync/mutex.h"

#include "core/text.h"

static void take_over(struct rota_mutex *mutex, const struct rota_task *task)
{
        mutex->depth = 0;
        rota_atomic_store(&mutex->generation, task->handle.generation);
}

/* Marks a mutex that has an owner, and that nobody waits for yet, as waited for. ROTA_EAGAIN: the word is
 * another one by now; ROTA_EOWNERDEAD: its owner has ended, it is the task's. */
static int mark(
        struct rota *rota, struct rota_mutex *mutex, uintptr_t word, const struct rota_task *task)
{
        struct rota_slot *slot = mutex_slot(word);

        if (!slot_pin(rota, mutex_handle(rota, mutex, word), false)) {
                /* Acquire: what it wrote before it ended; partner: the end's step to DEAD (exit.c). */
                (void)rota_atomic_load_acquire(&slot->word);
                if (!rota_atomic_cas(&mutex->word, &word, (uintptr_t)task->slot))
                        return ROTA_EAGAIN;
                take_over(mutex, task);
                return ROTA_EOWNERDEAD;
        }
        bool marked = rota_atomic_cas(&mutex->word, &word, word | MUTEX_WAITED);
        if (marked)
                inherit_hold(slot_task(slot), mutex);
        slot_unpin(slot);
        return marked ? ROTA_OK : ROTA_EAGAIN;
}

/* Nobody waits for it any more. */
static void unmark(struct rota_mutex *mutex)
{
        inherit_release(mutex_owner(mutex), mutex);
        rota_atomic_and(&mutex->word, ~(uintptr_t)MUTEX_WAITED);
}

void mutex_withdraw(struct rota_wait *wait)
{
        struct rota_mutex *mutex = mutex_of(wait);

        inherit_unblock(wait_task(wait), wait);
        queue_withdraw(wait);
        if (mutex->waiters.first)
                inherit_settle(mutex_owner(mutex));
        else
                unmark(mutex);
}

/* Whether a wait has ended, and its owner only does not know yet. */
static bool over(const struct rota_wait *wait)
{
        return rota_atomic_load_acquire(&wait->decides->result) != ROTA_WAIT_PENDING;
}

/* The last node of a way on which the owner waits, over however many others, for what the task has; NULL
 * where there is none. Who has timed out or was
 * cancelled, and only does not know yet, is no link of such a way; nor may it be one of a circle of
 * who inherits from whom. */
static const struct rota_wait *find_way(const struct rota_task *owner, const struct rota_task *task)
{
        struct rota_wait *wait = owner->blocked;

        if (wait)
                mutex_of(wait)->under = NULL;
        while (wait) {
                if (over(wait)) {
                        mutex_withdraw(wait);
                        wait = owner->blocked; /* from the beginning: others may have gone with it */
                        if (wait)
                                mutex_of(wait)->under = NULL;
                        continue;
                }
                if (mutex_owner(mutex_of(wait)) == task)
                        return wait;
                wait = inherit_walk(wait, true);
        }
        return NULL;
}

bool mutex_closes_circle(const struct rota_task *owner, const struct rota_task *task)
{
        return owner == task || find_way(owner, task);
}

/* Does another of the task's futures wait for it? The first to have it would keep the other from it. */
static bool waits_already(const struct rota_mutex *mutex, const struct rota_task *task)
{
        for (const struct rota_wait *wait = task->blocked; wait; wait = blocked_next(wait))
                if (mutex_of(wait) == mutex)
                        return true;
        return false;
}

#if ROTA_DEBUG
enum { CIRCLE_BYTES = 256 };

/* The node of a way, of which this is the last, with which the task waits. */
static const struct rota_wait *link_of(const struct rota_wait *last, const struct rota_task *task)
{
        while (last && wait_task(last) != task)
                last = mutex_of(last)->under;
        return last;
}

/* Writes down who waits for whom, before the task would close the circle. */
static void name_circle(char *buffer, const struct rota_mutex *mutex, const struct rota_task *task)
{
        const struct rota_task *waiter = task;

        if (!buffer)
                return;
        const struct rota_wait *last = find_way(mutex_owner(mutex), task);
        struct text text = text_into(buffer, CIRCLE_BYTES);
        text_put(&text, "would wait for itself: ");
        for (;;) {
                text_name(&text, waiter->name);
                text_put(&text, " wants ");
                text_name(&text, mutex->waiters.name ? mutex->waiters.name : "a mutex");
                text_put(&text, " of ");
                waiter = mutex_owner(mutex);
                const struct rota_wait *link = link_of(last, waiter);
                if (waiter == task || !link)
                        break;
                mutex = mutex_of(link);
        }
        text_name(&text, waiter->name);
}
#else
enum { CIRCLE_BYTES = 1 };
#define name_circle(buffer, mutex, task) ((void)(buffer))
#endif

static int queue_up(struct rota_mutex *mutex, struct rota_wait *wait, struct rota_task *task)
{
        struct rota_task *owner = mutex_owner(mutex);

        inherit_queue(mutex, wait, task);
        queue_trace_of(&mutex->waiters, task, owner);
        inherit_settle(owner);
        return ROTA_EAGAIN;
}

/* Locks for a task, which is the caller or waits for the caller: `wait`, where it is not NULL, is prepared
 * and not queued yet. As rota_mutex_begin(); `circle`, where it is not NULL, receives a text
 * with ROTA_EDEADLK. */
static int contend(struct rota *rota, struct rota_mutex *mutex, struct rota_wait *wait,
        struct rota_task *task, char *circle)
{
        for (;;) {
                /* Acquire: what the last owner wrote; partner: the release in unlock. */
                uintptr_t word = rota_atomic_load_acquire(&mutex->word);
                if (!word) {
                        if (!rota_atomic_cas(&mutex->word, &word, (uintptr_t)task->slot))
                                continue;
                        take_over(mutex, task);
                        return ROTA_OK;
                }
                if (!(word & MUTEX_WAITED)) {
                        int result = mark(rota, mutex, word, task);
                        if (result == ROTA_EAGAIN)
                                continue;
                        if (result != ROTA_OK)
                                return result;
                }
                int result = ROTA_EAGAIN;
                if (wait && (waits_already(mutex, task) ||
                                    mutex_closes_circle(mutex_owner(mutex), task))) {
                        name_circle(circle, mutex, task);
                        result = ROTA_EDEADLK;
                } else if (wait) {
                        return queue_up(mutex, wait, task);
                }
                if (!mutex->waiters.first)
                        unmark(mutex);
                return result;
        }
}

int mutex_contend(struct rota_mutex *mutex, struct rota_wait *wait)
{
        struct rota *rota = core_instance();
        char circle[CIRCLE_BYTES];
        uintptr_t flags = rota_port_irq_save();

        if (wait)
                rota_wait_init(wait);
        inherit_lock(rota);
        int result = contend(rota, mutex, wait, rota_port_cpu()->current, circle);
        inherit_unlock(rota);
        /* No lock is held: it may call Rota. */
        (void)debug_wrong(
                result == ROTA_EDEADLK, rota_port_cpu(), "rota_mutex_begin", circle, NULL, NULL);
        dispatch_leave(flags);
        return result;
}

struct rota_handle mutex_hand(struct rota *rota, struct rota_mutex *mutex, struct rota_wait *wait)
{
        struct rota_handle waiter = wait->waiter;

        inherit_lock(rota);
        int result = contend(rota, mutex, wait, wait_task(wait), NULL);
        if (result == ROTA_EAGAIN)
                waiter = ROTA_HANDLE_NONE;
        else /* it may go on, and the node with it */
                wait_decide(wait, wait_encode(result) | WAIT_SERVED);
        inherit_unlock(rota);
        return waiter;
}

/* Would a waiter that has the mutex still wait, for something else, for who waits for it here? So it may be
 * where its task has several futures. */
static bool leads_back(const struct rota_mutex *mutex, const struct rota_wait *waiter)
{
        struct rota_wait *wait = wait_task(waiter)->blocked;

        mutex_of(wait)->under = NULL;
        while (wait) {
                if (mutex_of(wait) == mutex && wait != waiter)
                        return true;
                wait = inherit_walk(wait, wait != waiter);
        }
        return false;
}

/* Who is to have it next: the first, but for those that would close a circle. There is one that does not:
 * there is no circle yet, so of those that wait here the last on any way leads to no other. */
static struct rota_wait *next_owner(const struct rota_mutex *mutex)
{
        struct rota_wait *wait = mutex->waiters.first;

        while (wait && (wait_task(wait)->blocked != wait || blocked_next(wait)) &&
                leads_back(mutex, wait))
                wait = wait->next;
        return wait;
}

bool mutex_pass(struct rota *rota, struct rota_mutex *mutex, int result)
{
        struct rota_wait_queue *queue = &mutex->waiters;
        struct rota_handle waiter;
        struct rota_wait *wait;

        while ((wait = next_owner(mutex)) != NULL) {
                struct rota_task *task = wait_task(wait);
                bool more = wait->next != wait;
                /* It is the owner before it knows: once it has its result it may go on, unlock, end. */
                inherit_unblock(task, wait);
                take_over(mutex, task);
                rota_atomic_store(&mutex->word, (uintptr_t)task->slot | (more ? MUTEX_WAITED : 0));
                if (more)
                        inherit_hold(task, mutex);
                if (queue_serve(queue, wait, result, 0, &waiter)) {
                        park_wake(rota, waiter);
                        if (more)
                                inherit_settle(task);
                        return true;
                }
                if (more)
                        inherit_release(task, mutex);
        }
        return false;
}

void mutex_release(struct rota *rota, struct rota_mutex *mutex, struct rota_task *owner)
{
        uintptr_t flags = rota_port_irq_save();

        inherit_lock(rota);
        /* What made it come here may be gone: a time-out. */
        if (rota_atomic_load(&mutex->word) & MUTEX_WAITED)
                inherit_release(owner, mutex);
        if (!mutex_pass(rota, mutex, ROTA_OK)) {
                rota_atomic_store(&mutex->generation, 0);
                /* Release: what the owner wrote; partners: the acquire of who takes it. */
                rota_atomic_store_release(&mutex->word, 0);
        }
        inherit_unlock(rota);
        dispatch_leave(flags);
}

/* A generation that the slot's task has not any more. */
static uint32_t stale_generation(const struct rota_task *task)
{
        return task->handle.generation > 1 ? task->handle.generation - 1 : WORD_GENERATION_MAX;
}

void mutex_give_back(struct rota_mutex *mutex, int result)
{
        struct rota *rota = core_instance();

        if (result != ROTA_EOWNERDEAD) {
                rota_mutex_unlock(mutex);
                return;
        }
        uintptr_t flags = rota_port_irq_save();
        struct rota_task *owner = rota_port_cpu()->current;
        inherit_lock(rota);
        if (rota_atomic_load(&mutex->word) & MUTEX_WAITED)
                inherit_release(owner, mutex);
        if (!mutex_pass(rota, mutex, ROTA_EOWNERDEAD)) {
                /* As its end leaves it: who comes next finds that nobody is there (mark). */
                rota_atomic_store(&mutex->generation, stale_generation(owner));
                rota_atomic_store_release(&mutex->word, (uintptr_t)owner->slot);
        }
        inherit_unlock(rota);
        dispatch_leave(flags);
}

int rota_mutex_finish(struct rota_mutex *mutex, struct rota_wait *wait)
{
        if (!mutex || !wait)
                return ROTA_EINVAL;
        /* Acquire: who served it has let it go; partner: wait_decide(). */
        uintptr_t word = rota_atomic_load_acquire(&wait->result);
        if (word & WAIT_SERVED)
                return wait_decode(word);
        uintptr_t flags = rota_port_irq_save();
        inherit_lock(core_instance());
        word = rota_atomic_load_acquire(&wait->result);
        if (!(word & WAIT_SERVED) && rota_atomic_load(&wait->queue))
                mutex_withdraw(wait);
        inherit_unlock(core_instance());
        dispatch_leave(flags);
        return word == ROTA_WAIT_PENDING ? ROTA_EAGAIN : wait_decode(word);
}
