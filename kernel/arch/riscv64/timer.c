/* SPDX-License-Identifier: MIT */
/*
 * Time and the timer. The clock is the time register, whose frequency the device tree says. The timer is
 * compared with it: by the control register stimecmp, where all harts have it (Sstc), or by the firmware,
 * which costs a call.
 */
#include "machine.h"
#include "riscv.h"
#include "rota_arch.h"

#define NEVER UINT64_MAX /* in counts */
#define LATE  100u       /* periods of a tick that are made up for */

struct machine_clock machine_clock;

static bool own_timer; /* stimecmp is there */
/* Counts per ns: the whole, and the rest as a fraction of 2^64. */
static uint64_t counts_whole, counts_part;

void timer_init(const struct devicetree *tree)
{
        uint32_t cpus = devicetree_find(tree, "/cpus");
        uint64_t hz = 0;

        /* Of all CPUs, or of each: then of the first, for they are the same. */
        if (!devicetree_u64(tree, cpus, "timebase-frequency", &hz))
                (void)devicetree_u64(
                        tree, devicetree_cpu(tree, DEVICETREE_NONE), "timebase-frequency", &hz);
        if (hz == 0)
                kernel_fatal("the device tree does not say how fast time runs");
        own_timer = harts_have(tree, "sstc");
        counts_whole = hz / ROTA_S;
        /* 32 digits after the point, and 32 more. */
        uint64_t rest = hz % ROTA_S << 32;
        counts_part = rest / ROTA_S << 32 | (rest % ROTA_S << 32) / ROTA_S;
        machine_clock.multiplier = (ROTA_S << 32) / hz;
        machine_clock.base = csr_read("time");
}

/* Counts that take at least @p ns, and no more than one above that. */
static uint64_t counts_of(uint64_t ns)
{
        return ns * counts_whole + (uint64_t)((unsigned __int128)ns * counts_part >> 64) + 1;
}

/* Until the call the firmware's timer is taken to be pending, and not listened to. */
static void set(uint64_t counts)
{
        if (own_timer) {
                csr_write(CSR_STIMECMP, counts);
        } else {
                sbi_set_timer(counts);
                csr_set("sie", 1u << IRQ_TIMER);
        }
}

void timer_init_cpu(void)
{
        set(NEVER);
        csr_set("sie", 1u << IRQ_TIMER);
}

void timer_taken(void)
{
        uintptr_t *words = machine_cpu()->machine;

        if (words[CPU_TICK]) {
                uint64_t now = csr_read("time");
                /* Ticks that are late come one after the other, so that as many come as time says; not
                 * all those of a long stop. */
                words[CPU_TICK_NEXT] += words[CPU_TICK];
                if (now > words[CPU_TICK_NEXT] &&
                        now - words[CPU_TICK_NEXT] > LATE * words[CPU_TICK])
                        words[CPU_TICK_NEXT] = now;
                set(words[CPU_TICK_NEXT]);
        } else if (own_timer) {
                csr_write(CSR_STIMECMP, NEVER);
        } else {
                csr_clear("sie", 1u << IRQ_TIMER); /* cheaper than a call; set() listens again */
        }
}

void machine_timer_start(uint64_t tick_ns)
{
        uintptr_t *words = machine_cpu()->machine;

        words[CPU_TICK] = tick_ns ? counts_of(tick_ns) - 1 : 0;
        if (tick_ns && !words[CPU_TICK])
                words[CPU_TICK] = 1;
        words[CPU_TICK_NEXT] = csr_read("time") + words[CPU_TICK];
        set(tick_ns ? words[CPU_TICK_NEXT] : NEVER);
}

void machine_timer_stop(void)
{
        machine_cpu()->machine[CPU_TICK] = 0;
        set(NEVER);
}

void machine_timer_arm(uint64_t deadline)
{
        if (machine_cpu()->machine[CPU_TICK])
                return;
        uint64_t counts = deadline == ROTA_NEVER ? NEVER : counts_of(deadline);
        /* What lies before the clock's end, and behind this addition's. */
        if (counts < NEVER - machine_clock.base)
                counts += machine_clock.base;
        else
                counts = NEVER;
        set(counts);
}
