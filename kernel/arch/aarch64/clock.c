/* SPDX-License-Identifier: MIT */
/*
 * Time: the virtual counter and timer of the generic timer (Arm ARM D11), which each CPU has as system
 * registers. The counters of all CPUs are one; the timer raises its interrupt for as long as the counter
 * has reached the compare value, an absolute time, and is off at the value that is never reached.
 *
 * A write to the timer's registers takes effect by the next context synchronisation: isb behind each,
 * so that a CPU that then waits for the interrupt (wfi is none) does not wait in vain.
 */
#include "arm.h"
#include "devicetree.h"
#include "machine.h"
#include "memory.h"

#define CONTROL_ENABLE 1u
#define NEVER          UINT64_MAX
#define SLOWEST        1000000u /* Hz, by the architecture; and not above 1 GHz */

struct machine_clock machine_clock;
uint32_t clock_interrupt;

/* Counts of a tick, 0: one-shot. Each CPU reads and writes its own. */
static uint64_t tick_counts[KERNEL_CPUS_MAX];

static uint64_t counter(void)
{
        isb();
        return sysreg_read("cntvct_el0");
}

/* The virtual timer's: the third, or the one called so. */
static uint32_t find_interrupt(const struct devicetree *tree, uint32_t node)
{
        struct devicetree_interrupt interrupt;
        uint32_t cursor = 0, which = 2;
        const char *name;

        for (uint32_t i = 0; (name = devicetree_string(tree, node, "interrupt-names", i)); i++)
                if (memcmp(name, "virt", 5) == 0)
                        which = i;
        for (uint32_t i = 0; devicetree_interrupt(tree, node, &cursor, &interrupt); i++)
                if (i == which && interrupt.count >= 3 && interrupt.cells[0] == 1 &&
                        interrupt.cells[1] < 16)
                        return interrupt.cells[1] + 16; /* one that each CPU has for itself */
        kernel_fatal("the device tree does not say which interrupt the virtual timer's is");
}

/* 2^96 / value, digit by digit: the compiler's own division of 128 bits is in a library. */
static uint64_t reciprocal(uint64_t value)
{
        unsigned __int128 quotient = 0;
        uint64_t rest = 1;

        for (int i = 0; i < 96; i++) {
                rest <<= 1;
                quotient <<= 1;
                if (rest >= value) {
                        rest -= value;
                        quotient |= 1;
                }
        }
        return quotient >> 64 ? UINT64_MAX : (uint64_t)quotient;
}

void clock_init(const struct devicetree *tree)
{
        uint32_t node = devicetree_compatible(tree, DEVICETREE_NONE, "arm,armv8-timer");
        uint64_t hz = sysreg_read("cntfrq_el0");

        if (node == DEVICETREE_NONE)
                kernel_fatal("the device tree has no timer");
        clock_interrupt = find_interrupt(tree, node);
        hz = devicetree_u32(tree, node, "clock-frequency", (uint32_t)hz); /* firmware forgot it */
        if (hz < SLOWEST || hz > ROTA_S)
                kernel_fatal("the timer counts with %lu Hz", hz);
        machine_clock.multiplier = (ROTA_S << 32) / hz;
        machine_clock.resolution = (ROTA_S + hz - 1) / hz;
        machine_clock.reciprocal = reciprocal(machine_clock.multiplier);
}

/* The first count at which machine_now() is @p ns or later. */
static uint64_t counts_at(uint64_t ns)
{
        const struct machine_clock *clock = &machine_clock;
        /* At most two less than that: what the multiplication cuts off, and the reciprocal. */
        uint64_t counts = (uint64_t)((unsigned __int128)ns * clock->reciprocal >> 64);

        while ((unsigned __int128)counts * clock->multiplier >> 32 < ns)
                counts++;
        return counts;
}

static void compare(uint64_t counts)
{
        sysreg_write("cntv_cval_el0", counts);
        isb();
}

void machine_timer_start(uint64_t tick_ns)
{
        uint64_t counts = tick_ns ? counts_at(tick_ns) : 0;

        tick_counts[machine_cpu()->index] = counts;
        sysreg_write("cntv_cval_el0", counts ? counter() + counts : NEVER);
        sysreg_write("cntv_ctl_el0", CONTROL_ENABLE);
        isb();
}

void machine_timer_stop(void)
{
        tick_counts[machine_cpu()->index] = 0;
        sysreg_write("cntv_ctl_el0", 0);
        isb();
}

void machine_timer_arm(uint64_t deadline)
{
        if (tick_counts[machine_cpu()->index])
                return;
        /* Later than the counter goes, in ns: that is never, too. */
        compare(deadline == ROTA_NEVER ? NEVER : counts_at(deadline));
}

void clock_taken(void)
{
        uint64_t tick = tick_counts[machine_cpu()->index];

        if (!tick) {
                compare(NEVER);
                return;
        }
        uint64_t next = sysreg_read("cntv_cval_el0") + tick;
        uint64_t now = counter();
        if (next <= now) /* ticks that this CPU had no time for: they are one */
                next = now + tick - (now - next) % tick;
        compare(next);
}
