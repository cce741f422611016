/* SPDX-License-Identifier: MIT */
/*
 * Semaphores, completions and onces at random, against counts: no permit is lost or made, who waits is
 * served in its order and never passed by, a time-out and a cancel take nothing along.
 */
#include <rota/completion.h>
#include <rota/once.h>
#include <rota/semaphore.h>

#include "waits.h"

#define EACH    3u
#define ENDLESS UINT32_MAX

const char virtual_name[] = "virtual-permits";

static struct rota_semaphore semaphores[EACH];
static struct rota_completion completions[EACH];
static struct rota_once onces[EACH];
static struct waits of_semaphore[EACH], of_completion[EACH], of_once[EACH];

static uint32_t permits[EACH]; /* by the model */
static uint32_t most[EACH];
static uint32_t passes[EACH]; /* waits that may pass, ENDLESS: all */
static bool done[EACH];
static uint32_t doer[EACH]; /* whose it is to do, NOBODY */

void virtual_begin(void)
{
        memset(waiters, 0, sizeof(waiters));
        for (uint32_t k = 0; k < EACH; k++) {
                most[k] = virtual_random(2) ? 1 + virtual_random(4) : 0;
                permits[k] = virtual_random(most[k] ? most[k] + 1 : 4);
                waits_expect(rota_semaphore_init(
                                     &semaphores[k], permits[k], most[k], virtual_random(2), "s"),
                        ROTA_OK);
                rota_completion_init(&completions[k], "c");
                passes[k] = 0;
                memset(&onces[k], 0, sizeof(onces[k]));
                done[k] = false;
                doer[k] = NOBODY;
                waits_clear(&of_semaphore[k], &semaphores[k].waiters);
                waits_clear(&of_completion[k], &completions[k].waiters);
                waits_clear(&of_once[k], &onces[k].waiters);
        }
}

void virtual_verify_more(void)
{
        for (uint32_t k = 0; k < EACH; k++) {
                if (rota_semaphore_permits(&semaphores[k]) != permits[k])
                        virtual_fail("semaphore %u has %u permits, not %u", k,
                                rota_semaphore_permits(&semaphores[k]), permits[k]);
                if (permits[k] && waits_next(&of_semaphore[k]) != NOBODY)
                        virtual_fail("semaphore %u has permits, and somebody waits", k);
                if (rota_completion_done(&completions[k]) != (passes[k] != 0))
                        virtual_fail("completion %u: %u may pass", k, passes[k]);
                if (rota_once_done(&onces[k]) != done[k])
                        virtual_fail("once %u", k);
                waits_verify(&of_semaphore[k]);
                waits_verify(&of_completion[k]);
                waits_verify(&of_once[k]);
        }
}

/* ---- Begin and finish. ---- */

static void begin_semaphore(struct virtual_task *t, uint32_t k)
{
        int wanted = permits[k] ? ROTA_OK : ROTA_EAGAIN;
        bool tries = virtual_random(4) == 0;

        v.doing = tries ? "try take" : "take";
        waits_expect(tries ? virtual_random(2) ? rota_semaphore_try_take(&semaphores[k])
                                               : rota_semaphore_take_until(
                                                         &semaphores[k], rota_timeout_none())
                           : rota_semaphore_begin(&semaphores[k], &t->wait),
                wanted);
        if (wanted == ROTA_OK) {
                permits[k]--;
        } else if (!tries) {
                waits_join(&of_semaphore[k], number_of(t));
                waits_park(t);
        }
}

static void begin_completion(struct virtual_task *t, uint32_t k)
{
        int wanted = passes[k] ? ROTA_OK : ROTA_EAGAIN;
        bool tries = virtual_random(4) == 0;

        v.doing = "wait";
        waits_expect(tries ? rota_completion_wait_until(&completions[k], rota_timeout_none())
                           : rota_completion_begin(&completions[k], &t->wait),
                wanted);
        if (wanted == ROTA_OK) {
                passes[k] -= passes[k] != ENDLESS;
        } else if (!tries) {
                waits_join(&of_completion[k], number_of(t));
                waits_park(t);
        }
}

static void begin_once(struct virtual_task *t, uint32_t k)
{
        uint32_t me = number_of(t);
        int wanted = done[k]             ? ROTA_OK
                     : doer[k] == NOBODY ? ROTA_ONCE_YOURS
                     : doer[k] == me     ? ROTA_EDEADLK
                                         : ROTA_EAGAIN;

        v.doing = "once";
        waits_expect(rota_once_begin(&onces[k], &t->wait), wanted);
        if (wanted == ROTA_ONCE_YOURS) {
                doer[k] = me;
        } else if (wanted == ROTA_EAGAIN) {
                waits_join(&of_once[k], me);
                waits_park(t);
        }
}

