/* SPDX-License-Identifier: MIT */
/*
 * Time. The clock is the time stamp counter; its frequency, and that of the APIC's timer, is
 * measured once against a timer whose own is known: the high precision event timer, else ACPI's
 * timer, else the PC's interval timer (which is all that a microvm has).
 */
#include "machine.h"
#include "x86.h"

#define FS_PER_S 1000000000000000u

/* Registers of the high precision event timer (IA-PC HPET Specification 1.0a, 2.3). */
#define HPET_CAPABILITIES  0x00 /* the upper half is a count's length in fs */
#define HPET_CONFIGURATION 0x10
#define HPET_COUNTER       0xf0
#define HPET_FS_MAX        100000000u /* what the specification allows */

/* ACPI's timer (ACPI Specification 6.5, 4.8.2.1). */
#define ACPI_TIMER_HZ 3579545u

/* The interval timer (8254): its first counter runs down once from its largest value, and a status
 * says when it is through. */
#define PIT_HZ           1193182u
#define PIT_COUNTER      0x40
#define PIT_COMMAND      0x43
#define PIT_START        0x30 /* counter 0, low byte and high byte, mode 0 */
#define PIT_READ_BACK    0xc2 /* status, then count, of counter 0 */
#define PIT_STATUS_MODE  0x3f
#define PIT_STATUS_EMPTY 0x40 /* the value has not arrived in the counter */
#define PIT_STATUS_OUT   0x80 /* it is through */

/* How long is measured, and how often each end is tried: of several tries the one that was least
 * disturbed (by an emulator's host, say) counts. */
#define MEASURE_NS (20 * ROTA_MS)
#define TRIES      10
/* How often all of it may fail. */
#define ATTEMPTS 20

/* A frequency this near to a whole number of MHz is that: within the measurement's error, and an
 * emulator that counts instructions becomes exact. */
#define SNAP_HZ   1000000u
#define SNAP_PART 20000u /* one in so many: 50 parts in a million */

struct machine_clock machine_clock;

/* What is measured against: counts up. */
struct reference {
        /* False: it is not running (any more). */
        bool (*read)(const struct reference *reference, uint32_t *count);
        void (*start)(const struct reference *reference); /* NULL: it runs */
        uintptr_t address;
        uint32_t mask; /* where it wraps */
        uint32_t fs;   /* a count's length */
};

struct sample {
        uint64_t tsc;
        uint64_t spread; /* tsc at the end of the sample - at its beginning */
        uint32_t count, apic;
};

static bool hpet_read(const struct reference *reference, uint32_t *count)
{
        *count = *(volatile uint32_t *)(reference->address + HPET_COUNTER);
        return true;
}

static void hpet_start(const struct reference *reference)
{
        *(volatile uint32_t *)(reference->address + HPET_CONFIGURATION) |= 1;
}

static bool acpi_port_read(const struct reference *reference, uint32_t *count)
{
        *count = inl((uint16_t)reference->address);
        return true;
}

static bool acpi_memory_read(const struct reference *reference, uint32_t *count)
{
        *count = *(volatile uint32_t *)reference->address;
        return true;
}

static bool pit_read(const struct reference *reference, uint32_t *count)
{
        (void)reference;
        outb(PIT_COMMAND, PIT_READ_BACK);
        uint8_t status = inb(PIT_COUNTER), low = inb(PIT_COUNTER), high = inb(PIT_COUNTER);
        *count = 0xffffu - ((uint32_t)high << 8 | low);
        /* Where there is no such timer every bit reads as one. */
        return !(status & (PIT_STATUS_OUT | PIT_STATUS_EMPTY)) &&
               (status & PIT_STATUS_MODE) == (PIT_START & PIT_STATUS_MODE);
}

static void pit_start(const struct reference *reference)
{
        uint32_t count;

        (void)reference;
        outb(PIT_COMMAND, PIT_START);
        outb(PIT_COUNTER, 0xff);
        outb(PIT_COUNTER, 0xff);
        for (unsigned i = 0; i < 1000 && !pit_read(reference, &count); i++)
                ;
}

/* Whether it lies where devices are mapped. */
static bool is_device(uint64_t address)
{
        return address >= X86_DEVICES && address < UINT32_MAX - HPET_COUNTER && address % 4 == 0;
}

