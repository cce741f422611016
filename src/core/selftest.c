/* SPDX-License-Identifier: MIT */
/* The self-test of a port: its order, who is at fault, and what needs no time: identity, masks, the
 * hooks. Linked only by who calls it. */
#include "core/selftest.h"

/* One at a time: contexts find it here. */
static uint32_t running;

bool selftest_fail(struct rota_selftest *t, const char *function, const char *what)
{
        if (!t->function) {
                t->function = function;
                t->what = what;
                t->cpu = t->self;
        }
        return false;
}

void selftest_step(struct rota_selftest *t, const char *function)
{
        if (t->begins)
                t->begins(function);
}

bool selftest_masked(void)
{
        uintptr_t flags = rota_port_irq_save();
        bool masked = !rota_port_irq_enabled(flags);
        rota_port_irq_restore(flags);
        return masked;
}

bool selftest_still(struct rota_selftest *t, const char *function)
{
        if (!selftest_masked())
                return selftest_fail(t, function, "returns with interrupts unmasked");
        if (rota_port_cpu() != selftest_me(t))
                return selftest_fail(t, function, "returns with another CPU's structure");
        return true;
}

/* Where the clock goes on by more than SELFTEST_GAP at once, this CPU was kept from running, and so perhaps was what
 * brings the interrupt: the rest does not count. */
bool selftest_comes(const uint64_t *counter, uint64_t before, uint64_t ns)
{
        uint64_t looked = rota_port_now();
        uint64_t waited = 0;
        bool came = false;

        rota_port_irq_enable();
        for (uint32_t spins = 0; !came; spins++) {
                if (spins >= SELFTEST_SPINS && waited < ns) {
                        uint64_t now = rota_port_now();
                        waited += now - looked < SELFTEST_GAP ? now - looked : SELFTEST_GAP;
                        looked = now;
                }
                bool late = waited >= ns || spins >= SELFTEST_DEAD; /* the clock may stand */
                /* After the clock, or one that came since is missed. */
                came = rota_count_read(counter) != before;
                if (!came && late)
                        break;
                rota_port_relax();
        }
        rota_port_irq_save();
        return came;
}

void selftest_pause(const struct rota_selftest *t, uint64_t ns)
{
        if (t->tick_ns) {
                /* The clock may stand still while its tick is masked. */
                uint64_t spins = t->spins_per_tick;
                for (uint64_t tick = 0; tick < ns; tick += t->tick_ns)
                        for (uint64_t i = 0; i < spins; i++)
                                rota_port_relax();
                return;
        }
        uint64_t start = rota_port_now();
        for (uint32_t i = 0; rota_port_now() - start < ns && i < SELFTEST_DEAD; i++)
                rota_port_relax();
}

/* Does any interrupt of the timer come, whatever the flags say? Unmasks nothing by itself. */
static bool timer_comes_anyway(const struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);

        rota_port_timer_arm(rota_port_now() + SELFTEST_SHORT);
        for (uint32_t i = 0; i < SELFTEST_DEAD / 2 && selftest_timers(me) == before; i++)
                rota_port_relax();
        return selftest_timers(me) != before;
}

static bool flags_lie_masked(struct rota_selftest *t)
{
        if (timer_comes_anyway(t))
                return selftest_fail(t, "rota_port_irq_save", "interrupts come after it");
        return selftest_fail(
                t, "rota_port_irq_enabled", "calls enabled what was saved while masked");
}

static bool flags_lie_enabled(struct rota_selftest *t, uintptr_t masked, uintptr_t enabled)
{
        rota_port_irq_enable();
        if (!timer_comes_anyway(t))
                return selftest_fail(t, "rota_port_irq_enable", "no interrupt comes after it");
        if (masked == enabled)
                return selftest_fail(
                        t, "rota_port_irq_save", "answers the same masked and unmasked");
        return selftest_fail(
                t, "rota_port_irq_enabled", "calls masked what was saved while enabled");
}

bool selftest_irq(struct rota_selftest *t)
{
        selftest_step(t, "rota_port_irq_save");
        uintptr_t masked = rota_port_irq_save();
        if (rota_port_irq_enabled(masked))
                return flags_lie_masked(t);

        selftest_step(t, "rota_port_irq_enable");
        rota_port_irq_enable();
        uintptr_t enabled = rota_port_irq_save();
        if (!rota_port_irq_enabled(enabled))
                return flags_lie_enabled(t, masked, enabled);
        uintptr_t nested = rota_port_irq_save();
        if (rota_port_irq_enabled(nested))
                return flags_lie_masked(t);

        selftest_step(t, "rota_port_irq_restore");
        rota_port_irq_restore(nested);
        uintptr_t after = rota_port_irq_save();
        if (rota_port_irq_enabled(after))
                return selftest_fail(t, "rota_port_irq_restore", "the inner one of two unmasks");
        rota_port_irq_restore(after);
        rota_port_irq_restore(enabled);
        after = rota_port_irq_save();
        if (!rota_port_irq_enabled(after))
                return selftest_fail(t, "rota_port_irq_restore", "the outer one leaves masked");

        selftest_step(t, "rota_port_relax");
        for (uint32_t i = 0; i < 100; i++)
                rota_port_relax();
        return selftest_still(t, "rota_port_relax");
}

