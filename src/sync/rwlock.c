/* SPDX-License-Identifier: MIT */
/*
 * The reader-writer lock. While nobody waits a lock or unlock is one atomic operation on the word; once
 * WAITED is set, by the first who waits, the word changes under the lock of the queue only, by serve(),
 * which gives the lock to the first of those who wait for as long as that may be.
 */
#include "sync/queue.h"

#include <rota/rwlock.h>

enum { WAITED = 1, WRITER = 2, READER = 4 };

/* wait->flags */
enum { WRITES = 1 };

void rota_rwlock_init(struct rota_rwlock *lock, const char *name)
{
        *lock = (struct rota_rwlock){.waiters = {.name = name}};
}

/* The running task's slot, 0 where there is no task or an interrupt is served. */
static uintptr_t caller(void)
{
        uintptr_t flags = rota_port_irq_save();
        const struct rota_cpu *cpu = rota_port_cpu();
        uintptr_t slot = cpu && cpu->current && !cpu->nesting ? (uintptr_t)cpu->current->slot : 0;

        rota_port_irq_restore(flags);
        return slot;
}

/* One atomic operation: false where the lock is taken, or somebody waits. */
static bool take(struct rota_rwlock *lock, uint32_t how, uintptr_t me)
{
        uintptr_t word = rota_atomic_load(&lock->word);

        /* Acquire: what the last writer wrote, or the last readers read; partners: the releases in
         * drop() and end_write(). */
        if (how & WRITES) {
                word = 0;
                if (!rota_atomic_cas(&lock->word, &word, WRITER))
                        return false;
                rota_atomic_store(&lock->writer, me);
                return true;
        }
        while (!(word & (WAITED | WRITER)))
                if (rota_atomic_cas(&lock->word, &word, word + READER))
                        return true;
        return false;
}

/* May it be had, whoever waits? The queue's lock is held. */
static bool possible(const struct rota_rwlock *lock, uint32_t how)
{
        uintptr_t word = rota_atomic_load(&lock->word);
        return how & WRITES ? word < WRITER : !(word & WRITER);
}

/* Gives the lock to who waits first, and so on, and wakes them. The queue's lock is held, and WAITED set; it
 * is not any more where nobody is left. */
static void serve(struct rota_rwlock *lock)
{
        struct rota_handle waiter;
        struct rota_wait *first;
        struct wakes wakes;

        wakes.count = 0;
        while ((first = queue_next(&lock->waiters)) != NULL && possible(lock, first->flags)) {
                uintptr_t mine = first->flags & WRITES ? WRITER : READER;
                uintptr_t slot = (uintptr_t)slot_of(core_instance(), first->waiter);
                /* It has the lock before it knows: once it has its result it may unlock. */
                rota_atomic_add(&lock->word, mine);
                if (mine == WRITER)
                        rota_atomic_store(&lock->writer, slot);
                if (queue_serve(&lock->waiters, first, ROTA_OK, 0, &waiter)) {
                        queue_wake_later(&wakes, waiter);
                        continue;
                }
                if (mine == WRITER)
                        rota_atomic_store(&lock->writer, 0);
                rota_atomic_sub(&lock->word, mine);
        }
        if (!first)
                rota_atomic_and(&lock->word, ~(uintptr_t)WAITED);
        queue_wake(&wakes);
}

static int queue_up(struct rota_rwlock *lock, struct rota_wait *wait, uint32_t how, uintptr_t me)
{
        int result = ROTA_OK;
        uintptr_t flags = queue_lock(&lock->waiters);

        /* Who unlocks from now on comes here for it. */
        if (!(rota_atomic_or(&lock->word, WAITED) & WAITED) && possible(lock, how)) {
                rota_atomic_add(&lock->word, how & WRITES ? WRITER : READER);
                if (how & WRITES)
                        rota_atomic_store(&lock->writer, me);
                rota_atomic_and(&lock->word, ~(uintptr_t)WAITED);
        } else {
                rota_wait_init(wait);
                wait->flags = how;
                queue_add(&lock->waiters, wait);
                queue_trace(&lock->waiters, NULL);
                result = ROTA_EAGAIN;
        }
        queue_unlock(&lock->waiters, flags);
        return result;
}

static int begin(struct rota_rwlock *lock, struct rota_wait *wait, uint32_t how)
{
        if (!lock)
                return ROTA_EINVAL;
        uintptr_t me = caller();
        if (!me)
                return ROTA_ECONTEXT;
        if (take(lock, how, me))
                return ROTA_OK;
        if (rota_atomic_load(&lock->writer) == me)
                return ROTA_EDEADLK;
        return wait ? queue_up(lock, wait, how, me) : ROTA_EAGAIN;
}

