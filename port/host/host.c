/* SPDX-License-Identifier: MIT */
/* Makes a world for world_main(), and takes it down. */
#define _GNU_SOURCE
#include "host.h"

#include "console.h"
#include "rota_port.h"
#include "worker.h"
#include <rota/instance.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <world.h>

#define DEFAULT_CPUS   4
#define DEFAULT_MEMORY ((size_t)256 << 20)
/* How long an idle CPU looks where each has a processor of its own: about what a halt and a wake
 * through the kernel cost. */
#define LOOK_NS 5000

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HOME_STACK_SIZE ((size_t)256 << 10)
#else
#define HOME_STACK_SIZE ((size_t)64 << 10)
#endif

/* Each CPU's structure has cache lines of its own, also where lines are fetched in pairs. */
#define CPU_STRIDE ((sizeof(struct rota_cpu) + 127) & ~(size_t)127)

/* Home stacks, and behind them the spares. */
#define STACKS(cpus) (2 * (cpus) + WORLD_SPARES_MORE)

struct parts {
        struct rota_cpu **cpu;
        struct rota_stack *stacks;
        char *structures; /* the CPUs' */
        void *memory;
};

static void *map(size_t size)
{
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        return memory == MAP_FAILED ? NULL : memory;
}

static void take_down(struct parts *parts, uint32_t cpus, size_t memory_size)
{
        for (uint32_t i = 0; parts->stacks && i < STACKS(cpus); i++)
                rota_host_stack_unmap(parts->stacks[i].memory, HOME_STACK_SIZE);
        if (parts->structures)
                munmap(parts->structures, cpus * CPU_STRIDE);
        if (parts->memory)
                munmap(parts->memory, memory_size);
        free(parts->stacks);
        free(parts->cpu);
}

static bool put_up(struct parts *parts, uint32_t cpus, size_t memory_size)
{
        parts->cpu = calloc(cpus, sizeof(struct rota_cpu *));
        parts->stacks = calloc(STACKS(cpus), sizeof(struct rota_stack));
        parts->structures = map(cpus * CPU_STRIDE);
        parts->memory = map(memory_size);
        if (!parts->cpu || !parts->stacks || !parts->structures || !parts->memory)
                return false;
        for (uint32_t i = 0; i < cpus; i++)
                parts->cpu[i] = (struct rota_cpu *)(parts->structures + i * CPU_STRIDE);
        for (uint32_t i = 0; i < STACKS(cpus); i++) {
                parts->stacks[i].size = HOME_STACK_SIZE;
                parts->stacks[i].memory = rota_host_stack_map(HOME_STACK_SIZE);
                if (!parts->stacks[i].memory)
                        return false;
        }
        return true;
}

int rota_host_main(const struct rota_host_options *options)
{
        uint32_t cpus = options->cpus ? options->cpus : DEFAULT_CPUS;
        size_t memory_size = options->memory_size ? options->memory_size : DEFAULT_MEMORY;
        struct parts parts = {0};
        int result = ROTA_ENOSPC;

        if (cpus > ROTA_CPUS_MAX)
                return ROTA_EINVAL;
        rota_host_start();
        if (put_up(&parts, cpus, memory_size)) {
                const struct world world = {
                        .name = "host",
                        .cpus = cpus,
                        .cpu = parts.cpu,
                        .home_stacks = parts.stacks,
                        .spares = parts.stacks + cpus,
                        .spare_count = STACKS(cpus) - cpus,
                        .memory = parts.memory,
                        .memory_size = memory_size,
                        .image = options->image,
                        .image_size = options->image_size,
                        .report = options->report,
                        .report_size = options->report_size,
                        .command = options->command ? options->command : "",
                        .resolution_ns = 1,
                        .look_ns = cpus <= rota_host_processors() ? LOOK_NS : 0,
                };
                result = world_main(&world);
                rota_host_console_flush();
        }
        take_down(&parts, cpus, memory_size);
        return result;
}
