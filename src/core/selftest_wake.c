/* SPDX-License-Identifier: MIT */
/* The self-test's kick of this CPU itself, and its halt: what is pending ends it, nothing is slept
 * over. */
#include "core/selftest.h"

#define KICK "rota_port_kick"
#define IDLE "rota_port_idle"

static bool test_kick(struct rota_selftest *t)
{
        struct rota_cpu *me = selftest_me(t);

        selftest_step(t, KICK);
        for (uint32_t i = 0; i < 3; i++) {
                uint64_t before = selftest_kicks(me);
                rota_port_kick(me);
                if (!selftest_still(t, KICK))
                        return false;
                if (selftest_kicks(me) != before)
                        return selftest_fail(t, KICK, "comes to this CPU while masked");
                if (!selftest_comes(&me->stats.kicks, before, 500 * ROTA_MS))
                        return selftest_fail(t, KICK,
                                i ? "sent to this CPU a second time, it never comes to "
                                    "rota_kicked()"
                                  : "sent to this CPU, it never comes to rota_kicked()");
        }
        return true;
}

/* Halts until an interrupt of the timer has been taken. */
static bool test_timer_ends_halt(struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);
        uint64_t deadline = rota_port_now() + selftest_short(t);

        rota_port_timer_arm(deadline);
        for (uint32_t i = 0; selftest_timers(me) == before; i++) {
                if (i == SELFTEST_SPINS / 100)
                        return selftest_fail(
                                t, IDLE, "returns and returns, and takes no interrupt");
                rota_port_idle(deadline);
                if (!selftest_still(t, IDLE))
                        return false;
        }
        return true;
}

/* A kick that came before the halt ends it, and not the timer that is there in case it does not. */
static bool kick_ends_halt(struct rota_selftest *t)
{
        struct rota_cpu *me = selftest_me(t);
        uint64_t timers = selftest_timers(me);
        uint64_t kicks = selftest_kicks(me);
        uint64_t deadline = rota_port_now() + 50 * selftest_short(t);

        rota_port_timer_arm(deadline);
        rota_port_kick(me);
        rota_port_idle(deadline);
        return selftest_timers(me) == timers && selftest_kicks(me) != kicks;
}

/* With a tick: it ends the halt, but at once means that it has not been waited for. */
static bool test_pending_kick(struct rota_selftest *t)
{
        for (uint32_t i = 0; i < SELFTEST_TRIES; i++) {
                if (kick_ends_halt(t)) {
                        rota_port_timer_arm(ROTA_NEVER);
                        return selftest_still(t, IDLE);
                }
        }
        return selftest_fail(t, IDLE, "sleeps over a kick that came before it");
}

/* The timer has fallen due before the halt; where that is slept over only silence says so. */
static bool test_pending_timer(struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);
        uint64_t deadline = rota_port_now() + selftest_short(t) / 4;

        rota_port_timer_arm(deadline);
        selftest_pause(t, t->tick_ns ? 2 * t->tick_ns : 2 * selftest_short(t));
        while (selftest_timers(me) == before)
                rota_port_idle(deadline);
        return selftest_still(t, IDLE);
}

bool selftest_wake(struct rota_selftest *t)
{
        if (selftest_has_kicks(t) && !test_kick(t))
                return false;
        selftest_step(t, IDLE);
        if (!test_timer_ends_halt(t))
                return false;
        if (selftest_has_kicks(t) && !test_pending_kick(t))
                return false;
        return test_pending_timer(t);
}
