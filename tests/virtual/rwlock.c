/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks at random on virtual CPUs: lock, try, with time-outs, unlock, downgrade, cancel. After
 * each operation the word, the queue in its order, and who has been served are those of a model.
 */
#include <rota/rwlock.h>

#include "sync/queue.h"
#include "virtual.h"

#define TASKS  8u
#define LOCKS  3u
#define NOBODY UINT32_MAX

const char virtual_name[] = "virtual-rwlock";

enum holds { NOTHING, READS, WRITES };

static struct rota_rwlock locks[LOCKS];
/* The model. */
static enum holds holds[TASKS][LOCKS];
static struct {
        uint32_t tasks[TASKS];
        uint32_t count;
} queues[LOCKS];
static uint32_t waits_for[TASKS]; /* a lock, until it has finished; or NOBODY */
static enum holds wants[TASKS];
static bool served[TASKS];

void virtual_begin(void)
{
        memset(holds, 0, sizeof(holds));
        memset(queues, 0, sizeof(queues));
        for (uint32_t l = 0; l < LOCKS; l++)
                rota_rwlock_init(&locks[l], "l");
        for (uint32_t i = 0; i < TASKS; i++) {
                waits_for[i] = NOBODY;
                served[i] = false;
        }
}

static uint32_t count(uint32_t l, enum holds how)
{
        uint32_t n = 0;
        for (uint32_t i = 0; i < TASKS; i++)
                n += holds[i][l] == how;
        return n;
}

static bool possible(uint32_t l, enum holds how)
{
        return count(l, WRITES) == 0 && (how == READS || count(l, READS) == 0);
}

static void drop_at(uint32_t l, uint32_t at)
{
        queues[l].count--;
        for (; at < queues[l].count; at++)
                queues[l].tasks[at] = queues[l].tasks[at + 1];
}

/* Who are served, in the model: before the operation, for it looks whose wait has a result already. */
static void serve(uint32_t l)
{
        while (queues[l].count) {
                uint32_t first = queues[l].tasks[0];
                if (!possible(l, wants[first]))
                        return;
                drop_at(l, 0);
                if (v.tasks[first].wait.result == ROTA_WAIT_PENDING) {
                        holds[first][l] = wants[first];
                        served[first] = true;
                }
        }
}

static void verify_queue(uint32_t l)
{
        const struct rota_wait *wait = locks[l].waiters.first;

        for (uint32_t i = 0; i < queues[l].count; i++) {
                if (!wait || wait != &v.tasks[queues[l].tasks[i]].wait)
                        virtual_fail("lock %u: place %u of the queue is not task %u's", l, i,
                                queues[l].tasks[i]);
                wait = wait->next;
        }
        if (wait != locks[l].waiters.first || (wait && !queues[l].count))
                virtual_fail("lock %u: more wait than %u", l, queues[l].count);
}

void virtual_verify_more(void)
{
        for (uint32_t l = 0; l < LOCKS; l++) {
                uintptr_t should = (uintptr_t)count(l, READS) * 4 | (count(l, WRITES) ? 2 : 0) |
                                   (queues[l].count ? 1 : 0);
                if (locks[l].word != should || count(l, WRITES) > 1)
                        virtual_fail("lock %u: the word is %u and should be %u", l,
                                (unsigned)locks[l].word, (unsigned)should);
                verify_queue(l);
        }
        for (uint32_t i = 0; i < TASKS; i++) {
                uintptr_t result = v.tasks[i].wait.result;
                bool is = waits_for[i] != NOBODY && result != ROTA_WAIT_PENDING &&
                          (result & WAIT_SERVED);
                if (is != (waits_for[i] != NOBODY && served[i]))
                        virtual_fail("task %u is %sserved", i, is ? "" : "not ");
        }
}

static void expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %s", v.doing, rota_error_text(result));
}

static bool has_any(uint32_t me)
{
        for (uint32_t l = 0; l < LOCKS; l++)
                if (holds[me][l])
                        return true;
        return false;
}

