/* SPDX-License-Identifier: MIT */
/*
 * The self-test's clock, timer and masks. Clock and timer are measured against each other: two
 * deadlines, one eight times the other, tell a wrong rate (both miss in proportion) from a timer
 * that is early or late.
 */
#include "core/selftest.h"

#define NOW  "rota_port_now"
#define ARM  "rota_port_timer_arm"
#define LONG 8u

/* How long at most something that comes may take: generous, for machines that are emulated. */
static uint64_t patience(uint64_t ns)
{
        return 16 * ns + 500 * ROTA_MS;
}

/* Unmasks until the clock has moved on; returns false where it stands still. */
static bool clock_moves(void)
{
        uint64_t start = rota_port_now();
        bool moved = false;

        rota_port_irq_enable();
        for (uint32_t i = 0; i < SELFTEST_DEAD / 2 && !moved; i++) {
                rota_port_relax();
                moved = rota_port_now() != start;
        }
        rota_port_irq_save();
        return moved;
}

static bool test_now(struct rota_selftest *t)
{
        selftest_step(t, NOW);
        for (uint32_t i = 0; i < 4; i++) {
                if (!clock_moves())
                        return selftest_fail(t, NOW, "stands still");
        }
        uint64_t before = rota_port_now();
        for (uint32_t i = 0; i < 20000; i++) {
                uint64_t now = rota_port_now();
                if (now < before)
                        return selftest_fail(t, NOW, "runs backwards");
                before = now;
        }
        return selftest_still(t, NOW);
}

/* Arms, waits unmasked; returns ns until the interrupt, ROTA_NEVER where none came. */
static uint64_t fire(const struct rota_selftest *t, uint64_t ns)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);
        uint64_t start = rota_port_now();

        rota_port_timer_arm(start + ns);
        if (!selftest_comes(&me->stats.timer_irqs, before, patience(ns)))
                return ROTA_NEVER;
        return rota_port_now() - start;
}

/* The clock's time between two expiries that are `apart`: half to once and a half of it. */
static bool rate_right(uint64_t first, uint64_t second, uint64_t apart)
{
        return second > first && second - first > apart * 3 / 4 && second - first < apart * 3 / 2;
}

static bool blame_rate(struct rota_selftest *t, uint64_t first, uint64_t second, uint64_t ns)
{
        uint64_t apart = second > first ? second - first : 0;

        if (apart < first / 4 && first < ns)
                return selftest_fail(t, ARM, "comes at once, whatever it is armed for");
        if (apart * 3 / 4 < first * (LONG - 1) && apart * 3 / 2 > first * (LONG - 1))
                return selftest_fail(t, NOW,
                        apart < ns * (LONG - 1) ? "runs too slow, by the timer"
                                                : "runs too fast, by the timer");
        return selftest_fail(t, ARM, "does not come when it is due, by the clock");
}

static bool test_rate(struct rota_selftest *t)
{
        uint64_t ns = selftest_short(t);
        uint64_t first = ROTA_NEVER;
        uint64_t second = ROTA_NEVER;
        bool early = true;
        bool late = true;

        selftest_step(t, ARM);
        for (uint32_t i = 0; i < SELFTEST_TRIES; i++) {
                uint64_t one = fire(t, ns);
                uint64_t two = fire(t, LONG * ns);
                if (one == ROTA_NEVER && two == ROTA_NEVER)
                        return selftest_fail(
                                t, ARM, "armed, the interrupt never comes to rota_timer()");
                first = one < first ? one : first;
                second = two < second ? two : second;
                early = early && one + t->resolution_ns < ns;
                late = late && one > 4 * ns + 20 * ROTA_MS;
                if (rate_right(one, two, (LONG - 1) * ns) && !early && !late)
                        return selftest_still(t, ARM);
        }
        if (!rate_right(first, second, (LONG - 1) * ns))
                return blame_rate(t, first, second, ns);
        if (early)
                return selftest_fail(t, ARM, "comes before its deadline");
        return selftest_fail(t, ARM, "comes long after its deadline");
}

/* What an arming, a wait unmasked and the interrupts that came in it look like. */
struct script {
        const char *what; /* where it goes wrong */
        int64_t first;    /* armed for now + this, in short times; NEVER is 0 */
        int64_t then;     /* and at once for this; -1: not again */
        uint64_t wait;    /* short times */
        uint32_t least;   /* interrupts that must come */
        uint32_t most;    /* that may come */
        bool again;       /* the second arming is after the first has come */
};

static uint64_t when(const struct rota_selftest *t, int64_t units)
{
        if (units == 0)
                return ROTA_NEVER;
        return rota_port_now() + (uint64_t)units * selftest_short(t);
}

static bool goes(const struct rota_selftest *t, const struct script *s)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);

        rota_port_timer_arm(when(t, s->first));
        if (s->then >= 0)
                rota_port_timer_arm(when(t, s->then));
        rota_port_irq_enable();
        selftest_pause(t, s->wait * selftest_short(t));
        rota_port_irq_save();
        uint64_t came = selftest_timers(me) - before;
        rota_port_timer_arm(ROTA_NEVER);
        return came >= s->least && came <= s->most;
}

