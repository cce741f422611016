/* SPDX-License-Identifier: MIT */
/*
 * Mutexes awaited, and ends of tasks awaited with inheritance, at random on virtual CPUs: tasks with up to
 * three futures that wait at a time, dropped in every state, beside tasks that wait for one thing like a
 * thread. After each operation everybody's effective urgency is that of a brute-force model of the whole
 * graph, and so are the owners: so who was served and dropped lost nothing.
 */
#include "awaited.h"

const char virtual_name[] = "virtual-await";

static uint64_t seen_multiple, seen_circles, seen_given_back, seen_lent;

void virtual_begin(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++)
                rota_mutex_init(&mutexes[m], virtual_random(6) ? 0 : ROTA_MUTEX_PLAIN, "m");
        owners_clear();
        memset(awaited, 0, sizeof(awaited));
}

static bool acts_as_thread(uint32_t i)
{
        return i & 1;
}

static void expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %s, not %s", v.doing, rota_error_text(result),
                        rota_error_text(wanted));
}

/* A poll of one of them; its answer where it is ready. */
static bool poll(uint32_t me, struct awaited *a)
{
        struct rota_poll_context context = {.waker = v.tasks[me].handle, .budget = 1};

        if (rota_future_poll(&a->future.await.future, &context) != ROTA_POLL_READY)
                return false;
        a->used = false;
        return true;
}

static int wanted_of(uint32_t me, uint32_t m)
{
        for (uint32_t k = 0; k < WAITS; k++) {
                const struct awaited *a = &awaited[me][k];
                if (awaited_queued(a) && a->mutex == m)
                        return ROTA_EDEADLK;
        }
        if (owners[m] == NOBODY)
                return orphan[m] ? ROTA_EOWNERDEAD : ROTA_OK;
        return awaited_reaches(owners[m], me, true) ? ROTA_EDEADLK : ROTA_EAGAIN;
}

static void await_mutex(uint32_t me, struct awaited *a, struct rota_timeout timeout)
{
        uint32_t m = virtual_random(MUTEXES);
        int wanted = wanted_of(me, m);
        struct before before;

        awaited_note(&before);
        v.doing = "await a mutex";
        *a = (struct awaited){.used = true, .mutex = m};
        rota_await_mutex(&a->future.await, &mutexes[m], timeout);
        if (!poll(me, a)) {
                expect(wanted, ROTA_EAGAIN);
                return;
        }
        int result = a->future.await.result;
        if (result == ROTA_ECANCELED && rota_cancelled() && wanted == ROTA_EAGAIN)
                return;
        expect(result, wanted);
        seen_circles += result == ROTA_EDEADLK;
        if (result == ROTA_OK || result == ROTA_EOWNERDEAD) {
                owners_take(m, me);
        }
}

static void await_end(uint32_t me, struct awaited *a, struct rota_timeout timeout)
{
        uint32_t other = virtual_random(TASKS);
        bool lives = v.tasks[other].used && rota_state(v.tasks[other].handle) != ROTA_TASK_DEAD;
        bool circle = lives && other != me && awaited_reaches(other, me, true);

        v.doing = "await an end";
        *a = (struct awaited){.used = true, .mutex = NOBODY, .whose = other};
        rota_await_join_inherit(&a->future, v.tasks[other].handle, timeout);
        if (!poll(me, a)) {
                if (other == me || circle)
                        virtual_fail("task %u waits for itself", me);
                seen_lent += lives;
                return;
        }
        int result = a->future.await.result;
        if (other == me && result != ROTA_EINVAL)
                virtual_fail("its own end: %s", rota_error_text(result));
        if ((result == ROTA_EDEADLK) != circle)
                virtual_fail("an end: %s", rota_error_text(result));
        seen_circles += circle;
}

static void begin(uint32_t me)
{
        uint32_t k = acts_as_thread(me) ? 0 : virtual_random(WAITS);
        struct rota_timeout timeout = virtual_random(2)
                                              ? rota_timeout_after(virtual_random(4000) + 1)
                                              : rota_timeout_forever();

        if (awaited[me][k].used)
                return;
        if (virtual_random(4))
                await_mutex(me, &awaited[me][k], timeout);
        else
                await_end(me, &awaited[me][k], timeout);
        uint32_t count = 0;
        for (uint32_t i = 0; i < WAITS; i++)
                count += awaited_queued(&awaited[me][i]);
        seen_multiple += count > 1;
}

