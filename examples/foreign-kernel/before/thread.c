/* SPDX-License-Identifier: MIT */
/* Threads: their table, whose turn it is, channels, ends. */
#include "kernel.h"

struct thread threads[THREADS];
/* Guards states, channels and parents. */
static struct spinlock table;

void thread_load(struct thread *thread)
{
        struct cpu *cpu = this_cpu();

        cpu->thread = thread;
        cpu->task.rsp0 = thread ? (uint64_t)(thread_frame(thread) + 1) : 0;
        space_load(thread ? thread->space : NULL);
        cpu->switches++;
}

/* Gives the CPU away, until this thread is runnable and its turn has come. The table is locked, also
 * across the switch. */
static void schedule(void)
{
        struct thread *me = current(), *next = me;
        bool was_on = this_cpu()->was_on;

        if (this_cpu()->off != 1 || this_cpu()->locks != 0)
                panic("a thread gives up the CPU with a lock held");
        do {
                if (++next == threads + THREADS)
                        next = threads;
                if (next == me && me->state != RUNNABLE) {
                        spin_unlock_irq(&table);
                        irq_wait();
                        spin_lock_irq(&table);
                }
        } while (next->state != RUNNABLE);
        if (next != me) {
                thread_load(next);
                switch_to(&me->sp, next->sp);
        }
        this_cpu()->was_on = was_on;
}

static void make_runnable(struct thread *thread)
{
        thread->state = RUNNABLE;
}

static void wakeup_locked(const void *channel)
{
        for (struct thread *t = threads; t < threads + THREADS; t++)
                if (t->state == SLEEPING && t->channel == channel)
                        make_runnable(t);
}

void thread_exit(int code)
{
        struct thread *me = current();

        spin_lock_irq(&table);
        me->code = code;
        me->state = ZOMBIE;
        for (struct thread *t = threads; t < threads + THREADS; t++)
                if (t->parent == me)
                        t->parent = &threads[0]; /* an orphan is main's */
        wakeup_locked(&threads[0]);
        wakeup_locked(me->parent);
        schedule();
        panic("a zombie runs");
}

static void thread_main(void *argument)
{
        struct thread *me = argument;

        this_cpu()->was_on = true;
        spin_unlock_irq(&table);
        me->entry(me->argument);
        thread_exit(0);
}

void thread_init(void)
{
        struct thread *me = &threads[0];

        me->name = "main";
        me->state = RUNNABLE;
        me->stack = stack_alloc(); /* only for its place for a frame: it has its own */
        thread_load(me);
}

struct thread *thread_create(const char *name, void (*entry)(void *), void *argument)
{
        struct thread *thread = threads;

        spin_lock_irq(&table);
        while (thread < threads + THREADS && thread->state != UNUSED)
                thread++;
        if (thread < threads + THREADS)
                *thread = (struct thread){.state = NEW, .parent = current()};
        else
                thread = NULL;
        spin_unlock_irq(&table);
        if (!thread)
                return NULL;
        thread->name = name;
        thread->stack = stack_alloc();
        thread->entry = entry;
        thread->argument = argument;
        thread->sp = stack_init(thread->stack, STACK - sizeof(struct frame), thread_main, thread);
        return thread;
}

void thread_start(struct thread *thread)
{
        spin_lock_irq(&table);
        make_runnable(thread);
        spin_unlock_irq(&table);
}

void yield(void)
{
        spin_lock_irq(&table);
        schedule();
        spin_unlock_irq(&table);
}

/* The table's lock is taken before the caller's is released: a wakeup() that follows the change the
 * caller waits for comes after this thread is on its channel. */
void sleep(const void *channel, struct spinlock *lock)
{
        struct thread *me = current();

        spin_lock_irq(&table);
        spin_unlock_irq(lock);
        me->channel = channel;
        me->state = SLEEPING;
        schedule();
        spin_unlock_irq(&table);
        spin_lock_irq(lock);
}

void wakeup(const void *channel)
{
        spin_lock_irq(&table);
        wakeup_locked(channel);
        spin_unlock_irq(&table);
}

struct thread *wait(int *code)
{
        struct thread *me = current(), *ended = NULL;

        spin_lock_irq(&table);
        for (bool child = true; child && !ended && !killed();) {
                child = false;
                for (struct thread *t = threads; t < threads + THREADS && !ended; t++) {
                        if (t->state == UNUSED || t->parent != me)
                                continue;
                        child = true;
                        if (t->state == ZOMBIE)
                                ended = t;
                }
                if (child && !ended) {
                        me->channel = me; /* the table's lock is the one that guards the ends */
                        me->state = SLEEPING;
                        schedule();
                }
        }
        spin_unlock_irq(&table);
        if (ended) {
                *code = ended->code;
                space_free(ended->space);
                stack_free(ended->stack);
                spin_lock_irq(&table);
                ended->state = UNUSED;
                spin_unlock_irq(&table);
        }
        return ended;
}

bool killed(void)
{
        return __atomic_load_n(&current()->killed, __ATOMIC_RELAXED);
}

void kill(struct thread *thread)
{
        spin_lock_irq(&table);
        thread->killed = true;
        if (thread->state == SLEEPING)
                make_runnable(thread);
        spin_unlock_irq(&table);
}
