/* SPDX-License-Identifier: MIT */
/* What the kernel can do, a line for each thing. It runs in main(), the first thread. */
#include "kernel.h"

#ifndef HOG_NS
#define HOG_NS 3000000000u /* a hog gives up after so long */
#endif
#define ITEMS 500 /* that each producer sends */

static volatile bool stop;
static uint64_t hogs_end;
static uint32_t hogs_gave_up;
static volatile uint64_t steps;

/* Does not yield, sleep or wait. */
static void hog(void *argument)
{
        (void)argument;
        while (!stop && clock_ns() < hogs_end)
                steps++;
        if (!stop)
                __atomic_add_fetch(&hogs_gave_up, 1, __ATOMIC_RELAXED);
}

static struct thread *start(const char *name, void (*entry)(void *), void *argument)
{
        struct thread *thread = thread_create(name, entry, argument);

        if (!thread)
                panic("no thread left");
        thread_start(thread);
        return thread;
}

/* One more than there are CPUs, so that each has something else to run than main(); but so many CPUs at
 * work as an emulator can give their turns. */
static uint32_t hogs(void)
{
        return cpu_count < 4 ? cpu_count + 1 : 5;
}

static void start_hogs(void)
{
        stop = false;
        hogs_gave_up = 0;
        hogs_end = clock_ns() + HOG_NS;
        for (uint32_t i = 0; i < hogs(); i++)
                start("hog", hog, NULL);
}

static void stop_hogs(void)
{
        int code;

        stop = true;
        for (uint32_t i = 0; i < hogs(); i++)
                if (!wait(&code))
                        panic("a hog is missing");
}

static bool preempts(void)
{
        start_hogs();
        sleep_ticks(5);
        bool all_run = hogs_gave_up == 0;
        stop_hogs();
        kprintf("hogs: %s\n",
                all_run ? "preempted, main came back in time" : "main came back when they gave up");
        return all_run;
}

static void spin_ticks(uint64_t count)
{
        uint64_t until = clock_ns() + count * TICK_NS;

        while (clock_ns() < until)
                ;
}

/* A spinlock is held for several ticks while others want the CPU. Whether they ran at its release. */
static bool holds_lock(bool *moved)
{
        static struct spinlock lock;

        spin_lock(&lock);
        struct cpu *cpu = this_cpu();
        uint64_t switches = cpu->switches;
        spin_ticks(5);
        *moved |= this_cpu() != cpu || cpu->switches != switches;
        uint64_t others = steps;
        spin_unlock(&lock);
        return steps != others;
}

static void held_lock(void)
{
        bool moved = false, released = false;

        start_hogs();
        sleep_ticks(1);
        /* An emulator's timer may be later than all these ticks: then again. */
        for (int i = 0; i < 3 && !released; i++)
                released = holds_lock(&moved);
        stop_hogs();
        kprintf("lock: %s while held, %s\n", moved ? "switched" : "no switch",
                released ? "others ran at its release" : "nobody ran at its release");
}

/* A buffer of one place; producers and consumers sleep on two channels. */
static struct buffer {
        struct spinlock lock;
        uint64_t item, sum, taken;
        bool full;
} buffer;

static void produce(void *argument)
{
        for (uint64_t i = 1; i <= ITEMS; i++) {
                spin_lock_irq(&buffer.lock);
                while (buffer.full)
                        sleep(&buffer.item, &buffer.lock);
                buffer.item = i * (uint64_t)argument;
                buffer.full = true;
                wakeup(&buffer.full);
                spin_unlock_irq(&buffer.lock);
        }
}

static void consume(void *argument)
{
        (void)argument;
        for (uint64_t i = 0; i < ITEMS; i++) {
                spin_lock_irq(&buffer.lock);
                while (!buffer.full)
                        sleep(&buffer.full, &buffer.lock);
                buffer.sum += buffer.item;
                buffer.taken++;
                buffer.full = false;
                wakeup(&buffer.item);
                spin_unlock_irq(&buffer.lock);
        }
}

