/* SPDX-License-Identifier: MIT */
/*
 * The world's functions for programs: lending CPUs to an instance of the scheduler.
 *
 * CPU 0 runs the program; the others wait, halted, on the stacks they booted on. world_each() gives
 * each one that it needs a job and an interrupt, and takes part itself. world_run()'s job is
 * rota_cpu_run(), which returns after rota_stop(); then the others wait again, and CPU 0 goes on in
 * the program. A CPU that leaves while the others go on halts, until it is to join again or the
 * instance stops.
 */
#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"
#include <world.h>

/* This CPU has left. Returns whether it is to join again; false where the instance stops. */
static bool wait_out(struct kernel_cpu *cpu, const struct rota *rota)
{
        bool joins = false;

        /* Partner: call_in() is after the stop, and looks who is out. */
        __atomic_store_n(&cpu->out, 1, __ATOMIC_SEQ_CST);
        /* Masked from the look to the halt, which unmasks in the same step. */
        while (!joins && !__atomic_load_n(&rota->stopping, __ATOMIC_SEQ_CST)) {
                joins = __atomic_exchange_n(&cpu->wanted, 0, __ATOMIC_SEQ_CST);
                if (!joins)
                        rota_arch_idle();
        }
        __atomic_store_n(&cpu->out, 0, __ATOMIC_SEQ_CST);
        return joins;
}

/* The instance stops: those that are out are to see it. */
static void call_in(const struct rota *rota)
{
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        for (uint32_t i = 0; i < rota->cpu_count; i++)
                if (__atomic_load_n(&kernel_cpus[i].out, __ATOMIC_SEQ_CST))
                        machine_kick(i);
}

int world_cpu_join(const struct world *world, uint32_t cpu)
{
        if (cpu >= world->cpus)
                return ROTA_EINVAL;
        __atomic_store_n(&kernel_cpus[cpu].wanted, 1, __ATOMIC_RELEASE);
        machine_kick(cpu);
        return ROTA_OK;
}

/* What the CPUs are lent for. */
struct kernel_job {
        struct rota_cpu *const *cpus;
        void (*part)(void *argument, uint32_t cpu);
        bool (*again)(struct kernel_cpu *cpu, void *argument); /* once more? NULL: no */
        void *argument;
        uint64_t tick_ns;
};

/* One CPU's part. Interrupts are masked on entry and on return. */
static void take_part(struct kernel_cpu *cpu, const struct kernel_job *job)
{
        do {
                machine_flush_all(); /* forgets stacks that are gone */
                cpu->active = job->cpus[cpu->index];
                machine_timer_start(job->tick_ns);
                job->part(job->argument, cpu->index);
                rota_arch_irq_disable();
                machine_timer_stop();
                cpu->active = NULL;
        } while (job->again && job->again(cpu, job->argument));
}

void kernel_cpus_await(uint32_t count)
{
        for (uint32_t i = 1; i < count; i++) {
                /* From when the one before it was in: of many on a slow machine each has as long. */
                uint64_t deadline = machine_now() + KERNEL_CPU_PATIENCE;
                while (!kernel_cpu_started(i)) {
                        if (machine_now() > deadline)
                                kernel_fatal("CPU %u does not start", i);
                        rota_arch_pause();
                }
        }
}

void kernel_cpu_wait(struct kernel_cpu *cpu)
{
        __atomic_store_n(&cpu->started, 1, __ATOMIC_RELEASE);
        for (;;) {
                /* Masked from the look to the halt, which unmasks in the same step: a job that
                 * comes between them ends the halt. */
                const struct kernel_job *job = __atomic_load_n(&cpu->job, __ATOMIC_ACQUIRE);
                if (!job) {
                        rota_arch_idle();
                        continue;
                }
                take_part(cpu, job);
                __atomic_store_n(&cpu->job, NULL, __ATOMIC_RELEASE);
        }
}

static void lend(uint32_t cpus, const struct kernel_job *job)
{
        for (uint32_t i = 1; i < cpus; i++) {
                __atomic_store_n(&kernel_cpus[i].job, job, __ATOMIC_RELEASE);
                machine_kick(i);
        }
        take_part(&kernel_cpus[0], job);
        for (uint32_t i = 1; i < cpus; i++)
                while (__atomic_load_n(&kernel_cpus[i].job, __ATOMIC_ACQUIRE))
                        rota_arch_pause();
}

int world_each(const struct world *world, uint32_t cpus, uint64_t tick_ns,
        void (*part)(void *argument, uint32_t cpu), void *argument)
{
        const struct kernel_job job = {world->cpu, part, NULL, argument, tick_ns};

        if (cpus == 0 || cpus > world->cpus)
                return ROTA_EINVAL;
        lend(cpus, &job);
        return ROTA_OK;
}

static void run_cpu(void *rota, uint32_t index)
{
        int result = rota_cpu_run((struct rota *)rota, index);
        if (result < 0)
                kernel_fatal("rota_cpu_run: %s", rota_error_text(result));
        kernel_cpus[index].left = result == ROTA_CPU_LEFT;
}

static bool joins_again(struct kernel_cpu *cpu, void *rota)
{
        if (cpu->left && wait_out(cpu, (const struct rota *)rota))
                return true;
        call_in((const struct rota *)rota);
        return false;
}

int world_run(const struct world *world, struct rota *rota, uint64_t tick_ns)
{
        const struct kernel_job job = {rota->cpus, run_cpu, joins_again, rota, tick_ns};

        if (rota->cpu_count > world->cpus)
                return ROTA_EINVAL;
        world_spares(world, rota);
        kernel_stacks_renew();
        for (uint32_t i = 0; i < rota->cpu_count; i++)
                kernel_cpus[i].wanted = 0;
        lend(rota->cpu_count, &job);
        return ROTA_OK;
}

void world_putc(char c)
{
        machine_putc(c);
}
