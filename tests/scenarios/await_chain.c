/* SPDX-License-Identifier: MIT */
/* Threads and futures in one chain: each waits for the end of the one before, and they unwind in order; urgency
 * goes along it, over ends and mutexes. */
#include "await.h"

/* ---- The alternating chain: thread, future, thread ... each joins the one before. ---- */

#define LINKS 10u

struct links {
        struct rota_handle handles[LINKS];
        struct worker *threads[LINKS];
        struct runner runners[LINKS];
        struct link {
                struct rota_coroutine coroutine;
                struct rota_await_inherit join;
                struct links *links;
                uint32_t number;
        } frames[LINKS];
        struct rota_mutex mutex;
        bool inherits;
        bool polls;    /* the threads block on a future which joins */
        uint32_t go;   /* (atomic) */
        uint32_t next; /* order of the ends (atomic) */
        uint32_t done; /* (atomic) */
};

/* On how many CPUs they are, each with a rival that never rests: where a host has fewer processors than that,
 * each hand-over would wait for it. */
static uint32_t spread(void)
{
        return run.cpus < 2 ? 1 : 2;
}

static struct rota_future *awaits(struct link *link)
{
        struct links *links = link->links;
        struct rota_handle before = links->handles[link->number - 1];

        return links->inherits
                       ? rota_await_join_inherit(&link->join, before, rota_timeout_forever())
                       : rota_await_join(&link->join.await, before, rota_timeout_forever());
}

static intptr_t end_link(struct link *link)
{
        check(add(link->links->next, 1) == link->number); /* in order */
        return (intptr_t)link->number + 100;
}

ROTA_ASYNC(future_link, struct link, me)
{
        ROTA_AWAIT(awaits(me));
        check(ROTA_AWAITED == (intptr_t)me->number + 99);
        check(me->join.await.result == ROTA_OK);
        ROTA_RETURN(end_link(me));
}
ROTA_END

static intptr_t thread_link(struct worker *self)
{
        struct link *link = self->argument;
        struct links *links = link->links;
        intptr_t code = 0;

        if (link->number == 0) {
                put(self->flag, 1);
                while (!get(links->go))
                        rota_park();
                return end_link(link);
        }
        if (links->polls) {
                check(rota_block_on(awaits(link), rota_timeout_forever(), &code) == ROTA_OK);
        } else {
                struct rota_handle before = links->handles[link->number - 1];
                int result = links->inherits
                                     ? rota_join_inherit(before, rota_timeout_forever(), &code)
                                     : rota_join(before, rota_timeout_forever(), &code);
                check(result == ROTA_OK);
        }
        check(code == (intptr_t)link->number + 99);
        return end_link(link);
}

/* `low`: what they all are. Each on its own CPU, in turn. */
static struct links *links_make(struct rota_params low, bool inherits, bool polls)
{
        struct links *links = memory(sizeof(*links));

        links->inherits = inherits;
        links->polls = polls;
        for (uint32_t i = 0; i < LINKS; i++) {
                struct link *link = &links->frames[i];
                link->links = links;
                link->number = i;
                if (i % 2) {
                        runner_start_at(
                                &links->runners[i], future_link(link), low, i % spread(), "future");
                        links->handles[i] = links->runners[i].handle;
                } else {
                        links->threads[i] =
                                worker_make_at(thread_link, link, low, i % spread(), "thread");
                        links->handles[i] = links->threads[i]->handle;
                        check(rota_start(links->handles[i]) == ROTA_OK);
                }
                until(parked(links->handles[i]) && (i || get(links->threads[0]->flag)));
        }
        return links;
}

static void unwinds(void)
{
        for (uint32_t how = 0; how < 4; how++) {
                struct links *links = links_make(run.setup->worker, how & 1, how & 2);
                check(get(links->next) == 0);
                put(links->go, 1);
                check(rota_wake(links->handles[0]) == ROTA_OK);
                check(runner_end(&links->runners[LINKS - 1]) == LINKS + 99);
                check(get(links->next) == LINKS);
        }
}

/* ---- The same, and somebody urgent waits for the last: all of them pass their rivals. ---- */

