/* SPDX-License-Identifier: MIT */
/*
 * Who goes next. Depth-first with a bound on preemptions, a switch away from a CPU that could go on
 * (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007); at random by priorities that change
 * at few points (Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding
 * bugs", ASPLOS 2010); or as a recorded schedule says.
 *
 * Two things keep the search small and its answer the same. Only words that two actors use, and one
 * of them writes, are points of the schedule (memory.c finds out and has the search begin anew). And
 * a CPU that was preempted before an operation sleeps until another one has touched the same word
 * (Godefroid's sleep sets): until then the operation could as well have come first, at the same number
 * of preemptions. Siblings other than the preempted one do not sleep, since to reorder those costs a
 * preemption more. Where loads may see old values nobody sleeps.
 */
#include <string.h>

#include "explore.h"
#include "record.h"

#define RECENT 8u

struct schedule_config schedule;
bool schedule_pruned;

struct node {
        uint8_t count, taken;
};

static struct node path[STEPS_MAX];
static uint32_t path_length;
static uint32_t depth;
static bool begun;
static uint32_t stale_used;

/* By CPU: steps of its latest operations, and of its latest write. */
static uint32_t recent[CPUS_MAX][RECENT];
static uint32_t wrote[CPUS_MAX];

/* At random. */
static uint64_t random_state;
static uint32_t priority[ACTORS];
static uint32_t change_at[8];
static uint32_t lowest;

static uint32_t random_below(uint32_t below)
{
        random_state ^= random_state >> 12;
        random_state ^= random_state << 25;
        random_state ^= random_state >> 27;
        return (uint32_t)((random_state * 2685821657736338717ull) >> 32) % below;
}

static bool replaying(void)
{
        return schedule.method == METHOD_REPLAY;
}

static bool dependent(struct op a, struct op b)
{
        return a.where == b.where && (a.kind != OP_READ || b.kind != OP_READ);
}

static void touched_by(struct op op, uint32_t actor)
{
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                if (i != actor && w.cpus[i].asleep && dependent(op, w.cpus[i].next))
                        w.cpus[i].asleep = false;
        }
        if (actor < CPUS_MAX && op.kind == OP_WRITE)
                wrote[actor] = w.steps;
        memory_used(op, actor);
}

void schedule_touch(struct op op)
{
        if (w.exploring && on_cpu())
                touched_by(op, w.current);
}

static bool enabled(uint32_t i)
{
        const struct explore_cpu *c = &w.cpus[i];
        switch (c->blocked) {
        case BLOCKED_NOT:
                return i < w.rota.cpu_count;
        case BLOCKED_LOCK:
                return *c->lock == 0;
        case BLOCKED_SPIN:
                /* Something was written since it has looked at the earliest. */
                for (uint32_t j = 0; j < CPUS_MAX; j++) {
                        if (j != i && wrote[j] >= c->looked)
                                return true;
                }
                return false;
        case BLOCKED_HALT:
                return machine_interrupted(c);
        case BLOCKED_OUT:
                return c->joins;
        case BLOCKED_BARRIER:
                break;
        }
        return false;
}

static bool clock_enabled(void)
{
        uint64_t next = machine_next_deadline();
        return next != ROTA_NEVER && next > w.now;
}

static void tick(void)
{
        record_step(CLOCK);
        w.now = machine_next_deadline();
        explore_trace("clock: it is %llu", (unsigned long long)w.now);
        touched_by((struct op){&w.now, OP_WRITE}, CLOCK);
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                if (w.cpus[i].armed <= w.now)
                        touched_by((struct op){&w.cpus[i].kicked, OP_WRITE}, CLOCK);
        }
}

static uint32_t decide(const uint32_t *candidates, uint32_t n)
{
        if (replaying())
                return record_next(candidates, n);
        if (schedule.method == METHOD_RANDOM) {
                uint32_t best = 0;
                for (uint32_t i = 1; i < n; i++) {
                        if (priority[candidates[i]] > priority[candidates[best]])
                                best = i;
                }
                return best;
        }
        if (n == 1)
                return 0;
        if (depth == path_length) {
                if (path_length == STEPS_MAX)
                        explore_fail("harness: too many decisions");
                path[path_length++] = (struct node){(uint8_t)n, 0};
        } else if (path[depth].count != n) {
                explore_fail("harness: an execution does not repeat itself");
        }
        return path[depth++].taken;
}

uint32_t schedule_value(uint32_t n)
{
        uint32_t age = 0;
        if (replaying())
                return record_next_age(n);
        if (stale_used >= schedule.stale)
                return 0;
        if (schedule.method == METHOD_RANDOM) {
                age = random_below(4) ? 0 : random_below(n);
        } else {
                static const uint32_t any[VALUES_MAX];
                age = decide(any, n);
        }
        if (age) {
                stale_used++;
                record_age(age);
        }
        return age;
}

/* The end, or a deadlock. */
_Noreturn static void nobody(void)
{
        for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                if (w.cpus[i].asleep && enabled(i)) {
                        schedule_pruned = true;
                        explore_over();
                }
        }
        for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                if (w.cpus[i].blocked != BLOCKED_HALT && w.cpus[i].blocked != BLOCKED_OUT)
                        explore_fail("deadlock: cpu %u waits for %s", i,
                                w.cpus[i].blocked == BLOCKED_LOCK ? explore_name(w.cpus[i].lock)
                                                                  : "something to change");
        }
        script_verify();
        explore_over();
}

