/* SPDX-License-Identifier: MIT */
/*
 * Condition variables at random on virtual CPUs: waits with time-outs, signals, broadcasts, cancels, ends of
 * owners. A signal reaches the first whose wait has no result, and is that wait's answer; who has been
 * signalled waits for the mutex or has it; nobody has a mutex that another one has.
 */
#include <rota/condition.h>

#include "sync/mutex.h"
#include "virtual.h"

#define TASKS      8u
#define MUTEXES    2u
#define CONDITIONS 3u
#define NOBODY     UINT32_MAX

const char virtual_name[] = "virtual-condition";

enum phase { FREE, LOCKING, WAITING, RELOCKING };

static struct rota_mutex mutexes[MUTEXES];
static struct rota_condition conditions[CONDITIONS];
static struct rota_condition_wait waits[TASKS];
/* The model. */
static enum phase phases[TASKS];
static uint32_t owners[MUTEXES]; /* who knows that it has it, or NOBODY */
static bool orphan[MUTEXES]; /* its owner has ended, and nobody has known that it has it since */
static uint32_t mutex_of_task[TASKS];     /* that it has, waits for, or has given up; NOBODY */
static uint32_t lines[CONDITIONS][TASKS]; /* who waits, in order */
static uint32_t line_counts[CONDITIONS];
static bool signalled[TASKS];
static bool timed[TASKS];
static uint64_t sent;     /* signals that reached somebody */
static uint64_t received; /* and were answered */

void virtual_begin(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++) {
                rota_mutex_init(&mutexes[m], m ? ROTA_MUTEX_RECURSIVE : 0, "m");
                owners[m] = NOBODY;
                orphan[m] = false;
        }
        for (uint32_t c = 0; c < CONDITIONS; c++) {
                rota_condition_init(&conditions[c], ROTA_WAIT_FIFO, "c");
                line_counts[c] = 0;
        }
        for (uint32_t i = 0; i < TASKS; i++) {
                phases[i] = FREE;
                mutex_of_task[i] = NOBODY;
                signalled[i] = false;
        }
        sent = 0;
        received = 0;
}

static bool was_served(const struct rota_wait *wait)
{
        return wait->result != ROTA_WAIT_PENDING && (wait->result & WAIT_SERVED);
}

static void verify_task(uint32_t i)
{
        if (phases[i] == WAITING || phases[i] == RELOCKING)
                if (was_served(&waits[i].signal) != signalled[i])
                        virtual_fail("task %u is signalled, or is not", i);
        if (phases[i] == WAITING && !signalled[i])
                return;
        if (phases[i] == FREE)
                return;
        struct rota_mutex *mutex = &mutexes[mutex_of_task[i]];
        const struct rota_wait *wait = &waits[i].lock;
        bool has = rota_handle_equal(rota_mutex_owner(mutex), v.tasks[i].handle);
        if (was_served(wait) != has)
                virtual_fail("task %u %s the mutex, and the wait does not say so", i,
                        has ? "has" : "has not");
        if (has && owners[mutex_of_task[i]] != NOBODY)
                virtual_fail("task %u has what task %u has", i, owners[mutex_of_task[i]]);
        if (!has && (wait->queue != &mutex->waiters || !rota_atomic_load(&mutex->word)))
                virtual_fail("task %u waits, and not for the mutex", i);
}

/* Who has a mutex is as urgent as all who wait for it. */
static void verify_mutex(uint32_t m)
{
        const struct rota_wait *first = mutexes[m].waiters.first;
        const struct rota_wait *wait = first;

        if (owners[m] != NOBODY &&
                !rota_handle_equal(rota_mutex_owner(&mutexes[m]), v.tasks[owners[m]].handle))
                virtual_fail("mutex %u is not task %u's", m, owners[m]);
        if (!first)
                return;
        struct urgency its = urgency_of(mutex_owner(&mutexes[m]));
        do {
                if (urgency_before(urgency_of(wait_task(wait)), its))
                        virtual_fail("the owner of mutex %u inherits too little", m);
                wait = wait->next;
        } while (wait != first);
}

