/* SPDX-License-Identifier: MIT */
/* The smallest kernel that uses Rota: one CPU, a tick, and two threads that never let go of it. */
#include "rota_port.h"

struct rota_cpu the_cpu;
volatile uint64_t clock_ns;

static void out(uint16_t port, uint8_t value)
{
        __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

void rota_port_fatal(const char *text)
{
        while (*text)
                out(0x3f8, (uint8_t)*text++); /* the first serial port */
        for (;;)
                out(0xf4, 0x10); /* ends the emulator with 33 */
}

/* Calls handler every millisecond: the 8253's channel 0, through the 8259, at vector 32. */
static void timer_start(uint64_t handler)
{
        static const uint8_t setup[][2] = {{0x20, 0x11}, {0x21, 32}, {0x21, 4}, {0x21, 1},
                {0x21, 0xfe}, {0xa1, 0xff}, {0x43, 0x34}, {0x40, 1193 & 255}, {0x40, 1193 >> 8}};
        static uint64_t idt[33][2], pointer[2] = {(sizeof(idt) - 1) << 48, (uint64_t)idt};

        idt[32][0] = (handler & 0xffff) | 0x8e0000080000 | (handler >> 16 & 0xffff) << 48;
        __asm__ volatile("lidt 6(%0)" : : "r"(pointer) : "memory");
        for (unsigned i = 0; i < sizeof(setup) / sizeof(setup[0]); i++)
                out(setup[i][0], setup[i][1]);
}

/* README begin */
__attribute__((interrupt)) static void timer_interrupt(void *frame __attribute__((unused)))
{
        rota_irq_enter();
        clock_ns += ROTA_MS;
        out(0x20, 0x20); /* acknowledge */
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
                out(0x3f8, *(uint8_t *)letter);
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
        timer_start((uint64_t)timer_interrupt);
        rota_cpu_run(&rota, 0);
}
/* README end */
