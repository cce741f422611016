/* SPDX-License-Identifier: MIT */
/*
 * Random operations on virtual CPUs, the whole rota_check() after each: 650,000 in all, ten millions with
 * ROTA_TEST_ALL, and 200,000 where each access is looked at by AddressSanitizer; each round with another
 * list of classes, number of CPUs, tick and accounting.
 * ROTA_SEED=N repeats the round of that seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "virtual.h"

#if defined(__SANITIZE_ADDRESS__)
#define TOTAL 200000
#else
#define TOTAL 650000
#endif

static struct rota_slot slots[VIRTUAL_TASKS_MAX + 1];
static char memory[1 << 18] __attribute__((aligned(64)));

struct round_config {
        const char *name;
        uint32_t classes;
        const struct rota_policy *policies[3];
};

static const struct round_config configs[] = {
        {"fifo", 1, {&rota_policy_fifo}},
        {"rr", 1, {&rota_policy_rr}},
        {"prio", 1, {&rota_policy_prio}},
        {"prio,rr", 2, {&rota_policy_prio, &rota_policy_rr}},
        {"rr,prio,fifo", 3, {&rota_policy_rr, &rota_policy_prio, &rota_policy_fifo}},
};

static struct rota_cpu *cpus[VIRTUAL_CPUS_MAX];
static struct rota_stack homes[VIRTUAL_CPUS_MAX];

/* The coroutines of the last round were left in the middle of their frames. */
void __asan_unpoison_memory_region(const volatile void *begin, size_t size) __attribute__((weak));

static void start_round(const struct round_config *c, uint32_t cpu_count, uint64_t seed)
{
        if (__asan_unpoison_memory_region)
                __asan_unpoison_memory_region(&v, sizeof(v));
        memset(&v, 0, sizeof(v));
        virtual_seed(seed);
        v.cpu_count = cpu_count;
        v.current = VIRTUAL_OUTSIDE;
        v.classes = c->classes;
        v.now = 1000;
        v.exact = virtual_random(2);
        v.loose = virtual_random(2);
        for (uint32_t i = 0; i < cpu_count; i++) {
                cpus[i] = &v.cpus[i].cpu;
                homes[i] = (struct rota_stack){v.homes[i], sizeof(v.homes[i])};
        }
        memset(slots, 0, sizeof(slots));
        struct rota_config config = {.cpus = cpus,
                .cpu_count = cpu_count,
                .home_stacks = homes,
                .slots = slots,
                .slot_count = VIRTUAL_TASKS_MAX - 8,
                .policies = c->policies,
                .policy_count = c->classes,
                .memory = memory,
                .memory_size = sizeof(memory),
                .slice_ns = 1000,
                .tick_ns = virtual_random(2) ? 0 : 500,
                .exact = v.exact};
        int result = rota_init(&v.rota, &config);
        if (result != ROTA_OK)
                virtual_fail("rota_init: %s", rota_error_text(result));
        virtual_boot();
        virtual_begin();
}

int virtual_wake(struct virtual_task *t)
{
        t->woken = true;
        return rota_wake(t->handle);
}

static void timed_out(void *argument)
{
        rota_wait_complete(argument, ROTA_ETIMEDOUT);
}

void virtual_time_out(struct rota_wait *wait, uint64_t deadline)
{
        rota_timer_arm(&wait->timer, deadline, timed_out, wait);
}

bool virtual_waits_on(struct rota_wait *wait)
{
        bool cancelled = rota_cancelled();

        if (rota_wait_result(wait) == ROTA_EAGAIN && !v.draining && !cancelled) {
                v.doing = "park on";
                rota_park();
                return true;
        }
        if (cancelled)
                rota_wait_complete(wait, ROTA_ECANCELED);
        rota_timer_cancel(&wait->timer);
        return false;
}

/* The first tasks come from outside. */
static const struct rota_kind outside = {.name = "virtual"};

static void came_back(struct rota_task *task, intptr_t code)
{
        struct virtual_task *t = rota_container(task, struct virtual_task, task);
        if (code != t->code)
                virtual_fail("a wrong exit code");
        t->used = false;
        v.ended++;
        v.alive--;
}

