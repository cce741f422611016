/* SPDX-License-Identifier: MIT */
/* Segments, task state and interrupt gates of each CPU. */
#include "machine.h"
#include "x86.h"

#define GATE_COUNT   256
#define GATE_PRESENT 0x8e /* an interrupt gate: masks interrupts */
#define GATE_USER    0x60
#define IST_SIZE     8192
/* Exceptions that may come at any moment, or because the stack is bad, have stacks of their own. */
enum ist { IST_NONE, IST_NMI, IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_PAGE_FAULT, IST_END };

struct task_state {
        uint32_t reserved0;
        uint64_t rsp[3];
        uint64_t reserved1;
        uint64_t ist[7]; /* IST n is ist[n - 1] */
        uint64_t reserved2;
        uint16_t reserved3;
        uint16_t io_map;
} __attribute__((packed));

struct gate {
        uint16_t offset_low, selector;
        uint8_t ist, type;
        uint16_t offset_middle;
        uint32_t offset_high, reserved;
};

struct pointer {
        uint16_t limit;
        uint64_t base;
} __attribute__((packed));

static uint64_t gdts[KERNEL_CPUS_MAX][8];
static struct task_state task_states[KERNEL_CPUS_MAX];
static char ist_stacks[KERNEL_CPUS_MAX][IST_END - 1][IST_SIZE] __attribute__((aligned(16)));
static struct gate gates[GATE_COUNT];
/* entry.S: entries of 16 bytes */
extern char trap_entries[GATE_COUNT][16];
extern char trap_entry_timer[], trap_entry_kick[], trap_entry_page_fault[];
extern char trap_entry_nmi[], trap_entry_double_fault[], trap_entry_machine_check[];

static uintptr_t entry_of(unsigned vector)
{
        switch (vector) {
        case 2:
                return (uintptr_t)trap_entry_nmi;
        case 8:
                return (uintptr_t)trap_entry_double_fault;
        case 14:
                return (uintptr_t)trap_entry_page_fault;
        case 18:
                return (uintptr_t)trap_entry_machine_check;
        case VECTOR_TIMER:
                return (uintptr_t)trap_entry_timer;
        case VECTOR_KICK:
                return (uintptr_t)trap_entry_kick;
        default:
                return (uintptr_t)trap_entries[vector];
        }
}

static enum ist ist_of(unsigned vector)
{
        switch (vector) {
        case 2:
                return IST_NMI;
        case 8:
                return IST_DOUBLE_FAULT;
        case 14: /* the stack's end, mostly */
                return IST_PAGE_FAULT;
        case 18:
                return IST_MACHINE_CHECK;
        default:
                return IST_NONE;
        }
}

static void fill_gates(void)
{
        for (unsigned i = 0; i < GATE_COUNT; i++) {
                uintptr_t entry = entry_of(i);
                gates[i] = (struct gate){
                        .offset_low = (uint16_t)entry,
                        .offset_middle = (uint16_t)(entry >> 16),
                        .offset_high = (uint32_t)(entry >> 32),
                        .selector = X86_CODE,
                        .ist = (uint8_t)ist_of(i),
                        /* `int` from user mode is for breakpoints only. */
                        .type = i == 3 ? GATE_PRESENT | GATE_USER : GATE_PRESENT,
                };
        }
}

static void fill_segments(struct kernel_cpu *cpu)
{
        uint32_t index = cpu->index;
        struct task_state *state = &task_states[index];
        uintptr_t base = (uintptr_t)state;
        uint64_t *gdt = gdts[index];

        for (unsigned i = 0; i < IST_END - 1; i++) {
                state->ist[i] = (uintptr_t)ist_stacks[index][i] + IST_SIZE - X86_IST_TOP;
                *(uintptr_t *)state->ist[i] = (uintptr_t)cpu;
        }
        cpu->machine[1] = (uintptr_t)&state->rsp[0];
        state->io_map = sizeof(*state);

        gdt[X86_CODE / 8] = 0x00af9b000000ffff;
        gdt[X86_DATA / 8] = 0x00cf93000000ffff;
        gdt[ROTA_ARCH_USER_DATA / 8] = 0x00cff3000000ffff;
        gdt[ROTA_ARCH_USER_CODE / 8] = 0x00affb000000ffff;
        gdt[X86_TSS / 8] = (sizeof(*state) - 1) | (base & 0xffffff) << 16 | (uint64_t)0x89 << 40 |
                           (base >> 24 & 0xff) << 56;
        gdt[X86_TSS / 8 + 1] = base >> 32;
}

void descriptors_init(struct kernel_cpu *cpu)
{
        struct pointer gdt = {sizeof(gdts[0]) - 1, (uintptr_t)gdts[cpu->index]};
        struct pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};

        if (cpu->index == 0)
                fill_gates();
        fill_segments(cpu);
        /* The selectors in use mean the same in the new table: no need to load them again. Those of data
         * are not used, and null, which is what a return to user mode would make them. */
        __asm__ volatile("lgdt %0\n\tlidt %1\n\tltr %2"
                         :
                         : "m"(gdt), "m"(idt), "r"((uint16_t)X86_TSS)
                         : "memory");
        __asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es" : : "r"(0));
        wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
}
