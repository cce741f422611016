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

/* The running task, in no interrupt; interrupts are masked. */
static inline struct rota_task *here(const struct rota_cpu *cpu)
{
        return rota_likely(cpu && cpu->nesting == 0) ? cpu->current : NULL;
}

/* Takes it where it is free. Masked: between the word and the owner's generation nobody sees it, and no end
 * comes. False: it is not free, or there is no task (*task is NULL). */
static inline bool take(struct rota_mutex *mutex, struct rota_task **task)
{
        uintptr_t flags = rota_port_irq_save();
        uintptr_t free = 0;
        bool taken = false;

        *task = here(rota_port_cpu());
        if (rota_likely(*task)) {
                /* Acquire: what the last owner wrote; partner: the release in rota_mutex_unlock. */
                taken = rota_atomic_cas(&mutex->word, &free, (uintptr_t)(*task)->slot);
                if (rota_likely(taken))
                        rota_atomic_store(&mutex->generation, (*task)->handle.generation);
        }
        rota_port_irq_restore(flags);
        return taken;
}

/* It was not to be had at once. Out of line, so that the short way needs no frame. */
static __attribute__((noinline)) int lock_slowly(
        struct rota_mutex *mutex, struct rota_task *task, uint64_t deadline)
{
        struct rota_wait wait;

        if (!task)
                return ROTA_ECONTEXT;
        int result = again(mutex, deadline ? &wait : NULL, task);
        if (result != ROTA_EAGAIN || !deadline)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = rota_mutex_finish(mutex, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_mutex_begin(struct rota_mutex *mutex, struct rota_wait *wait)
{
        struct rota_task *task;

        debug_call("rota_mutex_begin");
        if (!mutex || !wait)
                return ROTA_EINVAL;
        if (take(mutex, &task))
                return ROTA_OK;
        return task ? again(mutex, wait, task) : ROTA_ECONTEXT;
}

int rota_mutex_lock_until(struct rota_mutex *mutex, struct rota_timeout timeout)
{
        struct rota_task *task;

        debug_call("rota_mutex_lock_until");
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        if (rota_likely(take(mutex, &task)))
                return ROTA_OK;
        return lock_slowly(mutex, task, rota_timeout_deadline(timeout));
}

int rota_mutex_lock(struct rota_mutex *mutex)
{
        struct rota_task *task;

        debug_call("rota_mutex_lock");
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        if (rota_likely(take(mutex, &task)))
                return ROTA_OK;
        return lock_slowly(mutex, task, ROTA_NEVER);
}

int rota_mutex_try_lock(struct rota_mutex *mutex)
{
        struct rota_task *task;

        if (!mutex)
                return ROTA_EINVAL;
        return take(mutex, &task) ? ROTA_OK : lock_slowly(mutex, task, 0);
}

/* Somebody waits, it was locked again, or it is not the caller's. Interrupts are masked; lets them go. */
static __attribute__((noinline)) int unlock_slowly(
        struct rota_mutex *mutex, struct rota_task *task, uintptr_t flags, bool waited)
{
        int result = waited               ? ROTA_OK
                     : !task              ? ROTA_ECONTEXT
                     : !owns(mutex, task) ? ROTA_EPERM
                                          : ROTA_OK;

        if (result == ROTA_OK && !waited)
                mutex->depth--;
        rota_port_irq_restore(flags);
        if (waited)
                mutex_release(core_instance(), mutex, task);
        return result;
}

int rota_mutex_unlock(struct rota_mutex *mutex)
{
        if (rota_unlikely(!mutex))
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        struct rota_task *task = here(rota_port_cpu());

        if (rota_unlikely(!task) || rota_unlikely(!owns(mutex, task)) ||
                rota_unlikely(mutex->depth))
                return unlock_slowly(mutex, task, flags, false);
        uintptr_t mine = (uintptr_t)task->slot;
        /* Release: what the owner wrote; partners: the acquire of who takes it. */
        rota_atomic_store(&mutex->generation, 0);
        if (rota_unlikely(!rota_atomic_cas(&mutex->word, &mine, 0)))
                return unlock_slowly(mutex, task, flags, true);
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

struct rota_handle rota_mutex_owner(const struct rota_mutex *mutex)
{
        struct rota *rota = core_instance();
        uintptr_t word = rota_atomic_load(&mutex->word);
        struct rota_handle nobody = {0, 0};

        return word && rota ? mutex_handle(rota, mutex, word) : nobody;
}
