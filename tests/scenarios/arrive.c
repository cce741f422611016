/* SPDX-License-Identifier: MIT */
/* A5: tasks arrive from other CPUs; none is lost, none runs twice. Their memory goes round. */
#include "harness.h"

#define PRODUCERS 4u
#define POOL      16u /* workers of each producer */

struct arrival {
        uint32_t each;  /* tasks of each producer */
        uint8_t *seen;  /* times that each ran (atomic) */
        uint32_t twice; /* (atomic) */
};

struct producer {
        struct arrival *arrival;
        struct worker *pool[POOL];
        uint32_t free; /* bit per worker that is free (atomic) */
        struct rota_handle self;
};

static intptr_t arrive(struct worker *self)
{
        const struct producer *producer = self->argument;

        if (add(producer->arrival->seen[self->number], 1) != 0)
                add(producer->arrival->twice, 1);
        return 0;
}

/* Its memory is its producer's again. */
static void come_back(struct rota_task *task, intptr_t code)
{
        struct worker *w = (struct worker *)task;
        struct producer *producer = w->argument;

        (void)code;
        __atomic_fetch_or(&producer->free, 1u << w->flag, __ATOMIC_SEQ_CST);
        rota_wake(producer->self);
}

static intptr_t produce(struct worker *self)
{
        const struct rota_task_options options = {.on_exit = come_back, .detached = true};
        struct producer *producer = self->argument;

        producer->self = self->handle;
        for (uint32_t i = 0; i < producer->arrival->each; i++) {
                uint32_t free;
                while (!(free = get(producer->free)))
                        rota_park();
                uint32_t which = (uint32_t)__builtin_ctz(free);
                __atomic_fetch_and(&producer->free, ~(1u << which), __ATOMIC_SEQ_CST);
                struct worker *w = producer->pool[which];
                w->number = self->number * producer->arrival->each + i;
                int made;
                /* Its callback is over before its slot is free. */
                while ((made = worker_remake(w, &options)) == ROTA_ENOSPC)
                        rota_yield();
                if (!check(made == ROTA_OK) || !check(rota_start(w->handle) == ROTA_OK))
                        return 0;
        }
        while (get(producer->free) != (1u << POOL) - 1)
                rota_park();
        return 0;
}

static void none_lost_none_twice(void)
{
        const struct rota_task_options options = {.on_exit = come_back, .detached = true};
        struct arrival *arrival = memory(sizeof(*arrival));
        struct worker *producers[PRODUCERS];
        bool native = run.world->memory_size > ((size_t)128 << 20);
        uint32_t total = (run.all ? 1000000 : 100000) / (run.few ? 50 : native ? 1 : 10);

        arrival->each = total / PRODUCERS;
        arrival->seen = memory(total);
        for (uint32_t i = 0; i < PRODUCERS; i++) {
                struct producer *producer = memory(sizeof(*producer));
                producer->arrival = arrival;
                producer->free = (1u << POOL) - 1;
                for (uint32_t k = 0; k < POOL; k++) {
                        producer->pool[k] = worker_make_with(arrive, producer, &options);
                        producer->pool[k]->flag = k;
                        check(rota_drop(producer->pool[k]->handle) == ROTA_OK);
                }
                producers[i] = worker_make(produce, producer);
                producers[i]->number = i;
        }
        for (uint32_t i = 0; i < PRODUCERS; i++)
                check(rota_start(producers[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < PRODUCERS; i++)
                worker_end(producers[i]);
        check(arrival->twice == 0);
        for (uint32_t i = 0; i < total; i++)
                check(get(arrival->seen[i]) == 1);
}

const struct scenario scenarios_arrive[] = {
        {.name = "a5-arrivals", .run = none_lost_none_twice},
        {.name = NULL},
};
