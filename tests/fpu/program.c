/* SPDX-License-Identifier: MIT */
/*
 * Threads that fill every register of the floating-point and vector unit and find it again, while
 * others take their CPU at any instruction: a slice's end, an interrupt that wakes somebody more
 * urgent, a change of affinity. Among them threads without the unit, threads with storage of their own,
 * threads that have just begun, and calls, which keep what the ABI says.
 *
 * Words of the command: "trap", where a thread without the unit uses it; a number: how many switches.
 */
#include "registers.h"

#include <rota/rota.h>
#include <world.h>

#define HOLDERS 4
#define PLAIN   2
#define FRESH   2 /* one after the other in the same memory */
#define THREADS (HOLDERS + PLAIN + FRESH + 3)
#define STACK   ((size_t)16384 + 3 * REGISTERS_MAX)
#define SPINS   3000u

struct member {
        struct rota_thread thread;
        struct rota_handle handle;
        uint32_t random;
        uint64_t done;
        char *stack;
};

static struct rota rota;
static struct rota_slot slots[THREADS];
static struct member members[THREADS];
static uint32_t made;
static char policy_memory[65536] __attribute__((aligned(64)));
static const struct world *the_world;
static uint64_t wanted = 1000;
static size_t size;
static bool ends;         /* atomic */
static const char *wrong; /* atomic; the first thing that was */