static void drop(struct awaited *a)
{
        struct before before;

        if (!a->used)
                return;
        uint32_t m = a->mutex;
        bool had = awaited_served(a);
        int result = rota_wait_result(&a->future.await.wait);
        v.doing = had ? "drop what was served" : "drop";
        awaited_note(&before);
        rota_guard_begin(); /* one operation, whoever is woken */
        rota_future_drop(&a->future.await.future);
        a->used = false;
        expect((int)a->future.await.future.value, ROTA_ECANCELED);
        if (had) {
                owners[m] = NOBODY;
                orphan[m] = result == ROTA_EOWNERDEAD;
                seen_given_back++;
        }
        awaited_take_served(&before, false);
        rota_guard_end();
}

static void unlock(uint32_t me)
{
        uint32_t first = virtual_random(MUTEXES);
        struct before before;

        for (uint32_t k = 0; k < MUTEXES; k++) {
                uint32_t m = (first + k) % MUTEXES;
                bool knows = owners[m] == me;
                for (uint32_t w = 0; w < WAITS; w++)
                        if (awaited[me][w].used && awaited[me][w].mutex == m)
                                knows = false; /* it has not been told yet that it has it */
                if (!knows)
                        continue;
                v.doing = "unlock";
                awaited_note(&before);
                rota_guard_begin();
                expect(rota_mutex_unlock(&mutexes[m]), ROTA_OK);
                owners[m] = NOBODY;
                awaited_take_served(&before, false);
                rota_guard_end();
                return;
        }
}

/* All its futures are looked at; whether one of them waits still. */
static bool poll_all(uint32_t me)
{
        bool waits = false;

        v.doing = "poll";
        for (uint32_t k = 0; k < WAITS; k++) {
                struct awaited *a = &awaited[me][k];
                if (!a->used)
                        continue;
                uint32_t m = a->mutex;
                bool had = awaited_served(a);
                if (!poll(me, a)) {
                        waits = true;
                        continue;
                }
                int result = a->future.await.result;
                bool mine = result == ROTA_OK || result == ROTA_EOWNERDEAD;
                if (m != NOBODY && (mine != had || (mine && owners[m] != me)))
                        virtual_fail("mutex %u: a poll answered %s", m, rota_error_text(result));
        }
        return waits;
}

/* Something of everything must have been. */
static void all_seen(void)
{
        if (!seen_multiple || !seen_circles || !seen_given_back || !seen_lent)
                virtual_fail("several at a time %llu, circles %llu, given back %llu, lent %llu",
                        (unsigned long long)seen_multiple, (unsigned long long)seen_circles,
                        (unsigned long long)seen_given_back, (unsigned long long)seen_lent);
}

static void leave(struct virtual_task *t, uint32_t me)
{
        struct before before;

        for (uint32_t k = 0; k < WAITS; k++) {
                drop(&awaited[me][k]);
                if (rota_port_cpu()->current != &t->task)
                        return; /* somebody whom it has served runs first */
        }
        awaited_note(&before);
        owners_leave(me);
        virtual_exit(t);
        awaited_take_served(&before, true);
        if (v.draining)
                all_seen();
}

static bool idle(uint32_t me)
{
        for (uint32_t k = 0; k < WAITS; k++)
                if (awaited[me][k].used)
                        return false;
        return true;
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];
        uint32_t dice = virtual_random(100);

        if (v.draining || (rota_cancelled() && dice < 50)) {
                leave(t, me);
                return;
        }
        if (acts_as_thread(me) && !idle(me)) {
                if (poll_all(me)) {
                        v.doing = "park";
                        rota_park();
                }
                return;
        }
        if (dice < 40) {
                begin(me);
        } else if (dice < 55) {
                unlock(me);
        } else if (dice < 65) {
                drop(&awaited[me][virtual_random(WAITS)]);
        } else if (dice < 75) {
                if (poll_all(me)) {
                        v.doing = "park";
                        rota_park();
                }
        } else if (dice < 85) {
                owners_change(other);
        } else if (dice < 87) {
                v.doing = "cancel";
                rota_cancel(other->handle);
        } else if (dice < 93) {
                v.doing = "yield";
                expect(rota_yield(), ROTA_OK);
        } else if (dice < 96) {
                v.doing = "wake";
                rota_wake(other->handle);
        } else if (dice < 98) {
                leave(t, me);
        } else {
                v.doing = "resched";
                rota_resched();
        }
}
