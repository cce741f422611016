/* SPDX-License-Identifier: MIT */
/* The floor under every figure: a bare switch, and the least that could be called a scheduler: an
 * intrusive FIFO without locks, states or interrupts. FLOOR_SWITCH and FLOOR_INIT are the ones that
 * this world's port uses. */
#include "bench.h"
#include "rota_arch.h"

#define STACK 16384u

struct fiber {
        struct rota_context context;
        struct fiber *next;
};

static struct fiber first;
static struct fiber second;
static struct fiber *head;
static struct fiber *tail;
static struct fiber *running;

static void bounce(void *argument)
{
        (void)argument;
        for (;;)
                FLOOR_SWITCH(&second.context, &first.context);
}

void floor_switch(struct bench *bench)
{
        second.context.stack = bench_memory(bench, STACK);
        second.context.stack_size = STACK;
        FLOOR_INIT(&second.context, bounce, NULL);
        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i += 2)
                FLOOR_SWITCH(&first.context, &second.context);
        bench->elapsed = rota_now() - begin;
}

static __attribute__((noinline)) void fifo_yield(void)
{
        struct fiber *me = running;
        struct fiber *next = head;
        me->next = NULL;
        tail->next = me;
        tail = me;
        head = next->next;
        running = next;
        FLOOR_SWITCH(&me->context, &next->context);
}

static void yielder(void *argument)
{
        (void)argument;
        for (;;)
                fifo_yield();
}

void floor_fifo(struct bench *bench)
{
        second.context.stack = bench_memory(bench, STACK);
        second.context.stack_size = STACK;
        FLOOR_INIT(&second.context, yielder, NULL);
        running = &first;
        head = tail = &second;
        second.next = NULL;
        uint64_t begin = rota_now();
        for (uint64_t i = 0; i < bench->operations; i += 2)
                fifo_yield();
        bench->elapsed = rota_now() - begin;
}