/* Those that may go next, the current one first. Who spins comes only where nobody else can: what it
 * waits for must come from the others. */
static uint32_t candidates_of(uint32_t *candidates, bool mine, bool spins)
{
        uint32_t n = 0;
        bool switches = !mine || replaying() || schedule.method == METHOD_RANDOM ||
                        w.preemptions < schedule.preemptions;

        if (mine || (spins && enabled(w.current)))
                candidates[n++] = w.current;
        for (int pass = 0; pass < 2 && switches; pass++) {
                bool spinning = pass == 1;
                if (spinning && n && !replaying())
                        break;
                for (uint32_t i = 0; i < w.rota.cpu_count; i++) {
                        if (i != w.current && (w.cpus[i].blocked == BLOCKED_SPIN) == spinning &&
                                enabled(i) && !w.cpus[i].asleep)
                                candidates[n++] = i;
                }
                if (!spinning && clock_enabled())
                        candidates[n++] = CLOCK;
        }
        return n;
}

/* Lets whoever is chosen go on; returns when this CPU is. */
static void choose(void)
{
        uint32_t self = w.current;
        struct explore_cpu *me = on_cpu() ? &w.cpus[self] : NULL;

        for (;;) {
                uint32_t candidates[ACTORS];
                bool spins = me && me->blocked == BLOCKED_SPIN;
                bool mine = me && !spins && enabled(self);
                uint32_t n = candidates_of(candidates, mine, spins);
                if (n == 0)
                        nobody();
                uint32_t next = candidates[decide(candidates, n)];
                if (mine && next != self)
                        w.preemptions++;
                if (next == CLOCK) {
                        tick();
                        continue;
                }
                if (next != self) {
                        if (mine && schedule.method == METHOD_DEPTH && !schedule.stale &&
                                !schedule.whole)
                                me->asleep = true;
                        machine_resume(next);
                }
                if (me)
                        me->asleep = false;
                return;
        }
}

void schedule_point(struct op op, const char *who)
{
        (void)who;
        if (!w.exploring || !on_cpu())
                return;
        uint32_t self = w.current;
        struct explore_cpu *me = &w.cpus[self];
        me->next = op;
        if (schedule.method == METHOD_RANDOM) {
                for (uint32_t i = 0; i + 1 < schedule.depth; i++) {
                        if (change_at[i] == w.steps)
                                priority[self] = --lowest;
                }
        }
        /* At random every operation is a point, so that a seed means the same on its own. */
        bool matters = op.kind == OP_FENCE || schedule.method != METHOD_DEPTH || schedule.whole ||
                       memory_shared(op.where);
        if (matters || (me->blocked == BLOCKED_LOCK && *me->lock))
                choose();
        if (++w.steps > STEPS_MAX)
                explore_fail("goes round in a circle");
        memmove(&recent[self][1], &recent[self][0], sizeof(recent[self]) - sizeof(recent[0][0]));
        recent[self][0] = w.steps;
        record_step(self);
        touched_by(op, self);
}

void schedule_block(enum blocked why)
{
        struct explore_cpu *me = &w.cpus[w.current];
        if (why == BLOCKED_SPIN && memory_catch_up())
                return;
        me->blocked = why;
        me->next = (struct op){NULL, OP_READ};
        if (w.exploring && why == BLOCKED_SPIN) {
                me->looked = recent[w.current][RECENT - 1];
                if (schedule.method == METHOD_RANDOM)
                        priority[w.current] = --lowest;
        }
        if (w.exploring)
                choose();
        else
                machine_rest();
        me->blocked = BLOCKED_NOT;
}

void schedule_reset(void)
{
        path_length = 0;
        begun = false;
        memory_grew();
}

bool schedule_next(void)
{
        if (memory_grew() || !begun) {
                begun = true;
                path_length = 0;
                return true;
        }
        if (schedule.method != METHOD_DEPTH)
                return schedule.method == METHOD_RANDOM;
        while (path_length && path[path_length - 1].taken + 1 == path[path_length - 1].count)
                path_length--;
        if (!path_length)
                return false;
        path[path_length - 1].taken++;
        return true;
}

void schedule_run(void)
{
        depth = 0;
        stale_used = 0;
        schedule_pruned = false;
        memset(recent, 0, sizeof(recent));
        memset(wrote, 0, sizeof(wrote));
        record_begin(replaying() ? schedule.replay : NULL);
        if (schedule.method == METHOD_RANDOM) {
                random_state = schedule.seed * 0x9e3779b97f4a7c15ull + 1;
                lowest = 1000;
                for (uint32_t i = 0; i < 8; i++)
                        random_below(2);
                for (uint32_t i = 0; i < ACTORS; i++)
                        priority[i] = 1001 + random_below(1000);
                for (uint32_t i = 0; i + 1 < schedule.depth; i++)
                        change_at[i] = random_below(schedule.expected);
        }
        choose();
}