static struct reference choose(const struct acpi *acpi)
{
        uint32_t acpi_fs = FS_PER_S / ACPI_TIMER_HZ, pit_fs = FS_PER_S / PIT_HZ;

        if (is_device(acpi->hpet)) {
                uint32_t fs = *(volatile uint32_t *)(acpi->hpet + HPET_CAPABILITIES + 4);
                if (fs && fs <= HPET_FS_MAX)
                        return (struct reference){
                                hpet_read, hpet_start, acpi->hpet, UINT32_MAX, fs};
        }
        if (acpi->timer.is_port ? acpi->timer.address != 0 : is_device(acpi->timer.address))
                return (struct reference){acpi->timer.is_port ? acpi_port_read : acpi_memory_read,
                        NULL, acpi->timer.address, acpi->timer.is_wide ? UINT32_MAX : 0xffffff,
                        acpi_fs};
        return (struct reference){pit_read, pit_start, 0, 0xffff, pit_fs};
}

/* Both counters where the reference has just moved on. */
static bool take_sample(const struct reference *reference, struct sample *best)
{
        best->spread = UINT64_MAX;
        for (int i = 0; i < TRIES; i++) {
                struct sample sample;
                uint32_t before, patience = 1000;
                bool runs = reference->read(reference, &before);
                do {
                        sample.tsc = rdtsc();
                        runs = reference->read(reference, &sample.count) && runs;
                } while (runs && sample.count == before && patience-- > 0);
                sample.apic = apic_timer_read();
                sample.spread = rdtsc() - sample.tsc;
                if (!runs || sample.count == before)
                        return false;
                if (sample.spread < best->spread)
                        *best = sample;
        }
        return true;
}

/* Passes some time. Not with pause: no other CPU is waited for, and an emulator that runs one CPU
 * at a time would go round all of them at each. */
static void pass_time(void)
{
        for (unsigned i = 0; i < 1000; i++)
                __asm__ volatile("" : : : "memory");
}

static uint64_t frequency(uint64_t counts, uint64_t reference_counts, uint64_t fs)
{
        uint64_t ns = reference_counts * fs / 1000000;
        uint64_t hz = counts * ROTA_S / ns; /* 64 bits hold 10^10 counts */
        uint64_t near = (hz + SNAP_HZ / 2) / SNAP_HZ * SNAP_HZ;
        uint64_t off = near > hz ? near - hz : hz - near;

        return off <= hz / SNAP_PART ? near : hz;
}

/* False: the reference stood, or was through before the end was read. */
static bool measure(const struct reference *reference, uint64_t *tsc_hz, uint64_t *apic_hz)
{
        uint32_t counts = (uint32_t)(MEASURE_NS * (FS_PER_S / reference->fs) / ROTA_S), passed;
        struct sample start, end;

        if (reference->start)
                reference->start(reference);
        apic_timer_free_run();
        if (!take_sample(reference, &start))
                return false;
        do {
                uint32_t now;
                if (!reference->read(reference, &now))
                        return false;
                passed = (now - start.count) & reference->mask;
                pass_time();
        } while (passed < counts);
        if (!take_sample(reference, &end))
                return false;
        passed = (end.count - start.count) & reference->mask;
        *tsc_hz = frequency(end.tsc - start.tsc, passed, reference->fs);
        *apic_hz = frequency(start.apic - end.apic, passed, reference->fs);
        return true;
}

void clock_init(const struct acpi *acpi)
{
        struct reference reference = choose(acpi);
        uint64_t tsc_hz = 0, apic_hz = 0;

        for (int i = 0; i < ATTEMPTS && !tsc_hz; i++)
                if (!measure(&reference, &tsc_hz, &apic_hz))
                        tsc_hz = 0;
        machine_timer_stop();
        if (!tsc_hz || !apic_hz)
                kernel_fatal("no timer to measure time against");
        machine_clock.multiplier = (ROTA_S << 32) / tsc_hz;
        machine_clock.base = rdtsc();
        apic_timer_set_frequency(apic_hz);
}

void clock_delay(uint64_t ns)
{
        uint64_t end = machine_now() + ns;
        while (machine_now() < end)
                pass_time();
}
