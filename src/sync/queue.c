/* SPDX-License-Identifier: MIT */
/* Wait queues. */
#include "core/account.h"
#include "sync/queue.h"

struct rota_task *wait_task(const struct rota_wait *wait)
{
        return slot_task(slot_of(core_instance(), wait->waiter));
}

struct urgency urgency_of(const struct rota_task *task)
{
        uint32_t class_index = rota_atomic_load(&task->class_index);
        const struct rota_policy *policy = rota_atomic_load(&core_instance()->classes[class_index]);
        return (struct urgency){
                .class_index = class_index,
                .value = policy->urgency ? policy->urgency(task) : 0,
        };
}

void queue_add(struct rota_wait_queue *queue, struct rota_wait *wait)
{
        struct rota_wait *first = queue->first;

        if (first) {
                wait->next = first;
                wait->previous = first->previous;
                first->previous->next = wait;
                first->previous = wait;
        } else {
                wait->next = wait;
                wait->previous = wait;
                queue->first = wait;
        }
        rota_atomic_store(&wait->queue, queue);
}

void queue_unlink(struct rota_wait_queue *queue, struct rota_wait *wait)
{
        if (wait->next == wait) {
                queue->first = NULL;
                return;
        }
        wait->next->previous = wait->previous;
        wait->previous->next = wait->next;
        if (queue->first == wait)
                queue->first = wait->next;
}

struct rota_wait *queue_next(struct rota_wait_queue *queue)
{
        struct rota_wait *best = queue->first;

        if (queue->order != ROTA_WAIT_URGENCY || !best || best->next == best)
                return best;
        struct urgency most = urgency_of(wait_task(best));
        for (struct rota_wait *wait = best->next; wait != queue->first; wait = wait->next) {
                struct urgency its = urgency_of(wait_task(wait));
                if (urgency_before(its, most)) {
                        most = its;
                        best = wait;
                }
        }
        return best;
}

bool queue_serve(struct rota_wait_queue *queue, struct rota_wait *wait, int result, intptr_t value,
        struct rota_handle *waiter)
{
        uintptr_t word =
                wait_encode(result) | WAIT_SERVED | (uintptr_t)wait->index << WAIT_INDEX_SHIFT;

        *waiter = wait->waiter;
        queue_unlink(queue, wait);
        wait->value = value;
        if (wait_decide(wait, word))
                return true;
        /* Release: it is let go, and what was written to it is over; partner: queue_finish(). */
        rota_atomic_store_release(&wait->queue, NULL);
        return false;
}

void queue_wake(struct wakes *wakes)
{
        if (wakes->count == 1)
                park_wake(core_instance(), wakes->handles[0]);
        else if (wakes->count)
                park_wake_many(core_instance(), wakes->handles, wakes->count);
        wakes->count = 0;
}

uint32_t queue_wake_many(struct rota_wait_queue *queue, uint32_t most, int result, intptr_t value)
{
        struct wakes wakes;
        struct rota_handle waiter;
        struct rota_wait *wait;
        uint32_t woken = 0;

        wakes.count = 0;
        while (woken < most && (wait = queue_next(queue)) != NULL) {
                if (queue_serve(queue, wait, result, value, &waiter)) {
                        queue_wake_later(&wakes, waiter);
                        woken++;
                }
        }
        queue_wake(&wakes);
        return woken;
}

bool queue_wake_one(struct rota_wait_queue *queue, int result, intptr_t value)
{
        struct rota_handle waiter;
        struct rota_wait *wait;

        while ((wait = queue_next(queue)) != NULL) {
                if (queue_serve(queue, wait, result, value, &waiter)) {
                        park_wake(core_instance(), waiter);
                        return true;
                }
        }
        return false;
}

bool queue_may_wait(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        bool may = cpu && cpu->current && cpu->nesting == 0;

        if (!may)
                debug_refused(cpu, "begin", !rota_port_irq_enabled(flags));
        rota_port_irq_restore(flags);
        return may;
}

int queue_finish(struct rota_wait *wait)
{
        /* Acquire: who served it has let it go; partner: wait_decide(). */
        uintptr_t word = rota_atomic_load_acquire(&wait->result);
        struct rota_wait_queue *queue;

        if (word & WAIT_SERVED)
                return wait_decode(word);
        /* Acquire: who skipped it has let it go; partner: queue_serve(). */
        while ((queue = rota_atomic_load_acquire(&wait->queue)) != NULL) {
                uintptr_t flags = queue_lock(queue);
                /* It may have been served, or moved to another queue, before we had the lock. */
                bool there = rota_atomic_load(&wait->queue) == queue;
                word = rota_atomic_load_acquire(&wait->result);
                if (there && !(word & WAIT_SERVED))
                        queue_withdraw(wait);
                queue_unlock(queue, flags);
                if (there)
                        break;
        }
        word = rota_atomic_load_acquire(&wait->result);
        return word == ROTA_WAIT_PENDING ? ROTA_EAGAIN : wait_decode(word);
}

