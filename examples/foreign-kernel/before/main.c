/* SPDX-License-Identifier: MIT */
/* Where every CPU comes to from boot.S. */
#include "kernel.h"

_Noreturn void cpu_main(uint32_t index);

/* The threads are CPU 0's; another one only shows that it is there. */
static _Noreturn void other_main(struct cpu *cpu)
{
        __atomic_store_n(&cpu->up, 1, __ATOMIC_RELEASE);
        for (;;)
                irq_wait();
}

static uint32_t count_cpus(void)
{
        /* The emulator's configuration device: entry 5 is how many CPUs there are. */
        __asm__ volatile("outw %0, %1" : : "a"((uint16_t)5), "Nd"((uint16_t)0x510));
        uint32_t count = in8(0x511);
        count |= (uint32_t)in8(0x511) << 8;
        return count < CPUS ? count : CPUS;
}

void cpu_main(uint32_t index)
{
        cpu_init(index);
        apic_init();
        if (index != 0)
                other_main(&cpus[index]);
        cpu_count = count_cpus();
        memory_init();
        timer_init();
        thread_init();
        cpu_start_others();
        irq_on();
        demo();
        power_off(0x10);
}
