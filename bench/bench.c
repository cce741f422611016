/* SPDX-License-Identifier: MIT */
/*
 * Runs every measurement in interleaved rounds and prints `row<TAB>min<TAB>median` lines in
 * hundredths, for bench/run to put into tables.
 */
#include "bench.h"

#define ROUNDS_MAX 9

struct row {
        const char *name;
        const struct rota_policy *policy; /* NULL: no library */
        void (*body)(struct bench *);
        uint32_t flags;
        uint64_t operations; /* on the host; a tenth where instructions are counted */
        uint64_t results[ROUNDS_MAX];
};

static struct row rows[] = {
        {"floor: bare switch", NULL, floor_switch, 0, 200000, {0}},
        {"floor: yield of a FIFO by hand, 2", NULL, floor_fifo, 0, 200000, {0}},
        {"yield, fifo, 2 threads", &rota_policy_fifo, measure_yield_2, 0, 200000, {0}},
        {"yield, fifo, 1000 threads", &rota_policy_fifo, measure_yield_1000, 0, 200000, {0}},
        {"yield, prio FIFO level, 2 threads", &rota_policy_prio, measure_yield_2, ROTA_PARAMS_FIFO,
                200000, {0}},
        {"yield, rr, 2 threads", &rota_policy_rr, measure_yield_2, 0, 200000, {0}},
        {"create + start + join, fifo", &rota_policy_fifo, measure_create_join, 0, 50000, {0}},
        {"wake + park round trip, fifo", &rota_policy_fifo, measure_wake_park, 0, 50000, {0}},
        {"hand-over round trip, fifo", &rota_policy_fifo, measure_hand_over, 0, 50000, {0}},
        {"switch forced by the timer, rr", &rota_policy_rr, measure_preempted, 0, 100, {0}},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct row *measuring;

static void put_text(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void put_number(uint64_t n)
{
        char digits[20];
        int i = 0;
        do
                digits[i++] = (char)('0' + n % 10);
        while (n /= 10);
        while (i)
                world_putc(digits[--i]);
}

void *bench_memory(struct bench *bench, size_t bytes)
{
        char *memory = bench->memory + bench->memory_used;
        bytes = (bytes + 4095) / 4096 * 4096;
        if (bench->memory_used + bytes > bench->memory_size) {
                bench->failed = true;
                return bench->memory;
        }
        bench->memory_used += bytes;
        for (size_t i = 0; i < bytes; i++)
                memory[i] = 0;
        return memory;
}

struct rota_handle bench_thread(struct bench *bench, intptr_t (*entry)(void *), void *argument)
{
        /* The control block lives on the stack's last page. */
        const size_t size = 16384;
        char *stack = bench_memory(bench, size);
        size_t room = size - (sizeof(struct rota_thread) + 63) / 64 * 64;
        struct rota_thread_options options = {.task.params = {.flags = (uint8_t)measuring->flags},
                .entry = entry,
                .argument = argument,
                .stack = stack,
                .stack_size = room};
        struct rota_handle handle = ROTA_HANDLE_NONE;
        if (rota_thread_create((struct rota_thread *)(void *)(stack + room), &options, &handle) !=
                        ROTA_OK ||
                rota_start(handle) != ROTA_OK)
                bench->failed = true;
        return handle;
}

void bench_join(struct bench *bench, struct rota_handle thread)
{
        if (rota_join(thread, rota_timeout_forever(), NULL) != ROTA_OK)
                bench->failed = true;
}

static intptr_t control(void *argument)
{
        struct bench *bench = argument;
        bench->body(bench);
        rota_stop(bench->rota);
        return 0;
}

static void run_in_instance(struct bench *bench, const struct rota_policy *policy)
{
        uint32_t slots = BENCH_THREADS_MAX + 8;
        struct rota_config config = {
                .cpus = bench->world->cpu,
                .cpu_count = 1,
                .home_stacks = bench->world->home_stacks,
                .slots = bench_memory(bench, slots * sizeof(struct rota_slot)),
                .slot_count = slots,
                .policies = &policy,
                .policy_count = 1,
                .slice_ns = ROTA_MS,
                .resolution_ns = bench->world->resolution_ns,
        };
        config.memory_size = rota_bytes(&config);
        config.memory = bench_memory(bench, config.memory_size);
        if (rota_init(bench->rota, &config) != ROTA_OK) {
                bench->failed = true;
                return;
        }
        bench_thread(bench, control, bench);
        world_run(bench->world, bench->rota, 0);
}

static bool round_of(struct row *row, uint32_t round, const struct world *world, bool counting)
{
        static struct rota rota;
        struct bench bench = {.world = world,
                .rota = &rota,
                .memory = world->memory,
                .memory_size = world->memory_size,
                .body = row->body,
                .operations = counting ? row->operations / 10 : row->operations};

        measuring = row;
        if (row->policy)
                run_in_instance(&bench, row->policy);
        else
                row->body(&bench);
        if (bench.failed || !bench.operations)
                return false;
        row->results[round] = bench.elapsed * 100 / bench.operations;
        return true;
}

static void print(const struct row *row, uint32_t rounds)
{
        uint64_t sorted[ROUNDS_MAX];
        for (uint32_t i = 0; i < rounds; i++) {
                uint32_t at = i;
                for (; at > 0 && sorted[at - 1] > row->results[i]; at--)
                        sorted[at] = sorted[at - 1];
                sorted[at] = row->results[i];
        }
        put_text("row\t");
        put_text(row->name);
        world_putc('\t');
        put_number(sorted[0]);
        world_putc('\t');
        put_number(sorted[rounds / 2]);
        world_putc('\n');
}

static void print_size(const char *name, size_t bytes)
{
        put_text("size\t");
        put_text(name);
        world_putc('\t');
        put_number(bytes);
        world_putc('\n');
}

/* A forced switch can be told from the work around it only where time is exact. */
static bool measured(const struct row *row, bool counting)
{
        return counting || row->body != measure_preempted;
}

int world_main(const struct world *world)
{
        /* "count": instructions, which are the same each time. */
        bool counting = world->command[0] == 'c';
        uint32_t rounds = counting ? 1 : ROUNDS_MAX;

        for (uint32_t round = 0; round < rounds; round++) {
                for (uint32_t i = 0; i < ROWS; i++) {
                        if (!measured(&rows[i], counting))
                                continue;
                        if (!round_of(&rows[i], round, world, counting)) {
                                put_text("bench: failed: ");
                                put_text(rows[i].name);
                                world_putc('\n');
                                return 1;
                        }
                }
        }
        for (uint32_t i = 0; i < ROWS; i++) {
                if (!measured(&rows[i], counting))
                        continue;
                print(&rows[i], rounds);
        }
        print_size("struct rota_task (common to all kinds)", sizeof(struct rota_task));
        print_size("struct rota_thread (control block)", sizeof(struct rota_thread));
        print_size("struct rota_task_stats (optional)", sizeof(struct rota_task_stats));
        print_size("struct rota_slot", sizeof(struct rota_slot));
        print_size("struct rota_wait", sizeof(struct rota_wait));
        print_size("struct rota_cpu", sizeof(struct rota_cpu));
        print_size("struct rota (instance)", sizeof(struct rota));
        return 0;
}
