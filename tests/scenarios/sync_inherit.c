/* SPDX-License-Identifier: MIT */
/* Priority inheritance, seen from outside: who runs while somebody urgent waits. Chains over mutexes and CPUs, classes, changes meanwhile; and circles, which are refused. */
#include "harness.h"

/* ---- A chain: each has one mutex and waits for the one before, on its own CPU beside a rival. ---- */

#define LINKS 5u

struct chain {
        struct rota_mutex mutexes[LINKS];
        struct worker *members[LINKS];
        uint32_t go;   /* (atomic) */
        uint32_t done; /* (atomic) */
        uint32_t next; /* order of the ends (atomic) */
};

static intptr_t be_link(struct worker *self)
{
        struct chain *chain = self->argument;
        uint32_t i = self->number;

        check(rota_mutex_lock(&chain->mutexes[i]) == ROTA_OK);
        if (i == 0) {
                while (!get(chain->go))
                        rota_park();
        } else {
                check(rota_mutex_lock(&chain->mutexes[i - 1]) == ROTA_OK);
                check(rota_mutex_unlock(&chain->mutexes[i - 1]) == ROTA_OK);
        }
        self->count = add(chain->next, 1);
        check(rota_mutex_unlock(&chain->mutexes[i]) == ROTA_OK);
        return 0;
}

static intptr_t want_last(struct worker *self)
{
        struct chain *chain = self->argument;

        check(rota_mutex_lock(&chain->mutexes[LINKS - 1]) == ROTA_OK);
        put(chain->done, 1);
        check(rota_mutex_unlock(&chain->mutexes[LINKS - 1]) == ROTA_OK);
        return 0;
}

/* `low` is what the members are, below the rivals of level 20. */
static void chain_of(struct rota_params low)
{
        struct chain *chain = memory(sizeof(*chain));
        struct worker *rivals[64];
        uint32_t cpus = run.cpus < 64 ? run.cpus : 64;

        for (uint32_t i = 0; i < LINKS; i++) {
                rota_mutex_init(&chain->mutexes[i], 0, "link");
                chain->members[i] = worker_make_at(be_link, chain, low, i % run.cpus, "link");
                chain->members[i]->number = i;
                check(rota_start(chain->members[i]->handle) == ROTA_OK);
                until(parked(chain->members[i]->handle));
        }
        for (uint32_t i = 0; i < cpus; i++) {
                rivals[i] = rival_start(&chain->done, i);
        }
        put(chain->go, 1);
        check(rota_wake(chain->members[0]->handle) == ROTA_OK);
        moment();
        check(get(chain->next) == 0); /* none gets past its rival */
        struct worker *high = worker_make_at(want_last, chain, params_level(10), 0, "high");
        check(rota_start(high->handle) == ROTA_OK);
        worker_end(high);
        for (uint32_t i = 0; i < cpus; i++)
                worker_end(rivals[i]);
        for (uint32_t i = 0; i < LINKS; i++) {
                worker_end(chain->members[i]);
                check(chain->members[i]->count == i);
        }
}

static void chain(void)
{
        chain_of(params_level(40));
}

/* Members of a lower class, which come to the waiter's for as long. */
static void chain_over_classes(void)
{
        if (run.setup->policy_count < 2) {
                run.skip = "one class";
                return;
        }
        chain_of(run.setup->worker);
}

/* ---- Changes while it inherits. All on one CPU, beside a rival of level 20. ---- */

struct change {
        struct rota_mutex mutex;
        uint32_t done;  /* the rival's (atomic) */
        uint32_t leave; /* the owner's section ends (atomic) */
        uint32_t steps; /* the owner's in its section (atomic) */
        uint32_t after; /* and after it (atomic) */
};

static intptr_t step_inside(struct worker *self)
{
        struct change *c = self->argument;

        check(rota_mutex_lock(&c->mutex) == ROTA_OK);
        put(self->flag, 1);
        while (!get(c->leave)) {
                add(c->steps, 1);
                rota_yield();
        }
        check(rota_mutex_unlock(&c->mutex) == ROTA_OK);
        add(c->after, 1);
        return 0;
}

static intptr_t want(struct worker *self)
{
        struct change *c = self->argument;
        int result = rota_mutex_lock(&c->mutex);

        if (result == ROTA_OK) {
                check(get(c->after) == 0); /* the owner was not urgent any more */
                put(c->done, 1);
                check(rota_mutex_unlock(&c->mutex) == ROTA_OK);
        }
        return result;
}

static void advances(const uint32_t *count)
{
        uint32_t before = get(*count);
        until(get(*count) != before);
}

