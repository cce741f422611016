/* SPDX-License-Identifier: MIT */
/* Threads that block and futures that await, on the same objects at once; both give up now and then, the
 * futures by being dropped, whoever serves them meanwhile. Nothing is had by too many, and nothing is lost. */
#include "fickle.h"

#define ENTITIES 3u /* threads, and as many futures */

struct storm;

/* Something of which few may have it at a time. */
struct thing {
        void (*init)(struct storm *);
        struct rota_future *(*await)(
                struct storm *, struct rota_await *, void **, struct rota_timeout);
        int (*block)(struct storm *, void **, struct rota_timeout);
        int (*give)(struct storm *, void *);
        uint32_t most;
};

struct storm {
        const struct thing *thing;
        struct rota_semaphore semaphore;
        struct rota_mutex mutex;
        struct rota_rwlock lock;
        struct rota_events events;
        struct rota_completion completion;
        struct rota_pool pool;
        uint32_t links[2];
        char blocks[2][16];
        uint32_t rounds;
        uint32_t inside; /* (atomic) */
        uint32_t plain;  /* under a mutex */
        uint32_t had;    /* (atomic) */
        struct one {
                struct rota_coroutine coroutine;
                struct rota_await await;
                struct fickle fickle;
                struct storm *storm;
                void *block;
                uint32_t random;
                uint32_t i;
                struct runner runner;
        } ones[ENTITIES * 2];
};

static void go_in(struct storm *s)
{
        check(add(s->inside, 1) < s->thing->most);
        add(s->had, 1);
        if (s->thing->most == 1)
                s->plain++;
}

static void go_out(struct storm *s, void *block)
{
        add(s->inside, (uint32_t)-1);
        check(s->thing->give(s, block) == ROTA_OK);
}

static intptr_t storm_thread(struct worker *self)
{
        struct storm *s = self->argument;
        uint32_t random = self->number;
        void *block = NULL;

        for (uint32_t i = 0; i < s->rounds; i++) {
                int result = s->thing->block(s, &block, some_time(&random));
                if (result != ROTA_OK) {
                        check(result == ROTA_ETIMEDOUT || result == ROTA_EAGAIN);
                        continue;
                }
                go_in(s);
                if (dice(&random, 4) == 0)
                        rota_yield();
                go_out(s, block);
        }
        return 0;
}

ROTA_ASYNC(storm_future, struct one, me)
{
        for (me->i = 0; me->i < me->storm->rounds; me->i++) {
                ROTA_AWAIT(fickle(&me->fickle,
                        me->storm->thing->await(
                                me->storm, &me->await, &me->block, some_time(&me->random)),
                        dice(&me->random, 6)));
                if (ROTA_AWAITED != ROTA_OK) {
                        check(ROTA_AWAITED == ROTA_ETIMEDOUT || ROTA_AWAITED == ROTA_EAGAIN ||
                                ROTA_AWAITED == ROTA_ECANCELED);
                        continue;
                }
                go_in(me->storm);
                if (dice(&me->random, 4) == 0)
                        ROTA_YIELD;
                go_out(me->storm, me->block);
        }
}
ROTA_END

static void storm_of(const struct thing *thing)
{
        struct storm *s = memory(sizeof(*s));
        struct worker *workers[ENTITIES];

        s->thing = thing;
        s->rounds = fickle_rounds();
        thing->init(s);
        for (uint32_t i = 0; i < ENTITIES; i++) {
                workers[i] = worker_make(storm_thread, s);
                workers[i]->number = i + 1;
                check(rota_start(workers[i]->handle) == ROTA_OK);
                s->ones[i].storm = s;
                s->ones[i].random = i + 100;
                runner_start(&s->ones[i].runner, storm_future(&s->ones[i]));
        }
        for (uint32_t i = 0; i < ENTITIES; i++) {
                worker_end(workers[i]);
                runner_end(&s->ones[i].runner);
        }
        check(get(s->inside) == 0 && (thing->most > 1 || s->plain == get(s->had)));
        /* It is all there again. */
        for (uint32_t i = 0; i < thing->most && thing->most <= 2; i++) {
                void *block;
                check(thing->block(s, &block, rota_timeout_none()) == ROTA_OK);
        }
}

