/* SPDX-License-Identifier: MIT */
/*
 * A kernel that does not hand its boot CPU over but becomes a task on it: rota_adopt(). The boot
 * context then sleeps, yields to, is preempted by and joins threads like any other.
 */
#include "adopt.h"

#include "kernel.h"
#include "machine.h"
#include "rota_arch.h"

static struct rota instance;
static struct rota_slot slots[2];
static struct rota_thread boot;
static struct rota_thread spinner;
static char stack[8192] __attribute__((aligned(16)));
static char memory[4096] __attribute__((aligned(64)));
static uint64_t spins;

static intptr_t spin(void *argument)
{
        (void)argument;
        while (!rota_cancelled())
                __atomic_fetch_add(&spins, 1, __ATOMIC_RELAXED);
        return 42;
}

int adopt_main(const struct world *world)
{
        const struct rota_policy *policies[] = {&rota_policy_rr};
        const struct rota_config config = {.cpus = world->cpu,
                .cpu_count = 1,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = 2,
                .policies = policies,
                .policy_count = 1,
                .memory = memory,
                .memory_size = sizeof(memory),
                .slice_ns = ROTA_MS,
                .resolution_ns = world->resolution_ns};
        struct rota_thread_options named = {.task.name = "boot"};
        struct rota_thread_options options = {
                .entry = spin, .stack = stack, .stack_size = sizeof(stack)};
        struct rota_handle self;
        struct rota_handle other;
        intptr_t code = 0;

        if (rota_init(&instance, &config) != ROTA_OK)
                return 1;
        kernel_cpus[0].active = world->cpu[0];
        machine_timer_start(0);
        if (rota_adopt(&instance, 0, &boot, &named, &self) != ROTA_OK)
                return 2;
        rota_arch_irq_enable();
        if (rota_current() != &boot.task || !rota_handle_equal(rota_self(), self))
                return 3;
        if (rota_adopt(&instance, 0, &boot, &named, &self) != ROTA_EBUSY)
                return 4;
        if (rota_thread_create(&spinner, &options, &other) != ROTA_OK ||
                rota_start(other) != ROTA_OK)
                return 5;
        /* It is preempted by the spinner, and the spinner, which never yields, by it. */
        for (int i = 0; i < 10; i++) {
                uint64_t before = __atomic_load_n(&spins, __ATOMIC_RELAXED);
                while (__atomic_load_n(&spins, __ATOMIC_RELAXED) == before)
                        ;
        }
        uint64_t asleep = rota_now();
        if (rota_sleep_for(3 * ROTA_MS) != ROTA_OK || rota_now() - asleep < 3 * ROTA_MS)
                return 6;
        if (rota_yield() != ROTA_OK || rota_cancel(other) != ROTA_OK ||
                rota_join(other, rota_timeout_forever(), &code) != ROTA_OK || code != 42)
                return 7;
        rota_arch_irq_disable();
        return rota_check(&instance, NULL) ? 0 : 8;
}
