/* SPDX-License-Identifier: MIT */
/* Somebody else's program: two threads on the host world, found in whatever way the build found it. */
#include <rota/rota.h>
#include <world.h>

static struct rota rota;
static struct rota_slot slots[4];
static struct rota_thread threads[2];
static char stacks[2][64 << 10], memory[8192];
static uint32_t begun; /* (atomic) */

/* Neither yields: with one CPU the second begins only by preemption. */
static intptr_t endless(void *mine)
{
        __atomic_fetch_or(&begun, *(uint32_t *)mine, __ATOMIC_RELAXED);
        while (__atomic_load_n(&begun, __ATOMIC_RELAXED) != 3) {
        }
        if (*(uint32_t *)mine == 2)
                rota_stop(&rota);
        return 0;
}

int world_main(const struct world *world)
{
        static uint32_t bits[2] = {1, 2};
        struct rota_config config = {.cpus = world->cpu, .cpu_count = 1, .slot_count = 4};
        config.home_stacks = world->home_stacks;
        config.slots = slots;
        config.policies = (const struct rota_policy *[]){&rota_policy_prio};
        config.policy_count = 1;
        config.memory = memory;
        config.memory_size = sizeof(memory);
        if (rota_init(&rota, &config) != ROTA_OK)
                return 1;
        for (int i = 0; i < 2; i++) {
                struct rota_thread_options options = {.entry = endless, .argument = &bits[i]};
                struct rota_handle handle;
                options.stack = stacks[i];
                options.stack_size = sizeof(stacks[i]);
                if (rota_thread_create(&threads[i], &options, &handle) != ROTA_OK ||
                        rota_start(handle) != ROTA_OK)
                        return 1;
        }
        return world_run(world, &rota, 0) == ROTA_OK && begun == 3 ? 0 : 1;
}
