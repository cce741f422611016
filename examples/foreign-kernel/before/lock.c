/* SPDX-License-Identifier: MIT */
/* Spinlocks, in two forms, and interrupts off, which nests. */
#include "kernel.h"

static void take(struct spinlock *lock)
{
        while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
                cpu_relax();
}

static void release(struct spinlock *lock)
{
        __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

/* This CPU's count, in one instruction: whichever CPU it is. */
static void count_lock(int by)
{
        __asm__ volatile("addl %0, %%gs:%c1"
                         :
                         : "ri"(by), "i"(offsetof(struct cpu, locks))
                         : "memory", "cc");
}

void spin_lock(struct spinlock *lock)
{
        count_lock(1);
        take(lock);
}

void spin_unlock(struct spinlock *lock)
{
        release(lock);
        count_lock(-1);
}

void push_off(void)
{
        uint64_t flags = irq_save();
        struct cpu *cpu = this_cpu();

        if (cpu->off++ == 0)
                cpu->was_on = irq_was_on(flags);
}

void pop_off(void)
{
        struct cpu *cpu = this_cpu();

        if (--cpu->off == 0 && cpu->was_on) {
                irq_on();
        }
}

void spin_lock_irq(struct spinlock *lock)
{
        push_off();
        take(lock);
}

void spin_unlock_irq(struct spinlock *lock)
{
        release(lock);
        pop_off();
}
