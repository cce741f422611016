/* SPDX-License-Identifier: MIT */
/*
 * The world's functions for programs: lending CPUs to an instance of the scheduler.
 *
 * CPU 0 runs the program; the others wait, halted, on the stacks they booted on. world_run() gives
 * each one that it needs a job and an interrupt, and takes part itself. rota_stop() makes each
 * rota_cpu_run() return, so the others wait again, and CPU 0 goes on in the program.
 */
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"
#include <world.h>

/* Runs one CPU of the instance. Interrupts are masked on entry and on return. */
static void take_part(struct kernel_cpu *cpu, struct rota *rota)
{
        machine_space_switch(NULL); /* forgets stacks that are gone */
        cpu->active = rota->cpus[cpu->index];
        machine_timer_start(cpu->tick_ns);
        int result = rota_cpu_run(rota, cpu->index);
        rota_arch_irq_disable();
        machine_timer_stop();
        cpu->active = NULL;
        if (result != ROTA_OK)
                kernel_fatal("rota_cpu_run: %s", rota_error_text(result));
}

void kernel_cpu_wait(struct kernel_cpu *cpu)
{
        __atomic_store_n(&cpu->started, 1, __ATOMIC_RELEASE);
        for (;;) {
                /* Masked from the look to the halt, which unmasks in the same step: a job that
                 * comes between them ends the halt. */
                struct rota *rota = __atomic_load_n(&cpu->job, __ATOMIC_ACQUIRE);
                if (!rota) {
                        rota_arch_idle();
                        continue;
                }
                take_part(cpu, rota);
                __atomic_store_n(&cpu->job, NULL, __ATOMIC_RELEASE);
        }
}

int world_run(const struct world *world, struct rota *rota, uint64_t tick_ns)
{
        if (rota->cpu_count > world->cpus)
                return ROTA_EINVAL;
        machine_stacks_renew();
        for (uint32_t i = 0; i < rota->cpu_count; i++)
                kernel_cpus[i].tick_ns = tick_ns;
        for (uint32_t i = 1; i < rota->cpu_count; i++) {
                __atomic_store_n(&kernel_cpus[i].job, rota, __ATOMIC_RELEASE);
                machine_kick(i);
        }
        take_part(&kernel_cpus[0], rota);
        for (uint32_t i = 1; i < rota->cpu_count; i++)
                while (__atomic_load_n(&kernel_cpus[i].job, __ATOMIC_ACQUIRE))
                        rota_arch_pause();
        return ROTA_OK;
}

void world_putc(char c)
{
        machine_putc(c);
}
