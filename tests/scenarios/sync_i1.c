/* SPDX-License-Identifier: MIT */
/* The golden case of priority inversion: L at 0 runs 1, locks, 4 in the section; H at 2 runs 1, locks, 2 in
 * it; M at 3 runs 5. With inheritance M goes last; without it, before H. */
#include "harness.h"

#define I1_TICKS 13u

struct i1 {
        struct rota_mutex mutex;
        struct worker *high;
        struct worker *middle;
        uint32_t ticks;         /* passed */
        char who[I1_TICKS + 2]; /* ran in each */
        bool real;      /* a tick is a millisecond of CPU time, else it passes when it is said to */
        uint64_t began; /* when the first tick did, where they are real */
        uint64_t from[I1_TICKS]; /* when a turn began, where they are real */
        uint32_t turns;
};

static void arrive(struct i1 *i1)
{
        uint32_t now = i1->ticks; /* who arrives goes first, and lets them pass */

        if (now == 2)
                check(rota_start(i1->high->handle) == ROTA_OK);
        if (now == 3)
                check(rota_start(i1->middle->handle) == ROTA_OK);
}

/* Runs for so many ticks. Nobody else runs on this CPU meanwhile but by preemption, between two. */
static void run_ticks(struct i1 *i1, char me, uint32_t ticks)
{
        for (uint32_t i = 0; i < ticks; i++) {
                rota_guard_begin();
                if (i1->ticks < sizeof(i1->who) - 1)
                        i1->who[i1->ticks] = me;
                i1->ticks++;
                rota_guard_end();
                arrive(i1);
        }
}

static intptr_t i1_low(struct worker *self)
{
        struct i1 *i1 = self->argument;

        run_ticks(i1, 'L', 1);
        check(rota_mutex_lock(&i1->mutex) == ROTA_OK);
        run_ticks(i1, 'L', 4);
        check(rota_mutex_unlock(&i1->mutex) == ROTA_OK);
        return 0;
}

static intptr_t i1_high(struct worker *self)
{
        struct i1 *i1 = self->argument;

        run_ticks(i1, 'H', 1);
        check(rota_mutex_lock(&i1->mutex) == ROTA_OK);
        run_ticks(i1, 'H', 2);
        check(rota_mutex_unlock(&i1->mutex) == ROTA_OK);
        return 0;
}

static intptr_t i1_middle(struct worker *self)
{
        run_ticks(self->argument, 'M', 5);
        return 0;
}

/* Ticks that pass when they are said to: exact in every world. */
static void i1_said(uint32_t flags, const char *golden)
{
        struct i1 *i1 = memory(sizeof(*i1));
        uint32_t cpu = run.cpus - 1;

        rota_mutex_init(&i1->mutex, flags, "i1");
        struct worker *low = worker_make_at(i1_low, i1, params_level(30), cpu, "L");
        i1->middle = worker_make_at(i1_middle, i1, params_level(20), cpu, "M");
        i1->high = worker_make_at(i1_high, i1, params_level(10), cpu, "H");
        check(rota_start(low->handle) == ROTA_OK);
        worker_end(low);
        worker_end(i1->middle);
        worker_end(i1->high);
        check(i1->ticks == I1_TICKS);
        for (uint32_t i = 0; i < I1_TICKS; i++)
                check(i1->who[i] == golden[i]);
}

static void i1_inherits(void)
{
        i1_said(0, "LLHLLLHHMMMMM");
}

static void i1_plain(void)
{
        i1_said(ROTA_MUTEX_PLAIN, "LLHMMMMMLLLHH");
}

/* ---- The same with ticks of a millisecond each, where time is counted in instructions. ---- */

#define I1_TICK ROTA_MS

/* Notes whose turn it is since when, until it has run so long. */
static void run_time(struct worker *self, char me, uint32_t ticks)
{
        struct i1 *i1 = self->argument;
        uint64_t until_ns = rota_cpu_time() + ticks * I1_TICK;

        while (rota_cpu_time() < until_ns) {
                rota_guard_begin();
                if ((i1->turns == 0 || i1->who[i1->turns - 1] != me) && i1->turns < I1_TICKS) {
                        i1->from[i1->turns] = rota_now();
                        i1->who[i1->turns++] = me;
                }
                rota_guard_end();
        }
}

static intptr_t i1_timed(struct worker *self)
{
        struct i1 *i1 = self->argument;
        static const struct {
                char name;
                uint8_t at, before, in;
        } tasks[] = {{'L', 0, 1, 4}, {'H', 2, 1, 2}, {'M', 3, 5, 0}};
        uint32_t n = self->number;
        uint64_t at = i1->began + tasks[n].at * I1_TICK;

        check(rota_sleep_until(&at, 0) == 0);
        run_time(self, tasks[n].name, tasks[n].before);
        if (!tasks[n].in)
                return 0;
        check(rota_mutex_lock(&i1->mutex) == ROTA_OK);
        run_time(self, tasks[n].name, tasks[n].in);
        check(rota_mutex_unlock(&i1->mutex) == ROTA_OK);
        return 0;
}

static void i1_counted(uint32_t flags, const char *turns, const uint8_t *from)
{
        struct i1 *i1 = memory(sizeof(*i1));
        static const uint16_t levels[] = {30, 10, 20};
        static const char *const names[] = {"L", "H", "M"};
        struct worker *w[3];

        rota_mutex_init(&i1->mutex, flags, "i1");
        i1->began = rota_now() + 2 * I1_TICK;
        for (uint32_t i = 0; i < 3; i++) {
                w[i] = worker_make_at(i1_timed, i1, params_level(levels[i]), 0, names[i]);
                w[i]->number = i;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 3; i++)
                worker_end(w[i]);
        for (uint32_t i = 0; i < 5; i++) {
                check(i1->who[i] == turns[i]);
                check((i1->from[i] - i1->began + I1_TICK / 2) / I1_TICK == from[i]);
        }
        check(i1->turns == 5);
        check((rota_now() - i1->began + I1_TICK / 2) / I1_TICK == I1_TICKS);
}

static void i1_counted_inherits(void)
{
        static const uint8_t from[] = {0, 2, 3, 6, 8};
        i1_counted(0, "LHLHM", from);
}

static void i1_counted_plain(void)
{
        static const uint8_t from[] = {0, 2, 3, 8, 11};
        i1_counted(ROTA_MUTEX_PLAIN, "LHMLH", from);
}

const struct scenario scenarios_sync_i1[] = {
        {.name = "inherit-i1", .run = i1_inherits, .flags = PRIORITIES},
        {.name = "inherit-i1-plain", .run = i1_plain, .flags = PRIORITIES},
        {.name = "inherit-i1-counted",
                .run = i1_counted_inherits,
                .flags = PRIORITIES | ASKED | EXACT | UNWATCHED},
        {.name = "inherit-i1-plain-counted",
                .run = i1_counted_plain,
                .flags = PRIORITIES | ASKED | EXACT | UNWATCHED},
        {.name = NULL},
};
