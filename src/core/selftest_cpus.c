/* SPDX-License-Identifier: MIT */
/*
 * The self-test's other CPUs: what takes two of them. The one that leads gives orders, one at a
 * time, the one addressed does them and answers.
 */
#include "core/selftest.h"

#define CPU    "rota_port_cpu"
#define KICK   "rota_port_kick"
#define CLOCKS 50u

enum order { IDENTIFY, TELL_TIME, SAVE_FLAGS, SPIN, HALT, KICK_BACK, RESUME };
#define ORDER_KIND       255u
#define ORDER_CPU(order) ((order) >> 8 & 0xfffu)

/* ---- Who is led. ---- */

static void other_fails(struct rota_selftest *t, const char *function, const char *what)
{
        t->other_function = function;
        t->other_what = what;
}

/* Unmasked until a kick comes; says whether one did. */
static void wait_for_kick(struct rota_selftest *t, struct rota_cpu *me)
{
        uint64_t before = selftest_kicks(me);

        rota_atomic_store_release(&t->state, 1u); /* partner: ready */
        t->value = selftest_comes(&me->stats.kicks, before, 500 * ROTA_MS);
}

/* Halts until a kick comes; says whether it did, and not the timer that is there in case it does
 * not. A tick may come first. */
static void halt_for_kick(struct rota_selftest *t, struct rota_cpu *me)
{
        uint64_t kicks = selftest_kicks(me);
        uint64_t timers = selftest_timers(me);
        uint64_t deadline = rota_port_now() + 50 * selftest_short(t);

        rota_port_timer_arm(deadline);
        rota_atomic_store_release(&t->state, 1u); /* partner: ready */
        if (t->tick_ns) {
                while (selftest_kicks(me) == kicks && selftest_timers(me) - timers < 50)
                        rota_port_idle(deadline);
                t->value = selftest_kicks(me) != kicks;
        } else {
                rota_port_idle(deadline);
                t->value = selftest_kicks(me) != kicks && selftest_timers(me) == timers;
                rota_port_timer_arm(ROTA_NEVER);
        }
}

static void obey(struct rota_selftest *t, uint32_t cpu, enum order order)
{
        struct rota_cpu *me = t->cpus[cpu];

        switch (order) {
        case IDENTIFY:
                if (rota_port_cpu() != me)
                        other_fails(t, CPU, "answers another CPU's structure");
                break;
        case TELL_TIME:
                t->value = rota_port_now();
                break;
        case SAVE_FLAGS:
                rota_port_irq_enable();
                t->value = rota_port_irq_save();
                break;
        case SPIN:
                wait_for_kick(t, me);
                break;
        case HALT:
                halt_for_kick(t, me);
                break;
        case KICK_BACK:
                rota_port_kick(t->cpus[t->self]);
                break;
        case RESUME:
                selftest_visit(t, &me->boot);
                break;
        }
        if (!selftest_masked())
                other_fails(t, "rota_port_irq_save", "does not mask on another CPU");
}

int rota_port_selftest_other(struct rota_selftest *test, uint32_t cpu)
{
        uint32_t done = 0;

        if (!test || !test->cpus || cpu >= test->cpu_count)
                return ROTA_EINVAL;
        for (;;) {
                /* Acquire: the order's particulars; partner: the release in tell and at the end. */
                uint32_t order = rota_atomic_load_acquire(&test->order);
                if (order == UINT32_MAX)
                        return ROTA_OK;
                if (order != done && ORDER_CPU(order) == cpu) {
                        obey(test, cpu, (enum order)(order & ORDER_KIND));
                        done = order;
                        /* Release: what was found; partner: the acquire in answered. */
                        rota_atomic_store_release(&test->answer, order);
                }
                rota_port_relax();
        }
}

/* ---- Who leads. ---- */

static void tell(struct rota_selftest *t, uint32_t cpu, enum order order)
{
        rota_atomic_store(&t->state, 0u);
        /* Who is meant is in the same word: one who has not looked since the last order would take that
         * for its own. Release: the test itself; partner: the acquire in rota_port_selftest_other. */
        rota_atomic_store_release(&t->order, ++t->orders << 20 | cpu << 8 | order);
}

static bool spins_until(const uint32_t *word, uint32_t value)
{
        uint64_t start = rota_port_now();

        for (uint32_t i = 0; rota_atomic_load_acquire(word) != value; i++) {
                if (i >= SELFTEST_SPINS && rota_port_now() - start > 5 * ROTA_S)
                        return false;
                rota_port_relax();
        }
        return true;
}

static bool answered(struct rota_selftest *t, uint32_t cpu)
{
        if (!spins_until(&t->answer, rota_atomic_load(&t->order))) {
                if (!t->function) {
                        t->what = "a CPU does not answer";
                        t->cpu = cpu;
                }
                return false;
        }
        if (!t->other_function)
                return true;
        selftest_fail(t, t->other_function, t->other_what);
        t->cpu = cpu;
        return false;
}

