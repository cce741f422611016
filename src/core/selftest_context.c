/* SPDX-License-Identifier: MIT */
/*
 * The self-test's contexts: a stack, an entry, and whatever a callee preserves. Registers are seen
 * from C: a dozen values live across a switch fill all that the compiler may use, and whoever is
 * switched to fills them with others.
 */
#include "core/selftest.h"

#define INIT   "rota_port_context_init"
#define SWITCH "rota_port_context_switch"
#define FINI   "rota_port_context_fini"
#define VALUES 12
#define ROUNDS 8u
#define LIVES  40u

/* A context's argument is one of these two. */
static struct rota_selftest *of;
static uint32_t me_at[2];
/* Contexts hand on to each other: home, 0, 1, home. */
static bool ring;
/* What context 0 does when it is visited next. */
static bool interrupted_there;

/* As dispatch_switch(): the world may ask its CPU on which stack it is. */
static inline void go(struct rota_context *from, struct rota_context *to)
{
        rota_port_cpu()->on = to;
        rota_port_context_switch(from, to);
}

static uint32_t index_of(const void *argument)
{
        return argument == &me_at[1] ? 1 : 0;
}

/* Switches with values in every register that is to be kept; true where they still are. */
__attribute__((noinline)) static bool hold(
        struct rota_context *from, struct rota_context *to, uintptr_t seed)
{
        volatile uintptr_t kept[VALUES];
        struct rota_context *volatile between[2] = {from, to}; /* in no register meanwhile */
        bool same = true;

        rota_port_cpu()->on = to;
        for (uint32_t i = 0; i < VALUES; i++)
                kept[i] = (seed + i) * (UINTPTR_MAX / 255) + i;
        uintptr_t a = kept[0], b = kept[1], c = kept[2], d = kept[3], e = kept[4], f = kept[5];
        uintptr_t g = kept[6], h = kept[7], i = kept[8], j = kept[9], k = kept[10], l = kept[11];
        rota_port_context_switch(between[0], between[1]);
        /* Looked at again and again, so that a compiler finds them worth a register. */
        for (volatile uint32_t n = 0; n < 4; n++)
                same = same && a == kept[0] && b == kept[1] && c == kept[2] && d == kept[3] &&
                       e == kept[4] && f == kept[5] && g == kept[6] && h == kept[7] &&
                       i == kept[8] && j == kept[9] && k == kept[10] && l == kept[11];
        return same;
}

/* Holds values, and control words that differ from the other side's. */
static bool hold_all(
        struct rota_selftest *t, struct rota_context *from, struct rota_context *to, uintptr_t seed)
{
        uint32_t control = t->control_values[seed & 1];

        if (t->control)
                t->control_set(control);
        bool kept = hold(from, to, seed);
        if (t->control && t->control() != control && !t->context_fault)
                t->context_fault = "loses a control word that a callee preserves";
        return kept;
}

static void look_around(struct rota_selftest *t, uint32_t index)
{
        _Alignas(max_align_t) char probe;
        const char *volatile here = &probe; /* so that the address is looked at, not believed */
        const char *frame = __builtin_frame_address(0);
        const char *low = t->contexts[index].stack;

        /* RISC-V's begins with the end of the stack: it leads behind what the function has there. */
        if (frame <= low || frame > low + t->contexts[index].stack_size)
                t->context_fault = "begins on another stack";
        else if ((uintptr_t)here % _Alignof(max_align_t))
                t->context_fault = "begins with a stack that is not aligned as the ABI says";
        else if (!selftest_masked())
                t->context_fault = "begins with interrupts unmasked";
}

/* An interrupt is taken on this stack. */
static void be_interrupted(struct rota_selftest *t)
{
        const struct rota_cpu *me = selftest_me(t);
        uint64_t before = selftest_timers(me);

        rota_port_timer_arm(rota_port_now() + selftest_short(t));
        interrupted_there = selftest_comes(&me->stats.timer_irqs, before, 500 * ROTA_MS);
}

