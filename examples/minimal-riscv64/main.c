/* SPDX-License-Identifier: MIT */
/* The smallest kernel that uses Rota: one CPU, a tick, and two threads that never let go of it. */
#include "rota_port.h"

struct rota_cpu the_cpu;
volatile uint64_t clock_ns;

/* Calls the firmware below (SBI): everything a machine has to have is there. */
static void firmware(uint64_t extension, uint64_t function, uint64_t argument)
{
        register uint64_t a0 __asm__("a0") = argument, a1 __asm__("a1") = 0;
        register uint64_t a6 __asm__("a6") = function, a7 __asm__("a7") = extension;
        __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}

static void out(char letter)
{
        firmware(1, 0, (uint8_t)letter); /* its console */
}

void rota_port_fatal(const char *text)
{
        while (*text)
                out(*text++);
        for (;;)
                firmware(0x53525354, 0, 0); /* ends the machine */
}

/* The next tick, a millisecond after the last one: the machine counts in 100 ns. */
static void next_tick(void)
{
        static uint64_t next;
        if (!next)
                __asm__ volatile("rdtime %0" : "=r"(next));
        next += 10000;
        firmware(0x54494d45, 0, next);
}

/* Calls handler every millisecond. */
static void timer_start(void (*handler)(void))
{
        __asm__ volatile("csrw stvec, %0\n\tcsrs sie, %1" : : "r"(handler), "r"(1 << 5) : "memory");
        next_tick();
}

__attribute__((interrupt("supervisor"), aligned(4))) static void timer_interrupt(void)
{
        uint64_t pc; /* others are interrupted until this one goes on */
        __asm__ volatile("csrr %0, sepc" : "=r"(pc) : : "memory");
        rota_irq_enter();
        clock_ns += ROTA_MS;
        next_tick(); /* and acknowledge this one */
        rota_timer();
        rota_irq_exit();
        __asm__ volatile("csrw sepc, %0\n\tcsrs sstatus, %1" : : "r"(pc), "r"(0x120) : "memory");
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
                out(*(char *)letter);
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
        timer_start(timer_interrupt);
        rota_cpu_run(&rota, 0);
}
