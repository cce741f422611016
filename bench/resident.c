/* SPDX-License-Identifier: MIT */
/* What a thread that is parked keeps in memory: pages that the kernel says are there. */
#define _GNU_SOURCE
#include "bench.h"

#include <sys/mman.h>

#define THREADS ((size_t)10000)
#define STACK   ((size_t)16384)

static char *stacks;
static size_t pages;

static intptr_t parked(void *argument)
{
        (void)argument;
        while (!rota_cancelled())
                rota_park();
        return 0;
}

static size_t count_pages(const char *memory, size_t bytes)
{
        static unsigned char there[THREADS * STACK / 4096];
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
                char *stack = stacks + i * STACK;
                struct rota_thread_options options = {
                        .entry = parked, .stack = stack, .stack_size = STACK - room};
                if (rota_thread_create((void *)(stack + STACK - room), &options, &handles[i]) ||
                        rota_start(handles[i]))
                        bench->failed = "no thread";
        }
        rota_yield();
        for (size_t i = 0; i < THREADS && !bench->failed; i++)
                if (rota_state(handles[i]) != ROTA_TASK_PARKED)
                        bench->failed = "a thread is not parked";
        pages = count_pages(stacks, THREADS * STACK);
        for (size_t i = 0; i < THREADS && !bench->failed; i++) {
                rota_cancel(handles[i]);
                bench_join(bench, handles[i]);
        }
}

bool fact_resident(struct bench *bench, struct bench_fact *fact)
{
        static const struct bench_row row = {.name = "resident",
                .policy = &rota_policy_fifo,
                .body = park_many,
                .threads = THREADS};
        fact->name = "resident memory of an idle thread: stack, control block, slot";
        fact->unit = "KiB";
        fact->target = "4.2 KiB";
        stacks = mmap(NULL, THREADS * STACK, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (stacks == MAP_FAILED)
                return false;
        /* The kernel would give many pages at once. */
        madvise(stacks, THREADS * STACK, MADV_NOHUGEPAGE);
        bench->row = &row;
        bench_in_instance(bench);
        munmap(stacks, THREADS * STACK);
        fact->value = (pages * 4096 / THREADS + sizeof(struct rota_slot)) * 100 / 1024;
        return !bench->failed && pages >= THREADS;
}
