/* SPDX-License-Identifier: MIT */
/* The recipe of docs/FUTURES.md, which is compared with this file (recipe): a future that serves what threads
 * send. */
#include "await.h"

static intptr_t read_block(void *argument)
{
        uint32_t *number = argument;
        return rota_sleep_for(*number * 100) == ROTA_OK ? (intptr_t)*number : ROTA_EBUSY;
}

/* recipe: server */
struct server {
        struct rota_coroutine coroutine;
        struct rota_await await;        /* whatever it awaits: one thing at a time */
        struct rota_blocking_call call; /* but for this */
        struct rota_workers *pool;      /* threads for what blocks */
        struct rota_channel *jobs;
        struct rota_mutex *lock; /* of `done`, which threads look at */
        uint32_t *done;
        uint32_t job;
};

/* Serves jobs until there are no more; its value is how many it could not. */
static ROTA_ASYNC(serve, struct server, me)
{
        struct rota_timeout forever;

        for (;;) {
                forever = rota_timeout_forever(); /* is not kept over a wait */
                ROTA_AWAIT(rota_await_channel_receive(&me->await, me->jobs, &me->job, forever));
                if (ROTA_AWAITED != ROTA_OK)
                        break;
                ROTA_AWAIT(rota_spawn_blocking(&me->call, me->pool, read_block, &me->job, NULL));
                if (ROTA_AWAITED < 0)
                        continue;
                forever = rota_timeout_forever();
                ROTA_AWAIT(rota_await_mutex(&me->await, me->lock, forever));
                ++*me->done;
                rota_mutex_unlock(me->lock);
        }
}
ROTA_END

/* A thread: sends, looks under the same mutex, and waits for the server with its own urgency. */
static uint32_t have_served(struct rota_channel *jobs, struct rota_mutex *lock,
        const uint32_t *done, struct rota_handle server)
{
        uint32_t served;

        for (uint32_t job = 1; job <= 10; job++)
                rota_channel_send(jobs, &job, rota_timeout_forever());
        do {
                rota_mutex_lock(lock);
                served = *done;
                rota_mutex_unlock(lock);
        } while (served < 5 && rota_sleep_for(ROTA_MS) == ROTA_OK);
        rota_channel_close(jobs);
        rota_join_inherit(server, rota_timeout_forever(), NULL);
        return *done;
}
/* recipe: end */

static intptr_t worker_of(struct worker *self)
{
        return rota_workers_main(self->argument);
}

static void recipe(void)
{
        struct server *server = memory(sizeof(*server));
        struct runner *runner = memory(sizeof(*runner));
        uint32_t *memory_of = memory(4 * sizeof(uint32_t));

        server->pool = memory(sizeof(*server->pool));
        server->jobs = memory(sizeof(*server->jobs));
        server->lock = memory(sizeof(*server->lock));
        server->done = memory(sizeof(uint32_t));
        check(rota_channel_init(server->jobs, memory_of, sizeof(uint32_t), 4, ROTA_WAIT_FIFO,
                      "jobs") == ROTA_OK);
        rota_mutex_init(server->lock, 0, "done");
        struct worker *w = worker_start(worker_of, server->pool);
        runner_start(runner, serve(server));
        check(have_served(server->jobs, server->lock, server->done, runner->handle) == 10);
        rota_workers_stop(server->pool);
        worker_end(w);
}

const struct scenario scenarios_await_recipe[] = {
        {.name = "await-recipe", .run = recipe},
        {.name = NULL},
};
