/* SPDX-License-Identifier: MIT */
/* A program for the reference kernel; the command line's first word says what it does. */
#include "adopt.h"

#include "faults.h"
#include "pages.h"
#include "rota_port.h"

#define SPINNERS 2
#define THREADS  (SPINNERS + 1)
#define ENOUGH   20

static char stacks[THREADS][8192] __attribute__((aligned(16)));
static char policy_memory[65536] __attribute__((aligned(64)));
static struct rota_thread threads[THREADS];
static struct rota_slot slots[THREADS];
static struct rota rota;
static const char *command;
static struct rota_stack culprit_stack; /* of "room" */

/* Who saw last that somebody else ran, and how often that was; atomic. */
static uintptr_t last;
static uint32_t turns;
static bool enough;

static void say(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void say_turns(uint32_t cpus)
{
        char text[] = "turns taken by 00 CPUs\n";
        text[15] = (char)('0' + cpus / 10 % 10);
        text[16] = (char)('0' + cpus % 10);
        say(text);
}

static bool starts(const char *text, const char *word)
{
        while (*word)
                if (*text++ != *word++)
                        return false;
        return true;
}

/* With "room" the turns count that come after the culprit's end. */
static bool counts(void)
{
        return !starts(command, "room") || __atomic_load_n(&rota.overflows, __ATOMIC_RELAXED);
}

/* Of "masked": how many spinners are to mask interrupts for ever, and have; atomic. */
static uint32_t masking, masked;

/* What only a stop that knows no mask ends: else it goes on in the middle of the culprit's report. */
static void babble(void)
{
        rota_arch_irq_disable();
        __atomic_add_fetch(&masked, 1, __ATOMIC_RELAXED);
        for (;;)
                world_putc('#');
}

static intptr_t spin(void *self)
{
        while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
                if (__atomic_load_n(&masking, __ATOMIC_RELAXED))
                        babble();
                if (__atomic_exchange_n(&last, (uintptr_t)self, __ATOMIC_RELAXED) ==
                                (uintptr_t)self ||
                        !counts())
                        continue;
                if (__atomic_add_fetch(&turns, 1, __ATOMIC_RELAXED) >= ENOUGH &&
                        /* Else the culprit ends it. */
                        (starts(command, "turns") || starts(command, "room"))) {
                        __atomic_store_n(&enough, true, __ATOMIC_RELAXED);
                        rota_stop(&rota);
                }
        }
        return 0;
}

static intptr_t culprit(void *argument)
{
        (void)argument;
        rota_sleep_for(2 * ROTA_MS);
        if (starts(command, "room"))
                fault_room(culprit_stack.memory);
        if (starts(command, "masked")) {
                __atomic_store_n(&masking, 1, __ATOMIC_RELAXED);
                while (__atomic_load_n(&masked, __ATOMIC_RELAXED) < SPINNERS)
                        ;
                rota_port_fatal("the others are masked");
        }
        fault(command, starts);
        pages_fault(command, starts);
        return 0;
}

/* Two threads that never yield, and the culprit. @return what world_run() said. */
static int run(const struct world *world, uint64_t tick_ns)
{
        const struct rota_policy *policies[] = {&rota_policy_rr};
        const struct rota_config config = {.cpus = world->cpu,
                .cpu_count = world->cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = THREADS,
                .policies = policies,
                .policy_count = 1,
                .memory = policy_memory,
                .memory_size = sizeof(policy_memory),
                .tick_ns = tick_ns,
                .resolution_ns = world->resolution_ns};

        enough = false;
        turns = 0;
        for (uint32_t i = 0; i < THREADS; i++)
                slots[i] = (struct rota_slot){0};
        int result = rota_init(&rota, &config);
        for (uintptr_t i = 0; i < THREADS && result == ROTA_OK; i++) {
                struct rota_handle handle;
                const struct rota_thread_options options = {
                        .task.name = i < SPINNERS ? "spinner" : "culprit",
                        .entry = i < SPINNERS ? spin : culprit,
                        .argument = (void *)(i + 1),
                        .task.stack = culprit_stack.size ? ROTA_STACK_GUARDED : 0,
                        .stack = i == SPINNERS && culprit_stack.size ? culprit_stack.memory
                                                                     : stacks[i],
                        .stack_size = sizeof(stacks[i])};
                result = rota_thread_create(&threads[i], &options, &handle);
                if (result == ROTA_OK)
                        result = rota_start(handle);
        }
        return result == ROTA_OK ? world_run(world, &rota, tick_ns) : result;
}

/* @return the code of the first thing that is not as it should be, else 0. */
static int look(const struct world *world)
{
        const char *bytes = world->memory;

        if (!bytes || world->memory_size < (size_t)16 << 20)
                return 1;
        for (size_t i = 0; i < world->memory_size; i++)
                if (bytes[i])
                        return 2;
        if (!world->image || world->image_size != 5 || !starts(world->image, "image"))
                return 3;
        if (!world->report || (uintptr_t)world->report % 0x10000000 != 0x7000000 ||
                world->report_size != 0x100000)
                return 4;
        if (world->report < (const void *)(bytes + world->memory_size) &&
                (const char *)world->report + world->report_size > bytes)
                return 5;
        for (size_t i = 0; i < sizeof("shared"); i++)
                ((volatile char *)world->report)[i] = "shared"[i];
        return 0;
}

int world_main(const struct world *world)
{
        command = world->command;
        if (starts(command, "code"))
                return 7;
        if (starts(command, "look"))
                return look(world);
        if (starts(command, "pages"))
                return pages_main(world);
        if (starts(command, "shared"))
                return shared_main(world);
        if (starts(command, "many"))
                return pages_many(world);
        if (starts(command, "adopt"))
                return adopt_main(world);
        if (starts(command, "room") &&
                world_stack_map(sizeof(stacks[0]), &culprit_stack) != ROTA_OK)
                return 2;
        /* Again and again, with either timer. */
        for (int round = 0; round < 4; round++)
                if (run(world, round % 2 ? ROTA_MS : 0) != ROTA_OK || turns < ENOUGH)
                        return 1;
        say_turns(world->cpus);
        return 0;
}
