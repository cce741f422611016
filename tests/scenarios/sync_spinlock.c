/* SPDX-License-Identifier: MIT */
/* Spinlocks: one at a time, whoever comes from where; the holder stays where it is; and in a debug build
 * what is done wrong is told, with both places. */
#include <rota/sync.h>

#include "misuse.h"

#define MANY 4u

/* Plain numbers under two locks; the second one is taken in interrupts, too. */
struct sums {
        struct rota_spinlock lock;
        struct rota_spinlock irq;
        uint64_t sum, irq_sum;
        uint32_t rounds;
        uint32_t rang; /* (atomic) */
        struct rota_timer timer;
};

static void ring(void *argument)
{
        struct sums *sums = argument;
        uintptr_t flags = rota_spin_lock_irq(&sums->irq);

        sums->irq_sum++;
        rota_spin_unlock_irq(&sums->irq, flags);
        add(sums->rang, 1);
}

static intptr_t sum_up(struct worker *self)
{
        struct sums *sums = self->argument;
        intptr_t added = 0;
        uintptr_t flags;

        for (uint32_t round = 0; round < sums->rounds; round++) {
                rota_spin_lock(&sums->lock);
                sums->sum++;
                if (rota_spin_try_lock_irq(&sums->irq, &flags)) {
                        sums->irq_sum++;
                        added++;
                        rota_spin_unlock_irq(&sums->irq, flags);
                }
                rota_spin_unlock(&sums->lock);
                if (rota_spin_try_lock(&sums->lock)) {
                        sums->sum += 2;
                        added += (intptr_t)2 << 32;
                        rota_spin_unlock(&sums->lock);
                }
                flags = rota_spin_lock_irq(&sums->irq);
                sums->irq_sum++;
                rota_spin_unlock_irq(&sums->irq, flags);
        }
        return added;
}

static void one_at_a_time(void)
{
        struct sums *sums = memory(sizeof(*sums));
        struct worker *worker[MANY];
        uint64_t sum = 0, irq_sum = 0;

        rota_spin_init(&sums->lock);
        rota_spin_init(&sums->irq);
        sums->rounds = run.all ? 100000 : run.few ? 200 : 2000;
        for (uint32_t i = 0; i < MANY; i++)
                worker[i] = worker_start_on(sum_up, sums, i % run.cpus);
        for (uint32_t i = 0; i < 4; i++) {
                check(rota_timer_arm(&sums->timer, rota_now() + 20 * ROTA_US, ring, sums) ==
                        ROTA_OK);
                until(get(sums->rang) == i + 1);
                check(!rota_timer_cancel(&sums->timer));
        }
        for (uint32_t i = 0; i < MANY; i++) {
                intptr_t added = worker_end(worker[i]);
                irq_sum += sums->rounds + (uint32_t)added;
                sum += sums->rounds + (uint64_t)(added >> 32);
        }
        check(sums->sum == sum && sums->irq_sum == irq_sum + 4);
        check(!rota_spin_locked(&sums->lock) && !rota_spin_locked(&sums->irq));
}

static intptr_t note(struct worker *self)
{
        put(self->flag, 1);
        return 0;
}

/* Somebody more urgent is woken while the lock is held, and runs at its release. */
static void stays(void)
{
        struct rota_task_options options = {.params = run.setup->first, .affinity = only_cpu(0)};
        static struct rota_spinlock lock;
        uintptr_t flags;

        rota_spin_init(&lock);
        options.params.priority = 1;
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        struct worker *a = worker_make_with(note, NULL, &options);
        struct worker *b = worker_make_with(note, NULL, &options);
        rota_spin_lock(&lock);
        check(!rota_spin_try_lock(&lock)); /* it is taken, by whomever */
        check(rota_start(a->handle) == ROTA_OK);
        check(rota_spin_locked(&lock) && get(a->flag) == 0);
        rota_spin_unlock(&lock);
        check(get(a->flag) == 1);
        flags = rota_spin_lock_irq(&lock);
        check(!rota_spin_try_lock_irq(&lock, &flags));
        check(rota_start(b->handle) == ROTA_OK);
        check(get(b->flag) == 0);
        rota_spin_unlock_irq(&lock, flags);
        rota_resched();
        check(get(b->flag) == 1);
        worker_end(a);
        worker_end(b);
}

#if ROTA_DEBUG

static struct rota_spinlock first, second, third;
static uint32_t step; /* (atomic) */