int rota_rwlock_read_begin(struct rota_rwlock *lock, struct rota_wait *wait)
{
        return wait ? begin(lock, wait, 0) : ROTA_EINVAL;
}

int rota_rwlock_write_begin(struct rota_rwlock *lock, struct rota_wait *wait)
{
        return wait ? begin(lock, wait, WRITES) : ROTA_EINVAL;
}

int rota_rwlock_finish(struct rota_rwlock *lock, struct rota_wait *wait)
{
        if (!lock || !wait)
                return ROTA_EINVAL;
        /* Acquire: who served it has let it go; partner: wait_decide(). */
        uintptr_t word = rota_atomic_load_acquire(&wait->result);
        if (word & WAIT_SERVED)
                return wait_decode(word);
        uintptr_t flags = queue_lock(&lock->waiters);
        word = rota_atomic_load_acquire(&wait->result);
        if (!(word & WAIT_SERVED)) {
                if (rota_atomic_load(&wait->queue)) {
                        queue_unlink(&lock->waiters, wait);
                        rota_atomic_store(&wait->queue, NULL);
                }
                serve(lock); /* who waits behind it may go now */
        }
        queue_unlock(&lock->waiters, flags);
        return word == ROTA_WAIT_PENDING ? ROTA_EAGAIN : wait_decode(word);
}

static int lock_until(struct rota_rwlock *lock, uint32_t how, struct rota_timeout timeout)
{
        struct rota_wait wait;
        uint64_t deadline = rota_timeout_deadline(timeout);
        int result = begin(lock, deadline ? &wait : NULL, how);

        if (result != ROTA_EAGAIN || !deadline)
                return result;
        int parked = rota_wait_park(&wait, rota_timeout_at(deadline));
        result = rota_rwlock_finish(lock, &wait);
        return result == ROTA_EAGAIN ? parked : result;
}

int rota_rwlock_read(struct rota_rwlock *lock)
{
        debug_call("rota_rwlock_read");
        return lock_until(lock, 0, rota_timeout_forever());
}

int rota_rwlock_read_until(struct rota_rwlock *lock, struct rota_timeout timeout)
{
        debug_call("rota_rwlock_read_until");
        return lock_until(lock, 0, timeout);
}

int rota_rwlock_try_read(struct rota_rwlock *lock)
{
        return begin(lock, NULL, 0);
}

int rota_rwlock_write(struct rota_rwlock *lock)
{
        debug_call("rota_rwlock_write");
        return lock_until(lock, WRITES, rota_timeout_forever());
}

int rota_rwlock_write_until(struct rota_rwlock *lock, struct rota_timeout timeout)
{
        debug_call("rota_rwlock_write_until");
        return lock_until(lock, WRITES, timeout);
}

int rota_rwlock_try_write(struct rota_rwlock *lock)
{
        return begin(lock, NULL, WRITES);
}

/* Gives back `mine` of the word and takes `instead`, where others wait. */
static void exchange(struct rota_rwlock *lock, uintptr_t mine, uintptr_t instead)
{
        uintptr_t flags = queue_lock(&lock->waiters);

        rota_atomic_add(&lock->word, instead - mine);
        serve(lock);
        queue_unlock(&lock->waiters, flags);
}

int rota_rwlock_end_read(struct rota_rwlock *lock)
{
        if (!lock)
                return ROTA_EINVAL;
        if (!caller())
                return ROTA_ECONTEXT;
        uintptr_t word = rota_atomic_load(&lock->word);
        do {
                if (word < READER)
                        return ROTA_EPERM;
                if (word & WAITED) {
                        exchange(lock, READER, 0);
                        return ROTA_OK;
                }
                /* Release: that it has read; partner: the acquire of who writes next, in take(). */
        } while (!rota_atomic_cas(&lock->word, &word, word - READER));
        return ROTA_OK;
}

/* Who writes goes on as `instead`. */
static int end_write(struct rota_rwlock *lock, uintptr_t instead)
{
        uintptr_t word = WRITER;

        if (!lock)
                return ROTA_EINVAL;
        uintptr_t me = caller();
        if (!me)
                return ROTA_ECONTEXT;
        if (rota_atomic_load(&lock->writer) != me)
                return ROTA_EPERM;
        rota_atomic_store(&lock->writer, 0);
        /* Release: what it has written; partner: the acquire of who comes next, in take(). */
        if (!rota_atomic_cas(&lock->word, &word, instead))
                exchange(lock, WRITER, instead);
        return ROTA_OK;
}

int rota_rwlock_end_write(struct rota_rwlock *lock)
{
        return end_write(lock, 0);
}

int rota_rwlock_downgrade(struct rota_rwlock *lock)
{
        return end_write(lock, READER);
}