static void lock(struct virtual_task *t, uint32_t me)
{
        uint32_t l = virtual_random(LOCKS);
        enum holds how = virtual_random(3) ? READS : WRITES;
        bool tries = virtual_random(4) == 0;
        int wanted = holds[me][l] == WRITES                     ? ROTA_EDEADLK
                     : possible(l, how) && queues[l].count == 0 ? ROTA_OK
                                                                : ROTA_EAGAIN;

        if (holds[me][l] == READS)
                return; /* it might wait for itself */
        v.doing = tries ? "try" : "begin";
        if (tries) {
                expect(how == READS ? rota_rwlock_try_read(&locks[l])
                                    : rota_rwlock_try_write(&locks[l]),
                        wanted);
        } else {
                expect(how == READS ? rota_rwlock_read_begin(&locks[l], &t->wait)
                                    : rota_rwlock_write_begin(&locks[l], &t->wait),
                        wanted);
        }
        if (wanted == ROTA_OK) {
                holds[me][l] = how;
        } else if (wanted == ROTA_EAGAIN && !tries) {
                queues[l].tasks[queues[l].count++] = me;
                waits_for[me] = l;
                wants[me] = how;
                served[me] = false;
                /* Who has something does not wait for ever. */
                if (has_any(me) || virtual_random(2))
                        virtual_time_out(&t->wait, v.now + 1 + virtual_random(4000));
                if (rota_port_cpu()->current == &t->task)
                        rota_park();
        }
}

/* One operation, whoever is woken: the model's part of it comes first. */
static void give_up(uint32_t me)
{
        uint32_t l = virtual_random(LOCKS);
        bool downgrades = virtual_random(3) == 0;

        rota_guard_begin();
        if (holds[me][l] == READS) {
                v.doing = "end_read";
                holds[me][l] = NOTHING;
                serve(l);
                expect(rota_rwlock_end_read(&locks[l]), ROTA_OK);
        } else if (holds[me][l] == WRITES) {
                v.doing = downgrades ? "downgrade" : "end_write";
                holds[me][l] = downgrades ? READS : NOTHING;
                serve(l);
                expect(downgrades ? rota_rwlock_downgrade(&locks[l])
                                  : rota_rwlock_end_write(&locks[l]),
                        ROTA_OK);
        } else {
                v.doing = "end of what it has not";
                expect(rota_rwlock_end_write(&locks[l]), ROTA_EPERM);
                expect(rota_rwlock_downgrade(&locks[l]), ROTA_EPERM);
                if (count(l, READS) == 0)
                        expect(rota_rwlock_end_read(&locks[l]), ROTA_EPERM);
        }
        virtual_verify_more();
        rota_guard_end();
}

static void go_on(struct virtual_task *t, uint32_t me)
{
        uint32_t l = waits_for[me];

        if (virtual_waits_on(&t->wait))
                return;
        rota_guard_begin();
        v.doing = "finish";
        int wanted = rota_wait_result(&t->wait);
        if (!served[me]) {
                for (uint32_t i = 0; i < queues[l].count; i++)
                        if (queues[l].tasks[i] == me)
                                drop_at(l, i);
                serve(l);
        }
        expect(rota_rwlock_finish(&locks[l], &t->wait), wanted);
        if (served[me] != (wanted == ROTA_OK))
                virtual_fail("finish answered %s", rota_error_text(wanted));
        waits_for[me] = NOBODY;
        virtual_verify_more();
        rota_guard_end();
}

static void leave(struct virtual_task *t, uint32_t me)
{
        if (has_any(me)) {
                give_up(me);
                return;
        }
        virtual_exit(t);
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];
        uint32_t dice = virtual_random(100);

        if (waits_for[me] != NOBODY) {
                go_on(t, me);
        } else if (v.draining || (rota_cancelled() && dice < 50)) {
                leave(t, me);
        } else if (dice < 40) {
                lock(t, me);
        } else if (dice < 80) {
                give_up(me);
        } else if (dice < 82) {
                v.doing = "cancel";
                (void)rota_cancel(other->handle);
        } else if (dice < 88) {
                v.doing = "yield";
                expect(rota_yield(), ROTA_OK);
        } else if (dice < 94) {
                v.doing = "wake";
                (void)rota_wake(other->handle);
        } else if (dice < 95) {
                leave(t, me);
        } else {
                v.doing = "resched";
                rota_resched();
        }
}
