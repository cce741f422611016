/* SPDX-License-Identifier: MIT */
/*
 * Preemption changes nothing: threads hold known values in every general, x87, vector and mask
 * register, in the flags and in the red zone, turn in a loop, and look whether all is still there,
 * while they are preempted and moved between CPUs thousands of times. errno and the rounding mode
 * are each thread's own.
 *
 *      preempt_registers [--cpus N] [MILLISECONDS]
 */
#include <fenv.h>
#include <host/host.h>
#include <rota/rota.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <world.h>

#define HOLDERS    6
#define STACK_SIZE 65536
#define TURNS      100000
#define ENOUGH     5 /* preemptions, and moves */

/* hold.S knows the offsets. */
struct part {
        uint64_t general[14]; /* rax rbx rdx rsi rdi rbp r8 .. r15 */
        uint64_t rcx, flags;
        uint32_t mxcsr;
        uint16_t fpu_control, unused[5];
        uint64_t masks[8];
        unsigned char fpu[8][16];
        uint64_t red_zone[16];
        unsigned char rest[48];
};
struct hold {
        struct part in, out;
        unsigned char vectors_in[32][64], vectors_out[32][64];
};
_Static_assert(sizeof(struct part) == 512, "hold.S: OUT");
_Static_assert(offsetof(struct hold, vectors_out) == 3072, "hold.S: VOUT");

void hold(struct hold *state, uint64_t turns, uint64_t vectors);

struct holder {
        struct rota_thread thread;
        struct rota_task_stats stats;
        struct rota_handle handle;
        struct hold state;
        uint32_t number;
        uint32_t holds;      /* made (atomic) */
        const char *changed; /* what was not as it should be */
};

static struct rota rota;
static struct rota_slot slots[16];
static struct holder holders[HOLDERS];
static struct rota_thread mover;
static char stacks[HOLDERS + 1][STACK_SIZE] __attribute__((aligned(64)));
static uint32_t cpus, vectors, stop;
static uint64_t run_ns = 1000 * ROTA_MS;

static uint64_t random_word(uint64_t *seed)
{
        uint64_t x = *seed += 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        return x ^ x >> 31;
}

static void fill(struct holder *holder, uint64_t *seed)
{
        struct part *in = &holder->state.in;
        uint64_t *words = (uint64_t *)&holder->state;

        for (size_t i = 0; i < sizeof(holder->state) / sizeof(*words); i++)
                words[i] = random_word(seed);
        for (int i = 0; i < 8; i++) {
                in->masks[i] &= 0xffff; /* what AVX-512F alone has */
                holder->state.out.masks[i] = 0;
                in->fpu[i][7] |= 0x80; /* a normal number: loads and stores keep it */
                in->fpu[i][9] = 0x40;
        }
        /* Rounding and flush modes, status flags; all exceptions masked. */
        in->mxcsr = (in->mxcsr & 0xe03f) | 0x1f80;
        in->fpu_control = (uint16_t)((in->fpu_control & 0x0c00) | 0x037f);
}

static bool differ(const void *a, const void *b, size_t size)
{
        return memcmp(a, b, size) != 0;
}

static const char *compare(const struct hold *state)
{
        const struct part *in = &state->in, *out = &state->out;
        size_t width = vectors == 0 ? 16 : vectors == 1 ? 32 : 64;
        uint32_t count = vectors == 2 ? 32 : 16;

        if (differ(in->general, out->general, sizeof(in->general)))
                return "a general register";
        if (out->rcx)
                return "the counter, or a flag in the loop";
        if ((out->flags & 0xcc5) != 0x445) /* set: carry, parity, zero, direction */
                return "the flags";
        if (in->mxcsr != out->mxcsr)
                return "MXCSR";
        if (in->fpu_control != out->fpu_control)
                return "the x87 control word";
        for (int i = 0; i < 8; i++)
                if (differ(in->fpu[i], out->fpu[i], 10))
                        return "an x87 register";
        if (vectors == 2 && differ(in->masks, out->masks, sizeof(in->masks)))
                return "a mask register";
        for (uint32_t i = 0; i < count; i++)
                if (differ(state->vectors_in[i], state->vectors_out[i], width))
                        return "a vector register";
        if (differ(in->red_zone, out->red_zone, sizeof(in->red_zone)))
                return "the red zone";
        return NULL;
}

/* The quotient's last bit shows the rounding mode. */
static __attribute__((noinline)) double third(void)
{
        volatile double one = 1, three = 3;
        return one / three;
}