static intptr_t join_last(struct worker *self)
{
        struct links *links = self->argument;
        intptr_t code = 0;

        check(rota_join_inherit(links->handles[LINKS - 1], rota_timeout_forever(), &code) ==
                ROTA_OK);
        check(code == LINKS + 99);
        put(links->done, 1);
        return 0;
}

static void hurries(void)
{
        struct links *links = links_make(params_level(40), true, false);
        struct worker *rivals[2];
        uint32_t cpus = spread();

        for (uint32_t i = 0; i < cpus; i++) {
                rivals[i] = rival_start(&links->done, i);
        }
        put(links->go, 1);
        check(rota_wake(links->handles[0]) == ROTA_OK);
        moment();
        check(get(links->next) == 0); /* none gets past its rival */
        struct worker *high = worker_make_at(join_last, links, params_level(10), 0, "high");
        check(rota_start(high->handle) == ROTA_OK);
        worker_end(high);
        for (uint32_t i = 0; i < cpus; i++)
                worker_end(rivals[i]);
        check(get(links->next) == LINKS);
}

/* ---- An urgent future awaits two mutexes of threads that a rival keeps from running. ---- */

struct owners {
        struct rota_mutex mutexes[2];
        uint32_t go;   /* (atomic) */
        uint32_t done; /* the rival's (atomic) */
        struct urgent {
                struct rota_coroutine coroutine;
                struct rota_await locks[2];
                struct rota_branch branches[2];
                struct rota_join join;
                struct owners *owners;
        } urgent;
};

static intptr_t own(struct worker *self)
{
        struct owners *o = self->argument;

        check(rota_mutex_lock(&o->mutexes[self->number]) == ROTA_OK);
        put(self->flag, 1);
        while (!get(o->go))
                rota_park();
        check(rota_mutex_unlock(&o->mutexes[self->number]) == ROTA_OK);
        return 0;
}

ROTA_ASYNC(lock_both, struct urgent, me)
{
        for (uint32_t i = 0; i < 2; i++)
                me->branches[i].future = rota_await_mutex(
                        &me->locks[i], &me->owners->mutexes[i], rota_timeout_forever());
        ROTA_AWAIT(rota_join_init(&me->join, me->branches, 2));
        for (uint32_t i = 0; i < 2; i++) {
                check(me->locks[i].result == ROTA_OK);
                check(rota_mutex_unlock(&me->owners->mutexes[i]) == ROTA_OK);
        }
        put(me->owners->done, 1);
}
ROTA_END

static void lends_to_both(void)
{
        struct owners *o = memory(sizeof(*o));
        struct runner *runner = memory(sizeof(*runner));
        struct worker *owners[2], *rivals[2];

        for (uint32_t i = 0; i < 2; i++) {
                rota_mutex_init(&o->mutexes[i], 0, "two");
                owners[i] = worker_make_at(own, o, params_level(40), i % spread(), "owner");
                owners[i]->number = i;
                check(rota_start(owners[i]->handle) == ROTA_OK);
                until(get(owners[i]->flag) && parked(owners[i]->handle));
        }
        for (uint32_t i = 0; i < 2; i++) {
                rivals[i] = rival_start(&o->done, i % spread());
        }
        put(o->go, 1);
        for (uint32_t i = 0; i < 2; i++)
                check(rota_wake(owners[i]->handle) == ROTA_OK);
        o->urgent.owners = o;
        runner_start_at(runner, lock_both(&o->urgent), params_level(10), 0, "urgent");
        runner_end(runner);
        for (uint32_t i = 0; i < 2; i++) {
                worker_end(owners[i]);
                worker_end(rivals[i]);
        }
}

/* ---- Circles: a thread joins a future that awaits what the thread has, and the other way round. ---- */

struct circle {
        struct rota_coroutine coroutine;
        struct rota_await lock;
        struct rota_mutex mutex;
};

