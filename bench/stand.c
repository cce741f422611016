/* SPDX-License-Identifier: MIT */
/* What every measurement stands on: memory, stacks, threads, an instance, and the brackets around what
 * is measured. */
#include "bench.h"

#define STACK      8192u
#define COLOURS    8u
#define COLOUR     (5u * 64u)
#define STATS_ROOM ((sizeof(struct rota_task_stats) + 63) / 64 * 64)

void *bench_memory(struct bench *bench, size_t bytes)
{
        bytes = (bytes + 4095) / 4096 * 4096;
        if (bench->memory_used + bytes > bench->world->memory_size) {
                bench->failed = "out of memory";
                return NULL;
        }
        char *memory = (char *)bench->world->memory + bench->memory_used;
        bench->memory_used += bytes;
        return memory;
}

void *bench_zeroed(struct bench *bench, size_t bytes)
{
        char *memory = bench_memory(bench, bytes);
        for (size_t i = 0; memory && i < bytes; i++)
                memory[i] = 0;
        return memory;
}

void *bench_stack(struct bench *bench, size_t room, char **low, size_t *size)
{
        char *stack = bench_memory(bench, STACK);
        if (!stack)
                return NULL;
        size_t colour = (bench->memory_used / STACK) % COLOURS;
        *low = stack;
        *size = STACK - (room + 63) / 64 * 64 - colour * COLOUR;
        return stack + *size;
}

struct rota_handle bench_thread_on(struct bench *bench, intptr_t (*entry)(void *), void *argument,
        struct rota_affinity affinity)
{
        struct rota_thread_options options = {
                .task.params.flags = bench->row->flags,
                .task.affinity = affinity,
                .entry = entry,
                .argument = argument,
        };
        struct rota_handle handle = ROTA_HANDLE_NONE;
        size_t room = sizeof(struct rota_thread) + (bench->row->exact ? STATS_ROOM + 64 : 0);
        char *low;
        struct rota_thread *thread = bench_stack(bench, room, &low, &options.stack_size);
        if (!thread)
                return handle;
        options.stack = low;
        if (bench->row->exact)
                options.task.stats =
                        (void *)((char *)thread + (sizeof(struct rota_thread) + 63) / 64 * 64);
        if (rota_thread_create(thread, &options, &handle) != ROTA_OK ||
                rota_start(handle) != ROTA_OK)
                bench->failed = "no thread";
        return handle;
}

struct rota_handle bench_thread(struct bench *bench, intptr_t (*entry)(void *), void *argument)
{
        return bench_thread_on(bench, entry, argument,
                bench->row->cpus ? rota_affinity_cpu(0) : rota_affinity_all());
}

void bench_join(struct bench *bench, struct rota_handle thread)
{
        if (rota_join(thread, rota_timeout_forever(), NULL) != ROTA_OK)
                bench->failed = "join";
}

void bench_begin(struct bench *bench)
{
        if (bench->stepped)
                bench_step_begin();
        else
                bench->begin = rota_now();
}

void bench_end(struct bench *bench)
{
        if (bench->stepped)
                bench_step_end();
        else
                bench->elapsed = rota_now() - bench->begin;
}

uint32_t bench_random(uint32_t *state)
{
        /* xorshift32 (Marsaglia 2003) */
        uint32_t x = *state ? *state : 2463534242u;
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        return *state = x;
}

void bench_sort(uint64_t *values, size_t count)
{
        for (size_t i = 1; i < count; i++) {
                uint64_t value = values[i];
                size_t at = i;
                for (; at > 0 && values[at - 1] > value; at--)
                        values[at] = values[at - 1];
                values[at] = value;
        }
}

static intptr_t control(void *argument)
{
        struct bench *bench = argument;
        bench->row->body(bench);
        rota_stop(bench->rota);
        return 0;
}

void bench_in_instance(struct bench *bench)
{
        static struct rota rota;
        const struct bench_row *row = bench->row;
        uint32_t slots = row->threads + 8;
        struct rota_config config = {
                .cpus = bench->world->cpu,
                .cpu_count = row->cpus ? row->cpus : 1,
                .home_stacks = bench->world->home_stacks,
                .slots = bench_zeroed(bench, slots * sizeof(struct rota_slot)),
                .slot_count = slots,
                .policies = &row->policy,
                .policy_count = 1,
                /* Stepping takes microseconds an instruction: no slice ends meanwhile. */
                .slice_ns = bench->stepped ? 3600 * ROTA_S : ROTA_MS,
                .resolution_ns = bench->world->resolution_ns,
                /* Across two CPUs the other is to look, not to halt. */
                .look_ns = row->cpus ? 3600 * ROTA_S : 0,
                .exact = row->exact,
        };
        config.memory_size = rota_bytes(&config);
        config.memory = bench_zeroed(bench, config.memory_size);
        bench->rota = &rota;
        if (bench->failed || rota_init(&rota, &config) != ROTA_OK) {
                bench->failed = "no instance";
                return;
        }
        bench_thread(bench, control, bench);
        if (!bench->failed && world_run(bench->world, &rota, 0) != ROTA_OK)
                bench->failed = "world_run";
}
