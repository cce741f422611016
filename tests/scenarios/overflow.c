/* SPDX-License-Identifier: MIT */
/*
 * B9: a stack that overflows by a word, by a page, by more than its size is reported with the task's
 * name, the task is ended, the others live on. On plain memory, where the core finds out at the next
 * switch, and on stacks with unmapped memory below, where the world's fault handler does.
 *
 * The names that end in "-dies" are run one by one by the script `dies`: they end the world.
 */
#include "harness.h"

#define STACK ((size_t)16 << 10)
#define PAGE  4096u

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ROOM ((size_t)64 << 10)
#else
#define ROOM STACK
#endif

struct victim {
        struct worker worker;
        struct rota_stack stack;
        uint32_t ended; /* by its exit callback (atomic) */
        intptr_t code;  /* what that was told */
        int64_t used;   /* of its stack, as that saw it */
        struct worker *other;
        struct rota_timer timer;
};

static char said[256];   /* the latest report */
static uint32_t reports; /* (atomic) */

static void report(const char *text)
{
        size_t i = 0;
        for (; text[i] && i < sizeof(said) - 1; i++)
                said[i] = text[i];
        said[i] = '\0';
        add(reports, 1);
}

/* For overflows on several CPUs at once. */
static void count_report(const char *text)
{
        add(reports, text[0] == 's');
}

static bool says(const char *word)
{
        for (const char *at = said; *at; at++) {
                size_t n = 0;
                while (word[n] && at[n] == word[n])
                        n++;
                if (!word[n])
                        return true;
        }
        return false;
}

static void begin(void)
{
        put(reports, 0);
        said[0] = '\0';
        run.rota->report = report;
}

/* Somebody who lives on: counts, yields, sleeps now and then. */
static intptr_t live(struct worker *self)
{
        for (uint32_t i = 0; !get(self->flag); i++) {
                add(self->count, 1);
                if (i % 16)
                        rota_yield();
                else
                        rota_sleep_for(20 * ROTA_US);
        }
        return 7;
}

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