void virtual_verify_more(void)
{
        for (uint32_t i = 0; i < TASKS; i++)
                if (v.tasks[i].used)
                        verify_task(i);
        for (uint32_t m = 0; m < MUTEXES; m++)
                verify_mutex(m);
        uint64_t pending = 0;
        for (uint32_t i = 0; i < TASKS; i++)
                pending += signalled[i];
        if (sent != received + pending)
                virtual_fail("%u signals sent, %u answered", (unsigned)sent, (unsigned)received);
}

static void expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

/* It has a mutex, and knows. */
static void got(uint32_t me, int result)
{
        uint32_t m = mutex_of_task[me];

        if (result != (orphan[m] ? ROTA_EOWNERDEAD : ROTA_OK))
                virtual_fail("mutex %u is had with %s", m, rota_error_text(result));
        if (owners[m] != NOBODY)
                virtual_fail("task %u has what task %u has", me, owners[m]);
        owners[m] = me;
        orphan[m] = false;
        phases[me] = FREE;
}

static void park(struct virtual_task *t)
{
        rota_guard_end();
        if (rota_port_cpu()->current == &t->task)
                rota_park();
}

static void lock(struct virtual_task *t, uint32_t me)
{
        uint32_t m = virtual_random(MUTEXES);

        v.doing = "lock";
        rota_guard_begin();
        int result = rota_mutex_begin(&mutexes[m], &waits[me].lock);
        mutex_of_task[me] = m;
        if (result == ROTA_EAGAIN) {
                phases[me] = LOCKING;
                park(t);
                return;
        }
        got(me, result);
        rota_guard_end();
}

static void unlock(uint32_t me)
{
        uint32_t m = mutex_of_task[me];

        v.doing = "unlock";
        owners[m] = NOBODY;
        mutex_of_task[me] = NOBODY;
        expect(rota_mutex_unlock(&mutexes[m]), ROTA_OK);
}

/* How many wait without a time-out. */
static uint32_t patient(void)
{
        uint32_t n = 0;
        for (uint32_t i = 0; i < TASKS; i++)
                n += phases[i] == WAITING && !timed[i];
        return n;
}

static void wait_for(struct virtual_task *t, uint32_t me)
{
        uint32_t c = virtual_random(CONDITIONS);
        uint32_t m = mutex_of_task[me];

        v.doing = "begin";
        expect(rota_condition_begin(&conditions[c], &mutexes[(m + 1) % MUTEXES], &waits[me]),
                ROTA_EPERM);
        rota_guard_begin();
        owners[m] = NOBODY;
        expect(rota_condition_begin(&conditions[c], &mutexes[m], &waits[me]), ROTA_EAGAIN);
        signalled[me] = false;
        timed[me] = virtual_random(2) || patient() >= 2;
        phases[me] = WAITING;
        lines[c][line_counts[c]++] = me;
        /* So few wait for ever that somebody is there to signal them. */
        if (timed[me])
                virtual_time_out(&waits[me].signal, v.now + 1 + virtual_random(4000));
        park(t);
}

static void drop_at(uint32_t c, uint32_t at)
{
        line_counts[c]--;
        for (; at < line_counts[c]; at++)
                lines[c][at] = lines[c][at + 1];
}

/* By whoever, with a mutex or without. */
static void tell(bool all)
{
        uint32_t c = virtual_random(CONDITIONS);
        uint32_t reached = 0;

        v.doing = all ? "broadcast" : "signal";
        rota_guard_begin(); /* one operation, whoever is woken */
        while (line_counts[c] && (all || !reached)) {
                uint32_t first = lines[c][0];
                drop_at(c, 0);
                if (waits[first].signal.result != ROTA_WAIT_PENDING)
                        continue; /* timed out, and does not know yet */
                signalled[first] = true;
                reached++;
        }
        sent += reached;
        uint32_t told = all ? rota_condition_broadcast(&conditions[c])
                            : rota_condition_signal(&conditions[c]);
        if (told != reached)
                virtual_fail("%s reached %u and should %u", v.doing, told, reached);
        virtual_verify_more();
        rota_guard_end();
}