static void misuse_begin(void)
{
        rota_spin_init(&first);
        rota_spin_init(&second);
        rota_spin_init(&third);
        put(step, 0);
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_yield() == ROTA_OK);
}

/* Taken by who has it: with the place where it took it. The lock is held until its last release. */
static void recursion(void)
{
        uintptr_t here = (uintptr_t)recursion;

        misuse_begin();
        rota_spin_lock(&first);
        REPORTS((rota_spin_lock(&first), true), "rota_spin_lock", "it is held", here, here);
        rota_spin_unlock(&first);
        check(rota_spin_locked(&first));
        rota_spin_unlock(&first);
        check(!rota_spin_locked(&first) && rota_current()->guard == 0);
        REPORTS((rota_spin_unlock(&first), true), "rota_spin_unlock", NULL, here, 0);
        check(rota_yield() == ROTA_OK);
}

__attribute__((noinline)) static void take_both(struct rota_spinlock *a, struct rota_spinlock *b)
{
        rota_spin_lock(a);
        rota_spin_lock(b);
        rota_spin_unlock(a);
        rota_spin_unlock(b);
}

/* Two orders; over a third lock; not where one was only tried; not of another lock in its memory. */
static void order(void)
{
        uintptr_t here = (uintptr_t)order, there = (uintptr_t)take_both;
        uint32_t before = get(run.misuses);

        misuse_begin();
        take_both(&first, &second);
        take_both(&first, &second);
        take_both(&second, &third);
        rota_spin_lock(&second);
        if (check(rota_spin_try_lock(&first)))
                rota_spin_unlock(&first);
        check(get(run.misuses) == before);
        REPORTS((rota_spin_lock(&first), true), "rota_spin_lock",
                "they were taken the other way round", here, there);
        rota_spin_unlock(&first);
        rota_spin_unlock(&second);
        rota_spin_lock(&third);
        REPORTS((rota_spin_lock(&first), true), "rota_spin_lock",
                "they were taken the other way round", here, there);
        rota_spin_unlock(&first);
        rota_spin_unlock(&third);
        rota_spin_init(&first);
        before = get(run.misuses);
        take_both(&third, &first);
        check(get(run.misuses) == before);
}

/* Held where it would wait. */
static void waits(void)
{
        uintptr_t here = (uintptr_t)waits;
        struct rota_semaphore none = {0};
        struct worker *other = worker_make(misuse_ends, NULL);

        misuse_begin();
        rota_spin_lock(&first);
        misuse_block(other->handle, "a spinlock is held", (uintptr_t)misuse_block, here);
        REPORTS(rota_semaphore_take(&none) == ROTA_ECONTEXT, "rota_semaphore_take",
                "a spinlock is held", here, here);
        REPORTS(!rota_resched(), "rota_resched", "a spinlock is held", here, here);
        rota_spin_unlock(&first);
        uintptr_t flags = rota_spin_lock_irq(&first);
        REPORTS(rota_yield() == ROTA_ECONTEXT, "rota_yield", "a spinlock is held", here, here);
        rota_spin_unlock_irq(&first, flags);
        check(rota_yield() == ROTA_OK);
        check(rota_drop(other->handle) == ROTA_OK);
}

/* Released by another CPU, and then by who has it. */
static intptr_t hold(struct worker *self)
{
        (void)self;
        rota_spin_lock(&first);
        put(step, 1);
        while (get(step) == 1)
                ;
        rota_spin_unlock(&first);
        return 0;
}

static void by_another(void)
{
        misuse_begin();
        struct worker *holder = worker_start_on(hold, NULL, 1);
        until(get(step) == 1);
        check(!rota_spin_try_lock(&first));
        REPORTS((rota_spin_unlock(&first), true), "rota_spin_unlock", "another holds it",
                by_another, hold);
        check(rota_spin_locked(&first));
        put(step, 2);
        worker_end(holder);
        check(!rota_spin_locked(&first));
}

#endif

const struct scenario scenarios_sync_spinlock[] = {
        {.name = "spin-one-at-a-time", .run = one_at_a_time},
        {.name = "spin-stays", .run = stays, .flags = PRIORITIES},
#if ROTA_DEBUG
        {.name = "misuse-spin-recursion", .run = recursion, .flags = MISUSES},
        {.name = "misuse-spin-order", .run = order, .flags = MISUSES},
        {.name = "misuse-spin-waits", .run = waits, .flags = MISUSES},
        {.name = "misuse-spin-by-another", .run = by_another, .flags = MISUSES | SEVERAL},
#endif
        {.name = NULL},
};
