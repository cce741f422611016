/* SPDX-License-Identifier: MIT */
/*
 * Victims; how much of a stack was used; and overflows where something may be locked. The names that end
 * in "-dies" are run one by one by the script `dies`: they end the world.
 */
#include "victim.h"

static void on_exit(struct rota_task *task, intptr_t code)
{
        struct victim *victim = (struct victim *)task;
        victim->code = code;
        victim->used = rota_stack_used(&victim->worker.thread.context);
        put(victim->ended, 1);
}

static intptr_t victim_main(void *argument)
{
        struct worker *worker = argument;
        return worker->entry(worker);
}

struct victim *victim_make(intptr_t (*entry)(struct worker *), bool gap, uint8_t flags)
{
        struct victim *victim = memory(sizeof(*victim));
        struct worker *worker = &victim->worker;

        victim->gap = gap;
        if (gap) {
                check(world_stack_map(ROOM, &victim->stack) == ROTA_OK);
                flags |= ROTA_STACK_GUARDED;
        } else {
                /* What it overflows into is the test's as well, and nobody's. */
                char *below = memory(3 * ROOM + PAGE);
                victim->stack = (struct rota_stack){below + 2 * ROOM + PAGE, ROOM};
        }
        worker->entry = entry;
        struct rota_thread_options options = {
                .task = {.name = "victim",
                        .params = run.setup->worker,
                        .stats = run.lean ? NULL : &worker->stats,
                        .on_exit = on_exit,
                        .stack = flags},
                .entry = victim_main,
                .argument = worker,
                .stack = victim->stack.memory,
                .stack_size = victim->stack.size,
        };
        check(rota_thread_create(&worker->thread, &options, &worker->handle) == ROTA_OK);
        worker->next = run.workers;
        run.workers = worker;
        return victim;
}

void victim_free(struct victim *victim, bool gap)
{
        if (gap)
                world_stack_unmap(&victim->stack);
}

/* ---- How much was used. ---- */

static intptr_t nothing(struct worker *self)
{
        (void)self;
        return 0;
}

static uint32_t use(volatile char *seen, uint32_t bytes)
{
        volatile char frame[256];

        frame[0] = frame[255] = *seen;
        return bytes > sizeof(frame)
                       ? use(frame, bytes - (uint32_t)sizeof(frame)) + (uint32_t)frame[0]
                       : (uint32_t)frame[255];
}

static intptr_t use_some(struct worker *self)
{
        volatile char zero = 0;
        int64_t before = rota_stack_used(&self->thread.context);

        check(before > 0 && before < (int64_t)ROOM / 2);
        use(&zero, self->number);
        int64_t after = rota_stack_used(&self->thread.context);
        check(after >= before && after >= (int64_t)self->number);
        rota_yield();
        return (intptr_t)after;
}

static void used(void)
{
        for (uint32_t gap = 0; gap < 2; gap++) {
                for (uint32_t bytes = 1024; bytes <= ROOM / 2; bytes += 1792) {
                        struct victim *victim = victim_make(use_some, gap, ROTA_STACK_FILLED);
                        victim->worker.number = bytes;
                        check(rota_start(victim->worker.handle) == ROTA_OK);
                        check(worker_end(&victim->worker) >= (intptr_t)bytes);
                        check(victim->used >= (int64_t)bytes);
                        check(victim->used < (int64_t)victim->stack.size);
                        /* Ended: it stays as its exit callback saw it. */
                        check(rota_stack_used(&victim->worker.thread.context) == victim->used);
                        victim_free(victim, gap);
                }
        }
        struct worker *plain = worker_make(nothing, NULL);
        check(rota_stack_used(&plain->thread.context) == ROTA_EINVAL);
        check(rota_stack_used(NULL) == ROTA_EINVAL);
        check(rota_drop(plain->handle) == ROTA_OK);
        check(get(run.rota->overflows) == 0);
}

/* ---- Where something may be locked it is the end of the world. ---- */

static intptr_t under_guard(struct worker *self)
{
        rota_guard_begin();
        *(volatile uint32_t *)(void *)(low_of(self) - (self->number ? sizeof(uint32_t) : 0)) = 1;
        rota_exit(1);
}

static intptr_t in_own_wait(struct worker *self)
{
        struct rota_wait wait;

        rota_wait_init(&wait);
        *(volatile uint32_t *)(void *)low_of(self) = 1;
        rota_wait_park(&wait, rota_timeout_forever());
        return 0;
}

static intptr_t held(struct worker *self)
{
        rota_cancel_hold(true);
        *(volatile uint32_t *)(void *)low_of(self) = 1;
        rota_park();
        return 0;
}

static void die(intptr_t (*entry)(struct worker *), bool gap, uint32_t number)
{
        struct victim *victim = victim_make(entry, gap, 0);

        victim->worker.number = number;
        check(rota_start(victim->worker.handle) == ROTA_OK);
        worker_end(&victim->worker);
        check(!"the world lived on");
}

static void guard_dies(void)
{
        die(under_guard, false, 0);
}

static void gap_guard_dies(void)
{
        die(under_guard, true, 1);
}

/* One that is preempted between its write and its wait is ended alone, as any: then another one. */
static void wait_dies(void)
{
        for (uint32_t lived = 0; lived < 64; lived++) {
                struct victim *victim = victim_make(in_own_wait, false, 0);
                check(rota_start(victim->worker.handle) == ROTA_OK);
                check(worker_end(&victim->worker) == ROTA_EXIT_OVERFLOW);
                victim_free(victim, false);
        }
        check(!"the world lived on");
}

static void hold_dies(void)
{
        die(held, false, 0);
}

static void home_dies(void)
{
        for (uint32_t i = 0; i < run.cpus; i++)
                *(volatile uint32_t *)run.world->home_stacks[i].memory = 1;
        for (;;)
                moment();
}

const struct scenario scenarios_stack[] = {
        {.name = "b9-stack-used", .run = used},
        {.name = "guard-dies", .run = guard_dies, .flags = ASKED | TRACED},
        {.name = "gap-held-dies", .run = gap_guard_dies, .flags = ASKED | TRACED},
        {.name = "wait-dies", .run = wait_dies, .flags = ASKED | TRACED},
        {.name = "hold-dies", .run = hold_dies, .flags = ASKED | TRACED},
        {.name = "home-dies", .run = home_dies, .flags = ASKED | TRACED},
        {.name = NULL},
};
