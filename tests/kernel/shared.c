/* SPDX-License-Identifier: MIT */
/*
 * User tasks of one space on all CPUs, writing to a page that a thread unmaps, protects and maps again all
 * the time: once unmap and protect have returned nobody writes there any more, whatever a CPU has cached.
 */
#include "pages.h"

#include "kernel.h"
#include "machine.h"
#include "space.h"

#include <rota/user.h>

#define P        KERNEL_PAGE_SIZE
#define USERS    3
#define ROUNDS   20
#define TASKS    (USERS + 1)
#define CODE     KERNEL_USER_START
#define STACKS   (KERNEL_USER_START + P)
#define PAGE     (KERNEL_USER_START + 4 * P)
#define SETTLED  (5 * ROTA_MS) /* long enough for an emulated CPU to come to run */
#define PATIENCE (60 * ROTA_S)

static char stack[16384] __attribute__((aligned(16)));
static char policy_memory[65536] __attribute__((aligned(64)));
static struct rota rota;
static struct rota_slot slots[TASKS];
static struct rota_thread thread;
static struct rota_user users[USERS];
static struct rota_handle handles[USERS];
static struct kernel_space space;
static const char *failed; /* what was wrong first */
static uint64_t faults;    /* atomic */

#define REQUIRE(is)                                                                                \
        do {                                                                                       \
                if (!(is)) {                                                                       \
                        failed = #is;                                                              \
                        return;                                                                    \
                }                                                                                  \
        } while (0)

/* The program: its bytes are copied to where the user tasks have it, so it calls nothing. */
__attribute__((noinline, aligned(64))) static void program(volatile uint32_t *word)
{
        for (;;)
                ++*word;
}

static enum rota_serve serve(struct rota_user *user, const struct rota_trap *trap)
{
        bool expected = trap->reason == ROTA_TRAP_FAULT && trap->address / P == PAGE / P &&
                        (trap->fault == ROTA_FAULT_READ || trap->fault == ROTA_FAULT_WRITE);

        if (trap->reason == ROTA_TRAP_EXIT)
                return ROTA_SERVE_END;
        if (!expected) {
                kernel_print("reason %u, %s at %lx, pc %lx\n", trap->reason,
                        rota_fault_text(trap->fault), trap->address,
                        (unsigned long)rota_arch_user_pc(&user->context.frame));
                user->task.exit_code = 1;
                return ROTA_SERVE_END;
        }
        __atomic_fetch_add(&faults, 1, __ATOMIC_RELAXED);
        return ROTA_SERVE_YIELD; /* tries again */
}

static uintptr_t word_of(uint32_t user)
{
        return PAGE + user * 64;
}

static uint32_t count_of(uint32_t user)
{
        uint32_t value = 0;

        if (kernel_load_user_word(&space, word_of(user), &value) != ROTA_OK)
                failed = "a count can be read";
        return value;
}

/* Until every user has gone on. @return false: not in any time */
static bool all_move(void)
{
        uint64_t deadline = rota_now() + PATIENCE;

        for (uint32_t i = 0; i < USERS; i++)
                for (uint32_t before = count_of(i); count_of(i) == before; rota_yield())
                        if (failed || rota_now() > deadline)
                                return false;
        return true;
}

/* Whether nobody writes to a page for a while. */
static bool settled(const volatile uint32_t *words)
{
        uint64_t end = rota_now() + SETTLED;
        uint32_t before[USERS];

        for (uint32_t i = 0; i < USERS; i++)
                before[i] = words[i * 16];
        while (rota_now() < end)
                for (uint32_t i = 0; i < USERS; i++)
                        if (words[i * 16] != before[i])
                                return false;
        return true;
}

/* Until somebody finds the page missing. @return false: not in any time */
static bool one_faults(void)
{
        uint64_t deadline = rota_now() + PATIENCE;
        uint64_t before = __atomic_load_n(&faults, __ATOMIC_RELAXED);

        for (; __atomic_load_n(&faults, __ATOMIC_RELAXED) == before; rota_yield())
                if (rota_now() > deadline)
                        return false;
        return true;
}

