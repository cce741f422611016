/* SPDX-License-Identifier: MIT */
/* The mutex: the short ways, one atomic operation each way, and the calls. */
#include "sync/mutex.h"

void rota_mutex_init(struct rota_mutex *mutex, uint32_t flags, const char *name)
{
        *mutex = (struct rota_mutex){.flags = (uint8_t)flags, .waiters = {.name = name}};
}

static bool owns(const struct rota_mutex *mutex, const struct rota_task *task)
{
        return mutex_slot(rota_atomic_load(&mutex->word)) == task->slot &&
               rota_atomic_load(&mutex->generation) == task->handle.generation;
}

bool mutex_owned(const struct rota_mutex *mutex)
{
        const struct rota_task *task = rota_current();
        return task && owns(mutex, task);
}

/* It is taken, perhaps by the task itself. */
static int again(struct rota_mutex *mutex, struct rota_wait *wait, struct rota_task *task)
{
        if (!owns(mutex, task))
                return mutex_contend(mutex, wait);
        if (!(mutex->flags & ROTA_MUTEX_RECURSIVE))
                return ROTA_EDEADLK;
        if (mutex->depth == UINT16_MAX)
                return ROTA_ENOSPC;
        mutex->depth++;
        return ROTA_OK;
}

/* Masked: between the word and the owner's generation nobody sees it, and no end comes. */
static inline int take(struct rota_mutex *mutex, struct rota_wait *wait)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (rota_likely(cpu && cpu->current && cpu->nesting == 0)) {
                struct rota_task *task = cpu->current;
                uintptr_t free = 0;
                /* Acquire: what the last owner wrote; partner: the release in rota_mutex_unlock. */
                if (rota_likely(rota_atomic_cas(&mutex->word, &free, (uintptr_t)task->slot))) {
                        rota_atomic_store(&mutex->generation, task->handle.generation);
                        result = ROTA_OK;
                } else {
                        rota_port_irq_restore(flags);
                        return again(mutex, wait, task);
                }
        }
        rota_port_irq_restore(flags);
        return result;
}

int rota_mutex_begin(struct rota_mutex *mutex, struct rota_wait *wait)
{
        debug_call("rota_mutex_begin");
        return mutex && wait ? take(mutex, wait) : ROTA_EINVAL;
}

int rota_mutex_lock_until(struct rota_mutex *mutex, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);

        debug_call("rota_mutex_lock_until");
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        int result = take(mutex, deadline ? &wait : NULL);
        if (rota_likely(result != ROTA_EAGAIN) || !deadline)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = rota_mutex_finish(mutex, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_mutex_lock(struct rota_mutex *mutex)
{
        struct rota_wait wait;

        debug_call("rota_mutex_lock");
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        int result = take(mutex, &wait);
        if (rota_likely(result != ROTA_EAGAIN))
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_forever());
        result = rota_mutex_finish(mutex, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_mutex_try_lock(struct rota_mutex *mutex)
{
        return mutex ? take(mutex, NULL) : ROTA_EINVAL;
}

int rota_mutex_unlock(struct rota_mutex *mutex)
{
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        int result = ROTA_ECONTEXT;

        if (rota_likely(cpu && cpu->current && cpu->nesting == 0)) {
                struct rota_task *task = cpu->current;
                uintptr_t mine = (uintptr_t)task->slot;
                result = ROTA_OK;
                if (rota_unlikely(!owns(mutex, task))) {
                        result = ROTA_EPERM;
                } else if (rota_unlikely(mutex->depth)) {
                        mutex->depth--;
                } else {
                        /* Release: what the owner wrote; partners: the acquire of who takes it. */
                        rota_atomic_store(&mutex->generation, 0);
                        if (rota_unlikely(!rota_atomic_cas(&mutex->word, &mine, 0))) {
                                rota_port_irq_restore(flags);
                                mutex_release(cpu->rota, mutex, task);
                                return ROTA_OK;
                        }
                }
        }
        rota_port_irq_restore(flags);
        return result;
}

struct rota_handle rota_mutex_owner(const struct rota_mutex *mutex)
{
        struct rota *rota = core_instance();
        struct rota_slot *slot = mutex_slot(rota_atomic_load(&mutex->word));
        uint32_t generation = rota_atomic_load(&mutex->generation);
        struct rota_handle owner = {0, 0};

        if (slot && rota) {
                owner.index = (uint32_t)(slot - rota->slots);
                owner.generation =
                        generation ? generation : word_generation(rota_atomic_load(&slot->word));
        }
        return owner;
}
