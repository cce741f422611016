/* SPDX-License-Identifier: MIT */
/*
 * B9: a stack that overflows by a word, by a page, by more than its size is reported with the task's
 * name, the task is ended, the others live on. On plain memory, where the core finds out at the next
 * switch, and on stacks with unmapped memory below, where the world's fault handler does.
 */
#include "victim.h"

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

static struct victim *self_victim(struct worker *self)
{
        return (struct victim *)self;
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

/* What an interrupt may take: one that comes where less is left, and runs into the gap with a queue locked, is
 * the end of the world and not only of the victim (docs/PORTING.md). */
#define INTERRUPT_ROOM 4096u

/* A page below the stack by one frame, so that hardly an instruction is where an interrupt has no room. */
__attribute__((noinline)) static uint32_t the_rest(struct worker *self)
{
        volatile char frame[INTERRUPT_ROOM + PAGE];

        frame[never] = 1;
        rota_yield();
        check(!"it went on");
        return (uint32_t)frame[never] + (uint32_t)(self->number);
}

/* Calls itself until it is a page below, and switches there. */
static uint32_t deeper(struct worker *self, uint32_t depth)
{
        volatile uint32_t here[32];

        here[0] = depth;
        here[31] = depth;
        if (((struct victim *)self)->gap &&
                (uintptr_t)__builtin_frame_address(0) < (uintptr_t)low_of(self) + INTERRUPT_ROOM)
                return the_rest(self); /* in one step */
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
        {.name = NULL},
};