/* A context: looks around, then hands on for ever, until nobody comes back. */
static void context_main(void *argument)
{
        struct rota_selftest *t = of;
        uint32_t index = index_of(argument);

        t->entered[index]++;
        if (argument != &me_at[index])
                t->context_fault = "begins with another argument";
        else
                look_around(t, index);
        if (index == 0 && !interrupted_there)
                be_interrupted(t);
        for (uintptr_t seed = index + 1;; seed += 2) {
                struct rota_context *to = ring && index == 0 ? &t->contexts[1] : t->back;
                t->seen[0] = rota_port_cpu();
                if (!hold_all(t, &t->contexts[index], to, seed))
                        t->lost |= 1u << index;
                t->seen[1] = rota_port_cpu();
        }
}

void selftest_visit(struct rota_selftest *t, struct rota_context *here)
{
        t->back = here;
        go(here, &t->contexts[0]);
}

/* `whose` is blamed where it does not become a context. */
static bool make(struct rota_selftest *t, uint32_t index, const char *whose)
{
        struct rota_context *context = &t->contexts[index];

        *context = (struct rota_context){
                .stack = t->stacks[index].memory, .stack_size = t->stacks[index].size};
        rota_port_context_init(context, context_main, &me_at[index]);
        if (!selftest_still(t, INIT))
                return false;
        if ((char *)context->sp < context->stack ||
                (char *)context->sp > context->stack + context->stack_size)
                return selftest_fail(t, whose, "leaves no stack pointer within the stack");
        return true;
}

/* What contexts have found; `whose` is blamed for what is not a register. */
static bool fine(struct rota_selftest *t, const char *whose)
{
        if (t->context_fault)
                return selftest_fail(t, whose, t->context_fault);
        if (t->lost)
                return selftest_fail(t, SWITCH, "loses a register that a callee preserves");
        return selftest_still(t, SWITCH);
}

static bool test_first_turns(struct rota_selftest *t)
{
        struct rota_context *home = &selftest_me(t)->boot;

        interrupted_there = false;
        for (uint32_t i = 0; i < 2; i++) {
                selftest_step(t, INIT);
                if (!make(t, i, INIT))
                        return false;
                selftest_step(t, SWITCH);
                t->back = home;
                if (!hold(home, &t->contexts[i], 100 + i))
                        t->lost |= 4;
                if (t->entered[i] != 1)
                        return selftest_fail(t, SWITCH, "does not go to a new context");
                if (!fine(t, INIT))
                        return false;
        }
        if (!interrupted_there)
                return selftest_fail(t, SWITCH, "no interrupt comes on another context's stack");
        return true;
}

static bool test_rounds(struct rota_selftest *t)
{
        struct rota_context *home = &selftest_me(t)->boot;
        bool good = true;

        ring = true;
        t->back = home;
        for (uint32_t i = 0; i < ROUNDS && good; i++) {
                if (!hold_all(t, home, &t->contexts[0], 1000 + i))
                        t->lost |= 4;
                good = fine(t, SWITCH);
        }
        ring = false;
        return good;
}

/* A context that has ended is finished, and its memory begins another one; the other's goes on. */
static bool test_fini(struct rota_selftest *t)
{
        struct rota_context *home = &selftest_me(t)->boot;

        selftest_step(t, FINI);
        for (uint32_t i = 0; i < LIVES; i++) {
                rota_port_context_fini(&t->contexts[0]);
                if (!selftest_still(t, FINI))
                        return false;
                t->entered[0] = 0;
                if (!make(t, 0, FINI))
                        return false;
                t->back = home;
                go(home, &t->contexts[0]);
                if (t->entered[0] != 1 || t->context_fault)
                        return selftest_fail(
                                t, FINI, "what ended before keeps new contexts from beginning");
                go(home, &t->contexts[1]);
                if (t->context_fault || t->lost)
                        return selftest_fail(t, FINI, "touches another context's stack");
                if (!selftest_still(t, SWITCH))
                        return false;
        }
        return true;
}

bool selftest_contexts(struct rota_selftest *t)
{
        uint32_t control = t->control ? t->control() : 0;

        of = t;
        t->context_fault = NULL;
        t->lost = 0;
        t->entered[0] = t->entered[1] = 0;
        bool good = test_first_turns(t) && test_rounds(t) && test_fini(t);
        if (t->control)
                t->control_set(control);
        if (!good)
                return false;
        rota_port_context_fini(&t->contexts[1]);
        return selftest_still(t, FINI);
}
