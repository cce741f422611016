/* SPDX-License-Identifier: MIT */
/* fib(25) by futures, a task for each call: it spawns two and waits for both. */
#include "bench.h"

#include <rota/future.h>

static struct bench *row;

struct fib {
        struct rota_future_task task;
        struct rota_future future;
        struct fib *parent; /* NULL: the first */
        struct fib *next;   /* in its CPU's pool */
        struct rota_handle self;
        uint32_t n;
        uint32_t left;       /* children that have not ended (atomic) */
        intptr_t results[2]; /* theirs */
        bool second;         /* it is its parent's second child */
        bool begun;
};

#define POOLS 2u

static struct {
        struct fib *free;
        char apart[120];
} pools[POOLS];
static struct fib *fib_memory;
static uint32_t fib_used; /* of the memory, atomic */
static uint32_t fib_most;

static struct fib *fib_take(void)
{
        struct fib **pool = &pools[rota_cpu_index()].free;
        struct fib *fib = *pool;

        if (fib) {
                *pool = fib->next;
                return fib;
        }
        uint32_t index = __atomic_fetch_add(&fib_used, 1, __ATOMIC_RELAXED);
        return index < fib_most ? &fib_memory[index] : NULL;
}

static void fib_ended(struct rota_task *task, intptr_t code)
{
        struct fib *fib = (struct fib *)task;
        struct fib *parent = fib->parent;
        struct fib **pool = &pools[rota_cpu_index()].free;

        parent->results[fib->second] = code;
        fib->next = *pool;
        *pool = fib;
        struct rota_handle waiter = parent->self;
        /* Release: the result; partner: poll_fib. */
        if (__atomic_sub_fetch(&parent->left, 1, __ATOMIC_ACQ_REL) == 0)
                rota_wake(waiter);
}

static enum rota_poll poll_fib(struct rota_future *future, struct rota_poll_context *context)
{
        static const struct rota_task_options options = {.detached = true, .on_exit = fib_ended};
        struct fib *self = (struct fib *)((char *)future - offsetof(struct fib, future));

        if (!self->begun) {
                self->begun = true;
                future->value = self->n;
                if (self->n < 2)
                        return ROTA_POLL_READY;
                struct rota_future_task *tasks[2];
                struct rota_future *futures[2];
                self->self = context->waker;
                self->left = 2;
                for (uint32_t i = 0; i < 2; i++) {
                        struct fib *child = fib_take();
                        if (!child) {
                                row->failed = "no memory";
                                return ROTA_POLL_READY;
                        }
                        child->parent = self;
                        child->n = self->n - 1 - i;
                        child->second = i;
                        child->begun = false;
                        rota_future_init(&child->future, poll_fib, NULL);
                        tasks[i] = &child->task;
                        futures[i] = &child->future;
                }
                if (rota_spawn_many(tasks, futures, 2, &options, NULL) != 2)
                        row->failed = "no futures";
                return ROTA_POLL_PENDING;
        }
        if (__atomic_load_n(&self->left, __ATOMIC_ACQUIRE))
                return ROTA_POLL_PENDING;
        future->value = self->results[0] + self->results[1];
        return ROTA_POLL_READY;
}

void measure_fib(struct bench *bench)
{
        static struct fib root;
        uint32_t n = bench->few ? 8 : 25;
        uint64_t calls[2] = {1, 1};
        uint64_t values[2] = {0, 1};
        struct rota_handle handle;
        intptr_t value = 0;

        for (uint32_t i = 2; i <= n; i++) {
                uint64_t more = calls[0] + calls[1] + 1;
                uint64_t sum = values[0] + values[1];
                calls[0] = calls[1];
                calls[1] = more;
                values[0] = values[1];
                values[1] = sum;
        }
        bench->operations = calls[1];
        fib_most = bench->row->threads;
        fib_memory = bench_memory(bench, fib_most * sizeof(*fib_memory));
        if (!fib_memory)
                return;
        fib_used = 0;
        for (uint32_t i = 0; i < POOLS; i++)
                pools[i].free = NULL;
        row = bench;
        root = (struct fib){.n = n};
        rota_future_init(&root.future, poll_fib, NULL);
        bench_begin(bench);
        if (rota_spawn(&root.task, &root.future, NULL, &handle) != ROTA_OK ||
                rota_join(handle, rota_timeout_forever(), &value) != ROTA_OK)
                bench->failed = "the first future";
        bench_end(bench);
        if (!bench->failed && value != (intptr_t)values[1])
                bench->failed = "fib's value";
}
