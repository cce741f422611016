/* SPDX-License-Identifier: MIT */
/*
 * The self-test's contexts with a floating-point unit and thread-local storage: what they have set is
 * there again after others had theirs, whether they called or were interrupted.
 */
#include "core/selftest.h"

#define SIZE   "rota_port_extra_size"
#define INIT   "rota_port_extra_init"
#define SWITCH "rota_port_extra_switch"
#define ROUNDS 8u

static struct rota_selftest *of;
static uint32_t me_at[2];
static bool involuntary;

/* As switch_context(). */
static void go(struct rota_context *from, struct rota_context *to)
{
        rota_port_cpu()->on = to;
        extra_switch(from, to, involuntary);
}

static void see(struct rota_selftest *t, uint32_t index, uint64_t value)
{
        if (t->unit && t->unit() != value)
                t->context_fault = "loses a control word of the floating-point unit";
        if (t->tls && t->tls() != &me_at[index])
                t->context_fault = "leaves another context's thread-local storage";
}

/* Home, 0, 1, home, for ever. */
static void context_main(void *argument)
{
        struct rota_selftest *t = of;
        uint32_t index = argument == &me_at[1] ? 1 : 0;
        struct rota_context *next = index == 0 ? &t->contexts[1] : t->back;

        t->entered[index]++;
        if (t->unit && t->unit() != t->unit_values[0])
                t->lost |= 1; /* not as the ABI gives it to who is new */
        see(t, index, t->unit ? t->unit() : 0);
        /* Another one each time, or what was saved before would do. */
        for (uint32_t turn = 0;; turn++) {
                uint64_t value = t->unit_values[(index + turn) % 2];
                if (t->unit)
                        t->unit_set(value);
                go(&t->contexts[index], next);
                see(t, index, value);
        }
}

static bool make(struct rota_selftest *t, uint32_t index)
{
        struct rota_context *context = &t->contexts[index];
        struct rota_thread_options options = {.stack = t->stacks[index].memory,
                .stack_size = t->stacks[index].size,
                .tls = &me_at[index],
                .fpu = true};
        struct rota_extra *extra;

        selftest_step(t, INIT);
        *context = (struct rota_context){.stack = options.stack};
        if (extra_carve(&options, &context->stack_size, &extra) != ROTA_OK)
                return selftest_fail(t, SIZE, "asks for more than the test's stacks have");
        if (!selftest_still(t, INIT))
                return false;
        rota_port_context_init(context, context_main, &me_at[index]);
        context->extra = extra;
        return true;
}

static bool rounds(struct rota_selftest *t)
{
        struct rota_context *home = t->back;

        selftest_step(t, SWITCH);
        for (uint32_t i = 0; i < ROUNDS; i++) {
                involuntary = i / 2 % 2;
                go(home, &t->contexts[0]);
                if (t->entered[0] != 1 || t->entered[1] != 1)
                        return selftest_fail(t, SWITCH, "keeps contexts from being switched to");
                if (t->context_fault)
                        return selftest_fail(t, SWITCH, t->context_fault);
                if (t->lost)
                        return selftest_fail(t, INIT, "leaves a unit that is not as a new one");
                if (t->tls && t->tls())
                        return selftest_fail(
                                t, SWITCH, "leaves thread-local storage where a context has none");
                if (!selftest_still(t, SWITCH))
                        return false;
        }
        return true;
}

bool selftest_extras(struct rota_selftest *t)
{
        of = t;
        selftest_step(t, SIZE);
        size_t size = rota_port_extra_size();
        if (!selftest_still(t, SIZE))
                return false;
        if (size == ROTA_EXTRA_NONE)
                return true;
        t->context_fault = NULL;
        t->lost = 0;
        t->entered[0] = t->entered[1] = 0;
        t->back = &selftest_me(t)->boot;
        if (!make(t, 0) || !make(t, 1) || !rounds(t))
                return false;
        rota_port_context_fini(&t->contexts[0]);
        rota_port_context_fini(&t->contexts[1]);
        return true;
}
