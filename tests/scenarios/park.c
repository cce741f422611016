/* SPDX-License-Identifier: MIT */
/* Park and wake: the token, its races, time-outs of parks, hand-over. */
#include "harness.h"

static intptr_t park_twice(struct worker *self)
{
        /* The first wake came before the task ever ran. */
        check(rota_park() == ROTA_OK);
        put(self->flag, 1);
        while (!get(self->count))
                check(rota_park() == ROTA_OK);
        return 3;
}

static void wake_before_park(void)
{
        struct worker *w = worker_make(park_twice, NULL);

        check(rota_wake(w->handle) == ROTA_OK);
        check(rota_wake(w->handle) == ROTA_OK); /* wakes do not add up */
        check(rota_state(w->handle) == ROTA_TASK_NEW);
        check(rota_start(w->handle) == ROTA_OK);
        until(get(w->flag) == 1 && parked(w->handle));
        put(w->count, 1);
        check(rota_wake(w->handle) == ROTA_OK);
        check(worker_end(w) == 3);
        check(rota_wake(w->handle) == ROTA_ESTALE);

        /* Of oneself. */
        check(rota_wake(rota_self()) == ROTA_OK);
        check(rota_park() == ROTA_OK);
        until(rota_park_until(rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_wake(rota_self()) == ROTA_OK);
        check(rota_park_until(rota_timeout_none()) == ROTA_OK);
}

struct pair {
        struct rota_handle other;
        uint32_t ball; /* whose turn it is (atomic) */
        uint32_t rounds;
};

static intptr_t ping(struct worker *self)
{
        struct pair *pair = self->argument;

        for (uint32_t i = 0; i < pair->rounds; i++) {
                while (get(pair->ball) != self->number)
                        check(rota_park() == ROTA_OK);
                put(pair->ball, !self->number);
                check(rota_wake(self->number ? run.first : pair->other) == ROTA_OK);
        }
        return 0;
}

/* A wake at any moment of a park: none is lost, or this hangs. */
static void wake_during_park(void)
{
        struct pair *pair = memory(sizeof(*pair));
        struct worker *w = worker_make(ping, pair);

        pair->rounds = run.all ? 100000 : 2000;
        w->number = 1;
        pair->other = w->handle;
        check(rota_start(w->handle) == ROTA_OK);
        for (uint32_t i = 0; i < pair->rounds; i++) {
                while (get(pair->ball) != 0)
                        check(rota_park() == ROTA_OK);
                put(pair->ball, 1);
                /* It may have seen the last one already, and be gone before its wake. */
                int woken = rota_wake(w->handle);
                check(woken == ROTA_OK || (woken == ROTA_ESTALE && i + 1 == pair->rounds));
        }
        while (get(pair->ball) != 0)
                check(rota_park() == ROTA_OK);
        worker_end(w);
}

static intptr_t quick(struct worker *self)
{
        return (intptr_t)self->number;
}

static intptr_t park_until_told(struct worker *self)
{
        put(self->flag, 1);
        while (!get(self->count)) {
                add(self->cpu, 1);
                rota_park();
        }
        return 0;
}

/* A stale handle is harmless after its slot names another task. */
static void stale_wake(void)
{
        struct rota_handle stale[64];
        struct worker *w = worker_make(quick, NULL);

        for (uint32_t i = 0; i < 64; i++) {
                if (i > 0)
                        check(worker_remake(w, NULL) == ROTA_OK);
                stale[i] = w->handle;
                check(rota_start(w->handle) == ROTA_OK);
                worker_end(w);
        }
        until(get(run.rota->slot_used) == 1); /* its burial ends after its join */
        struct worker *victim = worker_start(park_until_told, NULL);
        bool reused = false;
        until(get(victim->flag) && parked(victim->handle));
        uint32_t parks = get(victim->cpu);
        for (uint32_t i = 0; i < 64; i++) {
                reused = reused || stale[i].index == victim->handle.index;
                check(rota_wake(stale[i]) == ROTA_ESTALE);
                check(rota_cancel(stale[i]) == ROTA_ESTALE);
                check(rota_start(stale[i]) == ROTA_ESTALE);
                check(rota_drop(stale[i]) == ROTA_ESTALE);
                check(rota_detach(stale[i]) == ROTA_ESTALE);
                check(rota_set_affinity(stale[i], rota_affinity_all()) == ROTA_ESTALE);
                check(rota_hand_over(stale[i]) == ROTA_ESTALE);
                check(rota_join(stale[i], rota_timeout_forever(), NULL) == ROTA_ESTALE);
                check(rota_state(stale[i]) == ROTA_TASK_FREE);
                struct rota_params params = run.setup->worker;
                check(rota_set_params(stale[i], &params) == ROTA_ESTALE);
                check(rota_get_params(stale[i], &params) == ROTA_ESTALE);
        }
        check(reused);
        struct rota_handle nobody[] = {ROTA_HANDLE_NONE, {UINT32_MAX, 1}, {run.slots, 1}};
        for (uint32_t i = 0; i < 3; i++) {
                check(rota_wake(nobody[i]) == ROTA_ESTALE);
                check(rota_state(nobody[i]) == ROTA_TASK_FREE);
        }
        check(parked(victim->handle) && get(victim->cpu) == parks);
        put(victim->count, 1);
        check(rota_wake(victim->handle) == ROTA_OK);
        worker_end(victim);
}

static intptr_t park_timed(struct worker *self)
{
        self->count = (uint32_t)-rota_park_until(rota_timeout_forever());
        put(self->flag, 1);
        return 0;
}

/* C8: woken, timed out and refused are told apart. */
static void park_deadline(void)
{
        uint64_t begin = rota_now();
        int result;

        do /* may return for no reason */
                result = rota_park_until(rota_timeout_after(200 * ROTA_US));
        while (result == ROTA_OK);
        check(result == ROTA_ETIMEDOUT);
        check(rota_now() - begin >= 200 * ROTA_US);
        check(rota_park_until(rota_timeout_at(rota_now() - 1)) == ROTA_ETIMEDOUT);
        check(rota_park_until(rota_timeout_at(1)) == ROTA_ETIMEDOUT);
        check(rota_park_until(rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_wake(rota_self()) == ROTA_OK);
        check(rota_park_until(rota_timeout_at(1)) == ROTA_OK);

        struct worker *w = worker_start(park_timed, NULL);
        until(parked(w->handle));
        check(rota_wake(w->handle) == ROTA_OK);
        worker_end(w);
        check(w->count == ROTA_OK);
        w = worker_start(park_timed, NULL);
        until(parked(w->handle));
        check(rota_cancel(w->handle) == ROTA_OK);
        worker_end(w);
        check(-(int)w->count == ROTA_ECANCELED);
}

static intptr_t race_deadline(struct worker *self)
{
        uint32_t woken = 0;

        while (!get(self->flag)) {
                int result = rota_park_until(rota_timeout_after(self->number));
                check(result == ROTA_OK || result == ROTA_ETIMEDOUT);
                woken += result == ROTA_OK;
                rota_yield(); /* a time-out that has passed already does not park */
                add(self->count, 1);
        }
        return (intptr_t)woken;
}

/* The deadline and a wake at the same time: the task goes on, whichever wins. */
static void deadline_against_wake(void)
{
        struct worker *w[4];

        for (uint32_t i = 0; i < 4; i++) {
                w[i] = worker_make(race_deadline, NULL);
                w[i]->number = 1000 + i * 20000;
                check(rota_start(w[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 0; round < 200; round++) {
                for (uint32_t i = 0; i < 4; i++)
                        check(rota_wake(w[i]->handle) == ROTA_OK);
                rota_sleep_for(round * 500);
        }
        for (uint32_t i = 0; i < 4; i++) {
                until(get(w[i]->count) > 10);
                put(w[i]->flag, 1);
                rota_wake(w[i]->handle);
                worker_end(w[i]);
        }
}

struct relay {
        struct worker *members[3];
        uint32_t order[32]; /* who ran */
        uint32_t passed;
};

static intptr_t relay_main(struct worker *self)
{
        struct relay *relay = self->argument;

        for (;;) {
                while (rota_park() == ROTA_OK && !get(self->flag))
                        ;
                uint32_t n = add(relay->passed, 1);
                if (n >= 30) {
                        for (uint32_t i = 0; i < 3; i++)
                                if (relay->members[i] != self)
                                        rota_cancel(relay->members[i]->handle);
                        return 0;
                }
                relay->order[n] = self->number;
                struct worker *next = relay->members[(self->number + 1) % 3];
                put(self->flag, 0);
                put(next->flag, 1);
                int result = rota_hand_over(next->handle);
                if (result == ROTA_ECANCELED)
                        return 0;
                /* We were handed the turn while we waited: the park below must not. */
                check(result == ROTA_OK);
                rota_wake(rota_self());
        }
}

/* Hand over: each runs next after who handed it the turn. */
static void hand_over(void)
{
        struct relay *relay = memory(sizeof(*relay));

        for (uint32_t i = 0; i < 3; i++) {
                relay->members[i] = worker_make(relay_main, relay);
                relay->members[i]->number = i;
        }
        for (uint32_t i = 0; i < 3; i++)
                check(rota_start(relay->members[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++)
                until(parked(relay->members[i]->handle));
        put(relay->members[0]->flag, 1);
        check(rota_wake(relay->members[0]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++)
                worker_end(relay->members[i]);
        for (uint32_t i = 0; i < 30; i++)
                check(relay->order[i] == i % 3);
        check(rota_hand_over(rota_self()) == ROTA_OK); /* its own token: no park */
}

static intptr_t note_order(struct worker *self)
{
        uint32_t *next = self->argument;
        while (!get(self->flag))
                rota_park();
        self->count = add(*next, 1) + 1;
        return 0;
}

static intptr_t hand_to(struct worker *self)
{
        struct worker *to = self->argument;
        put(to->flag, 1);
        check(rota_hand_over(to->handle) == ROTA_OK);
        return 0;
}

/* On one CPU: who is handed the turn goes before those of its rank who wait already. */
static void handed_goes_first(void)
{
        uint32_t *next = memory(sizeof(*next));
        struct rota_task_options options = {.affinity = only_cpu(run.cpus - 1)};
        struct worker *to = worker_make_with(note_order, next, &options);
        struct worker *giver = worker_make_with(hand_to, to, &options);
        struct worker *rivals[3];

        check(rota_start(to->handle) == ROTA_OK);
        until(parked(to->handle));
        check(rota_set_affinity(rota_self(), only_cpu(run.cpus - 1)) == ROTA_OK);
        rota_guard_begin(); /* all three wait before any runs */
        check(rota_start(giver->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++) {
                rivals[i] = worker_make_with(note_order, next, &options);
                rivals[i]->flag = 1;
                check(rota_start(rivals[i]->handle) == ROTA_OK);
        }
        rota_guard_end();
        worker_end(to);
        if (run.setup->policies[0] != &lottery)
                check(to->count == 1);
        for (uint32_t i = 0; i < 3; i++)
                worker_end(rivals[i]);
        rota_wake(giver->handle);
        worker_end(giver);
}

const struct scenario scenarios_park[] = {
        {.name = "wake-before-park", .run = wake_before_park},
        {.name = "wake-during-park", .run = wake_during_park},
        {.name = "stale-wake", .run = stale_wake},
        {.name = "c8-park-deadline", .run = park_deadline},
        {.name = "deadline-against-wake", .run = deadline_against_wake},
        {.name = "hand-over", .run = hand_over},
        {.name = "hand-over-goes-first", .run = handed_goes_first, .slice_ns = ROTA_S},
        {.name = NULL},
};
