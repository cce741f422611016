/* SPDX-License-Identifier: MIT */
/*
 * Mutexes awaited, and ends of tasks awaited with inheritance, at random on virtual CPUs: tasks with up to
 * three futures that wait at a time, dropped in every state, beside tasks that wait for one thing like a
 * thread. After each operation everybody's effective urgency is that of a brute-force model of the whole
 * graph, and so are the owners: so who was served and dropped lost nothing.
 */
#include "future/await.h"
#include "owners.h"

#define MUTEXES 5u
#define WAITS   3u

const char virtual_name[] = "virtual-await";

/* What a task awaits: a mutex, or another one's end. */
struct awaited {
        struct rota_await_inherit future;
        bool used;
        uint32_t mutex; /* NOBODY: an end */
        uint32_t whose; /* that end */
};

static struct awaited awaited[TASKS][WAITS];
static uint64_t seen_multiple, seen_circles, seen_given_back, seen_lent;

void virtual_begin(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++)
                rota_mutex_init(&mutexes[m], virtual_random(6) ? 0 : ROTA_MUTEX_PLAIN, "m");
        owners_clear();
        memset(awaited, 0, sizeof(awaited));
}

/* ---- The model. ---- */

static bool acts_as_thread(uint32_t i)
{
        return i & 1;
}

/* The node that is in the graph. */
static const struct rota_wait *link_of(const struct awaited *a)
{
        return a->mutex == NOBODY ? &a->future.lend.wait : &a->future.await.wait;
}

/* It is in a queue: from its begin until it is served, skipped, or has finished. */
static bool queued(const struct awaited *a)
{
        if (!a->used || a->future.await.state != AWAIT_QUEUED)
                return false;
        if (a->mutex == NOBODY)
                return a->future.await.how && a->future.lend.wait.queue;
        const struct rota_wait *wait = &a->future.await.wait;
        return wait->queue && (wait->result == ROTA_WAIT_PENDING || !(wait->result & WAIT_SERVED));
}

/* And waits still. */
static bool pending(const struct awaited *a)
{
        return queued(a) && link_of(a)->decides->result == ROTA_WAIT_PENDING;
}

static bool served(const struct awaited *a)
{
        return a->used && a->mutex != NOBODY && a->future.await.state == AWAIT_QUEUED &&
               a->future.await.wait.result != ROTA_WAIT_PENDING &&
               (a->future.await.wait.result & WAIT_SERVED);
}

/* Who has what it waits for. */
static uint32_t holder(const struct awaited *a)
{
        return a->mutex == NOBODY ? a->whose : owners[a->mutex];
}

/* Everybody's effective urgency, from nothing, until nothing changes any more. */
static void effective(struct urgency *e)
{
        bool changed = true;

        owners_begin(e);
        while (changed) {
                changed = false;
                for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                        const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                        if (!queued(a) || holder(a) == NOBODY ||
                                (a->mutex != NOBODY &&
                                        (mutexes[a->mutex].flags & ROTA_MUTEX_PLAIN)))
                                continue;
                        if (urgency_before(e[n / WAITS], e[holder(a)])) {
                                e[holder(a)] = e[n / WAITS];
                                changed = true;
                        }
                }
        }
}

/* Does the one wait for the other, over however many? `live`: only over those that wait still. */
static bool reaches(uint32_t from, uint32_t to, bool live)
{
        bool seen[TASKS] = {false};
        bool more = true;

        seen[from] = true;
        while (more && !seen[to]) {
                more = false;
                for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                        const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                        if (!seen[n / WAITS] || !(live ? pending(a) : queued(a)))
                                continue;
                        if (holder(a) != NOBODY && !seen[holder(a)]) {
                                seen[holder(a)] = true;
                                more = true;
                        }
                }
        }
        return seen[to];
}

/* The state before an operation by which mutexes change hands. */
struct before {
        struct urgency urgency[TASKS];
        uint32_t waits[TASKS];      /* how many nodes it has in queues */
        bool could[TASKS][MUTEXES]; /* it waited for it still */
        bool back[TASKS][MUTEXES];  /* it would wait for who waits for it */
};