/* The other is about to wait. */
static bool ready(struct rota_selftest *t, uint32_t cpu)
{
        return spins_until(&t->state, 1) || answered(t, cpu);
}

static bool does(struct rota_selftest *t, uint32_t cpu, enum order order)
{
        tell(t, cpu, order);
        return answered(t, cpu);
}

static bool test_clocks(struct rota_selftest *t, uint32_t cpu)
{
        selftest_step(t, "rota_port_now");
        for (uint32_t i = 0; i < CLOCKS; i++) {
                uint64_t before = rota_port_now();
                if (!does(t, cpu, TELL_TIME))
                        return false;
                if (t->value + t->resolution_ns < before ||
                        rota_port_now() + t->resolution_ns < t->value)
                        return selftest_fail(
                                t, "rota_port_now", "runs backwards from one CPU to another");
        }
        return true;
}

/* All state is in the word: a task may take it to another CPU. */
static bool test_flags(struct rota_selftest *t, uint32_t cpu)
{
        selftest_step(t, "rota_port_irq_restore");
        if (!does(t, cpu, SAVE_FLAGS))
                return false;
        rota_port_irq_save(); /* once more than the word that is restored */
        rota_port_irq_restore((uintptr_t)t->value);
        if (rota_port_irq_enabled(rota_port_irq_save()))
                return true;
        return selftest_fail(t, "rota_port_irq_restore",
                "leaves masked, where another CPU saved its flags unmasked");
}

/* Kicks the other one, which spins or halts. */
static bool kick_comes(struct rota_selftest *t, uint32_t cpu, enum order order, uint32_t try)
{
        tell(t, cpu, order);
        if (!ready(t, cpu))
                return false;
        if (try % 2)
                selftest_pause(t, selftest_short(t) / 8); /* it has halted by now */
        rota_port_kick(t->cpus[cpu]);
        return answered(t, cpu) && t->value;
}

static bool test_kick(struct rota_selftest *t, uint32_t cpu, enum order order, const char *what)
{
        selftest_step(t, KICK);
        uint32_t came = 0;
        for (uint32_t i = 0; i < SELFTEST_TRIES / 4 && came < 4; i++) {
                came += kick_comes(t, cpu, order, i);
                if (t->function || t->what)
                        return false;
        }
        if (came < 4)
                return selftest_fail(t, KICK, what);
        return selftest_still(t, KICK);
}

/* This CPU halts and is kicked by the other one, before or after. */
static bool test_kick_back(struct rota_selftest *t, uint32_t cpu)
{
        struct rota_cpu *me = selftest_me(t);

        selftest_step(t, "rota_port_idle");
        for (uint32_t i = 0; i < SELFTEST_TRIES; i++) {
                uint64_t kicks = selftest_kicks(me);
                uint64_t timers = selftest_timers(me);
                uint64_t deadline = rota_port_now() + 50 * selftest_short(t);
                rota_port_timer_arm(deadline);
                tell(t, cpu, KICK_BACK);
                do {
                        rota_port_idle(deadline);
                } while (t->tick_ns && selftest_kicks(me) == kicks &&
                         selftest_timers(me) - timers < 50);
                bool kicked = selftest_kicks(me) != kicks;
                bool slept = selftest_timers(me) != timers && !t->tick_ns;
                rota_port_timer_arm(ROTA_NEVER);
                if (!answered(t, cpu))
                        return false;
                if (kicked && !slept)
                        return selftest_still(t, "rota_port_idle");
        }
        return selftest_fail(t, "rota_port_idle", "sleeps over another CPU's kick");
}

/* A context that was left here goes on there, and comes back. */
static bool test_move(struct rota_selftest *t, uint32_t cpu)
{
        selftest_step(t, CPU);
        if (!does(t, cpu, RESUME))
                return false;
        if (t->seen[1] != t->cpus[cpu] || t->seen[0] != t->cpus[cpu])
                return selftest_fail(t, CPU, "after a switch answers the CPU from before it");
        selftest_visit(t, &selftest_me(t)->boot);
        if (t->seen[1] != selftest_me(t) || t->seen[0] != selftest_me(t))
                return selftest_fail(t, CPU, "after a switch answers the CPU from before it");
        if (t->lost)
                return selftest_fail(t, "rota_port_context_switch",
                        "loses a register on the way to another CPU");
        return selftest_still(t, "rota_port_context_switch");
}

static bool test_other(struct rota_selftest *t, uint32_t cpu)
{
        selftest_step(t, CPU);
        return does(t, cpu, IDENTIFY) && test_clocks(t, cpu) && test_flags(t, cpu) &&
               test_kick(t, cpu, SPIN, "sent to another CPU that runs, it never comes") &&
               test_kick(t, cpu, HALT, "sent to another CPU that halts, it does not end that") &&
               test_kick_back(t, cpu) && test_move(t, cpu);
}

bool selftest_others(struct rota_selftest *t)
{
        for (uint32_t i = 0; i < t->cpu_count; i++) {
                if (i != t->self && !test_other(t, i))
                        return false;
        }
        rota_port_context_fini(&t->contexts[0]);
        return true;
}
