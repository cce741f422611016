/* SPDX-License-Identifier: MIT */
/* rota_port_selftest() in a real world: every function of its port is right, on one CPU and on all,
 * with a one-shot timer and with a tick. "fatal": that the last function is, which ends the world. */
#include <rota/rota.h>
#include <world.h>

#define STACK (256u << 10)

static const struct world *world;
static struct rota_selftest test;
static const char *turn; /* whose it is */
static int result;
static uint32_t failures;

static void print(const char *text)
{
        while (*text)
                world_putc(*text++);
}

static void print_number(uint32_t number)
{
        if (number >= 10)
                print_number(number / 10);
        world_putc((char)('0' + number % 10));
}

static void begins(const char *function)
{
        turn = function;
}

static void part(void *argument, uint32_t cpu)
{
        if (cpu == 0)
                result = rota_port_selftest(argument);
        else
                rota_port_selftest_other(argument, cpu);
}

#ifdef UNIT
#include "../fpu/registers.h"
#endif

#ifdef CONTROL
/* MXCSR: rounding, and what is masked. */
static uint32_t control(void)
{
        uint32_t value;
        __asm__ volatile("stmxcsr %0" : "=m"(value));
        return value & ~63u; /* flags of what happened are nobody's to keep */
}

static void control_set(uint32_t value)
{
        __asm__ volatile("ldmxcsr %0" : : "m"(value));
}
#endif

static void run(uint32_t cpus, uint64_t tick_ns, bool fatal)
{
        char *memory = world->memory;

        test = (struct rota_selftest){
                .cpus = world->cpu,
                .cpu_count = cpus,
                .stacks = {{memory, STACK}, {memory + STACK, STACK}},
                .tick_ns = tick_ns,
                .resolution_ns = world->resolution_ns,
                .begins = begins,
                .fatal = fatal,
        };
#ifdef CONTROL
        test.control = control;
        test.control_set = control_set;
        test.control_values[0] = 0x1f80;
        test.control_values[1] = 0x5f80; /* rounds up */
#endif
#ifdef UNIT
        test.unit = registers_control;
        test.unit_set = registers_control_set;
        for (uint32_t i = 0; i < 2; i++) /* 0 is written so */
                test.unit_values[i] = registers_controls[i] & ~((uint64_t)1 << 63);
        test.tls = registers_tls;
#endif
        result = ROTA_EINVAL;
        int ran = world_each(world, cpus, tick_ns, part, &test);
        bool good = ran == ROTA_OK && result == ROTA_OK && !test.function && !test.what;
        failures += !good;
        print(good ? "ok " : "not ok ");
        print(world->name);
        print("'s port passes its self-test, cpus=");
        print_number(cpus);
        print(tick_ns ? ", with a tick" : ", tickless");
        if (!good) {
                print(": ");
                print(rota_error_text(ran ? ran : result));
                print(": ");
                print(test.function ? test.function : turn);
                print(": ");
                print(test.what ? test.what : "?");
                print(", on CPU ");
                print_number(test.cpu);
        }
        print("\n");
}

int world_main(const struct world *w)
{
        world = w;
        if (w->command[0] == 'f') {
                run(1, 0, true);
                return 1;
        }
        for (uint32_t round = 0; round < 2; round++) {
                run(1, 0, false);
                run(1, 4 * ROTA_MS, false);
        }
        if (w->cpus > 1) {
                run(w->cpus, 0, false);
                run(w->cpus, 4 * ROTA_MS, false);
        }
        return failures ? 1 : 0;
}
