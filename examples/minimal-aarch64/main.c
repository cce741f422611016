/* SPDX-License-Identifier: MIT */
/* The smallest kernel that uses Rota: one CPU, a tick, and two threads that never let go of it. */
#include "rota_port.h"

/* Where QEMU's virt has them: the console, and a GICv2 with its interface for CPUs. */
#define UART  0x09000000
#define GICD  0x08000000
#define GICC  0x08010000
#define TIMER 27 /* the interrupt of the virtual timer */

struct rota_cpu the_cpu;
volatile uint64_t clock_ns;
static uint64_t period;

static void out(uint64_t address, uint32_t value)
{
        *(volatile uint32_t *)address = value;
}

void rota_port_fatal(const char *text)
{
        static const uint64_t success[] = {0x20026, 0};
        while (*text)
                out(UART, (uint8_t)*text++);
        for (;;) /* semihosting: ends the emulator */
                __asm__ volatile("mov w0, #0x20\n\tmov x1, %0\n\thlt #0xf000"
                                 :
                                 : "r"(success)
                                 : "x0", "x1", "memory");
}

/* Raises the interrupt every millisecond. */
static void timer_start(void)
{
        uint64_t hz;
        __asm__("mrs %0, cntfrq_el0" : "=r"(hz));
        period = hz / 1000;
        out(GICD, 1);
        out(GICD + 0x100, 1u << TIMER);
        out(GICC + 4, 0xff);
        out(GICC, 1);
        __asm__ volatile("msr cntv_tval_el0, %0\n\tmsr cntv_ctl_el0, %1" : : "r"(period), "r"(1ul));
}

/* From boot.S. */
void timer_interrupt(void)
{
        rota_irq_enter();
        uint32_t taken = *(volatile uint32_t *)(GICC + 12);
        clock_ns += ROTA_MS;
        __asm__ volatile("msr cntv_tval_el0, %0\n\tisb" : : "r"(period));
        out(GICC + 16, taken); /* acknowledge */
        rota_timer();
        rota_irq_exit();
}

static char letters[] = "AB";

static intptr_t endless(void *letter)
{
        static char *volatile last = &letters[1];
        static volatile int turns;
        for (;;) {
                if (last == letter)
                        continue; /* nobody else ran in between */
                if (turns == 21)
                        rota_port_fatal("\n");
                out(UART, *(uint8_t *)letter);
                turns = turns + 1;
                last = letter; /* from here on it is the other one's turn */
        }
}

void kernel_main(void)
{
        static char stacks[3][8192], memory[1024] __attribute__((aligned(16)));
        static struct rota_slot slots[2];
        static struct rota_thread threads[2];
        static struct rota rota;
        struct rota_config config = {.cpu_count = 1, .slot_count = 2, .policy_count = 1};
        config.cpus = (struct rota_cpu *[]){&the_cpu};
        config.home_stacks = &(struct rota_stack){stacks[2], sizeof(stacks[2])};
        config.slots = slots;
        config.policies = (const struct rota_policy *[]){&rota_policy_rr};
        config.memory = memory;
        config.memory_size = sizeof(memory);
        config.tick_ns = config.resolution_ns = ROTA_MS;
        if (rota_init(&rota, &config) != ROTA_OK)
                rota_port_fatal("rota_init\n");
        for (int i = 0; i < 2; i++) {
                struct rota_thread_options options = {.entry = endless, .stack = stacks[i]};
                struct rota_handle handle;
                options.stack_size = sizeof(stacks[i]);
                options.argument = &letters[i];
                rota_thread_create(&threads[i], &options, &handle);
                rota_start(handle);
        }
        timer_start();
        rota_cpu_run(&rota, 0);
}