static void semaphore_init(struct storm *s)
{
        check(rota_semaphore_init(&s->semaphore, 2, 2, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
}

static struct rota_future *semaphore_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_semaphore(await, &s->semaphore, timeout);
}

static int semaphore_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_semaphore_take_until(&s->semaphore, timeout);
}

static int semaphore_give(struct storm *s, void *block)
{
        (void)block;
        return rota_semaphore_give(&s->semaphore);
}

static void mutex_init(struct storm *s)
{
        rota_mutex_init(&s->mutex, 0, NULL);
}

static struct rota_future *mutex_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_mutex(await, &s->mutex, timeout);
}

static int mutex_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_mutex_lock_until(&s->mutex, timeout);
}

static int mutex_give(struct storm *s, void *block)
{
        (void)block;
        return rota_mutex_unlock(&s->mutex);
}

static void lock_init(struct storm *s)
{
        rota_rwlock_init(&s->lock, NULL);
}

static struct rota_future *write_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_rwlock_write(await, &s->lock, timeout);
}

static int write_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_rwlock_write_until(&s->lock, timeout);
}

static int write_give(struct storm *s, void *block)
{
        (void)block;
        return rota_rwlock_end_write(&s->lock);
}

static struct rota_future *read_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_rwlock_read(await, &s->lock, timeout);
}

/* The threads write now and then. */
static int read_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        int result = rota_rwlock_write_until(&s->lock, timeout);
        if (result != ROTA_OK)
                return result;
        check(get(s->inside) == 0);
        return rota_rwlock_downgrade(&s->lock);
}

static int read_give(struct storm *s, void *block)
{
        (void)block;
        return rota_rwlock_end_read(&s->lock);
}

static void events_init(struct storm *s)
{
        check(rota_events_init(&s->events, 1, NULL) == ROTA_OK);
}

static struct rota_future *events_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_events(await, &s->events, 1, ROTA_EVENTS_CLEAR, NULL, timeout);
}

static int events_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_events_wait_until(&s->events, 1, ROTA_EVENTS_CLEAR, NULL, timeout);
}

static int events_give(struct storm *s, void *block)
{
        (void)block;
        return rota_events_set(&s->events, 1);
}

static void completion_init(struct storm *s)
{
        rota_completion_init(&s->completion, NULL);
        check(rota_completion_complete(&s->completion) == ROTA_OK);
}

static struct rota_future *completion_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_await_completion(await, &s->completion, timeout);
}

static int completion_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        (void)block;
        return rota_completion_wait_until(&s->completion, timeout);
}

static int completion_give(struct storm *s, void *block)
{
        (void)block;
        return rota_completion_complete(&s->completion);
}

static void pool_init(struct storm *s)
{
        check(rota_pool_init(&s->pool, s->blocks, sizeof(s->blocks[0]), 2, s->links, ROTA_WAIT_FIFO,
                      NULL) == ROTA_OK);
}

static struct rota_future *pool_await(
        struct storm *s, struct rota_await *await, void **block, struct rota_timeout timeout)
{
        return rota_await_pool(await, &s->pool, block, timeout);
}

static int pool_block(struct storm *s, void **block, struct rota_timeout timeout)
{
        return rota_pool_take(&s->pool, block, timeout);
}

static int pool_give(struct storm *s, void *block)
{
        return rota_pool_give(&s->pool, block);
}

static void things(void)
{
        static const struct thing all[] = {
                {semaphore_init, semaphore_await, semaphore_block, semaphore_give, 2},
                {mutex_init, mutex_await, mutex_block, mutex_give, 1},
                {lock_init, write_await, write_block, write_give, 1},
                {lock_init, read_await, read_block, read_give, 2 * ENTITIES},
                /* A set serves all who wait for it. */
                {events_init, events_await, events_block, events_give, 2 * ENTITIES},
                {completion_init, completion_await, completion_block, completion_give, 1},
                {pool_init, pool_await, pool_block, pool_give, 2},
        };

        for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                storm_of(&all[i]);
}

const struct scenario scenarios_await_storm[] = {
        {.name = "await-storm", .run = things},
        {.name = NULL},
};