ROTA_ASYNC(want, struct circle, me)
{
        ROTA_AWAIT(rota_await_mutex(&me->lock, &me->mutex, rota_timeout_forever()));
        if (ROTA_AWAITED == ROTA_OK)
                check(rota_mutex_unlock(&me->mutex) == ROTA_OK);
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

static void circles(void)
{
        struct circle *c = memory(sizeof(*c));
        struct runner *runner = memory(sizeof(*runner));
        intptr_t code = 1;

        rota_mutex_init(&c->mutex, 0, "mine");
        check(rota_mutex_lock(&c->mutex) == ROTA_OK);
        runner_start(runner, want(c));
        until(parked(runner->handle));
        check(rota_join_inherit(runner->handle, rota_timeout_forever(), NULL) == ROTA_EDEADLK);
        check(rota_mutex_unlock(&c->mutex) == ROTA_OK);
        check(rota_join_inherit(runner->handle, rota_timeout_forever(), &code) == ROTA_OK);
        check(code == ROTA_OK);
        check(rota_join_inherit(runner->handle, rota_timeout_forever(), &code) == ROTA_ESTALE);
        check(rota_join_inherit(rota_self(), rota_timeout_forever(), &code) == ROTA_EINVAL);
        /* One that has not begun, and never does. */
        check(rota_future_create(&runner->task, want(c), NULL, &runner->handle) == ROTA_OK);
        struct rota_lend lend, other;
        check(rota_lend_begin(runner->handle, &lend, NULL) == ROTA_OK);
        check(rota_lend_begin(rota_self(), &other, NULL) == ROTA_EDEADLK);
        check(rota_join_inherit(runner->handle, rota_timeout_after(1000), NULL) == ROTA_ETIMEDOUT);
        check(rota_drop(runner->handle) == ROTA_OK);
        rota_lend_end(&lend);
        check(rota_lend_begin(runner->handle, &lend, NULL) == ROTA_ESTALE);
}

/* ---- An owner that is a future, and ends or is cancelled with it. ---- */

struct keeper {
        struct rota_coroutine coroutine;
        struct rota_await leaf;
        struct rota_mutex *mutex;
        struct rota_semaphore *go;
};

ROTA_ASYNC(keep, struct keeper, me)
{
        ROTA_AWAIT(rota_await_mutex(&me->leaf, me->mutex, rota_timeout_forever()));
        ROTA_AWAIT(rota_await_semaphore(&me->leaf, me->go, rota_timeout_forever()));
}
ROTA_END

static intptr_t lock_after(struct worker *self)
{
        int result = rota_mutex_lock(self->argument);
        check(rota_mutex_unlock(self->argument) == ROTA_OK);
        return result;
}

static void owner_ends(void)
{
        struct rota_mutex *mutex = memory(sizeof(*mutex));
        struct rota_semaphore *go = memory(sizeof(*go));
        struct keeper *keeper = memory(sizeof(*keeper));
        struct runner *runner = memory(sizeof(*runner));

        for (uint32_t how = 0; how < 4; how++) {
                rota_mutex_init(mutex, 0, "kept");
                check(rota_semaphore_init(go, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
                keeper->mutex = mutex;
                keeper->go = go;
                runner_start(runner, keep(keeper));
                until(parked(runner->handle) && rota_handle_valid(rota_mutex_owner(mutex)));
                check(rota_handle_equal(rota_mutex_owner(mutex), runner->handle));
                struct worker *w = how & 1 ? worker_start(lock_after, mutex) : NULL;
                if (w)
                        until(parked(w->handle));
                if (how & 2)
                        check(rota_cancel(runner->handle) == ROTA_OK);
                else
                        check(rota_semaphore_give(go) == ROTA_OK);
                check(runner_end(runner) == (how & 2 ? ROTA_ECANCELED : 0));
                if (w)
                        check(worker_end(w) == ROTA_EOWNERDEAD);
                else
                        check(rota_mutex_lock(mutex) == ROTA_EOWNERDEAD &&
                                rota_mutex_unlock(mutex) == ROTA_OK);
        }
}

const struct scenario scenarios_await_chain[] = {
        {.name = "await-chain-unwinds", .run = unwinds},
        {.name = "await-chain-hurries", .run = hurries, .flags = PRIORITIES},
        {.name = "await-lends-to-both", .run = lends_to_both, .flags = PRIORITIES},
        {.name = "await-circles", .run = circles, .flags = MISUSES},
        {.name = "await-owner-ends", .run = owner_ends},
        {.name = NULL},
};
