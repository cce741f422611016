/* SPDX-License-Identifier: MIT */
/*
 * The least kernel, as a program: a port of plain functions, one CPU, no interrupt but those that it
 * calls itself; time passes when it says so. LEVEL is what of the library it was linked with.
 */
#include <rota/port.h>
#include <rota/rota.h>
#include <rota_arch.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK ROTA_MS

static struct rota_cpu cpu;
static struct rota rota;
static uint64_t now = TICK; /* 0 would say that it is not known */
static uintptr_t masked = 1;
static int failed;

static void expect(bool good, const char *name)
{
        printf("%s level %d: %s\n", good ? "ok" : "not ok", LEVEL, name);
        failed += !good;
}

/* ---- The port. ---- */

struct rota_cpu *rota_port_cpu(void)
{
        return &cpu;
}

uintptr_t rota_port_irq_save(void)
{
        uintptr_t flags = masked;
        masked = 1;
        return flags;
}

void rota_port_irq_restore(uintptr_t flags)
{
        masked = flags;
}

void rota_port_irq_enable(void)
{
        masked = 0;
}

bool rota_port_irq_enabled(uintptr_t flags)
{
        return flags == 0;
}

uint64_t rota_port_now(void)
{
        return now;
}

void rota_port_timer_arm(uint64_t deadline)
{
        (void)deadline; /* the tick comes anyway */
}

void rota_port_kick(struct rota_cpu *target)
{
        (void)target; /* likewise */
}

static void tick(void)
{
        uintptr_t flags = rota_port_irq_save();
        rota_irq_enter();
        now += TICK;
        rota_timer();
        rota_irq_exit();
        rota_port_irq_restore(flags);
}

void rota_port_idle(uint64_t next_deadline)
{
        (void)next_deadline;
        tick();
}

void rota_port_relax(void)
{
}

void rota_port_space_switch(void *space)
{
        (void)space;
}

void rota_port_context_init(struct rota_context *context, void (*entry)(void *), void *argument)
{
        rota_arch_context_init_fpcw(context, entry, argument);
}

void rota_port_context_switch(struct rota_context *from, struct rota_context *to)
{
        rota_arch_switch_fpcw(from, to);
}

void rota_port_context_fini(struct rota_context *context)
{
        (void)context;
}

size_t rota_port_extra_size(void)
{
        return ROTA_EXTRA_NONE; /* tasks have general registers only */
}

void rota_port_extra_init(struct rota_extra *extra)
{
        (void)extra;
}

void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        (void)from;
        (void)to;
        (void)involuntary;
}

void rota_port_switched(struct rota_task *from, struct rota_task *to)
{
        (void)from;
        (void)to;
}

bool rota_port_may_switch(void)
{
        return true;
}

void rota_port_fatal(const char *reason)
{
        printf("not ok fatal: %s\n", reason);
        exit(1);
}

/* ---- What it runs. ---- */

static struct rota_thread threads[4];
static char stacks[5][32 << 10];
static char letters[64];

static struct rota_handle spawn(int i, intptr_t (*entry)(void *), void *argument)
{
        struct rota_thread_options options = {.entry = entry, .argument = argument};
        struct rota_handle handle = ROTA_HANDLE_NONE;
        options.stack = stacks[i];
        options.stack_size = sizeof(stacks[i]);
        if (rota_thread_create(&threads[i], &options, &handle) == ROTA_OK)
                rota_start(handle);
        return handle;
}

/* Never yields: writes its letter at each tick that finds it running. */
static intptr_t writer(void *letter)
{
        for (int i = 0; i < 6; i++) {
                strncat(letters, letter, 1);
                tick();
        }
        return *(char *)letter;
}

static intptr_t sleeper(void *argument)
{
        uint64_t before = rota_now();
        (void)argument;
        if (rota_sleep_for(20 * TICK) != ROTA_OK)
                return -1;
        return (intptr_t)((rota_now() - before) / TICK);
}

static intptr_t parker(void *argument)
{
        (void)argument;
        return rota_park();
}

static enum rota_turn turn(struct rota_task *task)
{
        task->exit_code = 9;
        return ROTA_TURN_ENDED;
}

static void look_at_kinds(void)
{
        static const struct rota_kind kind = {.name = "stackless", .begin_turn = turn};
        static struct rota_task task;
        struct rota_handle handle;
        intptr_t code = 0;
        int made = rota_task_create(&task, &kind, NULL, NULL, &handle);

        if (LEVEL < 4) {
                expect(made == ROTA_EINVAL, "a kind without a stack is refused");
                return;
        }
        rota_start(handle);
        rota_join(handle, rota_timeout_forever(), &code);
        expect(made == ROTA_OK && code == 9, "a kind without a stack takes its turn");
}

static intptr_t first(void *argument)
{
        intptr_t a = 0, b = 0, c = -1;
        struct rota_params params = {.priority = 1};

        (void)argument;
        struct rota_handle one = spawn(1, writer, "A");
        struct rota_handle two = spawn(2, writer, "B");
        rota_join(one, rota_timeout_forever(), &a);
        rota_join(two, rota_timeout_forever(), &b);
        expect(a == 'A' && b == 'B' && strcmp(letters, "AABBAABBAABB") == 0,
                "two threads that never yield take turns by the tick");

        one = spawn(1, sleeper, NULL);
        expect(rota_join(one, rota_timeout_after(5 * TICK), &a) == ROTA_ETIMEDOUT,
                "a join times out");
        rota_join(one, rota_timeout_forever(), &a);
        expect(a == 20, "a sleep of 20 ticks takes 20 ticks");

        one = spawn(1, parker, NULL);
        rota_yield();
        expect(rota_state(one) == ROTA_TASK_PARKED, "a thread parks");
        expect(rota_set_params(one, &params) == ROTA_OK, "a parked thread's parameters change");
        rota_wake(one);
        rota_join(one, rota_timeout_forever(), &c);
        expect(c == ROTA_OK, "a thread is woken");
        look_at_kinds();
        rota_stop(&rota);
        return 0;
}

int main(void)
{
        static struct rota_slot slots[8];
        static uint64_t memory[2048];
        static struct rota_cpu another;
        struct rota_cpu *cpus[] = {&cpu, &another};
        struct rota_stack homes[] = {
                {stacks[4], sizeof(stacks[4])}, {stacks[3], sizeof(stacks[3])}};
        const struct rota_policy *policies[] = {&rota_policy_prio};
        struct rota_config config = {.cpus = cpus, .cpu_count = 2, .home_stacks = homes};
        config.slots = slots;
        config.slot_count = 8;
        config.policies = policies;
        config.policy_count = 1;
        config.memory = memory;
        config.memory_size = sizeof(memory);
        config.tick_ns = config.resolution_ns = TICK;
        config.slice_ns = 2 * TICK;

        bool several = LEVEL > 1 && ROTA_CPUS_MAX > 1;
        expect((rota_bytes(&config) != 0) == several, "CPUs as many as the level allows");
        config.cpu_count = 1;
        config.exact = true;
        expect((rota_bytes(&config) != 0) == (LEVEL > 2), "exact accounts as the level allows");
        config.exact = false;
        int result = rota_init(&rota, &config);
        expect(result == ROTA_OK, rota_error_text(result));
        spawn(0, first, NULL);
        expect(rota_cpu_run(&rota, 0) == ROTA_OK, "the CPU ran and stopped");
        return failed != 0;
}