static void note(struct before *b)
{
        memset(b, 0, sizeof(*b));
        effective(b->urgency);
        for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                struct awaited *a = &awaited[n / WAITS][n % WAITS];
                b->waits[n / WAITS] += queued(a);
                if (a->mutex == NOBODY || !pending(a))
                        continue;
                b->could[n / WAITS][a->mutex] = true;
                a->used = false; /* over its other waits */
                for (uint32_t k = 0; k < TASKS * WAITS; k++) {
                        const struct awaited *other = &awaited[k / WAITS][k % WAITS];
                        if (k / WAITS != n / WAITS && queued(other) && other->mutex == a->mutex)
                                b->back[n / WAITS][a->mutex] |=
                                        reaches(n / WAITS, k / WAITS, false);
                }
                a->used = true;
        }
}

/* Who were served by the operation that has just been: they own what they waited for. Each was the most
 * urgent of those who could be. `several`: mutexes went one after the other, and ways changed meanwhile. */
static void take_served(const struct before *b, bool several)
{
        for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                uint32_t i = n / WAITS;
                uint32_t m = a->mutex;
                if (!served(a) || owners[m] == i)
                        continue;
                owners_given(m, i, rota_wait_result(&a->future.await.wait));
                for (uint32_t j = 0; j < TASKS; j++)
                        if (b->could[j][m] && urgency_before(b->urgency[j], b->urgency[i]) &&
                                (several ? b->waits[j] == 1 : !b->back[j][m]))
                                virtual_fail("mutex %u goes to task %u before task %u", m, i, j);
                owners_take(m, i);
        }
}

void virtual_verify_more(void)
{
        struct urgency e[TASKS];

        effective(e);
        owners_verify(e);
        for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                if (queued(a) && holder(a) != NOBODY && reaches(holder(a), n / WAITS, false))
                        virtual_fail("task %u waits for itself", n / WAITS);
                if (a->used && a->mutex == NOBODY && a->future.await.state == AWAIT_QUEUED &&
                        a->future.await.how && v.tasks[a->whose].used &&
                        rota_handle_equal(v.tasks[a->whose].handle, a->future.await.task) &&
                        rota_state(a->future.await.task) != ROTA_TASK_DEAD &&
                        a->future.await.wait.result == ROTA_WAIT_PENDING && !queued(a))
                        virtual_fail("task %u lends to task %u no more", n / WAITS, a->whose);
        }
}

/* ---- What tasks do. ---- */

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
                if (queued(a) && a->mutex == m)
                        return ROTA_EDEADLK;
        }
        if (owners[m] == NOBODY)
                return orphan[m] ? ROTA_EOWNERDEAD : ROTA_OK;
        return reaches(owners[m], me, true) ? ROTA_EDEADLK : ROTA_EAGAIN;
}

static void await_mutex(uint32_t me, struct awaited *a, struct rota_timeout timeout)
{
        uint32_t m = virtual_random(MUTEXES);
        int wanted = wanted_of(me, m);
        struct before before;

        note(&before);
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
        bool circle = lives && other != me && reaches(other, me, true);

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
                count += queued(&awaited[me][i]);
        seen_multiple += count > 1;
}

static void drop(struct awaited *a)
{
        struct before before;

        if (!a->used)
                return;
        uint32_t m = a->mutex;
        bool had = served(a);
        int result = rota_wait_result(&a->future.await.wait);
        v.doing = had ? "drop what was served" : "drop";
        note(&before);
        rota_guard_begin(); /* one operation, whoever is woken */
        rota_future_drop(&a->future.await.future);
        a->used = false;
        expect((int)a->future.await.future.value, ROTA_ECANCELED);
        if (had) {
                owners[m] = NOBODY;
                orphan[m] = result == ROTA_EOWNERDEAD;
                seen_given_back++;
        }
        take_served(&before, false);
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
                note(&before);
                rota_guard_begin();
                expect(rota_mutex_unlock(&mutexes[m]), ROTA_OK);
                owners[m] = NOBODY;
                take_served(&before, false);
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
                bool had = served(a);
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

static void leave(struct virtual_task *t, uint32_t me)
{
        struct before before;

        for (uint32_t k = 0; k < WAITS; k++) {
                drop(&awaited[me][k]);
                if (rota_port_cpu()->current != &t->task)
                        return; /* somebody whom it has served runs first */
        }
        note(&before);
        owners_leave(me);
        virtual_exit(t);
        take_served(&before, true);
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