int queue_finish_under(struct rota_wait_queue *guard, struct rota_wait *wait)
{
        /* Acquire: who served it has let it go; partner: wait_decide(). */
        if (rota_atomic_load_acquire(&wait->result) & WAIT_SERVED)
                return rota_wait_result(wait);
        uintptr_t flags = queue_lock(guard);
        /* It may have been served before we had the lock. */
        if (!(rota_atomic_load_acquire(&wait->result) & WAIT_SERVED))
                queue_withdraw(wait);
        queue_unlock(guard, flags);
        return rota_wait_result(wait);
}

void queue_trace_of(const struct rota_wait_queue *queue, const struct rota_task *task,
        const struct rota_task *holder)
{
        struct rota_cpu *cpu = rota_port_cpu();

        if (queue->number && cpu && cpu->ring)
                trace_event(cpu, rota_port_now(), ROTA_EVENT_BLOCK, task_id(task), queue->number,
                        task_id(holder));
}

void queue_trace(const struct rota_wait_queue *queue, const struct rota_task *holder)
{
        struct rota_cpu *cpu = rota_port_cpu();

        queue_trace_of(queue, cpu ? cpu->current : NULL, holder);
}

void rota_wait_queue_init(
        struct rota_wait_queue *queue, enum rota_wait_order order, const char *name)
{
        *queue = (struct rota_wait_queue){.order = (uint8_t)order, .name = name};
}

void rota_wait_queue_begin(struct rota_wait_queue *queue, struct rota_wait *wait)
{
        rota_wait_init(wait);
        uintptr_t flags = queue_lock(queue);
        queue_add(queue, wait);
        queue_trace(queue, NULL);
        queue_unlock(queue, flags);
}

int rota_wait_queue_finish(struct rota_wait *wait)
{
        return wait ? queue_finish(wait) : ROTA_EINVAL;
}

int rota_wait_queue_wait(struct rota_wait_queue *queue, struct rota_timeout timeout)
{
        struct rota_wait wait;

        debug_call("rota_wait_queue_wait");
        rota_wait_queue_begin(queue, &wait);
        return queue_park(&wait, timeout);
}

int rota_wait_queue_wait_until(struct rota_wait_queue *queue, bool (*condition)(void *),
        void *argument, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);
        struct rota_timeout left = deadline ? rota_timeout_at(deadline) : rota_timeout_none();
        int result = ROTA_OK;

        debug_call("rota_wait_queue_wait_until");
        while (!condition(argument)) {
                if (result != ROTA_OK)
                        return result;
                rota_wait_queue_begin(queue, &wait);
                if (condition(argument)) {
                        queue_finish(&wait);
                        return ROTA_OK;
                }
                result = queue_park(&wait, left);
        }
        return ROTA_OK;
}

uint32_t rota_wait_queue_wake(struct rota_wait_queue *queue, uint32_t most, int result)
{
        uintptr_t flags = queue_lock(queue);
        uint32_t woken = queue_wake_many(queue, most, result, 0);

        queue_unlock(queue, flags);
        return woken;
}

uint32_t rota_wait_queue_requeue(
        struct rota_wait_queue *from, uint32_t wake, struct rota_wait_queue *to, uint32_t move)
{
        uint32_t woken;
        uint32_t moved = 0;
        struct rota_wait_queue *second = from < to ? to : from;
        uintptr_t flags = queue_lock(from < to ? from : to);

        if (from != to)
                rota_lock(&second->lock); /* the lower address first */
        woken = queue_wake_many(from, wake, ROTA_OK, 0);
        struct rota_wait *wait;
        while (from != to && moved < move && (wait = queue_next(from)) != NULL) {
                queue_unlink(from, wait);
                queue_add(to, wait);
                moved++;
        }
        if (from != to)
                rota_unlock(&second->lock);
        queue_unlock(from < to ? from : to, flags);
        return woken + moved;
}

uint32_t rota_wait_queue_length(struct rota_wait_queue *queue)
{
        uint32_t length = 0;
        uintptr_t flags = queue_lock(queue);
        struct rota_wait *wait = queue->first;

        if (wait) {
                do {
                        length++;
                        wait = wait->next;
                } while (wait != queue->first);
        }
        queue_unlock(queue, flags);
        return length;
}
