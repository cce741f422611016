/* SPDX-License-Identifier: MIT */
/* Each CPU: its segments, its gates, its start. */
#include "kernel.h"

struct cpu cpus[CPUS];
uint32_t cpu_count;

static uint64_t gates[VECTORS][2];

struct __attribute__((packed)) pointer {
        uint16_t limit;
        const void *base;
};

static void fill_gates(void)
{
        for (unsigned i = 0; i < VECTORS; i++) {
                uint64_t to = (uint64_t)vectors[i];
                uint64_t type = i == VECTOR_SYSCALL ? 0xee00 : 0x8e00; /* interrupts go off */
                gates[i][0] =
                        (to & 0xffff) | KERNEL_CODE << 16 | type << 32 | (to >> 16 & 0xffff) << 48;
                gates[i][1] = to >> 32;
        }
}

void cpu_init(uint32_t index)
{
        struct cpu *cpu = &cpus[index];
        uint64_t task = (uint64_t)&cpu->task;
        struct pointer gdt = {sizeof(cpu->gdt) - 1, cpu->gdt};
        struct pointer idt = {sizeof(gates) - 1, gates};

        if (index == 0)
                fill_gates();
        cpu->self = cpu;
        cpu->index = index;
        cpu->gdt[KERNEL_CODE / 8] = 0x00af9b000000ffff;
        cpu->gdt[KERNEL_DATA / 8] = 0x00cf93000000ffff;
        cpu->gdt[USER_DATA / 8] = 0x00cff3000000ffff;
        cpu->gdt[USER_CODE / 8] = 0x00affb000000ffff;
        cpu->gdt[CPU_TASK / 8] = (sizeof(cpu->task) - 1) | (task & 0xffffff) << 16 |
                                 (uint64_t)0x89 << 40 | (task >> 24 & 0xff) << 56;
        cpu->gdt[CPU_TASK / 8 + 1] = task >> 32;
        cpu->task.io_map = sizeof(cpu->task);
        __asm__ volatile("lgdt %0\n\tlidt %1\n\tltr %2"
                         :
                         : "m"(gdt), "m"(idt), "r"((uint16_t)CPU_TASK)
                         : "memory");
        write_msr(0xc0000101, (uint64_t)cpu); /* gs of the kernel, */
        write_msr(0xc0000102, 0);             /* and of programs */
        thread_load(NULL);
}

/* The emulator says how many there are; the number of each is in the order of their coming. */
void cpu_start_others(void)
{
        memcpy((void *)TRAMPOLINE, trampoline,
                (size_t)((uintptr_t)trampoline_end - (uintptr_t)trampoline));
        if (cpu_count > 1) {
                apic_send(0, IPI_OTHERS | IPI_INIT);
                for (uint64_t start = clock_ns(); clock_ns() - start < TICK_NS;)
                        ;
                apic_send(0, IPI_OTHERS | IPI_STARTUP | TRAMPOLINE >> 12);
        }
        for (uint32_t i = 1; i < cpu_count; i++)
                while (!__atomic_load_n(&cpus[i].up, __ATOMIC_ACQUIRE))
                        cpu_relax();
        kprintf("%u CPUs\n", (uint64_t)cpu_count);
}
