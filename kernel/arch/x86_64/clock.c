/* SPDX-License-Identifier: MIT */
/*
 * Time. The clock is the time stamp counter; its frequency, and that of the APIC's timer, is
 * measured once against the high precision event timer, which says its own.
 */
#include "machine.h"
#include "x86.h"

#define HPET_CAPABILITIES  0x00 /* the upper half is a count's length in fs */
#define HPET_CONFIGURATION 0x10
#define HPET_COUNTER       0xf0
#define FS_PER_S           1000000000000000u

/* How long is measured, and how often each end is tried: of several tries the one that was least
 * disturbed (by an emulator's host, say) counts. */
#define MEASURE_NS (20 * ROTA_MS)
#define TRIES      10

/* A frequency this near to a whole number of MHz is that: within the measurement's error, and an
 * emulator that counts instructions becomes exact. */
#define SNAP_HZ   1000000u
#define SNAP_PART 20000u /* one in so many: 50 parts in a million */

struct machine_clock machine_clock;

struct sample {
        uint64_t tsc;
        uint64_t spread; /* tsc at the end of the sample - at its beginning */
        uint32_t hpet, apic;
};

static uint32_t hpet_read(uintptr_t hpet, unsigned offset)
{
        return *(volatile uint32_t *)(hpet + offset);
}

static struct sample take_sample(uintptr_t hpet)
{
        struct sample best = {0, UINT64_MAX, 0, 0};

        for (int i = 0; i < TRIES; i++) {
                struct sample sample;
                sample.tsc = rdtsc();
                sample.hpet = hpet_read(hpet, HPET_COUNTER);
                sample.apic = apic_timer_read();
                sample.spread = rdtsc() - sample.tsc;
                if (sample.spread < best.spread)
                        best = sample;
        }
        return best;
}

/* Passes some time. Not with pause: no other CPU is waited for, and an emulator that runs one CPU
 * at a time would go round all of them at each. */
static void pass_time(void)
{
        for (unsigned i = 0; i < 1000; i++)
                __asm__ volatile("" : : : "memory");
}

static uint64_t frequency(uint64_t counts, uint64_t hpet_counts, uint64_t hpet_fs)
{
        uint64_t ns = hpet_counts * hpet_fs / 1000000;
        uint64_t hz = counts * ROTA_S / ns; /* 64 bits hold 10^10 counts */
        uint64_t near = (hz + SNAP_HZ / 2) / SNAP_HZ * SNAP_HZ;
        uint64_t off = near > hz ? near - hz : hz - near;

        return off <= hz / SNAP_PART ? near : hz;
}

void clock_init(uintptr_t hpet)
{
        if (!hpet)
                kernel_fatal("no high precision event timer to measure time against");

        uint64_t hpet_fs = hpet_read(hpet, HPET_CAPABILITIES + 4);
        uint32_t counts = (uint32_t)(MEASURE_NS * (FS_PER_S / hpet_fs) / ROTA_S);

        *(volatile uint32_t *)(hpet + HPET_CONFIGURATION) |= 1; /* let it count */
        apic_timer_free_run();
        struct sample start = take_sample(hpet);
        while (hpet_read(hpet, HPET_COUNTER) - start.hpet < counts)
                pass_time();
        struct sample end = take_sample(hpet);
        machine_timer_stop();

        uint64_t hz = frequency(end.tsc - start.tsc, end.hpet - start.hpet, hpet_fs);
        machine_clock.multiplier = (ROTA_S << 32) / hz;
        machine_clock.base = rdtsc();
        apic_timer_set_frequency(frequency(start.apic - end.apic, end.hpet - start.hpet, hpet_fs));
}

void clock_delay(uint64_t ns)
{
        uint64_t end = machine_now() + ns;
        while (machine_now() < end)
                pass_time();
}