static void finish(uint32_t me)
{
        int signal = rota_wait_result(&waits[me].signal);
        bool dead = orphan[mutex_of_task[me]];
        int result = rota_condition_finish(&waits[me]);

        v.doing = "finish";
        if (signalled[me]) {
                signalled[me] = false;
                received++;
        }
        expect(result, dead ? ROTA_EOWNERDEAD : signal);
        got(me, dead ? ROTA_EOWNERDEAD : ROTA_OK);
}

/* It runs again in the middle of a wait for a signal. */
static void signal_came(struct virtual_task *t, uint32_t me)
{
        bool cancelled = rota_cancelled();

        if (rota_wait_result(&waits[me].signal) == ROTA_EAGAIN && !v.draining && !cancelled) {
                v.doing = "park on";
                rota_park();
                return;
        }
        rota_guard_begin();
        if (cancelled)
                rota_wait_complete(&waits[me].signal, ROTA_ECANCELED);
        rota_timer_cancel(&waits[me].signal.timer);
        v.doing = "relock";
        for (uint32_t c = 0; c < CONDITIONS; c++)
                for (uint32_t i = 0; i < line_counts[c]; i++)
                        if (lines[c][i] == me)
                                drop_at(c, i);
        int result = rota_condition_relock(&waits[me]);
        if (result == ROTA_EAGAIN) {
                phases[me] = RELOCKING;
                park(t);
                return;
        }
        expect(result, ROTA_OK);
        finish(me);
        rota_guard_end();
}

static void go_on(struct virtual_task *t, uint32_t me)
{
        if (phases[me] == WAITING) {
                signal_came(t, me);
                return;
        }
        bool gives_up = phases[me] == LOCKING && rota_cancelled();
        if (gives_up)
                rota_wait_complete(&waits[me].lock, ROTA_ECANCELED);
        if (rota_wait_result(&waits[me].lock) == ROTA_EAGAIN) {
                v.doing = "park on";
                rota_park();
                return;
        }
        rota_guard_begin();
        if (phases[me] == RELOCKING) {
                finish(me);
        } else {
                int result = rota_mutex_finish(&mutexes[mutex_of_task[me]], &waits[me].lock);
                if (result != ROTA_ECANCELED || !gives_up) {
                        got(me, result);
                } else {
                        phases[me] = FREE;
                        mutex_of_task[me] = NOBODY;
                }
        }
        rota_guard_end();
}

static void leave(struct virtual_task *t, uint32_t me)
{
        uint32_t m = mutex_of_task[me];

        if (m != NOBODY) {
                owners[m] = NOBODY;
                orphan[m] = true;
                mutex_of_task[me] = NOBODY;
        }
        virtual_exit(t);
}

static void change(struct virtual_task *other)
{
        struct rota_params p = {.class_index = (uint8_t)virtual_random(v.classes),
                .priority = (uint16_t)(1 + virtual_random(6))};

        v.doing = "set_params";
        if (other->used)
                expect(rota_set_params(other->handle, &p), ROTA_OK);
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];
        uint32_t dice = virtual_random(100);
        bool has = mutex_of_task[me] != NOBODY;

        if (phases[me] != FREE) {
                go_on(t, me);
        } else if (v.draining || (rota_cancelled() && dice < 50)) {
                leave(t, me);
        } else if (dice < 30) {
                if (has)
                        wait_for(t, me);
                else
                        lock(t, me);
        } else if (dice < 40) {
                if (has)
                        unlock(me);
        } else if (dice < 70) {
                tell(dice < 45);
        } else if (dice < 76) {
                change(other);
        } else if (dice < 78) {
                v.doing = "cancel";
                (void)rota_cancel(other->handle);
        } else if (dice < 85) {
                v.doing = "yield";
                expect(rota_yield(), ROTA_OK);
        } else if (dice < 95) {
                v.doing = "wake";
                (void)rota_wake(other->handle);
        } else if (dice < 96) {
                leave(t, me);
        } else {
                v.doing = "resched";
                rota_resched();
        }
}
