/* SPDX-License-Identifier: MIT */
/*
 * Event flags and barriers at random: a set serves exactly those who then have what they wait for, with
 * what they get, and clears what they clear; a barrier lets all of a round pass, and nobody else.
 */
#include <rota/barrier.h>
#include <rota/events.h>

#include "waits.h"

#define EACH  3u
#define FLAGS 5u /* few, so that they meet */

const char virtual_name[] = "virtual-events";

static struct rota_events events[EACH];
static struct rota_barrier barriers[EACH];
static struct waits of_events[EACH], of_barrier[EACH];
static uint32_t is[EACH]; /* flags, by the model */

void virtual_begin(void)
{
        memset(waiters, 0, sizeof(waiters));
        for (uint32_t k = 0; k < EACH; k++) {
                is[k] = virtual_random(1u << FLAGS);
                waits_expect(rota_events_init(&events[k], is[k], "e"), ROTA_OK);
                waits_expect(rota_barrier_init(&barriers[k], 1 + virtual_random(4), "b"), ROTA_OK);
                waits_clear(&of_events[k], &events[k].waiters);
                waits_clear(&of_barrier[k], &barriers[k].waiters);
        }
}

static bool serves(uint32_t flags, uint32_t wanted, uint32_t how)
{
        return how & ROTA_EVENTS_ALL ? (flags & wanted) == wanted : (flags & wanted) != 0;
}

void virtual_verify_more(void)
{
        for (uint32_t k = 0; k < EACH; k++) {
                if (rota_events_get(&events[k]) != is[k])
                        virtual_fail(
                                "events %u are %x, not %x", k, rota_events_get(&events[k]), is[k]);
                for (uint32_t i = 0; i < WAITERS; i++)
                        if (waiters[i].at == &of_events[k] && waits_live(i) &&
                                serves(is[k], waiters[i].wanted, waiters[i].how))
                                virtual_fail("task %u has what it waits for", i);
                uint32_t here = 0;
                for (uint32_t i = 0; i < of_barrier[k].count; i++)
                        here += !waiters[of_barrier[k].line[i]].should;
                if (rota_barrier_here(&barriers[k]) != here || here >= barriers[k].parties)
                        virtual_fail("at barrier %u are %u, not %u", k,
                                rota_barrier_here(&barriers[k]), here);
                waits_verify(&of_events[k]);
                waits_verify(&of_barrier[k]);
        }
}

/* ---- Begin and finish. ---- */

static void begin_events(struct virtual_task *t, uint32_t k)
{
        uint32_t me = number_of(t);
        uint32_t wanted = 1 + virtual_random((1u << FLAGS) - 1);
        uint32_t how = virtual_random(4);
        uint32_t got = 77;
        bool served = serves(is[k], wanted, how);
        bool tries = virtual_random(4) == 0;

        v.doing = "wait for events";
        waits_expect(
                tries ? rota_events_wait_until(&events[k], wanted, how, &got, rota_timeout_none())
                      : rota_events_begin(&events[k], &t->wait, wanted, how, &got),
                served ? ROTA_OK : ROTA_EAGAIN);
        if (got != (served ? is[k] & wanted : 77))
                virtual_fail("got %x", got);
        if (served) {
                is[k] &= how & ROTA_EVENTS_CLEAR ? ~wanted : ~0u;
        } else if (!tries) {
                waiters[me].wanted = wanted;
                waiters[me].how = how;
                waits_join(&of_events[k], me);
                waits_park(t);
        }
}

/* Those of this round: they have not passed yet. A time-out that has not been finished counts still. */
static void begin_barrier(struct virtual_task *t, uint32_t k)
{
        uint32_t here = rota_barrier_here(&barriers[k]); /* verified */
        bool last = here + 1 == barriers[k].parties;
        bool tries = virtual_random(4) == 0;

        v.doing = "wait at a barrier";
        if (last)
                for (uint32_t i = 0; i < of_barrier[k].count; i++)
                        waits_serve(of_barrier[k].line[i], 0);
        waits_expect(tries ? rota_barrier_wait_until(&barriers[k], rota_timeout_none())
                           : rota_barrier_begin(&barriers[k], &t->wait),
                last ? ROTA_BARRIER_LAST : ROTA_EAGAIN);
        if (!last && !tries) {
                waits_join(&of_barrier[k], number_of(t));
                waits_park(t);
        }
}

void waits_begin(struct virtual_task *t)
{
        if (virtual_random(2))
                begin_events(t, virtual_random(EACH));
        else
                begin_barrier(t, virtual_random(EACH));
}

void waits_finish(struct virtual_task *t)
{
        uint32_t me = number_of(t);
        const struct waits *at = waiters[me].at;
        uint32_t got = 77;
        int result;

        if (at >= of_events && at < of_events + EACH) {
                result = rota_events_finish(&events[at - of_events], &t->wait, &got);
                if (got != (waiters[me].should ? (uint32_t)waiters[me].gets : 77))
                        virtual_fail("got %x, not %x", got, (unsigned)waiters[me].gets);
        } else {
                result = rota_barrier_finish(&barriers[at - of_barrier], &t->wait);
                if (waiters[me].should)
                        waits_expect(result, ROTA_OK);
        }
        waits_finished(me, result);
}

/* ---- What does not wait. ---- */

static void set(uint32_t k, uint32_t flags)
{
        uint32_t clears = 0;

        is[k] |= flags;
        for (uint32_t n = 0; n < of_events[k].count; n++) {
                uint32_t i = of_events[k].line[n];
                struct waiter *w = &waiters[i];
                if (!waits_live(i) || !serves(is[k], w->wanted, w->how))
                        continue;
                waits_serve(i, (intptr_t)(is[k] & w->wanted));
                if (w->how & ROTA_EVENTS_CLEAR)
                        clears |= is[k] & w->wanted;
        }
        is[k] &= ~clears;
        v.doing = "set";
        waits_expect(rota_events_set(&events[k], flags), ROTA_OK);
}

void waits_fire(void)
{
        uint32_t k = virtual_random(EACH);
        uint32_t flags = virtual_random(1u << FLAGS) & virtual_random(1u << FLAGS);

        if (virtual_random(3)) {
                set(k, flags);
        } else {
                is[k] &= ~flags;
                v.doing = "clear";
                waits_expect(rota_events_clear(&events[k], flags), ROTA_OK);
        }
}

/* In an interrupt nobody waits. */
static void refused(uint32_t k)
{
        struct rota_wait wait;
        uint32_t wanted = 1 + virtual_random((1u << FLAGS) - 1);
        bool served = serves(is[k], wanted, ROTA_EVENTS_ALL);

        v.doing = "wait in an interrupt";
        waits_expect(rota_events_wait(&events[k], wanted, ROTA_EVENTS_ALL, NULL),
                served ? ROTA_OK : ROTA_ECONTEXT);
        waits_expect(rota_barrier_wait(&barriers[k]), ROTA_ECONTEXT);
        waits_expect(rota_barrier_begin(&barriers[k], &wait), ROTA_ECONTEXT);
}

void waits_operate(struct virtual_task *t)
{
        (void)t;
        if (in_interrupt && virtual_random(4) == 0)
                refused(virtual_random(EACH));
        else
                waits_fire();
}

void waits_give_up(struct virtual_task *t)
{
        (void)t;
}
