/* SPDX-License-Identifier: MIT */
/* A program for a debugger to look at: when stand_still() is called every task is in a state that is
 * known, see check.py. On CPU 0 the leader holds the CPU, with a guard; one task of each kind of state
 * is behind it. On each other CPU one runs for ever and two wait. */
#include <world.h>

#define CPUS_MAX 4
#define TASKS    (9 + 3 * (CPUS_MAX - 1))

static char stacks[TASKS][32768] __attribute__((aligned(64)));
static char policy_memory[65536] __attribute__((aligned(64)));
static struct rota_thread threads[TASKS];
static struct rota_slot slots[TASKS];
static struct rota rota;
static uint32_t created;

static uint32_t churned[CPUS_MAX]; /* whose churn() has begun (atomic) */
static bool over;                  /* (atomic) */
void stand_still(void);

static struct rota_handle create(const char *name, intptr_t (*entry)(void *), uint32_t cpu,
        uint8_t class_index, uint16_t priority)
{
        struct rota_handle handle = ROTA_HANDLE_NONE;
        const struct rota_thread_options options = {.task.name = name,
                .task.params = {.class_index = class_index,
                        .priority = priority,
                        .flags = class_index ? 0 : ROTA_PARAMS_FIFO},
                .task.affinity = rota_affinity_cpu(cpu),
                .entry = entry,
                .argument = &churned[cpu],
                .stack = stacks[created],
                .stack_size = sizeof(stacks[created])};
        if (rota_thread_create(&threads[created++], &options, &handle) != ROTA_OK)
                return ROTA_HANDLE_NONE;
        return handle;
}

static struct rota_handle begin(const char *name, intptr_t (*entry)(void *), uint32_t cpu,
        uint8_t class_index, uint16_t priority)
{
        struct rota_handle handle = create(name, entry, cpu, class_index, priority);
        rota_start(handle);
        return handle;
}

__attribute__((noinline)) static intptr_t churn(void *begun)
{
        __atomic_store_n((uint32_t *)begun, 1, __ATOMIC_RELAXED);
        while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
                __asm__ volatile("" : : : "memory");
        return 0;
}

__attribute__((noinline)) static void wait_for_ever(void)
{
        while (rota_park() == ROTA_OK)
                ;
        __asm__ volatile("" : : : "memory"); /* its frame stays */
}

static intptr_t sleeper(void *argument)
{
        (void)argument;
        wait_for_ever();
        return 1;
}

static intptr_t seven(void *argument)
{
        (void)argument;
        return 7;
}

__attribute__((noinline)) void stand_still(void)
{
        __asm__ volatile("" : : : "memory");
}

static void wait_until_churned(uint32_t cpu)
{
        while (!__atomic_load_n(&churned[cpu], __ATOMIC_RELAXED))
                rota_sleep_for(ROTA_MS);
}

static intptr_t leader(void *argument)
{
        static const char names[CPUS_MAX][3][8] = {{"", "", ""}, {"busy1", "first1", "second1"},
                {"busy2", "first2", "second2"}, {"busy3", "first3", "second3"}};
        (void)argument;

        struct rota_handle parks = begin("sleeper", sleeper, 0, 0, 5);
        struct rota_handle ends = begin("ended", seven, 0, 0, 5);
        while (rota_state(parks) != ROTA_TASK_PARKED || rota_state(ends) != ROTA_TASK_DEAD)
                rota_sleep_for(ROTA_MS);
        create("unborn", seven, 0, 1, 0);
        for (uint32_t cpu = 1; cpu < rota.cpu_count; cpu++) {
                begin(names[cpu][0], churn, cpu, 0, 10);
                wait_until_churned(cpu);
                begin(names[cpu][1], seven, cpu, 0, 20);
                begin(names[cpu][2], seven, cpu, 0, 20);
        }
        begin("churner", churn, 0, 1, 0);
        wait_until_churned(0);
        rota_guard_begin();
        begin("low", seven, 0, 0, 200);
        begin("high", seven, 0, 0, 10);
        struct rota_handle cancelled = begin("higher", seven, 0, 0, 10);
        begin("last", seven, 0, 1, 0);
        rota_wake(cancelled);
        rota_cancel(cancelled);
        stand_still();
        __atomic_store_n(&over, true, __ATOMIC_RELAXED);
        rota_guard_end();
        rota_stop(&rota);
        return 0;
}

int world_main(const struct world *world)
{
        const struct rota_policy *policies[] = {&rota_policy_prio, &rota_policy_rr};
        const struct rota_config config = {.cpus = world->cpu,
                .cpu_count = world->cpus < CPUS_MAX ? world->cpus : CPUS_MAX,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = TASKS,
                .policies = policies,
                .policy_count = 2,
                .memory = policy_memory,
                .memory_size = sizeof(policy_memory),
                .resolution_ns = world->resolution_ns};

        if (rota_init(&rota, &config) != ROTA_OK)
                return 1;
        begin("leader", leader, 0, 0, 1);
        return world_run(world, &rota, 0) == ROTA_OK ? 0 : 2;
}
