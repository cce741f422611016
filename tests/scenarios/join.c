/* SPDX-License-Identifier: MIT */
/* Waiting for ends (B8): code, time-out, several joiners, any of several, detached. */
#include "harness.h"

static intptr_t at_once(struct worker *self)
{
        return 100 + (intptr_t)self->number;
}

static intptr_t when_told(struct worker *self)
{
        while (!get(self->flag))
                rota_park();
        return 200 + (intptr_t)self->number;
}

static void tell(struct worker *w)
{
        put(w->flag, 1);
        rota_wake(w->handle);
}

/* B8: the code; at once where it is dead; no CPU while it waits. */
static void code(void)
{
        intptr_t got = 0;
        struct worker *w = worker_start(at_once, NULL);

        until(rota_state(w->handle) == ROTA_TASK_DEAD);
        check(rota_join(w->handle, rota_timeout_none(), &got) == ROTA_OK && got == 100);
        check(rota_join(w->handle, rota_timeout_forever(), &got) == ROTA_ESTALE);
        check(rota_state(w->handle) == ROTA_TASK_FREE);

        w = worker_start(when_told, NULL);
        check(rota_join(w->handle, rota_timeout_none(), &got) == ROTA_EAGAIN);
        check(rota_join(w->handle, rota_timeout_after(100 * ROTA_US), &got) == ROTA_ETIMEDOUT);
        check(rota_join(w->handle, rota_timeout_at(1), &got) == ROTA_ETIMEDOUT);
        check(got == 100);
        tell(w);
        check(rota_join(w->handle, rota_timeout_forever(), &got) == ROTA_OK && got == 200);
        check(rota_join(rota_self(), rota_timeout_forever(), &got) == ROTA_EINVAL);

        w = worker_start(at_once, NULL);
        check(rota_join(w->handle, rota_timeout_forever(), NULL) == ROTA_OK);
}

static intptr_t join_other(struct worker *self)
{
        struct worker *other = self->argument;
        intptr_t got = 0;

        put(self->flag, 1);
        int result = rota_join(other->handle, rota_timeout_forever(), &got);
        self->count = (uint32_t)-result;
        return got;
}

static void several_joiners(void)
{
        struct worker *w = worker_start(when_told, NULL);
        struct worker *joiners[6];

        for (uint32_t i = 0; i < 6; i++)
                joiners[i] = worker_start(join_other, w);
        for (uint32_t i = 0; i < 6; i++)
                until(get(joiners[i]->flag) && parked(joiners[i]->handle));
        /* They sleep: turns do not count on while they wait. */
        check(run.lean || joiners[0]->stats.state == 3);
        /* One loses interest, from the middle of the queue. */
        check(rota_cancel(joiners[3]->handle) == ROTA_OK);
        worker_end(joiners[3]);
        check(-(int)joiners[3]->count == ROTA_ECANCELED);
        tell(w);
        for (uint32_t i = 0; i < 6; i++) {
                if (i == 3)
                        continue;
                check(worker_end(joiners[i]) == 200);
                check(joiners[i]->count == ROTA_OK);
        }
        check(rota_join(w->handle, rota_timeout_none(), NULL) == ROTA_ESTALE);
}

static void any_of_several(void)
{
        struct worker *w[5];
        struct rota_handle handles[5];
        struct rota_wait waits[5];
        intptr_t got;

        for (uint32_t i = 0; i < 5; i++) {
                w[i] = worker_start(when_told, NULL);
                w[i]->number = i;
                handles[i] = w[i]->handle;
        }
        check(rota_join_any(handles, waits, 5, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_join_any(handles, waits, 5, rota_timeout_after(100 * ROTA_US)) ==
                ROTA_ETIMEDOUT);
        check(rota_join_any(handles, waits, 0, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_join_any(NULL, waits, 5, rota_timeout_none()) == ROTA_EINVAL);
        uint32_t order[] = {3, 0, 4, 2, 1};
        uint32_t left = 5;
        for (uint32_t k = 0; k < 5; k++) {
                struct worker *ends = w[order[k]];
                tell(ends);
                int which = rota_join_any(handles, waits, left, rota_timeout_forever());
                if (!check(which >= 0 && (uint32_t)which < left))
                        return;
                check(rota_handle_equal(handles[which], ends->handle));
                /* It took nothing: asked again it answers the same, and the join does not wait. */
                check(rota_join_any(handles, waits, left, rota_timeout_none()) == which);
                check(rota_join(handles[which], rota_timeout_none(), &got) == ROTA_OK);
                check(got == 200 + (intptr_t)order[k]);
                handles[which] = handles[--left];
        }
        check(rota_join_any(&w[0]->handle, waits, 1, rota_timeout_forever()) == ROTA_ESTALE);
        handles[0] = rota_self();
        check(rota_join_any(handles, waits, 1, rota_timeout_forever()) == ROTA_EINVAL);
}

static void detached(void)
{
        struct rota_task_options options = {.detached = true};
        struct worker *born = worker_make_with(at_once, NULL, &options);
        struct worker *made = worker_start(when_told, NULL);
        struct worker *dead = worker_start(at_once, NULL);

        check(rota_start(born->handle) == ROTA_OK);
        until(rota_state(born->handle) == ROTA_TASK_FREE);
        check(rota_join(born->handle, rota_timeout_forever(), NULL) == ROTA_ESTALE);

        check(rota_detach(made->handle) == ROTA_OK);
        tell(made);
        until(rota_state(made->handle) == ROTA_TASK_FREE);
        check(rota_detach(made->handle) == ROTA_ESTALE);

        until(rota_state(dead->handle) == ROTA_TASK_DEAD);
        until(rota_detach(dead->handle) != ROTA_OK);
        check(rota_state(dead->handle) == ROTA_TASK_FREE);
}

static intptr_t exit_early(struct worker *self)
{
        if (self->number == 1)
                rota_exit(-5);
        return 1;
}

static void exits(void)
{
        struct worker *w = worker_make(exit_early, NULL);
        w->number = 1;
        check(rota_start(w->handle) == ROTA_OK);
        check(worker_end(w) == -5);
        w = worker_start(exit_early, NULL);
        check(worker_end(w) == 1);
}

/* A join that times out while the end comes: one or the other, never both, never lost. */
static void timeout_against_end(void)
{
        struct worker *w = worker_make(when_told, NULL);
        uint32_t rounds = run.all ? 3000 : 150;

        for (uint32_t i = 0; i < rounds; i++) {
                intptr_t got = 0;
                if (i > 0) {
                        put(w->flag, 0);
                        check(worker_remake(w, NULL) == ROTA_OK);
                }
                check(rota_start(w->handle) == ROTA_OK);
                tell(w);
                int result = rota_join(w->handle, rota_timeout_after(i % 30 * 1000), &got);
                check(result == ROTA_OK || result == ROTA_ETIMEDOUT);
                if (result == ROTA_ETIMEDOUT)
                        check(rota_join(w->handle, rota_timeout_forever(), &got) == ROTA_OK);
                check(got == 200);
        }
}

const struct scenario scenarios_join[] = {
        {.name = "b8-join-code", .run = code},
        {.name = "b8-join-several", .run = several_joiners},
        {.name = "join-any", .run = any_of_several},
        {.name = "join-detached", .run = detached},
        {.name = "join-exit", .run = exits},
        {.name = "join-timeout-against-end", .run = timeout_against_end},
        {.name = NULL},
};
