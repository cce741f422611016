/* SPDX-License-Identifier: MIT */
/* Makes the instance, runs it, and tells. ROTA_SEED repeats the choices of a run (not its timing);
 * ROTA_TEST_ALL=1 does ten times as much. */
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define OPERATIONS  100000u
#define WATCHDOG_NS (240 * ROTA_S) /* for so many */

struct stress stress;

static struct rota instance;
static struct rota_slot slots[MEMBERS + CONTROLLERS + 4];
static uint64_t first_seed;

bool check_at(bool ok, const char *what, int line)
{
        uint32_t none = 0;
        if (!ok && __atomic_compare_exchange_n(
                           &stress.failed, &none, 1u, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
                stress.what = what;
                stress.line = line;
        }
        return ok;
}

static void bark(void *unused)
{
        (void)unused;
        static const char text[] = "\nthe stress test hangs\n";
        for (const char *at = text; *at; at++)
                world_putc(*at);
        rota_dump(world_putc);
        __builtin_trap();
}

struct controller {
        struct rota_thread thread;
        struct rota_handle handle;
        uint64_t seed;
        struct rota_timer watchdog;
};

static struct controller controllers[CONTROLLERS];

static intptr_t control(void *argument)
{
        struct controller *self = argument;
        while (get(stress.operations) < stress.wanted && !get(stress.failed))
                operate(&self->seed);
        return 0;
}

/* All members end: cancelled and woken until they do. */
static void end_members(void)
{
        put(stress.stop, 1);
        for (uint32_t i = 0; i < MEMBERS; i++) {
                struct member *member = &stress.members[i];
                struct rota_handle handle = member_handle(member);
                int result;
                do {
                        rota_cancel(handle);
                        rota_wake(handle);
                        result = rota_join(handle, rota_timeout_after(ROTA_MS), NULL);
                } while (result == ROTA_ETIMEDOUT);
                check(result == ROTA_OK);
                check(get(member->exits) == get(member->lives));
        }
}

static intptr_t first_main(void *argument)
{
        struct controller *self = argument;

        rota_timer_arm(
                &self->watchdog, rota_now() + stress.wanted / OPERATIONS * WATCHDOG_NS, bark, NULL);
        for (uint32_t i = 0; i < MEMBERS; i++)
                member_renew(&stress.members[i], &self->seed);
        for (uint32_t i = 1; i < CONTROLLERS; i++)
                check(rota_start(controllers[i].handle) == ROTA_OK);
        for (uint32_t i = 1; i < CONTROLLERS; i++)
                check(rota_join(controllers[i].handle, rota_timeout_forever(), NULL) == ROTA_OK);
        for (uint32_t i = 0; i < stress.cpus; i++)
                check(world_cpu_join(stress.world, i) == ROTA_OK);
        end_members();
        struct rota_check_report report;
        rota_world_stop();
        bool ok = rota_check(stress.rota, &report);
        rota_world_resume();
        if (!ok)
                check_at(false, report.what, __LINE__);
        check(instance.slot_used == 1);
        rota_timer_cancel(&self->watchdog);
        rota_stop(stress.rota);
        return 0;
}

static bool make(const struct world *world)
{
        static const struct rota_policy *const policies[] = {&rota_policy_prio, &rota_policy_rr};
        struct rota_config config = {
                .cpus = world->cpu,
                .cpu_count = world->cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = sizeof(slots) / sizeof(slots[0]),
                .policies = policies,
                .policy_count = 2,
                .memory = world->memory,
                .slice_ns = 200 * ROTA_US,
                .look_ns = world->look_ns,
                .exact = stress.exact,
        };
        config.memory_size = rota_bytes(&config);
        char *memory = (char *)world->memory + ((config.memory_size + 4095) & ~(size_t)4095);
        if (rota_init(&instance, &config) != ROTA_OK)
                return false;
        for (uint32_t i = 0; i < MEMBERS; i++, memory += STACK)
                stress.members[i].stack = memory;
        for (uint32_t i = 0; i < CONTROLLERS; i++, memory += STACK) {
                struct rota_thread_options options = {
                        .task = {.name = i ? "controller" : "first",
                                .params = {.priority = i ? 50 + i % 2 * 60 : 10}},
                        .entry = i ? control : first_main,
                        .argument = &controllers[i],
                        .stack = memory,
                        .stack_size = STACK,
                };
                controllers[i].seed = first_seed * 31 + i;
                if (rota_thread_create(&controllers[i].thread, &options, &controllers[i].handle) !=
                        ROTA_OK)
                        return false;
        }
        return rota_start(controllers[0].handle) == ROTA_OK;
}

int world_main(const struct world *world)
{
        const char *seed = getenv("ROTA_SEED");
        const char *all = getenv("ROTA_TEST_ALL");

        first_seed = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
        stress.rota = &instance;
        stress.world = world;
        stress.cpus = world->cpus;
        stress.exact = first_seed % 2 == 0;
        stress.wanted = all && *all ? 10 * OPERATIONS : OPERATIONS;
        printf("seed %llu (ROTA_SEED)\n", (unsigned long long)first_seed);
        fflush(stdout);
        if (!check(make(world)) || !check(world_run(world, &instance, 0) == ROTA_OK)) {
                printf("not ok stress: no world\n");
                return 1;
        }
        uint32_t lives = 0;
        for (uint32_t i = 0; i < MEMBERS; i++)
                lives += stress.members[i].lives;
        printf("%s stress cpus=%u operations=%u lives=%u checks=%u left=%u%s",
                stress.failed ? "not ok" : "ok", stress.cpus, stress.operations, lives,
                stress.checks, stress.left, stress.exact ? " exact" : "");
        if (stress.failed)
                printf(": line %d: %s", stress.line, stress.what);
        printf("\n");
        return stress.failed ? 1 : 0;
}
