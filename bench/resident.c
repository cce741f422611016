/* SPDX-License-Identifier: MIT */
/* What a thread that is parked keeps in memory: pages that the kernel says are there. */
#define _GNU_SOURCE
#include "bench.h"

#include <sys/mman.h>

#define THREADS ((size_t)10000)
#define STACK   ((size_t)16384)
#define APART   (2 * STACK) /* with a gap below, mapped or not */

static char *stacks;
static size_t pages;
static uint8_t flags; /* of the stacks */

static intptr_t parked(void *argument)
{
        (void)argument;
        while (!rota_cancelled())
                rota_park();
        return 0;
}

static size_t count_pages(const char *memory, size_t bytes)
{
        static unsigned char there[THREADS * APART / 4096];
        size_t n = 0;
        if (mincore((void *)(uintptr_t)memory, bytes, there))
                return 0;
        for (size_t i = 0; i < bytes / 4096; i++)
                n += there[i] & 1;
        return n;
}

/* Stacks of 16 KiB, never touched before, with the control block at the upper end. */
static void park_many(struct bench *bench)
{
        struct rota_handle *handles = bench_memory(bench, THREADS * sizeof(*handles));
        size_t room = (sizeof(struct rota_thread) + 63) / 64 * 64;

        for (size_t i = 0; i < THREADS && !bench->failed; i++) {
                char *stack = stacks + i * APART + STACK;
                struct rota_thread_options options = {.entry = parked,
                        .stack = stack,
                        .stack_size = STACK - room,
                        .task.stack = flags};
                if (rota_thread_create((void *)(stack + STACK - room), &options, &handles[i]) ||
                        rota_start(handles[i]))
                        bench->failed = "no thread";
        }
        rota_yield();
        for (size_t i = 0; i < THREADS && !bench->failed; i++)
                if (rota_state(handles[i]) != ROTA_TASK_PARKED)
                        bench->failed = "a thread is not parked";
        pages = count_pages(stacks, THREADS * APART);
        for (size_t i = 0; i < THREADS && !bench->failed; i++) {
                rota_cancel(handles[i]);
                bench_join(bench, handles[i]);
        }
}

/* Half of the memory is below the stacks. */
static bool measure(struct bench *bench, struct bench_fact *fact, bool gaps)
{
        static const struct bench_row row = {.name = "resident",
                .policy = &rota_policy_fifo,
                .body = park_many,
                .threads = THREADS};

        fact->unit = "KiB";
        stacks = mmap(NULL, THREADS * APART, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (stacks == MAP_FAILED)
                return false;
        /* The kernel would give many pages at once. */
        madvise(stacks, THREADS * APART, MADV_NOHUGEPAGE);
        flags = gaps ? ROTA_STACK_GUARDED : 0;
        bool done = true;
        for (size_t i = 0; i < THREADS && gaps && done; i++)
                done = mprotect(stacks + i * APART, STACK, PROT_NONE) == 0;
        bench->row = &row;
        if (done)
                bench_in_instance(bench);
        munmap(stacks, THREADS * APART);
        fact->value = (pages * 4096 / THREADS + sizeof(struct rota_slot)) * 100 / 1024;
        return done && !bench->failed && pages >= THREADS;
}

bool fact_resident(struct bench *bench, struct bench_fact *fact)
{
        fact->name = "resident memory of an idle thread: stack, control block, slot";
        fact->target = "4.2 KiB";
        return measure(bench, fact, true);
}

bool fact_resident_marked(struct bench *bench, struct bench_fact *fact)
{
        fact->name = "the same, the stack's low end marked for want of a gap below";
        return measure(bench, fact, false);
}
