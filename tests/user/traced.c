/* SPDX-License-Identifier: MIT */
/* What a trace tells of user tasks' calls that wait: a poll for the call, and one for each wake. */
#include "user.h"

extern const char user_calls[];

#define CALLERS 3

/* What was told of a task. */
struct told {
        uint32_t asks, begins, ends, pending, ready, wakeups, ended;
        uint64_t number; /* of the call that it asked for */
};

static void tell(struct told *told, const struct rota_record *r)
{
        switch (r->event) {
        case ROTA_EVENT_POLL_BEGIN:
                told->begins++;
                if (!r->b)
                        break;
                told->asks++;
                check(r->b == ROTA_TRAP_SYSCALL + 1 && r->c == told->number);
                break;
        case ROTA_EVENT_POLL_END:
                told->ends++;
                told->pending += r->b == ROTA_POLL_PENDING;
                told->ready += r->b == ROTA_POLL_READY;
                break;
        case ROTA_EVENT_WAKEUP:
                told->wakeups++;
                break;
        case ROTA_EVENT_EXIT:
                told->ended++;
                break;
        default:
                break;
        }
}

static void read_rings(struct told *told, struct program *const *p)
{
        static struct rota_record records[64];

        for (uint32_t cpu = 0; cpu < run.cpus; cpu++) {
                struct rota_ring *ring = run.rings[cpu];
                for (uint32_t n; (n = rota_ring_read(ring, records, 64)) > 0;)
                        for (uint32_t i = 0; i < n; i++)
                                for (uint32_t k = 0; k < CALLERS; k++)
                                        if (records[i].a == p[k]->handle.index + 1)
                                                tell(&told[k], &records[i]);
                check(__atomic_load_n(&ring->dropped, __ATOMIC_RELAXED) == 0);
        }
}

/* As until(), and nothing is dropped meanwhile: who is waited for may be kept from running for long, while we
 * and who sleeps fill the rings. */
#define until_reading(condition)                                                                   \
        do                                                                                         \
                read_rings(told, p);                                                               \
        while (!(condition) && rota_sleep_for(100 * ROTA_US) == ROTA_OK)

/* One sleeps, one waits for events, one has its call dropped; whoever waits is woken for nothing, too. */
static void traced(void)
{
        static const uint64_t numbers[CALLERS] = {CALL_SLEEP, CALL_EVENT, CALL_EVENT};
        struct program *p[CALLERS];
        struct told told[CALLERS] = {{0}};
        struct space space;

        space_make(&space);
        for (uint32_t k = 0; k < CALLERS; k++) {
                p[k] = program_make(&space, user_calls, "caller");
                p[k]->data->number = told[k].number = numbers[k];
                p[k]->data->argument = k == 0 ? 300 * ROTA_US : 0;
                program_start(p[k]);
        }
        for (uint32_t i = 0; i < 10; i++) {
                for (uint32_t k = 0; k < CALLERS; k++)
                        rota_wake(p[k]->handle);
                rota_sleep_for(50 * ROTA_US);
                until_reading(rota_state(p[1]->handle) == ROTA_TASK_PARKED);
                if (i == 9)
                        put(p[1]->data->stop, 1);
                check(rota_wait_complete(&p[1]->waiting.wait, ROTA_OK));
                until_reading(i == 9 || get(p[1]->data->count) > i);
        }
        put(p[0]->data->stop, 1);
        check(program_end(p[0]) == ROTA_ETIMEDOUT);
        check(program_end(p[1]) == ROTA_OK);
        until_reading(rota_state(p[2]->handle) == ROTA_TASK_PARKED);
        check(rota_cancel(p[2]->handle) == ROTA_OK);
        check(program_end(p[2]) == ROTA_ECANCELED && p[2]->drops == 1);

        read_rings(told, p);
        for (uint32_t k = 0; k < CALLERS; k++) {
                const struct told *t = &told[k];
                /* The last call is that which ends it, and waits for nothing; the dropped one makes none. */
                check(t->asks == get(p[k]->calls) - (k < 2));
                check(t->begins == t->asks + t->wakeups && t->wakeups == p[k]->stats.wakes);
                check(t->ready == t->asks && t->begins == t->ends &&
                        t->ends == t->ready + t->pending);
                check(t->ended == 1);
        }
        check(told[1].wakeups >= 10 && told[1].asks == 10 && told[2].asks == 1);
        space_end(&space);
}

const struct user_case cases_traced[] = {
        {.name = "traced", .run = traced, .records = 32768},
        {0},
};
