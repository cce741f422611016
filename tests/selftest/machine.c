/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include "rota_arch.h"

struct machine machine;

/* ---- The hardware. ---- */

static void interrupts(void)
{
        struct machine_cpu *cpu = machine_me();

        while (!cpu->masked && (cpu->timer || cpu->kicked)) {
                bool timer = cpu->timer;
                cpu->masked = true;
                rota_irq_enter();
                if (timer) {
                        cpu->timer = false;
                        rota_timer();
                } else {
                        cpu->kicked = false;
                        cpu->kicks++;
                        rota_kicked();
                }
                rota_irq_exit();
                cpu = machine_me();
                cpu->masked = false;
        }
}

static void advance(uint64_t ns)
{
        machine.now += ns;
        for (uint32_t i = 0; i < machine.count; i++) {
                struct machine_cpu *cpu = &machine.cpus[i];
                if (!cpu->armed || cpu->armed > machine.now)
                        continue;
                cpu->timer = true;
                cpu->armed = cpu->period ? machine.now + cpu->period : 0;
        }
}

void machine_step(void)
{
        advance(MACHINE_STEP);
        /* Of 40 ms it has 3: what falls due meanwhile comes at the end, several ticks as one. */
        if (machine.away && machine.now >= machine.away) {
                advance(37 * ROTA_MS);
                machine.away = machine.now + 3 * ROTA_MS;
        }
        interrupts();
}

void machine_other_goes_on(void)
{
        uint32_t from = machine.current;
        uint32_t to = (from + 1) % machine.count;

        if (to == from)
                return;
        machine.current = to;
        rota_arch_switch_fpcw(&machine.cpus[from].self, &machine.cpus[to].self);
}

static void go_to_next_event(void)
{
        uint64_t next = UINT64_MAX;
        for (uint32_t i = 0; i < machine.count; i++) {
                const struct machine_cpu *cpu = &machine.cpus[i];
                if (!cpu->halted || cpu->timer || cpu->kicked)
                        return;
                if (cpu->armed && cpu->armed < next)
                        next = cpu->armed;
        }
        if (next == UINT64_MAX)
                machine_dead("all halt, and nothing is to come");
        advance(next > machine.now ? next - machine.now : 0);
}

void machine_halt(void)
{
        struct machine_cpu *cpu = machine_me();
        uint64_t since = machine.now;

        cpu->halted = true;
        while (!cpu->timer && !cpu->kicked) {
                if (machine.now - since > ROTA_S)
                        machine_dead("halts for ever");
                go_to_next_event();
                if (!cpu->timer && !cpu->kicked)
                        machine_other_goes_on();
        }
        cpu->halted = false;
}

void machine_unmask(void)
{
        machine_me()->masked = false;
        interrupts();
}

/* ---- Its life. ---- */

static void (*others)(uint32_t cpu);

static void other_main(void *argument)
{
        others((uint32_t)((struct machine_cpu *)argument - machine.cpus));
        machine_me()->halted = true;
        for (;;)
                machine_other_goes_on();
}

void machine_run(void (*main)(void), void (*other)(uint32_t cpu))
{
        others = other;
        for (uint32_t i = 0; i < machine.count; i++) {
                struct machine_cpu *cpu = &machine.cpus[i];
                cpu->masked = true;
                cpu->self.stack = cpu->stack;
                cpu->self.stack_size = sizeof(cpu->stack);
                if (i)
                        rota_arch_context_init_fpcw(&cpu->self, other_main, cpu);
        }
        main();
}