static void say(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void say_number(const char *before, uint64_t n, const char *after)
{
        char digits[20];
        int i = 0;

        say(before);
        do
                digits[i++] = (char)('0' + n % 10);
        while (n /= 10);
        while (i)
                world_putc(digits[--i]);
        say(after);
}

static void check(bool ok, const char *what)
{
        const char *nothing = NULL;

        if (!ok)
                __atomic_compare_exchange_n(
                        &wrong, &nothing, what, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static bool over(void)
{
        return __atomic_load_n(&ends, __ATOMIC_RELAXED) ||
               __atomic_load_n(&wrong, __ATOMIC_RELAXED);
}

static uint32_t random_of(struct member *self)
{
        self->random = self->random * 1664525 + 1013904223;
        return self->random >> 8;
}

static uint64_t control_of(struct member *self)
{
        uint32_t count = 0;

        while (registers_controls[count])
                count++;
        uint64_t value = registers_controls[random_of(self) % count];
        return value & ~((uint64_t)1 << 63);
}

/* Every register but what a call may change. */
static void hold(struct member *self)
{
        uint64_t in[REGISTERS_MAX / 8];
        uint64_t out[REGISTERS_MAX / 8];

        in[0] = control_of(self);
        in[1] = 0;
        for (size_t i = 2; i < size / 8; i++)
                in[i] = (uint64_t)random_of(self) << 40 ^ (uint64_t)random_of(self) << 20 ^
                        random_of(self);
        for (size_t i = 0; i < size / 8; i++)
                out[i] = ~in[i];
        registers_hold(in, out, random_of(self) % SPINS);
        for (size_t i = 0; i < size / 8; i++) {
                if (in[i] == out[i])
                        continue;
                check(false, "a register lost its value");
                say_number("word ", i, " ");
                say_number("", in[i], " ");
                say_number("", out[i], "\n");
        }
        check(registers_tls() == self && rota_tls() == self, "thread-local storage is another's");
        self->done++;
}

/* A thread that begins has the unit as the ABI says. */
static bool as_new(void)
{
        return registers_control() == (registers_controls[0] & ~((uint64_t)1 << 63));
}

static intptr_t holder(void *argument)
{
        struct member *self = argument;

        check(as_new(), "a new thread's control words");
        while (!over()) {
                hold(self);
                uint64_t control = control_of(self);
                registers_control_set(control);
                uint32_t how = random_of(self) % 8;
                if (how == 0)
                        rota_sleep_for(random_of(self) % 20000);
                else if (how < 4)
                        rota_yield();
                check(registers_control() == control, "a call lost the control words");
        }
        return 0;
}

static intptr_t fresh(void *argument)
{
        check(as_new(), "a new thread's control words, where another had been");
        hold(argument);
        return 0;
}

/* Only general registers, and storage of its own. */
static intptr_t plain(void *argument)
{
        struct member *self = argument;

        while (!over()) {
                check(registers_tls() == self, "thread-local storage without the unit");
                self->done++;
                if (random_of(self) % 512 == 0)
                        rota_yield();
        }
        return 0;
}

/* Nothing at all. */
static intptr_t bare(void *argument)
{
        struct member *self = argument;

        while (!over()) {
                check(registers_tls() == NULL && rota_tls() == NULL,
                        "a thread without it has thread-local storage");
                self->done++;
        }
        return 0;
}

static void make(intptr_t (*entry)(void *), bool fpu, bool tls, uint8_t class_index)
{
        struct member *member = &members[made];

        member->stack = (char *)the_world->memory + made * (STACK + 24); /* not aligned */
        member->random = made * 7919 + 1;
        const struct rota_thread_options options = {.task.name = "member",
                .task.params.class_index = class_index,
                .entry = entry,
                .argument = member,
                .stack = member->stack,
                .stack_size = STACK,
                .tls = tls ? member : NULL,
                .fpu = fpu};
        int result = rota_thread_create(&member->thread, &options, &member->handle);
        check(result == ROTA_OK && rota_start(member->handle) == ROTA_OK, "create and start");
        made++;
}

/* Again and again in the same memory. */
static void remake(struct member *member)
{
        const struct rota_thread_options options = {.task.name = "fresh",
                .task.params.class_index = 1,
                .entry = fresh,
                .argument = member,
                .stack = member->stack,
                .stack_size = STACK,
                .tls = member,
                .fpu = true};

        check(rota_join(member->handle, rota_timeout_forever(), NULL) == ROTA_OK, "join");
        if (over())
                return;
        check(rota_thread_create(&member->thread, &options, &member->handle) == ROTA_OK &&
                        rota_start(member->handle) == ROTA_OK,
                "create again");
}

static uint64_t preempted(void)
{
        struct rota_cpu_stats stats;
        uint64_t sum = 0;

        for (uint32_t i = 0; i < rota.cpu_count; i++) {
                rota_get_cpu_stats(&rota, i, &stats);
                sum += stats.preemptions;
        }
        return sum;
}

/* More urgent than all others: its wakes take a CPU in the middle of anything. Moves them about, and ends
 * it all. */
static intptr_t lead(void *argument)
{
        struct member *self = argument;
        struct member *fresh_ones = &members[HOLDERS + PLAIN];

        while (!over()) {
                rota_sleep_for(2000 + random_of(self) % 50000);
                uint32_t i = random_of(self) % (HOLDERS + PLAIN);
                if (rota.cpu_count > 1)
                        rota_set_affinity(members[i].handle,
                                rota_affinity_cpu(random_of(self) % rota.cpu_count));
                for (i = 0; i < FRESH; i++)
                        if (rota_state(fresh_ones[i].handle) == ROTA_TASK_DEAD)
                                remake(&fresh_ones[i]);
                bool enough = preempted() >= wanted;
                for (i = 0; i < HOLDERS; i++)
                        enough = enough && members[i].done >= wanted / 10;
                if (enough)
                        __atomic_store_n(&ends, true, __ATOMIC_RELAXED);
        }
        for (uint32_t i = 0; i < made; i++)
                if (&members[i] != self)
                        rota_join(members[i].handle, rota_timeout_forever(), NULL);
        rota_stop(&rota);
        return 0;
}

/* What the create call refuses, and where it puts things. */
static void look(void)
{
        struct rota_thread thread;
        struct rota_handle handle;
        struct rota_thread_options options = {.entry = bare,
                .stack = the_world->memory,
                .stack_size = rota_extra_bytes() + ROTA_STACK_MIN - 1,
                .fpu = true};

        check(rota_extra_bytes() >= size, "the area is smaller than the registers");
        check(rota_thread_create(&thread, &options, &handle) == ROTA_EINVAL,
                "a stack that is too small");
        for (uint32_t i = 0; i < 64; i++) {
                options.stack_size = rota_extra_bytes() + ROTA_STACK_MIN + i;
                check(rota_thread_create(&thread, &options, &handle) == ROTA_OK,
                        "a stack that is large enough");
                const struct rota_extra *extra = thread.context.extra;
                const char *end = (char *)options.stack + options.stack_size;
                check((uintptr_t)extra->area % ROTA_EXTRA_ALIGN == 0, "the area's alignment");
                check((char *)(extra + 1) <= end && (char *)extra->area < (char *)extra &&
                                (char *)extra->area >= (char *)options.stack + ROTA_STACK_MIN &&
                                thread.context.stack_size ==
                                        (size_t)((char *)extra->area - (char *)options.stack),
                        "where the area is");
                check(rota_drop(handle) == ROTA_OK, "drop");
        }
}

/* After a thread with the unit, on each CPU. */
static intptr_t culprit(void *argument)
{
        uint64_t image[REGISTERS_MAX / 8] = {0};

        (void)argument;
        rota_sleep_for(3 * ROTA_MS);
        registers_hold(image, image, 0);
        say("it may\n");
        return 0;
}

static int begin(void)
{
        static const struct rota_policy *const policies[] = {&rota_policy_prio, &rota_policy_rr};
        const struct rota_config config = {.cpus = the_world->cpu,
                .cpu_count = the_world->cpus,
                .home_stacks = the_world->home_stacks,
                .slots = slots,
                .slot_count = THREADS,
                .policies = policies,
                .policy_count = 2,
                .memory = policy_memory,
                .memory_size = sizeof(policy_memory),
                .slice_ns = 30 * ROTA_US,
                .resolution_ns = the_world->resolution_ns};
        return rota_init(&rota, &config);
}

int world_main(const struct world *world)
{
        bool trap = world->command[0] == 't';

        the_world = world;
        size = registers_size();
        if (world->command[0] >= '1' && world->command[0] <= '9')
                wanted = (uint64_t)(world->command[0] - '0') * 1000;
        if (size > REGISTERS_MAX || begin() != ROTA_OK)
                return 2;
        look();
        for (uint32_t i = 0; i < HOLDERS; i++)
                make(holder, true, true, 1);
        for (uint32_t i = 0; i < PLAIN; i++)
                make(i ? bare : plain, false, !i, 1);
        for (uint32_t i = 0; i < FRESH; i++)
                make(fresh, true, true, 1);
        make(bare, false, false, 1);
        if (trap)
                make(culprit, false, true, 0);
        make(lead, false, false, 0);
        if (world_run(world, &rota, 0) != ROTA_OK)
                return 3;
        say_number("switches at any instruction: ", preempted(), "\n");
        say_number("bytes of registers: ", size, "\n");
        if (wrong) {
                say("not ok fpu: ");
                say(wrong);
                say("\n");
        } else {
                say("ok fpu: every register of every thread\n");
        }
        return wrong != NULL;
}