static struct victim *victim_make(intptr_t (*entry)(struct worker *), bool gap, uint8_t flags)
{
        struct victim *victim = memory(sizeof(*victim));
        struct worker *worker = &victim->worker;

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

static void victim_free(struct victim *victim, bool gap)
{
        if (gap)
                world_stack_unmap(&victim->stack);
}

static struct victim *self_victim(struct worker *self)
{
        return (struct victim *)self;
}

static char *low_of(struct worker *self)
{
        return self_victim(self)->stack.memory;
}

/* ---- Ways to overflow. ---- */

static volatile uint32_t never; /* 0, and no compiler knows */

/* The last word of a stack, or the first below it. */
static intptr_t by_a_word(struct worker *self)
{
        volatile uint32_t *word = (volatile uint32_t *)(void *)low_of(self);
        word[self->number ? -1 : 0] = 1;
        rota_yield();
        check(!"it went on");
        return 1;
}

/* Calls itself until it is a page below, and switches there. */
static uint32_t deeper(struct worker *self, uint32_t depth)
{
        volatile uint32_t here[32];

        here[0] = depth;
        here[31] = depth;
        if ((uintptr_t)__builtin_frame_address(0) + PAGE < (uintptr_t)low_of(self)) {
                rota_yield();
                check(!"it went on");
                return 1;
        }
        return deeper(self, depth + 1) + here[0] + here[31] + never;
}

static intptr_t by_a_page(struct worker *self)
{
        return (intptr_t)deeper(self, 0);
}

/* One frame that is larger than the stack, of which only the far end is used. */
__attribute__((noinline)) static uint32_t leap(void)
{
        volatile char frame[ROOM + 2 * PAGE];
        frame[never] = 1;
        rota_yield();
        check(!"it went on");
        return (uint32_t)frame[never];
}

static intptr_t by_more_than_the_stack(struct worker *self)
{
        (void)self;
        return (intptr_t)leap();
}

/* It returns from a frame below its stack and only then switches, or ends. */
static intptr_t and_back(struct worker *self)
{
        volatile uint32_t *word = (volatile uint32_t *)(void *)low_of(self);
        for (int i = 0; i < 64; i++)
                word[16 - i] = 1;
        return 3; /* finds out at its exit */
}

/* ---- The others live on. ---- */

static void overflow(intptr_t (*entry)(struct worker *), bool gap, uint32_t number)
{
        struct worker *others[3];
        uint32_t rounds = run.all ? 20 : 3;

        begin();
        for (uint32_t i = 0; i < 3; i++)
                others[i] = worker_start(live, NULL);
        for (uint32_t round = 0; round < rounds; round++) {
                struct victim *victim = victim_make(entry, gap, 0);
                victim->worker.number = number;
                check(rota_start(victim->worker.handle) == ROTA_OK);
                check(worker_end(&victim->worker) == ROTA_EXIT_OVERFLOW);
                check(get(victim->ended) && victim->code == ROTA_EXIT_OVERFLOW);
                check(get(reports) == round + 1 && get(run.rota->overflows) == round + 1);
                check(says("stack overflow") && says("\"victim\"") && says("ended"));
                check(says(gap                                       ? "unmapped memory"
                           : entry == by_a_word || entry == and_back ? "written over"
                                                                     : "stack overflow"));
                victim_free(victim, gap);
                for (uint32_t i = 0; i < 3; i++) {
                        uint32_t was = get(others[i]->count);
                        until(get(others[i]->count) > was + 3);
                }
        }
        for (uint32_t i = 0; i < 3; i++) {
                put(others[i]->flag, 1);
                check(worker_end(others[i]) == 7);
        }
}

static void word(void)
{
        overflow(by_a_word, false, 0);
}

static void page(void)
{
        overflow(by_a_page, false, 0);
}

static void more(void)
{
        overflow(by_more_than_the_stack, false, 0);
}

static void back(void)
{
        overflow(and_back, false, 0);
}

static void gap_word(void)
{
        overflow(by_a_word, true, 1);
}

static void gap_page(void)
{
        overflow(by_a_page, true, 0);
}

static void gap_more(void)
{
        overflow(by_more_than_the_stack, true, 0);
}

/* On every CPU at once, again and again. */
static void gap_many(void)
{
        struct victim *victims[8];

        begin();
        run.rota->report = count_report;
        for (uint32_t round = 0; round < (run.all ? 50 : 4); round++) {
                for (uint32_t i = 0; i < 8; i++) {
                        victims[i] = victim_make(i % 2 ? by_a_page : by_a_word, true, 0);
                        victims[i]->worker.number = 1;
                }
                for (uint32_t i = 0; i < 8; i++)
                        check(rota_start(victims[i]->worker.handle) == ROTA_OK);
                for (uint32_t i = 0; i < 8; i++) {
                        check(worker_end(&victims[i]->worker) == ROTA_EXIT_OVERFLOW);
                        victim_free(victims[i], true);
                }
        }
        check(get(run.rota->overflows) == (run.all ? 50u : 4u) * 8);
        check(get(reports) == get(run.rota->overflows));
}

/* ---- What the core has in that stack is taken out of it. ---- */

static intptr_t wait_for_flag(struct worker *self)
{
        while (!get(self->flag))
                rota_park();
        return 9;
}

static void nothing(void *argument)
{
        (void)argument;
        check(!"a timer in a dead stack has expired");
}

/* A timer and a begun wait in its frame; then it breaks its stack and parks or yields. */
static intptr_t leave_things_behind(struct worker *self)
{
        struct victim *victim = self_victim(self);
        struct rota_timer timers[3] = {0};
        struct rota_wait wait;

        for (uint32_t i = 0; i < 3; i++)
                rota_timer_arm(&timers[i], rota_now() + (3600 + i) * ROTA_S, nothing, NULL);
        rota_wait_init(&wait);
        check(rota_join_begin(victim->other->handle, &wait, true) == ROTA_EAGAIN);
        *(volatile uint32_t *)(void *)low_of(self) = 1;
        if (self->number == 0)
                rota_yield();
        else if (self->number == 1)
                rota_park();
        else if (self->number == 2)
                rota_sleep_for(3600 * ROTA_S);
        else
                rota_join(victim->other->handle, rota_timeout_after(3600 * ROTA_S), NULL);
        check(!"it went on");
        return 0;
}

static void waits(void)
{
        begin();
        for (uint32_t number = 0; number < 4; number++) {
                struct worker *other = worker_start(wait_for_flag, NULL);
                struct victim *victim = victim_make(leave_things_behind, false, 0);
                victim->other = other;
                victim->worker.number = number;
                until(parked(other->handle));
                check(rota_start(victim->worker.handle) == ROTA_OK);
                check(worker_end(&victim->worker) == ROTA_EXIT_OVERFLOW);
                for (size_t i = 0; i < victim->stack.size; i++)
                        ((volatile char *)victim->stack.memory)[i] = (char)0xee;
                put(other->flag, 1);
                rota_wake(other->handle);
                check(worker_end(other) == 9);
                moment();
        }
}

/* ---- How much was used. ---- */

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
        int64_t last = 0;