static void seed_tasks(uint32_t n)
{
        for (uint32_t i = 0; i < n; i++) {
                struct virtual_task *t = &v.tasks[i];
                if (t->used)
                        continue;
                *t = (struct virtual_task){
                        .used = true, .started = true, .detached = true, .tells = true};
                struct rota_task_options o = {.name = "s", .on_exit = came_back, .detached = true};
                if (rota_task_create(&t->task, &outside, &t->context, &o, &t->handle) != ROTA_OK ||
                        rota_start(t->handle) != ROTA_OK)
                        virtual_fail("the first tasks");
                v.alive++;
                v.started++;
        }
}

/* Of programs that have no tasks but these. */
__attribute__((weak)) void virtual_wake_all(void)
{
}

/* Chooses a CPU that may go on; time passes, and jumps where all are halted. */
static bool step(void)
{
        uint32_t first = virtual_random(v.cpu_count);
        v.now += virtual_random(200);
        for (uint32_t i = 0; i < v.cpu_count; i++) {
                uint32_t cpu = (first + i) % v.cpu_count;
                if (virtual_ready(cpu)) {
                        virtual_resume(cpu);
                        v.operations++;
                        virtual_verify();
                        return true;
                }
        }
        uint64_t next = ROTA_NEVER;
        for (uint32_t i = 0; i < v.cpu_count; i++)
                next = v.cpus[i].armed < next ? v.cpus[i].armed : next;
        if (next == ROTA_NEVER)
                return false;
        v.now = next > v.now ? next : v.now;
        return true;
}

/* Everybody is told to end; all must, and come back exactly once. */
static void drain(void)
{
        v.draining = true;
        for (uint32_t i = 0; i < v.cpu_count; i++)
                v.cpus[i].joins = v.cpus[i].out;
        for (uint32_t rounds = 0; v.alive; rounds++) {
                for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                        if (v.tasks[i].used)
                                virtual_wake(&v.tasks[i]);
                }
                virtual_wake_all();
                for (uint32_t i = 0; i < 1000 && v.alive; i++) {
                        if (!step())
                                break;
                }
                if (rounds > 1000)
                        virtual_fail("%u tasks never end", v.alive);
        }
        if (v.started != v.ended)
                virtual_fail("%llu tasks started, %llu came back", (unsigned long long)v.started,
                        (unsigned long long)v.ended);
}

static void round_run(const struct round_config *c, uint32_t cpu_count, uint64_t seed, uint64_t n)
{
        start_round(c, cpu_count, seed);
        while (v.operations < n) {
                if (v.alive < 4)
                        seed_tasks(8);
                if (!step()) {
                        /* All sleep for ever: a hand from outside. */
                        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                                if (v.tasks[i].used)
                                        virtual_wake(&v.tasks[i]);
                        }
                        virtual_wake_all();
                        for (uint32_t i = 0; i < v.cpu_count; i++)
                                v.cpus[i].joins = v.cpus[i].out;
                }
        }
        drain();
        uint64_t operations = v.operations;
        printf("ok %s policy=%s cpus=%u seed=%llu operations=%llu tasks=%llu "
               "left=%u\n",
                virtual_name, c->name, cpu_count, (unsigned long long)seed,
                (unsigned long long)operations, (unsigned long long)v.started, v.left);
        fflush(stdout);
}

int main(void)
{
        const char *fixed = getenv("ROTA_SEED");
        uint64_t total = getenv("ROTA_TEST_ALL") ? 10000000 : TOTAL;
        static const uint32_t counts[] = {4, 4, 1, 2, 4, 8};
        uint32_t n = sizeof(configs) / sizeof(configs[0]);
        uint32_t rounds = n * 6;

        for (uint32_t i = 0; i < rounds; i++) {
                uint64_t seed = fixed ? strtoull(fixed, NULL, 0) : 1000 + i;
                round_run(&configs[i % n], counts[i / n], seed, total / rounds);
        }
        return 0;
}