static void round_trip(uint32_t round)
{
        REQUIRE(kernel_space_map(&space, PAGE, P, KERNEL_READ | KERNEL_WRITE) == ROTA_OK);
        REQUIRE(all_move());
        uintptr_t frame = machine_entry_physical(*kernel_pages_entry(space.root, PAGE));
        if (round % 2) {
                REQUIRE(kernel_space_protect(&space, PAGE, P, KERNEL_READ) == ROTA_OK);
                REQUIRE(settled((const uint32_t *)frame));
                REQUIRE(kernel_space_protect(&space, PAGE, P, KERNEL_READ | KERNEL_WRITE) ==
                        ROTA_OK);
                REQUIRE(all_move());
        }
        REQUIRE(kernel_space_unmap(&space, PAGE, P) == ROTA_OK);
        REQUIRE(kernel_frame_take() == frame); /* somebody else's next */
        bool quiet = settled((const uint32_t *)frame);
        kernel_frame_give(frame);
        REQUIRE(quiet);
        REQUIRE(one_faults());
}

static intptr_t control(void *argument)
{
        (void)argument;
        for (uint32_t round = 0; round < ROUNDS && !failed; round++)
                round_trip(round);
        for (uint32_t i = 0; i < USERS; i++) {
                intptr_t code = 1;
                rota_cancel(handles[i]);
                if (rota_join(handles[i], rota_timeout_forever(), &code) != ROTA_OK ||
                        code != ROTA_ECANCELED)
                        failed = failed ? failed : "a user task ends by being cancelled";
        }
        rota_stop(&rota);
        return 0;
}

static int start(void)
{
        struct rota_thread_options options = {
                .entry = control, .stack = stack, .stack_size = sizeof(stack)};
        struct rota_handle handle;
        char code[256];
        uintptr_t source = (uintptr_t)program;

        if (kernel_space_create(&space, 32) != ROTA_OK ||
                kernel_space_map(&space, CODE, 4 * P, KERNEL_READ | KERNEL_WRITE) != ROTA_OK)
                return 1;
        for (size_t i = 0; i < sizeof(code); i++)
                code[i] = ((const char *)source)[i];
        if (kernel_copy_to_user(&space, CODE, code, sizeof(code)) != ROTA_OK ||
                kernel_space_protect(&space, CODE, P, KERNEL_READ | KERNEL_EXECUTE) != ROTA_OK)
                return 2;
        for (uint32_t i = 0; i < USERS; i++) {
                const struct rota_user_options user = {.task = {.name = "user", .space = &space},
                        .serve = serve,
                        .pc = CODE,
                        .sp = STACKS + (i + 1) * P - 64,
                        .argument = word_of(i)};
                if (rota_user_create(&users[i], &user, &handles[i]) != ROTA_OK ||
                        rota_start(handles[i]) != ROTA_OK)
                        return 3;
        }
        return rota_thread_create(&thread, &options, &handle) != ROTA_OK ||
                               rota_start(handle) != ROTA_OK
                       ? 4
                       : 0;
}

int shared_main(const struct world *world)
{
        const struct rota_policy *policies[] = {&rota_policy_rr};
        const struct rota_config config = {.cpus = world->cpu,
                .cpu_count = world->cpus,
                .home_stacks = world->home_stacks,
                .slots = slots,
                .slot_count = TASKS,
                .policies = policies,
                .policy_count = 1,
                .memory = policy_memory,
                .memory_size = sizeof(policy_memory),
                .slice_ns = ROTA_MS,
                .resolution_ns = world->resolution_ns};
        size_t free = kernel_frames_free();

        int result = rota_init(&rota, &config) == ROTA_OK ? start() : 5;
        if (result == 0 && world_run(world, &rota, 0) != ROTA_OK)
                result = 6;
        if (result)
                return result;
        if (failed)
                kernel_print("not so: %s\n", failed);
        if (kernel_space_destroy(&space) != ROTA_OK || kernel_frames_free() != free)
                return 7;
        return failed ? 8 : 0;
}