        begin();
        for (uint32_t gap = 0; gap < 2; gap++) {
                for (uint32_t bytes = 1024; bytes <= ROOM / 2; bytes += 1792) {
                        struct victim *victim = victim_make(use_some, gap, ROTA_STACK_FILLED);
                        victim->worker.number = bytes;
                        check(rota_start(victim->worker.handle) == ROTA_OK);
                        check(worker_end(&victim->worker) >= (intptr_t)bytes);
                        check(victim->used >= (int64_t)bytes);
                        check(victim->used < (int64_t)victim->stack.size);
                        check(bytes == 1024 || victim->used >= last);
                        last = victim->used;
                        check(rota_stack_used(&victim->worker.thread.context) == last);
                        victim_free(victim, gap);
                }
        }
        struct worker *plain = worker_make(wait_for_flag, NULL);
        check(rota_stack_used(&plain->thread.context) == ROTA_EINVAL);
        check(rota_stack_used(NULL) == ROTA_EINVAL);
        check(rota_drop(plain->handle) == ROTA_OK);
        check(get(reports) == 0);
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

        begin();
        victim->worker.number = number;
        check(rota_start(victim->worker.handle) == ROTA_OK);
        worker_end(&victim->worker);
        check(!"it lived on");
}

static void guard_dies(void)
{
        die(under_guard, false, 0);
}

static void gap_guard_dies(void)
{
        die(under_guard, true, 1);
}

static void wait_dies(void)
{
        die(in_own_wait, false, 0);
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

const struct scenario scenarios_overflow[] = {
        {.name = "b9-overflow-word", .run = word},
        {.name = "b9-overflow-page", .run = page},
        {.name = "b9-overflow-more", .run = more},
        {.name = "b9-overflow-and-back", .run = back},
        {.name = "b9-overflow-waits", .run = waits},
        {.name = "b9-gap-word", .run = gap_word},
        {.name = "b9-gap-page", .run = gap_page},
        {.name = "b9-gap-more", .run = gap_more},
        {.name = "b9-gap-many", .run = gap_many},
        {.name = "b9-stack-used", .run = used},
        {.name = "guard-dies", .run = guard_dies, .flags = ASKED | TRACED},
        {.name = "gap-held-dies", .run = gap_guard_dies, .flags = ASKED | TRACED},
        {.name = "wait-dies", .run = wait_dies, .flags = ASKED | TRACED},
        {.name = "hold-dies", .run = hold_dies, .flags = ASKED | TRACED},
        {.name = "home-dies", .run = home_dies, .flags = ASKED | TRACED},
        {.name = NULL},
};
