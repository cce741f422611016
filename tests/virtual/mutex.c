/* SPDX-License-Identifier: MIT */
/*
 * Mutexes at random on virtual CPUs: lock, try, with time-outs, unlock, change of parameters, cancel, and
 * ends of owners. After each operation everybody's effective urgency is that of a brute-force model of
 * the whole graph, and so are the owners.
 */
#include "owners.h"

#define MUTEXES 6u

const char virtual_name[] = "virtual-mutex";

static uint32_t waits_for[TASKS]; /* a mutex, or NOBODY */

void virtual_begin(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++) {
                uint32_t flags = (virtual_random(4) ? 0 : ROTA_MUTEX_RECURSIVE) |
                                 (virtual_random(6) ? 0 : ROTA_MUTEX_PLAIN);
                rota_mutex_init(&mutexes[m], flags, "m");
        }
        owners_clear();
        for (uint32_t i = 0; i < TASKS; i++)
                waits_for[i] = NOBODY;
}

/* ---- The model. ---- */

/* A task is in a mutex's queue from its begin until it is served, skipped or has finished. */
static bool queued(uint32_t i)
{
        const struct rota_wait *wait = &v.tasks[i].wait;
        return waits_for[i] != NOBODY && wait->queue &&
               (wait->result == ROTA_WAIT_PENDING || !(wait->result & WAIT_SERVED));
}

/* Everybody's effective urgency, from nothing, until nothing changes any more. */
static void effective(struct urgency *e)
{
        bool changed = true;

        owners_begin(e);
        while (changed) {
                changed = false;
                for (uint32_t i = 0; i < TASKS; i++) {
                        uint32_t m = waits_for[i];
                        if (!v.tasks[i].used || !queued(i) || (mutexes[m].flags & ROTA_MUTEX_PLAIN))
                                continue;
                        if (owners[m] != NOBODY && urgency_before(e[i], e[owners[m]])) {
                                e[owners[m]] = e[i];
                                changed = true;
                        }
                }
        }
}

static bool closes(uint32_t m, uint32_t task)
{
        while (owners[m] != task) {
                uint32_t next = owners[m];
                if (next == NOBODY || waits_for[next] == NOBODY ||
                        rota_wait_result(&v.tasks[next].wait) != ROTA_EAGAIN)
                        return false;
                m = waits_for[next];
        }
        return true;
}

/* Who were served by the operation that has just been: they own what they waited for. Each was the most
 * urgent of those who could be. */
static void take_served(const struct urgency *before, const bool *could)
{
        for (uint32_t i = 0; i < TASKS; i++) {
                uint32_t m = waits_for[i];
                if (!v.tasks[i].used || m == NOBODY || owners[m] == i ||
                        v.tasks[i].wait.result == ROTA_WAIT_PENDING ||
                        !(v.tasks[i].wait.result & WAIT_SERVED))
                        continue;
                owners_given(m, i, rota_wait_result(&v.tasks[i].wait));
                for (uint32_t j = 0; j < TASKS; j++)
                        if (could[j] && waits_for[j] == m && urgency_before(before[j], before[i]))
                                virtual_fail("mutex %u goes to task %u before task %u", m, i, j);
                owners_take(m, i);
        }
}

void virtual_verify_more(void)
{
        struct urgency e[TASKS];

        effective(e);
        owners_verify(e);
}

/* ---- What tasks do. ---- */

