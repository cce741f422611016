/* SPDX-License-Identifier: MIT */
/* Interrupt controllers: the local APIC (timer, interrupts between CPUs), and the old 8259s. */
#include "machine.h"
#include "rota_arch.h"
#include "x86.h"

#define MSR_APIC_BASE  0x1bu
#define APIC_ENABLE    0x800u
#define APIC_BASE_MASK 0xfffff000u

/* Registers, by offset. */
enum {
        APIC_ID = 0x20,
        APIC_PRIORITY = 0x80,
        APIC_SPURIOUS = 0xf0,
        APIC_IN_SERVICE = 0x120, /* vectors 64 to 95 */
        APIC_COMMAND = 0x300,
        APIC_COMMAND_TO = 0x310,
        APIC_LVT_TIMER = 0x320,
        APIC_LVT_LINT0 = 0x350,
        APIC_LVT_LINT1 = 0x360,
        APIC_LVT_ERROR = 0x370,
        APIC_TIMER_INITIAL = 0x380,
        APIC_TIMER_CURRENT = 0x390,
        APIC_TIMER_DIVIDE = 0x3e0,
};
#define LVT_MASKED      0x10000u
#define LVT_PERIODIC    0x20000u
#define LVT_NMI         0x400u
#define SOFTWARE_ENABLE 0x100u
#define DIVIDE_BY_1     0xbu
#define COMMAND_PENDING 0x1000u

uintptr_t apic_base;
/* The longest that is ever armed, and still counts as 32 bits. */
static uint64_t timer_longest_ns = UINT32_MAX;
static uint64_t timer_multiplier; /* timer counts per ns, as a fraction of 2^32 */
/* Whether this CPU's timer is periodic; each CPU reads and writes its own. */
static bool timer_periodic[KERNEL_CPUS_MAX];

static uint32_t apic_read(unsigned offset)
{
        return *(volatile uint32_t *)(apic_base + offset);
}

static void apic_write(unsigned offset, uint32_t value)
{
        *(volatile uint32_t *)(apic_base + offset) = value;
}

void pic_mask(void)
{
        /* Their vectors move away from the exceptions first: a spurious one comes even masked. */
        static const uint8_t start[2][4] = {{0x11, VECTOR_PIC, 4, 1}, {0x11, VECTOR_PIC + 8, 2, 1}};
        for (unsigned i = 0; i < 2; i++) {
                uint16_t port = i == 0 ? 0x20 : 0xa0;
                outb(port, start[i][0]);
                outb(port + 1, start[i][1]);
                outb(port + 1, start[i][2]);
                outb(port + 1, start[i][3]);
                outb(port + 1, 0xff);
        }
}

void apic_init(void)
{
        uint64_t base = rdmsr(MSR_APIC_BASE);

        wrmsr(MSR_APIC_BASE, base | APIC_ENABLE);
        apic_base = base & APIC_BASE_MASK;
        apic_write(APIC_SPURIOUS, SOFTWARE_ENABLE | VECTOR_SPURIOUS);
        apic_write(APIC_PRIORITY, 0);
        apic_write(APIC_LVT_LINT0, LVT_MASKED);
        apic_write(APIC_LVT_LINT1, LVT_NMI);
        apic_write(APIC_LVT_ERROR, LVT_MASKED);
        apic_write(APIC_LVT_TIMER, LVT_MASKED);
        apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
}

uint8_t apic_id(void)
{
        return (uint8_t)(apic_read(APIC_ID) >> 24);
}

uint32_t apic_take_unacknowledged(void)
{
        uint32_t taken = 0;

        /* The highest in service is acknowledged first. */
        for (uint32_t bits; (bits = apic_read(APIC_IN_SERVICE) >> (VECTOR_TIMER % 32)) & 3;) {
                taken |= bits & 3;
                apic_eoi();
        }
        return taken;
}

_Static_assert(VECTOR_TIMER / 32 == 2 && VECTOR_KICK == VECTOR_TIMER + 1, "which register it is");

void apic_send(uint8_t id, uint32_t command)
{
        uintptr_t flags = rota_arch_irq_save(); /* two registers: no interrupt in between */

        while (apic_read(APIC_COMMAND) & COMMAND_PENDING)
                rota_arch_pause();
        apic_write(APIC_COMMAND_TO, (uint32_t)id << 24);
        apic_write(APIC_COMMAND, command);
        rota_arch_irq_restore(flags);
}

void machine_kick(uint32_t cpu)
{
        apic_send(smp_apic_ids[cpu], APIC_FIXED | VECTOR_KICK);
}

void machine_stop_others(void)
{
        if (apic_base)
                apic_send(0, APIC_NMI_OTHERS);
}

void apic_timer_free_run(void)
{
        apic_write(APIC_LVT_TIMER, LVT_MASKED);
        apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
}

uint32_t apic_timer_read(void)
{
        return apic_read(APIC_TIMER_CURRENT);
}

void apic_timer_set_frequency(uint64_t hz)
{
        timer_multiplier = (hz << 32) / ROTA_S;
        timer_longest_ns = UINT32_MAX * ROTA_S / hz - 1;
}

/* Counts that take at least @p ns, at most what the timer can hold: then it comes early, and is
 * armed again. */
static uint32_t timer_counts(uint64_t ns)
{
        if (ns > timer_longest_ns)
                ns = timer_longest_ns;
        /* One more than the whole counts: rounded up, and never 0, which would stop the timer. */
        return (uint32_t)((unsigned __int128)ns * timer_multiplier >> 32) + 1;
}

void machine_timer_start(uint64_t tick_ns)
{
        timer_periodic[machine_cpu()->index] = tick_ns != 0;
        apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (tick_ns ? LVT_PERIODIC : 0));
        apic_write(APIC_TIMER_INITIAL, tick_ns ? timer_counts(tick_ns) : 0);
}

void machine_timer_stop(void)
{
        apic_write(APIC_LVT_TIMER, LVT_MASKED);
        apic_write(APIC_TIMER_INITIAL, 0);
}

void machine_timer_arm(uint64_t deadline)
{
        if (timer_periodic[machine_cpu()->index])
                return;
        uint32_t counts = 0; /* stops it */
        if (deadline != ROTA_NEVER) {
                uint64_t now = machine_now();
                counts = timer_counts(deadline > now ? deadline - now : 0);
        }
        apic_write(APIC_TIMER_INITIAL, counts);
}