static void change_meanwhile(void)
{
        struct change *c = memory(sizeof(*c));
        uint32_t cpu = run.cpus - 1;
        struct rota_params params = params_level(35);
        bool own_class = run.setup->policy_count == 1;

        rota_mutex_init(&c->mutex, 0, "changes");
        struct worker *owner = worker_make_at(
                step_inside, c, own_class ? params_level(40) : run.setup->worker, cpu, "owner");
        struct worker *high = worker_make_at(want, c, params_level(10), cpu, "high");
        check(rota_start(owner->handle) == ROTA_OK);
        until(get(owner->flag));
        struct worker *other = rival_start(&c->done, cpu);
        check(rota_start(high->handle) == ROTA_OK);
        advances(&c->steps);
        /* The waiter counts for less, and for more again. */
        params.priority = 50;
        check(rota_set_params(high->handle, &params) == ROTA_OK);
        advances(&other->count);
        params.priority = 10;
        check(rota_set_params(high->handle, &params) == ROTA_OK);
        advances(&c->steps);
        /* The owner's own change shows once it inherits nothing any more. */
        struct rota_params its;
        params.priority = 35;
        check(rota_set_params(owner->handle, &params) == ROTA_OK);
        check(rota_get_params(owner->handle, &its) == ROTA_OK);
        check(its.priority == 35 && its.class_index == 0);
        advances(&c->steps);
        /* The waiter gives up: the rival goes on. */
        check(rota_cancel(high->handle) == ROTA_OK);
        check(worker_end(high) == ROTA_ECANCELED);
        advances(&other->count);
        high = worker_make_at(want, c, params_level(10), cpu, "high");
        check(rota_start(high->handle) == ROTA_OK);
        advances(&c->steps);
        put(c->leave, 1);
        check(worker_end(high) == ROTA_OK);
        worker_end(other);
        worker_end(owner);
        check(get(c->after) == 1);
}

/* ---- Circles. ---- */

struct ring {
        struct rota_mutex mutexes[3];
        struct worker *members[3];
        uint32_t n;
        uint32_t go; /* (atomic) */
};

/* Each has one mutex and wants the next one's: whoever is last is refused. */
static intptr_t be_in_ring(struct worker *self)
{
        struct ring *ring = self->argument;
        struct rota_mutex *next = &ring->mutexes[(self->number + 1) % ring->n];

        check(rota_mutex_lock(&ring->mutexes[self->number]) == ROTA_OK);
        put(self->flag, 1);
        while (get(ring->go) <= self->number)
                rota_park();
        int result = rota_mutex_lock_until(next, rota_timeout_after(100 * ROTA_S));
        if (result == ROTA_OK)
                check(rota_mutex_unlock(next) == ROTA_OK);
        check(rota_mutex_unlock(&ring->mutexes[self->number]) == ROTA_OK);
        return result;
}

#if ROTA_DEBUG
static char told[256];

static void note_text(const struct rota_misuse *misuse)
{
        uint32_t i = 0;
        for (; misuse->text[i] && i < sizeof(told) - 1; i++)
                told[i] = misuse->text[i];
        told[i] = '\0';
        add(run.misuses, 1);
}

static void told_is(const char *text)
{
        check(get(run.misuses) == 1);
        for (uint32_t i = 0; i == 0 || text[i - 1]; i++)
                check(told[i] == text[i]);
}
#endif

static void ring_of(uint32_t n, const char *text)
{
        static const char *const names[] = {"ann", "ben", "cleo"};
        static const char *const things[] = {"ink", "pen", "paper"};
        struct ring *ring = memory(sizeof(*ring));

        ring->n = n;
        run.misuses = 0;
#if ROTA_DEBUG
        void (*misuse)(const struct rota_misuse *) = run.rota->misuse;
        run.rota->misuse = note_text;
#endif
        for (uint32_t i = 0; i < n; i++) {
                struct rota_task_options options = {.name = names[i]};
                rota_mutex_init(&ring->mutexes[i], i == 1 ? ROTA_MUTEX_PLAIN : 0, things[i]);
                ring->members[i] = worker_make_with(be_in_ring, ring, &options);
                ring->members[i]->number = i;
                check(rota_start(ring->members[i]->handle) == ROTA_OK);
                until(get(ring->members[i]->flag) && parked(ring->members[i]->handle));
        }
        for (uint32_t i = 0; i < n; i++) {
                put(ring->go, i + 1);
                check(rota_wake(ring->members[i]->handle) == ROTA_OK);
                if (i + 1 < n)
                        until(parked(ring->members[i]->handle)); /* for its mutex */
        }
        check(worker_end(ring->members[n - 1]) == ROTA_EDEADLK);
        for (uint32_t i = 0; i + 1 < n; i++)
                check(worker_end(ring->members[i]) == ROTA_OK);
#if ROTA_DEBUG
        told_is(text);
        run.rota->misuse = misuse;
#else
        (void)text;
#endif
}

static void circles(void)
{
        ring_of(2,
                "would wait for itself: \"ben\" wants \"ink\" of \"ann\" wants \"pen\" of \"ben\"");
        ring_of(3,
                "would wait for itself: \"cleo\" wants \"ink\" of \"ann\" wants \"pen\" of \"ben\" "
                "wants \"paper\" of \"cleo\"");
}

const struct scenario scenarios_sync_inherit[] = {
        {.name = "inherit-chain", .run = chain, .flags = PRIORITIES},
        {.name = "inherit-chain-over-classes", .run = chain_over_classes, .flags = PRIORITIES},
        {.name = "inherit-change-meanwhile", .run = change_meanwhile, .flags = PRIORITIES},
        {.name = "inherit-circles", .run = circles, .flags = MISUSES},
        {.name = NULL},
};
