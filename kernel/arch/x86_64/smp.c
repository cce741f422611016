/* SPDX-License-Identifier: MIT */
/* The first steps of every CPU in C, and how the first one wakes the others. */
#include "machine.h"
#include "memory.h"
#include "rota_arch.h"
#include "rota_arch_fpu.h"
#include "x86.h"

/* How long an INIT and a start-up interrupt take to work. */
#define INIT_NS    (10 * ROTA_MS)
#define STARTUP_NS (200 * ROTA_US)

/* Where ACPI's tables may be: memory, page 0 and devices left out. */
#define ACPI_START 0x1000u
#define ACPI_END   X86_DEVICES

uint8_t smp_apic_ids[KERNEL_CPUS_MAX];
uint8_t smp_index_of_apic[256]; /* boot.S finds out with it who it is; 0xff: nobody */

/* boot.S */
extern char smp_trampoline[], smp_trampoline_end[];
void machine_start(const struct pvh_start_info *info);
void machine_start_other(uint32_t index);

static struct kernel_boot boot;

static void cpu_init(uint32_t index)
{
        struct kernel_cpu *cpu = &kernel_cpus[index];

        cpu->self = cpu;
        cpu->index = index;
        descriptors_init(cpu);
        paging_init_cpu();
        user_init();
        rota_arch_fpu_init_cpu();
}

/* The first CPU's beginning, from boot.S. */
void machine_start(const struct pvh_start_info *info)
{
        const struct acpi_memory memory = {(const uint8_t *)ACPI_START, ACPI_START, ACPI_END};
        struct acpi acpi;

        serial_init();
        cpu_init(0);
        paging_init();
        pic_mask();
        uintptr_t root = pvh_read(info, &boot);
        paging_forget_null();
        const char *wrong = acpi_read(&acpi, &memory, root);
        if (wrong)
                kernel_print("ACPI: %s\n", wrong);
        apic_init();
        clock_init(&acpi);
        boot.cpus = smp_init(&acpi);
        kernel_main(&boot);
}

/* Another CPU's beginning, from boot.S. */
void machine_start_other(uint32_t index)
{
        cpu_init(index);
        apic_init();
        kernel_cpu_wait(&kernel_cpus[index]);
}

uint32_t smp_init(const struct acpi *acpi)
{
        uint32_t count = 1;

        memset(smp_index_of_apic, 0xff, sizeof(smp_index_of_apic));
        smp_apic_ids[0] = apic_id();
        for (uint32_t i = 0; i < acpi->cpus; i++)
                if (acpi->apic_ids[i] != smp_apic_ids[0] && count < KERNEL_CPUS_MAX)
                        smp_apic_ids[count++] = acpi->apic_ids[i];
        for (uint32_t i = 0; i < count; i++)
                smp_index_of_apic[smp_apic_ids[i]] = (uint8_t)i;
        return count;
}

void machine_start_cpus(uint32_t count)
{
        if (count == 1)
                return;
        memcpy((void *)X86_TRAMPOLINE, smp_trampoline,
                (size_t)(smp_trampoline_end - smp_trampoline));

        /* Each step for all of them at once: 64 CPUs take no longer than one. */
        for (uint32_t i = 1; i < count; i++)
                apic_send(smp_apic_ids[i], APIC_INIT);
        clock_delay(INIT_NS);
        for (int attempt = 0; attempt < 2; attempt++) {
                for (uint32_t i = 1; i < count; i++)
                        if (!kernel_cpu_started(i))
                                apic_send(smp_apic_ids[i], APIC_STARTUP | X86_TRAMPOLINE >> 12);
                clock_delay(STARTUP_NS);
        }
        kernel_cpus_await(count);
}
