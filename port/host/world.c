/* SPDX-License-Identifier: MIT */
/*
 * Lends CPUs to an instance: CPU 0 is the calling thread, the others are threads made for the run.
 * All start together, and none goes before all have left the scheduler: until then one may still
 * send another an interrupt. A CPU that leaves while the others go on waits here, to join again.
 */
#define _GNU_SOURCE
#include "devices.h"
#include "interrupts.h"
#include "rota_port.h"
#include "worker.h"
#include <pthread.h>
#include <stdlib.h>
#include <world.h>

enum stage { STAGE_MAKING, STAGE_RUNNING, STAGE_FAILED };

struct run {
        struct rota *rota; /* world_run()'s */
        struct rota_cpu *const *cpus;
        void (*part)(void *argument, uint32_t cpu);
        void *argument;
        uint64_t tick_ns;
        bool pin;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        enum stage stage;
        uint32_t entered; /* workers that are ready, or have failed */
        uint32_t inside;  /* that have not done their part for good */
        bool over;        /* one has: the instance stops */
        struct member *members;
        uint32_t count;
        int error; /* errno of the first failure */
};

struct member {
        struct run *run;
        uint32_t index;
        pthread_t thread;
        bool wanted; /* it is to join again */
};

/* The run that goes on; one at a time. */
static struct run *present;

static int enter(struct run *run, uint32_t index, struct rota_host_worker *worker)
{
        int pin = run->pin ? (int)index : -1;
        return rota_host_enter(worker, run->cpus[index], pin, run->tick_ns);
}

/* Masked: whoever holds the mutex is not switched away from. */
static void lock_run(struct run *run)
{
        rota_host_mask();
        pthread_mutex_lock(&run->mutex);
}

/* Something has changed for a CPU that is out, or for all: tells who waits for it. Locked. */
static void call_back(const struct run *run, uint32_t first, uint32_t count)
{
        for (uint32_t i = first; rota_host_devices() && i < first + count; i++)
                rota_host_kick(run->cpus[i]);
}

/* This CPU has left. Returns whether it is to join again; false where the instance stops. */
static bool wait_out(struct run *run, uint32_t index)
{
        struct member *member = &run->members[index];

        lock_run(run);
        while (!member->wanted && !run->over) {
                if (!rota_host_devices()) {
                        pthread_cond_wait(&run->changed, &run->mutex);
                        continue;
                }
                /* What it has begun still ends here: its interrupts wake tasks for other CPUs. Partner:
                 * call_back() kicks who waits so. */
                pthread_mutex_unlock(&run->mutex);
                rota_host_idle();
                pthread_mutex_lock(&run->mutex);
        }
        bool joins = member->wanted && !run->over;
        member->wanted = false;
        pthread_mutex_unlock(&run->mutex);
        return joins;
}

int world_cpu_join(const struct world *world, uint32_t cpu)
{
        struct run *run = __atomic_load_n(&present, __ATOMIC_ACQUIRE);

        (void)world;
        if (!run || cpu >= run->count)
                return ROTA_EINVAL;
        uintptr_t flags = rota_port_irq_save();
        lock_run(run);
        run->members[cpu].wanted = true;
        pthread_cond_broadcast(&run->changed);
        call_back(run, cpu, 1);
        pthread_mutex_unlock(&run->mutex);
        rota_port_irq_restore(flags);
        return ROTA_OK;
}

/* A ready worker's part of the run, once it has begun. */
static void take_part(struct run *run, uint32_t index, struct rota_host_worker *worker)
{
        run->part(run->argument, index);
        rota_host_mask();

        pthread_mutex_lock(&run->mutex);
        run->inside--;
        run->over = true;
        pthread_cond_broadcast(&run->changed);
        call_back(run, 0, run->count);
        while (run->inside)
                pthread_cond_wait(&run->changed, &run->mutex);
        pthread_mutex_unlock(&run->mutex);
        rota_host_leave(worker);
}