static void channels(void)
{
        int code;

        for (uintptr_t i = 1; i <= 3; i++) {
                start("producer", produce, (void *)i);
                start("consumer", consume, NULL);
        }
        for (int i = 0; i < 6; i++)
                wait(&code);
        bool all = buffer.taken == 3 * ITEMS && buffer.sum == (uint64_t)6 * ITEMS * (ITEMS + 1) / 2;
        kprintf("channels: %s\n", all ? "every item came" : "items were lost");
}

/* Children end in an order that main() decides. */
static volatile int turn;
static struct spinlock turn_lock;

static void child(void *argument)
{
        int number = (int)(intptr_t)argument;

        spin_lock_irq(&turn_lock);
        while (turn != number)
                sleep((const void *)&turn, &turn_lock);
        spin_unlock_irq(&turn_lock);
        thread_exit(number);
}

static void any_child(void)
{
        static const int order[] = {2, 3, 1};
        bool right = true;
        int code = 0;

        for (intptr_t i = 1; i <= 3; i++)
                start("child", child, (void *)i);
        for (int i = 0; i < 3; i++) {
                spin_lock_irq(&turn_lock);
                turn = order[i];
                wakeup((const void *)&turn);
                spin_unlock_irq(&turn_lock);
                right = wait(&code) && code == order[i] && right;
        }
        right = !wait(&code) && right;
        kprintf("wait: %s\n", right ? "any child, each once" : "wrong");
}

static void sleeper(void *argument)
{
        spin_lock_irq(&turn_lock);
        while (!killed())
                sleep(argument, &turn_lock); /* nobody wakes this channel */
        spin_unlock_irq(&turn_lock);
        thread_exit(-1);
}

static void worker(void *argument)
{
        (void)argument;
        while (!killed())
                steps++;
        thread_exit(-1);
}

static void expect_killed(const char *what, struct thread *thread)
{
        int code = 0;

        sleep_ticks(2);
        kill(thread);
        bool right = wait(&code) == thread && code == -1;
        kprintf("kill: %s: %s\n", what, right ? "ended" : "wrong");
}

static void kills(bool preempted)
{
        expect_killed("asleep on a channel", start("sleeper", sleeper, &buffer));
        expect_killed("asleep in a system call", process_create("sleeps", user_sleeps));
        if (!preempted) {
                kprintf("kill: what never gives up the CPU: not tried\n");
                return;
        }
        expect_killed("running in the kernel", start("worker", worker, NULL));
        expect_killed("running in user mode", process_create("spins", user_spins));
}

static void forks(void)
{
        bool right = true;
        int code = 0;

        for (int i = 0; i < 3; i++)
                if (!process_create("sums", user_sums))
                        panic("no process left");
        for (int i = 0; i < 3; i++)
                right = wait(&code) && code == 42 && right;
        right = process_create("faults", user_faults) && wait(&code) && code == -1 && right;
        kprintf("fork: %s\n", right ? "memory and registers are each one's own" : "wrong");
}

/* How often the timer comes to a thread that is alone. What was armed before may come late, and a tick be
 * late: of three times two count. */
static void alone(void)
{
        int quiet = 0;

        for (int i = 0; i < 3; i++) {
                spin_ticks(2); /* what was armed before is over */
                uint64_t irqs = this_cpu()->timer_irqs;
                spin_ticks(10);
                quiet += this_cpu()->timer_irqs == irqs;
        }
        kprintf("alone: %s\n", quiet >= 2 ? "no tick" : "ticks");
}

void demo(void)
{
        kprintf("main is thread %s, on CPU %u\n", current()->name, (uint64_t)this_cpu()->index);
        bool preempted = preempts();
        held_lock();
        channels();
        any_child();
        forks();
        kills(preempted);
        alone();
        int used = 0;
        for (int i = 0; i < CPUS; i++)
                used += cpus[i].switches > 2; /* not only main(), or nobody */
        kprintf("done: threads ran on %s\n", used > 1 ? "several CPUs" : "one CPU");
}