static intptr_t holder_main(void *argument)
{
        struct holder *holder = argument;
        static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
        uint64_t seed = holder->number;

        fesetround(modes[holder->number % 4]);
        double expected = third();
        while (!__atomic_load_n(&stop, __ATOMIC_RELAXED) && !holder->changed) {
                fill(holder, &seed);
                rota_host_errno_set((int)holder->number + 1000);
                hold(&holder->state, TURNS, vectors);
                if (rota_host_errno() != (int)holder->number + 1000)
                        holder->changed = "errno";
                else if (fegetround() != modes[holder->number % 4] || third() != expected)
                        holder->changed = "the rounding mode";
                else
                        holder->changed = compare(&holder->state);
                __atomic_fetch_add(&holder->holds, 1, __ATOMIC_RELAXED);
        }
        return 0;
}

/* What counts has happened often enough for a verdict. */
static bool seen_enough(void)
{
        uint64_t preempted = 0, moved = 0;

        for (int i = 0; i < HOLDERS; i++) {
                struct rota_task_stats now = {0};
                rota_get_stats(holders[i].handle, &now);
                preempted += now.involuntary;
                moved += now.migrations;
        }
        return preempted >= ENOUGH && (cpus == 1 || moved >= ENOUGH);
}

/* Drives the others from CPU to CPU in the middle of what they do; for longer where Linux lets it happen
 * rarely. */
static intptr_t mover_main(void *argument)
{
        uint64_t end = rota_now() + run_ns, latest = end + 60 * ROTA_S, seed = 1;

        (void)argument;
        while (rota_now() < end || (rota_now() < latest && !seen_enough())) {
                for (int i = 0; i < HOLDERS; i++)
                        rota_set_affinity(holders[i].handle,
                                rota_affinity_cpu((uint32_t)(random_word(&seed) % cpus)));
                rota_sleep_for(300 * ROTA_US);
        }
        __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
        for (int i = 0; i < HOLDERS; i++)
                rota_join(holders[i].handle, rota_timeout_forever(), NULL);
        rota_stop(&rota);
        return 0;
}

static bool run(const struct world *world, uint64_t tick_ns)
{
        static const struct rota_policy *const policies[] = {&rota_policy_prio, &rota_policy_rr};
        struct rota_config config = {.cpus = world->cpu,
                .cpu_count = cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = 16,
                .policies = policies,
                .policy_count = 2,
                .memory = world->memory,
                .tick_ns = tick_ns,
                .slice_ns = 100 * ROTA_US,
                .exact = true};
        struct rota_handle handle;

        memset(slots, 0, sizeof(slots));
        memset(holders, 0, sizeof(holders));
        stop = 0;
        config.memory_size = rota_bytes(&config);
        if (rota_init(&rota, &config))
                return false;
        for (uint32_t i = 0; i < HOLDERS; i++) {
                struct holder *holder = &holders[i];
                struct rota_thread_options options = {.task = {.name = "holder",
                                                              .params = {.class_index = 1},
                                                              .stats = &holder->stats},
                        .entry = holder_main,
                        .argument = holder,
                        .stack = stacks[i],
                        .stack_size = STACK_SIZE};
                holder->number = i;
                if (rota_thread_create(&holder->thread, &options, &holder->handle) ||
                        rota_start(holder->handle))
                        return false;
        }
        struct rota_thread_options options = {.task = {.name = "mover"},
                .entry = mover_main,
                .stack = stacks[HOLDERS],
                .stack_size = STACK_SIZE};
        if (rota_thread_create(&mover, &options, &handle) || rota_start(handle))
                return false;
        return world_run(world, &rota, tick_ns) == ROTA_OK;
}

static int report(const char *name, bool ran)
{
        uint64_t preempted = 0, moved = 0, holds = 0;
        const char *changed = ran ? NULL : "nothing: it did not run";

        for (int i = 0; i < HOLDERS; i++) {
                preempted += holders[i].stats.involuntary;
                moved += holders[i].stats.migrations;
                holds += holders[i].holds;
                if (holders[i].changed)
                        changed = holders[i].changed;
        }
        if (!changed && (preempted < ENOUGH || (cpus > 1 && moved < ENOUGH)))
                changed = "nothing, but there were hardly any preemptions";
        printf("%s preempt_registers, %s, %u CPUs: %llu holds, %llu preemptions, %llu moves%s%s\n",
                changed ? "not ok" : "ok", name, cpus, (unsigned long long)holds,
                (unsigned long long)preempted, (unsigned long long)moved,
                changed ? "; changed: " : "", changed ? changed : "");
        return changed ? 1 : 0;
}

int world_main(const struct world *world)
{
        int failed = 0;

        if (*world->command)
                run_ns = strtoull(world->command, NULL, 10) * ROTA_MS;
        __builtin_cpu_init();
        vectors = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx2") ? 1 : 0;
        for (cpus = 1; cpus <= world->cpus; cpus *= 2) {
                failed |= report("one-shot", run(world, 0));
                failed |= report("tick", run(world, 200 * ROTA_US));
        }
        return failed;
}
