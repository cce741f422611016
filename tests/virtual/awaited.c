/* SPDX-License-Identifier: MIT */
#include "awaited.h"

struct awaited awaited[TASKS][WAITS];

/* The node that is in the graph. */
static const struct rota_wait *link_of(const struct awaited *a)
{
        return a->mutex == NOBODY ? &a->future.lend.wait : &a->future.await.wait;
}

bool awaited_queued(const struct awaited *a)
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
        return awaited_queued(a) && link_of(a)->decides->result == ROTA_WAIT_PENDING;
}

bool awaited_served(const struct awaited *a)
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
                        if (!awaited_queued(a) || holder(a) == NOBODY ||
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

bool awaited_reaches(uint32_t from, uint32_t to, bool live)
{
        bool seen[TASKS] = {false};
        bool more = true;

        seen[from] = true;
        while (more && !seen[to]) {
                more = false;
                for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                        const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                        if (!seen[n / WAITS] || !(live ? pending(a) : awaited_queued(a)))
                                continue;
                        if (holder(a) != NOBODY && !seen[holder(a)]) {
                                seen[holder(a)] = true;
                                more = true;
                        }
                }
        }
        return seen[to];
}

void awaited_note(struct before *b)
{
        memset(b, 0, sizeof(*b));
        effective(b->urgency);
        for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                struct awaited *a = &awaited[n / WAITS][n % WAITS];
                b->waits[n / WAITS] += awaited_queued(a);
                if (a->mutex == NOBODY || !pending(a))
                        continue;
                b->could[n / WAITS][a->mutex] = true;
                a->used = false; /* over its other waits */
                for (uint32_t k = 0; k < TASKS * WAITS; k++) {
                        const struct awaited *other = &awaited[k / WAITS][k % WAITS];
                        if (k / WAITS != n / WAITS && awaited_queued(other) &&
                                other->mutex == a->mutex)
                                b->back[n / WAITS][a->mutex] |=
                                        awaited_reaches(n / WAITS, k / WAITS, false);
                }
                a->used = true;
        }
}

void awaited_take_served(const struct before *b, bool several)
{
        for (uint32_t n = 0; n < TASKS * WAITS; n++) {
                const struct awaited *a = &awaited[n / WAITS][n % WAITS];
                uint32_t i = n / WAITS;
                uint32_t m = a->mutex;
                if (!awaited_served(a) || owners[m] == i)
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
                if (awaited_queued(a) && holder(a) != NOBODY &&
                        awaited_reaches(holder(a), n / WAITS, false))
                        virtual_fail("task %u waits for itself", n / WAITS);
                if (a->used && a->mutex == NOBODY && a->future.await.state == AWAIT_QUEUED &&
                        a->future.await.how && v.tasks[a->whose].used &&
                        rota_handle_equal(v.tasks[a->whose].handle, a->future.await.task) &&
                        rota_state(a->future.await.task) != ROTA_TASK_DEAD &&
                        a->future.await.wait.result == ROTA_WAIT_PENDING && !awaited_queued(a))
                        virtual_fail("task %u lends to task %u no more", n / WAITS, a->whose);
        }
}
