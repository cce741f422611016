/* SPDX-License-Identifier: MIT */
/* Cancel: a request, sticky and readable; it ends waits unless they are held. */
#include "harness.h"

static intptr_t park_for_ever(struct worker *self)
{
        put(self->flag, 1);
        int result;
        do
                result = rota_park();
        while (result == ROTA_OK);
        check(rota_cancelled());
        check(rota_park() == ROTA_ECANCELED); /* sticky */
        check(rota_park_until(rota_timeout_after(ROTA_S)) == ROTA_ECANCELED);
        check(rota_yield() == ROTA_OK); /* no wait: goes on */
        return result;
}

static void while_parked(void)
{
        struct worker *w = worker_start(park_for_ever, NULL);

        until(parked(w->handle));
        check(!rota_cancelled());
        check(rota_cancel(w->handle) == ROTA_OK);
        check(worker_end(w) == ROTA_ECANCELED);
        check(rota_cancel(w->handle) == ROTA_ESTALE);
}

static intptr_t poll_cancel(struct worker *self)
{
        put(self->flag, 1);
        while (!rota_cancelled())
                rota_yield();
        return rota_park();
}

static void while_running(void)
{
        struct worker *w = worker_start(poll_cancel, NULL);

        until(get(w->flag));
        check(rota_cancel(w->handle) == ROTA_OK);
        check(rota_cancel(w->handle) != ROTA_EINVAL); /* twice */
        check(worker_end(w) == ROTA_ECANCELED);

        /* Of oneself. */
        w = worker_make(park_for_ever, NULL);
        check(rota_cancel(w->handle) == ROTA_OK); /* before it starts */
        check(rota_state(w->handle) == ROTA_TASK_NEW);
        check(rota_start(w->handle) == ROTA_OK);
        check(worker_end(w) == ROTA_ECANCELED);

        /* It need not heed it, and may be given up before it starts. */
        w = worker_make(park_for_ever, NULL);
        check(rota_cancel(w->handle) == ROTA_OK);
        check(rota_drop(w->handle) == ROTA_OK);
}

static intptr_t hold_and_park(struct worker *self)
{
        check(!rota_cancel_hold(true));
        check(rota_cancel_hold(true));
        put(self->flag, 1);
        while (!get(self->count)) {
                int result = rota_park();
                check(result == ROTA_OK);
        }
        check(rota_cancelled()); /* seen, though no wait was ended */
        check(rota_sleep_for(10 * ROTA_US) == ROTA_OK);
        int result = rota_park_until(rota_timeout_after(10 * ROTA_US));
        check(result == ROTA_ETIMEDOUT || result == ROTA_OK);
        check(rota_cancel_hold(false));
        check(rota_park() == ROTA_ECANCELED);
        return 9;
}

static void held(void)
{
        struct worker *w = worker_start(hold_and_park, NULL);

        until(get(w->flag) && parked(w->handle));
        check(rota_cancel(w->handle) == ROTA_OK);
        moment();
        check(parked(w->handle));
        put(w->count, 1);
        check(rota_wake(w->handle) == ROTA_OK);
        check(worker_end(w) == 9);
}

/* A time that is over already: the cancel that is held back does not keep it from coming back. */
static intptr_t park_until_past(struct worker *self)
{
        (void)self;
        rota_cancel_hold(true);
        rota_cancel(rota_self());
        check(rota_cancelled());
        for (int i = 0; i < 3; i++) {
                check(rota_park_until(rota_timeout_none()) == ROTA_EAGAIN);
                check(rota_park_until(rota_timeout_at(1)) == ROTA_ETIMEDOUT);
                check(rota_park_until(rota_timeout_after(0)) == ROTA_ETIMEDOUT);
        }
        check(rota_wake(rota_self()) == ROTA_OK);
        check(rota_park_until(rota_timeout_at(1)) == ROTA_OK);
        rota_cancel_hold(false);
        check(rota_park_until(rota_timeout_at(1)) == ROTA_ECANCELED);
        check(rota_park_until(rota_timeout_none()) == ROTA_ECANCELED);
        return 9;
}

static void held_past(void)
{
        struct worker *w = worker_start(park_until_past, NULL);

        check(worker_end(w) == 9);
}

static intptr_t racer(struct worker *self)
{
        put(self->flag, 1);
        while (rota_park() == ROTA_OK)
                add(self->count, 1);
        return 0;
}

/* Wake and cancel at once, from two sides. */
static intptr_t cancels(struct worker *self)
{
        struct worker *victim = self->argument;
        while (!get(victim->flag))
                rota_yield();
        rota_cancel(victim->handle);
        return 0;
}

static void against_wake(void)
{
        for (uint32_t i = 0; i < 30; i++) {
                struct worker *victim = worker_start(racer, NULL);
                struct worker *canceller = worker_start(cancels, victim);
                while (rota_wake(victim->handle) == ROTA_OK &&
                        rota_state(victim->handle) != ROTA_TASK_DEAD)
                        moment();
                worker_end(canceller);
                check(worker_end(victim) == 0);
        }
}

const struct scenario scenarios_cancel[] = {
        {.name = "cancel-parked", .run = while_parked},
        {.name = "cancel-running-and-new", .run = while_running},
        {.name = "cancel-hold", .run = held},
        {.name = "cancel-hold-past", .run = held_past},
        {.name = "cancel-against-wake", .run = against_wake},
        {.name = NULL},
};
