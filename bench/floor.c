/* SPDX-License-Identifier: MIT */
/*
 * The floors under the figures: an atomic operation, a clock read, a bare switch, and the least that
 * could be called a scheduler: an intrusive FIFO without locks, states or interrupts. FLOOR_SWITCH and
 * FLOOR_INIT are the ones that this world's port uses.
 */
#include "bench.h"
#include "rota_arch.h"

struct fiber {
        struct rota_context context;
        struct fiber *next;
        uint64_t run_ns;
        bool ready;
};

static struct fiber first;
static struct fiber *head;
static struct fiber *tail;
static struct fiber *running;
static bool timed;
static uint64_t turn_start;

static struct fiber *make(struct bench *bench, void (*entry)(void *), void *argument)
{
        char *low;
        size_t size;
        struct fiber *fiber = bench_stack(bench, sizeof(struct fiber), &low, &size);
        if (!fiber)
                return NULL;
        fiber->run_ns = 0;
        fiber->ready = false;
        fiber->context.stack = low;
        fiber->context.stack_size = size;
        FLOOR_INIT(&fiber->context, entry, argument);
        return fiber;
}

void floor_atomic(struct bench *bench)
{
        static uintptr_t word;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++)
                __atomic_exchange_n(&word, i, __ATOMIC_ACQUIRE);
        bench_end(bench);
}

void floor_clock(struct bench *bench)
{
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++)
                (void)rota_now();
        bench_end(bench);
}

static void bounce(void *other)
{
        for (;;)
                FLOOR_SWITCH(&((struct fiber *)other)->context, &first.context);
}

static void bounce_for(struct bench *bench, uint64_t times)
{
        struct fiber *second = make(bench, bounce, NULL);
        if (!second)
                return;
        FLOOR_INIT(&second->context, bounce, second);
        FLOOR_SWITCH(&first.context, &second->context);
        bench_begin(bench);
        for (uint64_t i = 0; i < times; i++)
                FLOOR_SWITCH(&first.context, &second->context);
        bench_end(bench);
}

void floor_switch(struct bench *bench)
{
        bounce_for(bench, bench->operations / 2);
}

/* There and back. */
void floor_hand_over(struct bench *bench)
{
        bounce_for(bench, bench->operations);
}

static void append(struct fiber *fiber)
{
        fiber->next = NULL;
        if (head)
                tail->next = fiber;
        else
                head = fiber;
        tail = fiber;
}

static void leave(struct fiber *me)
{
        struct fiber *next = head;
        head = next->next;
        running = next;
        FLOOR_SWITCH(&me->context, &next->context);
}

static __attribute__((noinline)) void fifo_yield(void)
{
        struct fiber *me = running;
        if (timed) {
                uint64_t now = rota_now();
                me->run_ns += now - turn_start;
                turn_start = now;
        }
        append(me);
        leave(me);
}

static uint64_t to_go;

static void yielder(void *argument)
{
        struct bench *bench = argument;
        for (;;) {
                fifo_yield();
                if (bench && to_go && --to_go == 0)
                        bench_end(bench);
        }
}

void floor_fifo(struct bench *bench)
{
        uint32_t threads = bench->row->threads;
        bool counted = bench->operations < threads;

        head = NULL;
        running = &first;
        timed = bench->row->exact;
        turn_start = rota_now();
        to_go = 0;
        for (uint32_t i = 1; i < threads; i++) {
                struct fiber *fiber = make(bench, yielder, counted ? bench : NULL);
                if (!fiber)
                        return;
                append(fiber);
        }
        fifo_yield();
        if (counted) {
                to_go = bench->operations;
                bench_begin(bench);
                fifo_yield();
                return;
        }
        bench->operations = bench->operations / threads * threads;
        uint64_t times = bench->operations / threads;
        bench_begin(bench);
        for (uint64_t i = 0; i < times; i++)
                fifo_yield();
        bench_end(bench);
}

static bool ended;

static void end_at_once(void *argument)
{
        static struct fiber nobody; /* what is saved is of no more use */
        (void)argument;
        ended = true;
        leave(&nobody);
}

/* A stack that is used again, a place in the FIFO, there and back. */
void floor_create(struct bench *bench)
{
        struct fiber *second = make(bench, end_at_once, NULL);
        if (!second)
                return;
        head = NULL;
        running = &first;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                FLOOR_INIT(&second->context, end_at_once, NULL);
                ended = false;
                append(second);
                while (!ended) {
                        append(&first);
                        leave(&first);
                }
        }
        bench_end(bench);
}

static __attribute__((noinline)) void fifo_wake(struct fiber *fiber)
{
        if (!fiber->ready) {
                fiber->ready = true;
                append(fiber);
        }
}

static __attribute__((noinline)) void fifo_park(void)
{
        struct fiber *me = running;
        me->ready = false;
        leave(me);
}

static void answer(void *argument)
{
        (void)argument;
        for (;;) {
                fifo_wake(&first);
                fifo_park();
        }
}

void floor_wake_park(struct bench *bench)
{
        struct fiber *second = make(bench, answer, NULL);
        if (!second)
                return;
        head = NULL;
        running = &first;
        first.ready = true;
        bench_begin(bench);
        for (uint64_t i = 0; i < bench->operations; i++) {
                fifo_wake(second);
                fifo_park();
        }
        bench_end(bench);
}