void waits_begin(struct virtual_task *t)
{
        uint32_t k = virtual_random(EACH);

        switch (virtual_random(4)) {
        case 0:
        case 1:
                begin_semaphore(t, k);
                break;
        case 2:
                begin_completion(t, k);
                break;
        default:
                begin_once(t, k);
        }
}

void waits_finish(struct virtual_task *t)
{
        uint32_t me = number_of(t);
        const struct waits *at = waiters[me].at;
        int result;

        if (at >= of_semaphore && at < of_semaphore + EACH) {
                result = rota_semaphore_finish(&semaphores[at - of_semaphore], &t->wait);
        } else if (at >= of_completion && at < of_completion + EACH) {
                result = rota_completion_finish(&completions[at - of_completion], &t->wait);
        } else {
                result = rota_once_finish(&onces[at - of_once], &t->wait);
                if (waiters[me].should)
                        waits_expect(result, (int)waiters[me].gets);
        }
        waits_finished(me, result);
}

/* ---- What does not wait. ---- */

static void give(uint32_t k)
{
        uint32_t n = virtual_random(3) ? 1 : virtual_random(4);
        uint32_t limit = most[k] ? most[k] : ROTA_SEMAPHORE_MOST;
        int wanted = permits[k] + n > limit ? ROTA_ENOSPC : ROTA_OK;
        uint32_t left = n;
        uint32_t next;

        if (wanted == ROTA_OK) {
                for (; left && (next = waits_next(&of_semaphore[k])) != NOBODY; left--)
                        waits_serve(next, 0);
                permits[k] += left;
        }
        v.doing = "give";
        waits_expect(n == 1 ? rota_semaphore_give(&semaphores[k])
                            : rota_semaphore_give_many(&semaphores[k], n),
                wanted);
}

static void complete(uint32_t k)
{
        uint32_t next = waits_next(&of_completion[k]);
        uint32_t dice = virtual_random(10);

        if (dice < 6) {
                v.doing = "complete";
                if (next != NOBODY)
                        waits_serve(next, 0);
                else
                        passes[k] += passes[k] != ENDLESS;
                waits_expect(rota_completion_complete(&completions[k]), ROTA_OK);
        } else if (dice < 7) {
                v.doing = "complete all";
                for (; next != NOBODY; next = waits_next(&of_completion[k]))
                        waits_serve(next, 0);
                passes[k] = ENDLESS;
                waits_expect(rota_completion_complete_all(&completions[k]), ROTA_OK);
        } else {
                v.doing = "reset";
                passes[k] = 0;
                waits_expect(rota_completion_reset(&completions[k]), ROTA_OK);
        }
}

/* Whose it is to do says how it went; of one that is done, and that nobody has a wait of, a new one. */
static void end_once(uint32_t me, uint32_t k)
{
        bool fails = virtual_random(2);
        uint32_t next = waits_next(&of_once[k]);

        if (done[k] && of_once[k].count == 0 && virtual_random(4) == 0) {
                memset(&onces[k], 0, sizeof(onces[k]));
                done[k] = false;
        }
        v.doing = "end of once";
        if (doer[k] != me) {
                waits_expect(rota_once_end(&onces[k], ROTA_OK), ROTA_EPERM);
                return;
        }
        doer[k] = NOBODY;
        if (!fails) {
                done[k] = true;
                for (; next != NOBODY; next = waits_next(&of_once[k]))
                        waits_serve(next, ROTA_OK);
        } else if (next != NOBODY) {
                doer[k] = next;
                waits_serve(next, ROTA_ONCE_YOURS);
        }
        waits_expect(rota_once_end(&onces[k], fails ? ROTA_EPOLICY : ROTA_OK), ROTA_OK);
}

/* In an interrupt nobody waits. */
static void refused(uint32_t k)
{
        struct rota_wait wait;

        v.doing = "take in an interrupt";
        waits_expect(rota_semaphore_take(&semaphores[k]), permits[k] ? ROTA_OK : ROTA_ECONTEXT);
        permits[k] -= permits[k] != 0;
        waits_expect(
                rota_completion_begin(&completions[k], &wait), passes[k] ? ROTA_OK : ROTA_ECONTEXT);
        passes[k] -= passes[k] != ENDLESS && passes[k];
        waits_expect(rota_once_begin(&onces[k], &wait), done[k] ? ROTA_OK : ROTA_ECONTEXT);
}

void waits_fire(void)
{
        uint32_t k = virtual_random(EACH);

        if (virtual_random(2))
                give(k);
        else
                complete(k);
}

void waits_operate(struct virtual_task *t)
{
        uint32_t k = virtual_random(EACH);

        if (in_interrupt && virtual_random(4) == 0)
                refused(k);
        else if (!in_interrupt && virtual_random(3) == 0)
                end_once(number_of(t), k);
        else
                waits_fire();
}

void waits_give_up(struct virtual_task *t)
{
        for (uint32_t k = 0; k < EACH; k++)
                while (doer[k] == number_of(t))
                        end_once(number_of(t), k);
}
