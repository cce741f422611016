/* SPDX-License-Identifier: MIT */
/*
 * User mode: programs of two instructions, a system call and a jump back to it (machine/<isa>/program.S),
 * each in an address space. What serves the calls counts them, and brackets what is measured: all between
 * the first of them and the last, user mode's own two instructions too.
 */
#include <rota/user.h>

#include "bench.h"

#include "space.h"

#define CODE  ((uintptr_t)KERNEL_USER_START)
#define STACK ((uintptr_t)KERNEL_USER_START + 0x100000)
#define BEGUN 8u /* calls before the first that is measured: each program has begun */

extern const char bench_program[], bench_program_end[];

/* A user task. */
struct caller {
        struct rota_user user; /* first */
        struct bench *bench;
        struct rota_handle handle;
        enum rota_serve answer;
        uint64_t calls;
};

static struct kernel_space spaces[2];
static struct caller callers[2];
static uint64_t calls; /* by all */

static void space_make(struct bench *bench, struct kernel_space *space)
{
        static const struct kernel_space none;
        size_t size = (size_t)(bench_program_end - bench_program);

        *space = none;
        if (kernel_space_create(space, 64) != ROTA_OK ||
                kernel_space_map(space, CODE, KERNEL_PAGE_SIZE, KERNEL_READ | KERNEL_WRITE) !=
                        ROTA_OK ||
                kernel_space_map(space, STACK, KERNEL_PAGE_SIZE, KERNEL_READ | KERNEL_WRITE) !=
                        ROTA_OK ||
                kernel_copy_to_user(space, CODE, bench_program, size) != ROTA_OK ||
                kernel_space_protect(space, CODE, KERNEL_PAGE_SIZE, KERNEL_READ | KERNEL_EXECUTE) !=
                        ROTA_OK)
                bench->failed = "no address space";
}

static void space_end(struct bench *bench, struct kernel_space *space)
{
        if (kernel_space_destroy(space) != ROTA_OK)
                bench->failed = "an address space is still in use";
}

/* One more call: whether there are to be others. */
static bool goes_on(struct bench *bench)
{
        uint64_t n = calls++;

        if (n == BEGUN)
                bench_begin(bench);
        if (n == BEGUN + bench->operations)
                bench_end(bench);
        return n < BEGUN + bench->operations;
}

static enum rota_serve serve(struct rota_user *user, const struct rota_trap *trap)
{
        struct caller *caller = (struct caller *)user;

        if (trap->reason != ROTA_TRAP_SYSCALL) {
                caller->bench->failed = "a program did something else than call";
                return ROTA_SERVE_END;
        }
        caller->calls++;
        user->value = 0;
        return goes_on(caller->bench) ? caller->answer : ROTA_SERVE_END;
}

static void caller_make(struct bench *bench, struct caller *caller, struct kernel_space *space,
        enum rota_serve answer)
{
        static const struct caller none;
        const struct rota_user_options options = {
                .task.params.flags = bench->row->flags,
                .task.space = space,
                .serve = serve,
                .pc = CODE,
                .sp = STACK + KERNEL_PAGE_SIZE - 64,
        };

        *caller = none;
        caller->bench = bench;
        caller->answer = answer;
        if (rota_user_create(&caller->user, &options, &caller->handle) != ROTA_OK ||
                rota_start(caller->handle) != ROTA_OK)
                bench->failed = "no user task";
}

void measure_user_call(struct bench *bench)
{
        calls = 0;
        space_make(bench, &spaces[0]);
        if (!bench->failed)
                caller_make(bench, &callers[0], &spaces[0], ROTA_SERVE_RESUME);
        if (bench->failed)
                return;
        bench_join(bench, callers[0].handle);
        space_end(bench, &spaces[0]);
}

/* Two user tasks that yield to each other, in so many spaces. */
static void yield_in(struct bench *bench, uint32_t count)
{
        calls = 0;
        for (uint32_t i = 0; i < count; i++)
                space_make(bench, &spaces[i]);
        for (uint32_t i = 0; i < 2 && !bench->failed; i++)
                caller_make(bench, &callers[i], &spaces[i % count], ROTA_SERVE_YIELD);
        if (bench->failed)
                return;
        for (uint32_t i = 0; i < 2; i++)
                bench_join(bench, callers[i].handle);
        uint64_t first = callers[0].calls;
        uint64_t second = callers[1].calls;
        if (first > second + 1 || second > first + 1)
                bench->failed = "they did not take turns";
        for (uint32_t i = 0; i < count; i++)
                space_end(bench, &spaces[i]);
}

void measure_user_yield_one_space(struct bench *bench)
{
        yield_in(bench, 1);
}

void measure_user_yield(struct bench *bench)
{
        yield_in(bench, 2);
}

static intptr_t execute(void *argument)
{
        struct bench *bench = argument;
        struct rota_user_context *context = &callers[0].user.context;

        do {
                if (rota_user_execute(context, 0) != ROTA_TRAP_SYSCALL) {
                        bench->failed = "a program did something else than call";
                        break;
                }
        } while (goes_on(bench));
        return 0;
}

/* A thread that enters user mode by itself, on its own stack. */
void measure_thread_call(struct bench *bench)
{
        struct rota_handle handle;
        struct rota_thread_options options = {
                .task.params.flags = bench->row->flags,
                .task.space = &spaces[0],
                .entry = execute,
                .argument = bench,
        };
        char *low;
        struct rota_thread *thread = bench_stack(bench, sizeof(*thread), &low, &options.stack_size);

        calls = 0;
        space_make(bench, &spaces[0]);
        if (bench->failed)
                return;
        options.stack = low;
        rota_user_context_init(
                &callers[0].user.context, CODE, STACK + KERNEL_PAGE_SIZE - 64, 0, NULL);
        if (rota_thread_create(thread, &options, &handle) != ROTA_OK ||
                rota_start(handle) != ROTA_OK) {
                bench->failed = "no thread";
                return;
        }
        bench_join(bench, handle);
        space_end(bench, &spaces[0]);
}