static void *member_main(void *argument)
{
        const struct member *member = argument;
        struct run *run = member->run;
        struct rota_host_worker worker;
        int error = enter(run, member->index, &worker);

        pthread_mutex_lock(&run->mutex);
        run->entered++;
        if (error && !run->error)
                run->error = error;
        pthread_cond_broadcast(&run->changed);
        while (run->stage == STAGE_MAKING)
                pthread_cond_wait(&run->changed, &run->mutex);
        bool go = run->stage == STAGE_RUNNING;
        pthread_mutex_unlock(&run->mutex);

        if (go)
                take_part(run, member->index, &worker);
        else if (!error)
                rota_host_leave(&worker);
        return NULL;
}

/* Makes workers 1 .. count - 1 and waits until they are ready; returns how many threads there are. */
static uint32_t make_members(struct run *run, struct member *members, uint32_t count)
{
        uint32_t made = 1;

        for (; made < count; made++) {
                members[made].run = run;
                members[made].index = made;
                int error =
                        pthread_create(&members[made].thread, NULL, member_main, &members[made]);
                if (error) {
                        run->error = error;
                        break;
                }
        }
        pthread_mutex_lock(&run->mutex);
        while (run->entered < made - 1)
                pthread_cond_wait(&run->changed, &run->mutex);
        pthread_mutex_unlock(&run->mutex);
        return made;
}

static int each(uint32_t count, struct run *run)
{
        struct rota_host_worker worker;

        rota_host_start();
        rota_host_crowded = count > rota_host_processors();
        run->pin = !rota_host_crowded;
        struct member *members = calloc(count, sizeof(*members));
        if (!members)
                return ROTA_ENOSPC;
        run->members = members;
        run->count = count;
        pthread_mutex_init(&run->mutex, NULL);
        pthread_cond_init(&run->changed, NULL);
        __atomic_store_n(&present, run, __ATOMIC_RELEASE);

        /* The others first: they inherit this thread's processors, which entering may narrow. */
        uint32_t made = make_members(run, members, count);
        int error = enter(run, 0, &worker);
        pthread_mutex_lock(&run->mutex);
        if (!run->error)
                run->error = error;
        run->stage = run->error ? STAGE_FAILED : STAGE_RUNNING;
        pthread_cond_broadcast(&run->changed);
        pthread_mutex_unlock(&run->mutex);

        if (run->stage == STAGE_RUNNING)
                take_part(run, 0, &worker);
        else if (!error)
                rota_host_leave(&worker);
        for (uint32_t i = 1; i < made; i++)
                pthread_join(members[i].thread, NULL);
        __atomic_store_n(&present, NULL, __ATOMIC_RELEASE);
        pthread_cond_destroy(&run->changed);
        pthread_mutex_destroy(&run->mutex);
        free(members);
        return run->stage == STAGE_RUNNING ? ROTA_OK : ROTA_ENOSPC;
}

int world_each(const struct world *world, uint32_t cpus, uint64_t tick_ns,
        void (*part)(void *argument, uint32_t cpu), void *argument)
{
        struct run run = {.cpus = world->cpu,
                .part = part,
                .argument = argument,
                .tick_ns = tick_ns,
                .inside = cpus};
        if (cpus == 0 || cpus > world->cpus)
                return ROTA_EINVAL;
        return each(cpus, &run);
}

static void run_cpu(void *argument, uint32_t index)
{
        struct run *run = argument;
        int result;

        do {
                result = rota_cpu_run(run->rota, index);
                rota_host_mask();
        } while (result == ROTA_CPU_LEFT && wait_out(run, index));
        if (result < 0)
                rota_host_fatal(rota_error_text(result));
}

int world_run(const struct world *world, struct rota *rota, uint64_t tick_ns)
{
        struct run run = {.rota = rota,
                .cpus = rota->cpus,
                .part = run_cpu,
                .argument = &run,
                .tick_ns = tick_ns,
                .inside = rota->cpu_count};
        if (rota->cpu_count > world->cpus)
                return ROTA_EINVAL;
        world_spares(world, rota);
        return each(rota->cpu_count, &run);
}