static bool test_arming(struct rota_selftest *t)
{
        static const struct script scripts[] = {
                {"armed once, it comes again and again", 1, -1, 6, 1, 1, false},
                {"armed again for earlier, it does not come earlier", 60, 1, 12, 1, 1, false},
                {"armed again for later, it comes at the first deadline", 1, 12, 4, 0, 0, false},
                {"armed again for later, it does not come", 1, 4, 16, 1, 1, false},
                {"armed for ROTA_NEVER, it comes", 1, 0, 6, 0, 0, false},
        };

        for (uint32_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
                bool good = false;
                for (uint32_t try = 0; try < SELFTEST_TRIES && !good; try++)
                        good = goes(t, &scripts[i]);
                if (!good)
                        return selftest_fail(t, ARM, scripts[i].what);
                if (!selftest_still(t, ARM))
                        return false;
        }
        return true;
}

static bool test_past(struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);

        selftest_step(t, ARM);
        rota_port_timer_arm(rota_port_now() - 1);
        if (!selftest_comes(&me->stats.timer_irqs, before, patience(ROTA_MS)))
                return selftest_fail(t, ARM, "armed for what is past, it does not come at once");
        return selftest_still(t, ARM);
}

/* Two ticks that come, by the clock; sets how many spins make one. Of the time they took, what the clock went
 * on by at once, between two looks, was not this CPU's: an emulator or a process that others keep from running
 * gets several ticks as one. A clock that ticks make is not looked at so. */
static bool two_ticks(struct rota_selftest *t)
{
        enum { LOOK = 16 }; /* spins */
        const struct rota_cpu *me = selftest_me(t);
        const uint64_t ticks = 2;
        const uint64_t gap = t->resolution_ns < t->tick_ns / 4 ? t->tick_ns / 2 : ROTA_NEVER;

        rota_port_irq_enable();
        uint64_t before = selftest_timers(me);
        while (selftest_timers(me) == before)
                rota_port_relax();
        before = selftest_timers(me);
        uint64_t start = rota_port_now();
        uint64_t looked = start;
        uint64_t lost = 0;
        uint64_t spins = 0;
        for (; selftest_timers(me) - before < ticks; spins++) {
                rota_port_relax();
                if (spins % LOOK)
                        continue;
                uint64_t now = rota_port_now();
                lost += now - looked > gap ? now - looked : 0;
                looked = now;
        }
        uint64_t end = rota_port_now();
        lost += end - looked > gap ? end - looked : 0;
        rota_port_irq_save();
        t->spins_per_tick = spins / ticks + 1;
        return end - start > ticks * t->tick_ns * 3 / 4 &&
               end - start - lost < ticks * t->tick_ns * 3 / 2;
}

static bool test_ticks(struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);

        selftest_step(t, "rota_timer");
        uint64_t before = selftest_timers(me);
        if (!selftest_comes(&me->stats.timer_irqs, before, patience(t->tick_ns)))
                return selftest_fail(t, "rota_timer", "the periodic tick never comes to it");
        for (uint32_t i = 0; i < SELFTEST_TRIES; i++) {
                if (two_ticks(t))
                        return true;
        }
        return selftest_fail(t, NOW, "and the tick disagree about how long tick_ns is");
}

/* An interrupt falls due while masked: it comes not before it is unmasked, and then it comes. */
static bool test_masking(struct rota_selftest *t, bool restore)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t ns = t->tick_ns ? t->tick_ns : selftest_short(t);

        rota_port_irq_enable();
        uintptr_t flags = rota_port_irq_save();
        uint64_t before = selftest_timers(me);
        rota_port_timer_arm(rota_port_now() + ns);
        selftest_pause(t, 3 * ns);
        if (selftest_timers(me) != before)
                return selftest_fail(
                        t, "rota_port_irq_save", "the timer's interrupt comes while masked");
        if (restore) {
                rota_port_irq_restore(flags);
                rota_port_irq_save();
                if (selftest_timers(me) == before &&
                        !selftest_comes(&me->stats.timer_irqs, before, patience(ns)))
                        return selftest_fail(t, "rota_port_irq_restore",
                                "an interrupt that came while masked is lost");
        } else if (!selftest_comes(&me->stats.timer_irqs, before, patience(ns))) {
                return selftest_fail(
                        t, "rota_port_irq_enable", "an interrupt that came while masked is lost");
        }
        return true;
}

bool selftest_time(struct rota_selftest *t)
{
        if (t->tick_ns) {
                if (!test_ticks(t) || !test_now(t))
                        return false;
        } else if (!test_now(t) || !test_rate(t) || !test_arming(t)) {
                return false;
        }
        selftest_step(t, "rota_port_irq_restore");
        return test_masking(t, true) && test_masking(t, false) && (t->tick_ns || test_past(t));
}
