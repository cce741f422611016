/* SPDX-License-Identifier: MIT */
/* Interrupt controllers, interrupts between CPUs, the clock and the tick. */
#include "kernel.h"

enum {
        APIC_ID = 0x20,
        APIC_END = 0xb0,
        APIC_SPURIOUS = 0xf0,
        APIC_COMMAND = 0x300,
        APIC_COMMAND_TO = 0x310,
        APIC_TIMER = 0x320,
        APIC_TIMER_START = 0x380,
        APIC_TIMER_NOW = 0x390,
        APIC_TIMER_DIVIDE = 0x3e0,
        TIMER_PERIODIC = 0x20000,
        TIMER_MASKED = 0x10000,
};

/* How long the 8254 measures the others, in its counts of 1193182 Hz and in ns. */
#define MEASURE    11932
#define MEASURE_NS 10000151u

volatile uint64_t ticks;
static struct spinlock tick_lock;
static uint64_t tsc_start, tsc_multiplier; /* ns per count, as a fraction of 2^32 */
static uint32_t timer_per_measure;

static volatile uint32_t *apic(unsigned offset)
{
        return (volatile uint32_t *)(uintptr_t)(0xfee00000 + offset);
}

static uint64_t read_tsc(void)
{
        uint32_t low, high;
        __asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
        return (uint64_t)high << 32 | low;
}

void apic_init(void)
{
        out8(0x21, 0xff); /* the old controllers are silent */
        out8(0xa1, 0xff);
        *apic(APIC_SPURIOUS) = 0x100 | VECTOR_SPURIOUS;
        *apic(APIC_TIMER_DIVIDE) = 0xb; /* by 1 */
        *apic(APIC_TIMER) = TIMER_MASKED;
        this_cpu()->apic_id = *apic(APIC_ID) >> 24;
}

void apic_end(void)
{
        *apic(APIC_END) = 0;
}

void apic_send(uint32_t to, uint32_t command)
{
        push_off(); /* two registers */
        while (*apic(APIC_COMMAND) & 0x1000)
                cpu_relax();
        *apic(APIC_COMMAND_TO) = to << 24;
        *apic(APIC_COMMAND) = command;
        pop_off();
}

/* Both are read before the 8254 starts and after it is done, so whatever comes between (an emulator's
 * host, say) only adds to them: the least of several tries is the right one. */
static void measure(void)
{
        uint64_t least = UINT64_MAX;

        timer_per_measure = UINT32_MAX;
        for (int i = 0; i < 10; i++) {
                out8(0x61, (in8(0x61) & 0xfc) | 1); /* 8254, channel 2: gate on, no sound */
                out8(0x43, 0xb0);                   /* counts down once */
                out8(0x42, MEASURE & 0xff);
                *apic(APIC_TIMER_START) = UINT32_MAX;
                uint64_t start = read_tsc();
                out8(0x42, MEASURE >> 8); /* begins */
                while (!(in8(0x61) & 0x20))
                        ;
                uint64_t tsc = read_tsc() - start;
                uint32_t timer = UINT32_MAX - *apic(APIC_TIMER_NOW);
                least = tsc < least ? tsc : least;
                timer_per_measure = timer < timer_per_measure ? timer : timer_per_measure;
        }
        *apic(APIC_TIMER_START) = 0;
        tsc_multiplier = ((uint64_t)MEASURE_NS << 32) / least;
}

/* From now on this CPU's timer comes at each tick. */
void timer_init(void)
{
        measure();
        tsc_start = read_tsc();
        *apic(APIC_TIMER) = TIMER_PERIODIC | VECTOR_TIMER;
        *apic(APIC_TIMER_START) = (uint32_t)((uint64_t)timer_per_measure * TICK_NS / MEASURE_NS);
}

uint64_t clock_ns(void)
{
        return (uint64_t)((unsigned __int128)(read_tsc() - tsc_start) * tsc_multiplier >> 32);
}

void timer_interrupt(void)
{
        spin_lock_irq(&tick_lock);
        ticks++;
        wakeup((const void *)&ticks);
        spin_unlock_irq(&tick_lock);
}

void sleep_ticks(uint64_t count)
{
        spin_lock_irq(&tick_lock);
        uint64_t until = ticks + count;
        while (ticks < until && !killed())
                sleep((const void *)&ticks, &tick_lock);
        spin_unlock_irq(&tick_lock);
}