static bool test_space(struct rota_selftest *t)
{
        selftest_step(t, "rota_port_space_switch");
        if (t->space) {
                rota_port_space_switch(t->space);
                if (!selftest_still(t, "rota_port_space_switch"))
                        return false;
                if (t->space_loaded && t->space_loaded() != t->space)
                        return selftest_fail(
                                t, "rota_port_space_switch", "another space is loaded after it");
        }
        rota_port_space_switch(NULL);
        if (t->space_loaded && t->space_loaded())
                return selftest_fail(
                        t, "rota_port_space_switch", "does not go back to the kernel's");
        return selftest_still(t, "rota_port_space_switch");
}

static bool test_hooks(struct rota_selftest *t)
{
        selftest_step(t, "rota_port_switched");
        if (t->task) {
                rota_port_switched(NULL, t->task);
                if (!selftest_still(t, "rota_port_switched"))
                        return false;
                if (t->switched_to && t->switched_to() != t->task)
                        return selftest_fail(
                                t, "rota_port_switched", "the kernel believes that another runs");
                rota_port_switched(t->task, NULL);
                if (t->switched_to && t->switched_to())
                        return selftest_fail(t, "rota_port_switched",
                                "the kernel does not believe to be at home");
        }
        if (!selftest_still(t, "rota_port_switched"))
                return false;

        selftest_step(t, "rota_port_may_switch");
        if (!rota_port_may_switch())
                return selftest_fail(t, "rota_port_may_switch", "says no, and nothing is held");
        if (t->lock) {
                t->lock();
                bool may = rota_port_may_switch();
                t->unlock();
                if (may)
                        return selftest_fail(
                                t, "rota_port_may_switch", "says yes while a spinlock is held");
                if (!rota_port_may_switch())
                        return selftest_fail(
                                t, "rota_port_may_switch", "says no after the last unlock");
        }
        return selftest_still(t, "rota_port_may_switch");
}

/* Where it returns, its caller is broken as well: the compiler took its word. */
static bool test_fatal(struct rota_selftest *t)
{
        void (*volatile fatal)(const char *) = (void (*)(const char *))rota_port_fatal;

        selftest_step(t, "rota_port_fatal");
        fatal("rota_port_selftest: all else is right, and this is the end that was asked for");
        return selftest_fail(t, "rota_port_fatal", "returns");
}

static bool test_all(struct rota_selftest *t)
{
        return selftest_irq(t) && selftest_time(t) && selftest_wake(t) && selftest_contexts(t) &&
               test_space(t) && test_hooks(t) && selftest_others(t) && selftest_extras(t) &&
               (!t->fatal || test_fatal(t));
}

static bool given(const struct rota_selftest *t)
{
        if (!t || !t->cpus || t->cpu_count == 0 || t->cpu_count > ROTA_CPUS_MAX ||
                (t->control != NULL) != (t->control_set != NULL) ||
                (t->unit != NULL) != (t->unit_set != NULL) ||
                (t->lock != NULL) != (t->unlock != NULL))
                return false;
        for (uint32_t i = 0; i < 2; i++) {
                if (!t->stacks[i].memory || t->stacks[i].size < ROTA_SELFTEST_STACK_MIN)
                        return false;
        }
        for (uint32_t i = 0; i < t->cpu_count; i++) {
                if (!t->cpus[i])
                        return false;
        }
        return true;
}

/* Finds this CPU among those given. */
static bool test_cpu(struct rota_selftest *t)
{
        const struct rota_cpu *cpu = rota_port_cpu();

        for (uint32_t i = 0; i < t->cpu_count; i++) {
                if (t->cpus[i] == cpu) {
                        t->self = i;
                        return true;
                }
        }
        return selftest_fail(
                t, "rota_port_cpu", cpu ? "answers none of the structures given" : "answers NULL");
}

/* Every structure as before rota_init(), so that interrupts are counted and nothing else. */
static void clear_cpus(struct rota_selftest *t)
{
        for (uint32_t i = 0; i < t->cpu_count; i++) {
                struct rota_cpu *cpu = t->cpus[i];
                void *user = rota_atomic_load(&cpu->user);
                *cpu = (struct rota_cpu){.index = i, .armed = ROTA_NEVER};
                cpu->on = &cpu->boot;
                rota_atomic_store_release(&cpu->user, user); /* partner: the port's own */
        }
}

int rota_port_selftest(struct rota_selftest *test)
{
        uint32_t idle = 0;

        if (!given(test) || !rota_atomic_cas(&running, &idle, 1u))
                return ROTA_EINVAL;
        if (!test->resolution_ns)
                test->resolution_ns = 1;
        test->function = NULL;
        test->what = NULL;
        selftest_step(test, "rota_port_cpu");
        bool good = test_cpu(test);
        int result = good ? ROTA_OK : ROTA_EPORT;
        if (good) {
                clear_cpus(test);
                uintptr_t flags = rota_port_irq_save();
                uintptr_t again = rota_port_irq_save();
                if (rota_port_irq_enabled(flags) && !rota_port_irq_enabled(again)) {
                        rota_port_irq_restore(flags);
                        result = ROTA_ECONTEXT;
                } else {
                        good = test_all(test);
                        result = good ? ROTA_OK : test->function ? ROTA_EPORT : ROTA_ETIMEDOUT;
                        rota_port_irq_save();
                        rota_port_timer_arm(ROTA_NEVER);
                }
        }
        /* Release: what the test wrote, to the others, who return; partner: the acquire in
         * rota_port_selftest_other. */
        rota_atomic_store_release(&test->order, UINT32_MAX);
        rota_atomic_store(&running, 0u);
        return result;
}
