/* SPDX-License-Identifier: MIT */
/* The kernel's life: start the CPUs, give the program its world, end the machine. */
#include "flush.h"
#include "kernel.h"
#include "machine.h"
#include <world.h>

struct kernel_cpu kernel_cpus[KERNEL_CPUS_MAX];
char kernel_boot_stacks[KERNEL_CPUS_MAX][KERNEL_STACK_SIZE] __attribute__((aligned(16)));

static char home_stacks[KERNEL_CPUS_MAX][KERNEL_STACK_SIZE] __attribute__((aligned(4096)));
static struct rota_cpu *world_cpus[KERNEL_CPUS_MAX];
static struct rota_stack world_home_stacks[KERNEL_CPUS_MAX];
static struct rota_stack world_spare_stacks[KERNEL_CPUS_MAX + WORLD_SPARES_MORE];

/* In pages of their own, unlike the home stacks: as many as the machine's CPUs want. */
static void make_spares(struct world *world)
{
        world->spares = world_spare_stacks;
        while (world->spare_count < world->cpus + WORLD_SPARES_MORE &&
                world_stack_map(KERNEL_STACK_SIZE, &world_spare_stacks[world->spare_count]) ==
                        ROTA_OK)
                world->spare_count++;
}

void kernel_main(struct kernel_boot *boot)
{
        kernel_image_find(boot);

        struct world world = {
                .name = MACHINE_NAME,
                .cpus = boot->cpus,
                .cpu = world_cpus,
                .home_stacks = world_home_stacks,
                .image = boot->image.end ? (const void *)boot->image.start : NULL,
                .image_size = boot->image.end - boot->image.start,
                .command = boot->command,
                .resolution_ns = machine_resolution_ns(),
                .look_ns = 0, /* an emulated CPU that looks keeps others from the real one */
        };

        for (uint32_t i = 0; i < boot->cpus; i++) {
                world_cpus[i] = &kernel_cpus[i].rota;
                kernel_home_stack(&world_home_stacks[i], home_stacks[i]);
        }
        kernel_spaces_init(boot->cpus);
        kernel_cpus[0].started = 1;
        machine_start_cpus(boot->cpus);
        kernel_memory_init(boot, &world);
        make_spares(&world);

        int code = world_main(&world);
        if (code < 0 || code >= KERNEL_EXIT_FATAL)
                code = KERNEL_EXIT_FATAL - 1;
        machine_exit(code);
}