static void expect(int result, int a, int b)
{
        if (result != a && result != b)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

static void lock(struct virtual_task *t, uint32_t me)
{
        uint32_t m = virtual_random(MUTEXES);
        uint32_t owner = owners[m];
        bool tries = virtual_random(4) == 0;
        bool again = owner == me && (mutexes[m].flags & ROTA_MUTEX_RECURSIVE);
        int wanted = owner == NOBODY ? orphan[m] ? ROTA_EOWNERDEAD : ROTA_OK
                     : again         ? ROTA_OK
                     : owner == me   ? ROTA_EDEADLK
                     : tries         ? ROTA_EAGAIN
                     : closes(m, me) ? ROTA_EDEADLK
                                     : ROTA_EAGAIN;

        v.doing = tries ? "try lock" : "lock";
        int result =
                tries ? rota_mutex_try_lock(&mutexes[m]) : rota_mutex_begin(&mutexes[m], &t->wait);
        expect(result, wanted, wanted);
        if (again)
                return;
        if (result == ROTA_OK || result == ROTA_EOWNERDEAD) {
                owners_take(m, me);
        } else if (result == ROTA_EAGAIN && !tries) {
                waits_for[me] = m;
                if (virtual_random(2))
                        virtual_time_out(&t->wait, v.now + 1 + virtual_random(4000));
                rota_park();
        }
}

/* The mutexes that are given up, one or all: who is served then is checked. */
static void give_up(struct virtual_task *t, uint32_t me, bool all)
{
        struct urgency before[TASKS];
        bool could[TASKS];
        uint32_t first = virtual_random(MUTEXES);

        for (uint32_t k = 0; k < MUTEXES; k++) {
                uint32_t m = (first + k) % MUTEXES;
                if (owners[m] != me) {
                        if (virtual_random(8) == 0)
                                expect(rota_mutex_unlock(&mutexes[m]), ROTA_EPERM, ROTA_EPERM);
                        continue;
                }
                effective(before);
                for (uint32_t j = 0; j < TASKS; j++)
                        could[j] = v.tasks[j].used && queued(j) &&
                                   v.tasks[j].wait.result == ROTA_WAIT_PENDING;
                v.doing = "unlock";
                uint32_t depth = mutexes[m].depth;
                for (uint32_t i = 0; i <= depth; i++) {
                        rota_guard_begin(); /* one operation, whoever is woken */
                        expect(rota_mutex_unlock(&mutexes[m]), ROTA_OK, ROTA_OK);
                }
                owners[m] = NOBODY;
                take_served(before, could);
                for (uint32_t i = 0; i <= depth; i++)
                        rota_guard_end();
                if (rota_port_cpu()->current != &t->task || !all)
                        return;
        }
}

static void leave(struct virtual_task *t, uint32_t me)
{
        struct urgency before[TASKS];
        bool could[TASKS];

        effective(before);
        for (uint32_t j = 0; j < TASKS; j++)
                could[j] =
                        v.tasks[j].used && queued(j) && v.tasks[j].wait.result == ROTA_WAIT_PENDING;
        owners_leave(me);
        virtual_exit(t);
        take_served(before, could);
}

/* It runs again in the middle of a wait. */
static void go_on(struct virtual_task *t, uint32_t me)
{
        uint32_t m = waits_for[me];

        if (virtual_waits_on(&t->wait))
                return;
        v.doing = "finish";
        int result = rota_mutex_finish(&mutexes[m], &t->wait);
        bool mine = result == ROTA_OK || result == ROTA_EOWNERDEAD;
        if (mine != (owners[m] == me))
                virtual_fail("mutex %u: finish answered %s", m, rota_error_text(result));
        waits_for[me] = NOBODY;
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];

        if (waits_for[me] != NOBODY) {
                go_on(t, me);
                return;
        }
        uint32_t dice = virtual_random(100);
        if (v.draining) {
                if (dice < 50)
                        give_up(t, me, true);
                else
                        leave(t, me);
        } else if (rota_cancelled() && dice < 50) {
                leave(t, me);
        } else if (dice < 40) {
                lock(t, me);
        } else if (dice < 65) {
                give_up(t, me, virtual_random(4) == 0);
        } else if (dice < 80) {
                owners_change(other);
        } else if (dice < 82) {
                v.doing = "cancel";
                expect(rota_cancel(other->handle), ROTA_OK, ROTA_ESTALE);
        } else if (dice < 90) {
                v.doing = "yield";
                expect(rota_yield(), ROTA_OK, ROTA_OK);
        } else if (dice < 95) {
                v.doing = "wake";
                expect(rota_wake(other->handle), ROTA_OK, ROTA_ESTALE);
        } else if (dice < 96) {
                leave(t, me);
        } else {
                v.doing = "resched";
                rota_resched();
        }
}
