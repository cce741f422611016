/* SPDX-License-Identifier: MIT */
/* B2, to the tick: only where time is counted in instructions, so only where it is asked for. */
#include "harness.h"

#define TICK     ROTA_MS
#define TICKS    5u /* of a slice */
#define SWITCHES 60u

struct log {
        struct worker *owner; /* who ran last */
        uint64_t times[SWITCHES];
        uint32_t count;
        uint32_t yield_at; /* the switch after which its owner yields, two ticks on */
        uint64_t yielded;  /* when */
};

static intptr_t note_and_spin(struct worker *self)
{
        struct log *log = self->argument;

        for (;;) {
                rota_guard_begin(); /* or a switch may come between the time and its note */
                uint64_t now = rota_now();
                if (log->owner != self) {
                        log->owner = self;
                        if (log->count < SWITCHES)
                                log->times[log->count] = now;
                        log->count++;
                }
                uint32_t count = log->count;
                rota_guard_end();
                if (count >= SWITCHES)
                        return 0;
                if (count == log->yield_at && now >= log->times[count - 1] + 2 * TICK) {
                        log->yield_at = 0;
                        log->yielded = now;
                        rota_yield();
                }
        }
}

/* How many ticks, to the nearest. */
static uint64_t ticks(uint64_t from, uint64_t to)
{
        return (to - from + TICK / 2) / TICK;
}

static void watch(uint32_t yield_at)
{
        struct log *log = memory(sizeof(*log));

        if (run.setup->policies[0] == &lottery) {
                run.skip = "the end of a slice need not mean a switch";
                return;
        }
        struct worker *a = worker_make(note_and_spin, log);
        struct worker *b = worker_make(note_and_spin, log);

        log->yield_at = yield_at;
        check(rota_start(a->handle) == ROTA_OK);
        check(rota_start(b->handle) == ROTA_OK);
        worker_end(a);
        worker_end(b);
        /* The first turn begins in the middle of a tick. */
        for (uint32_t i = 2; i < SWITCHES; i++) {
                uint64_t turn = ticks(log->times[i - 1], log->times[i]);
                check(turn == (i == yield_at ? 2 : TICKS));
        }
        check(!yield_at || log->yielded);
}

/* Two tasks, 1 ms tick, 5 ms slice: a switch exactly every 5 ticks. */
static void every_five_ticks(void)
{
        watch(0);
}

/* After a yield both have full slices again. */
static void yield_starts_anew(void)
{
        watch(20);
}

const struct scenario scenarios_exact[] = {
        {.name = "b2-every-five-ticks",
                .run = every_five_ticks,
                .flags = SLICES | ASKED | UNWATCHED,
                .tick_ns = TICK,
                .slice_ns = TICKS * TICK},
        {.name = "b2-yield-starts-anew",
                .run = yield_starts_anew,
                .flags = SLICES | ASKED | UNWATCHED,
                .tick_ns = TICK,
                .slice_ns = TICKS * TICK},
        {.name = NULL},
};
