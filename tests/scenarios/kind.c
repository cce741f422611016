/* SPDX-License-Identifier: MIT */
/* A kind of the test's own: its turns are taken on the home stack, it has no stack of its own. */
#include "harness.h"

struct poll {
        struct rota_task task; /* first */
        struct rota_handle handle;
        struct rota_task_stats stats;
        uint32_t turns;   /* (atomic) */
        uint32_t yields;  /* turns that end by yielding, at the beginning */
        uint32_t again;   /* turns that ended without need: by yielding, preempted */
        uint32_t events;  /* (atomic) */
        uint32_t seen;    /* of them */
        uint32_t wanted;  /* events until it ends */
        uint32_t saves;   /* (atomic) */
        uint32_t ends;    /* (atomic) */
        uint32_t exits;   /* (atomic) */
        uint32_t inside;  /* (atomic) */
        uint32_t refused; /* what a park inside a turn answered */
        uint32_t cpu;
};

static enum rota_turn poll_turn(struct rota_task *task)
{
        struct poll *poll = (struct poll *)task;

        check(add(poll->inside, 1) == 0); /* never on two CPUs */
        check(rota_current() == task);
        put(poll->cpu, rota_cpu_index());
        uint32_t turn = add(poll->turns, 1);
        if (turn == 0)
                poll->refused = (uint32_t)-rota_park();
        enum rota_turn ended = ROTA_TURN_PENDING;
        if (turn < get(poll->yields)) {
                ended = ROTA_TURN_YIELDED;
                poll->again++;
        } else {
                poll->seen = get(poll->events);
                if (poll->seen >= poll->wanted) {
                        task->exit_code = (intptr_t)poll->seen;
                        ended = ROTA_TURN_ENDED;
                }
        }
        add(poll->inside, (uint32_t)-1);
        return ended;
}

static void poll_saved(struct rota_task *task)
{
        add(((struct poll *)task)->saves, 1);
}

static void poll_ended(struct rota_task *task)
{
        struct poll *poll = (struct poll *)task;
        check(get(poll->exits) == 0);
        add(poll->ends, 1);
}

static void poll_exit(struct rota_task *task, intptr_t code)
{
        struct poll *poll = (struct poll *)task;
        check(code == task->exit_code);
        check(get(poll->ends) == 1); /* the kind's own end comes first */
        add(poll->exits, 1);
}

static const struct rota_kind poll_kind = {
        .name = "poll",
        .begin_turn = poll_turn,
        .saved = poll_saved,
        .ended = poll_ended,
};

static struct poll *poll_make(uint32_t yields, uint32_t wanted)
{
        struct poll *poll = memory(sizeof(*poll));
        struct rota_task_options options = {
                .name = "poll",
                .params = run.setup->worker,
                .on_exit = poll_exit,
                .stats = run.lean ? NULL : &poll->stats,
        };

        poll->yields = yields;
        poll->wanted = wanted;
        check(rota_task_create(&poll->task, &poll_kind, NULL, &options, &poll->handle) == ROTA_OK);
        return poll;
}

static void poll_end(struct poll *poll)
{
        intptr_t code = -1;
        check(rota_join(poll->handle, rota_timeout_forever(), &code) == ROTA_OK);
        check(code == (intptr_t)poll->seen);
        check(poll->ends == 1 && poll->exits == 1);
        check(-(int)poll->refused == ROTA_ECONTEXT); /* a turn on the home stack cannot block */
        /* Off the CPU after each turn, but where it goes on at once for want of another task. */
        const struct rota_task_stats *s = &poll->stats;
        check(poll->saves + poll->again >= poll->turns);
        /* Or within one, where it was preempted. */
        check(run.lean || poll->saves <= poll->turns + s->involuntary);
        check(s->run_ns + s->wait_ns + s->sleep_ns == s->since_ns - s->start_ns);
}

/* Yielded, pending, ended; a wake for each event, and no turn without a reason. */
static void turns(void)
{
        struct poll *poll = poll_make(3, 4);

        check(rota_start(poll->handle) == ROTA_OK);
        until(parked(poll->handle));
        check(get(poll->turns) == 4);
        for (uint32_t i = 1; i <= 4; i++) {
                add(poll->events, 1);
                check(rota_wake(poll->handle) == ROTA_OK);
                if (i < 4)
                        until(get(poll->turns) == 4 + i && parked(poll->handle));
        }
        poll_end(poll);
        check(poll->turns == 8);

        struct rota_handle handle;
        static const struct rota_kind nothing = {.name = "nothing"};
        check(rota_task_create(&poll->task, &nothing, NULL, NULL, &handle) == ROTA_EINVAL);
        check(rota_task_create(&poll->task, NULL, NULL, NULL, &handle) == ROTA_EINVAL);
}

static intptr_t busy(struct worker *self)
{
        while (!get(self->flag)) {
                add(self->count, 1);
                rota_yield();
        }
        return 0;
}

/* A turn that ends for others keeps its slice: beside an equal that never yields it has its share, and
 * alone it goes on at once. */
static enum rota_turn short_turn(struct rota_task *task)
{
        struct poll *poll = (struct poll *)task;

        check(add(poll->inside, 1) == 0);
        add(poll->turns, 1);
        for (volatile uint32_t i = 0; i < 100; i++)
                ;
        task->exit_code = 5;
        add(poll->inside, (uint32_t)-1);
        return get(poll->events) ? ROTA_TURN_ENDED : ROTA_TURN_PREEMPTED;
}

static intptr_t spin(struct worker *self)
{
        while (!get(self->flag))
                add(self->count, 1);
        return 0;
}

static void preempted(void)
{
        static const struct rota_kind kind = {.name = "short", .begin_turn = short_turn};
        struct poll *poll = memory(sizeof(*poll));
        struct rota_task_options options = {
                .name = "short", .params = run.setup->worker, .affinity = only_cpu(run.cpus - 1)};
        intptr_t code = 0;

        check(rota_task_create(&poll->task, &kind, NULL, &options, &poll->handle) == ROTA_OK);
        check(rota_start(poll->handle) == ROTA_OK);
        until(get(poll->turns) > 100);
        struct worker *w = worker_start(spin, NULL);
        rota_set_affinity(w->handle, only_cpu(run.cpus - 1));
        for (uint32_t i = 0; i < 5; i++) {
                uint32_t turns = get(poll->turns), count = get(w->count);
                until(get(poll->turns) != turns && get(w->count) != count);
        }
        put(w->flag, 1);
        worker_end(w);
        put(poll->events, 1);
        check(rota_join(poll->handle, rota_timeout_forever(), &code) == ROTA_OK && code == 5);
}

/* Many of them beside threads, woken from several CPUs: none is lost, none starves. */
static void beside_threads(void)
{
        struct poll *polls[50];
        struct worker *threads[4];

        for (uint32_t i = 0; i < 50; i++)
                polls[i] = poll_make(i % 3, 5 + i % 7);
        for (uint32_t i = 0; i < 4; i++)
                threads[i] = worker_start(busy, NULL);
        for (uint32_t i = 0; i < 50; i++)
                check(rota_start(polls[i]->handle) == ROTA_OK);
        for (uint32_t round = 0; round < 12; round++) {
                for (uint32_t i = 0; i < 50; i++) {
                        add(polls[i]->events, 1);
                        rota_wake(polls[i]->handle);
                }
                moment();
        }
        for (uint32_t i = 0; i < 50; i++)
                poll_end(polls[i]);
        for (uint32_t i = 0; i < 4; i++) {
                uint32_t was = get(threads[i]->count);
                until(get(threads[i]->count) != was);
        }
        for (uint32_t i = 0; i < 4; i++) {
                put(threads[i]->flag, 1);
                worker_end(threads[i]);
        }
}

/* Changed, moved and cancelled like any other. */
static void treated_alike(void)
{
        struct poll *poll = poll_make(0, 100);

        check(rota_start(poll->handle) == ROTA_OK);
        until(parked(poll->handle));
        for (uint32_t i = 0; i < 3 * run.cpus; i++) {
                uint32_t was = get(poll->turns);
                struct rota_params params = params_priority((uint16_t)(100 + i));
                check(rota_set_params(poll->handle, &params) == ROTA_OK);
                check(rota_set_affinity(poll->handle, only_cpu(i % run.cpus)) == ROTA_OK);
                check(rota_wake(poll->handle) == ROTA_OK);
                until(get(poll->turns) > was && parked(poll->handle));
                check(get(poll->cpu) == i % run.cpus);
        }
        check(rota_join(poll->handle, rota_timeout_after(1000), NULL) == ROTA_ETIMEDOUT);
        put(poll->events, 100);
        check(rota_cancel(poll->handle) == ROTA_OK);
        poll_end(poll);
}

struct mover {
        struct poll *poll;
        uint32_t stop;
};

static intptr_t move_about(struct worker *self)
{
        struct mover *mover = self->argument;
        uint32_t n = 0;

        while (!get(mover->stop)) {
                rota_set_affinity(mover->poll->handle, only_cpu(n++ % run.cpus));
                rota_yield();
        }
        rota_set_affinity(mover->poll->handle, rota_affinity_all());
        return 0;
}

/* Its affinity changes while it takes turns: it is displaced, and at rest again afterwards. */
static void displaced(void)
{
        struct mover *mover = memory(sizeof(*mover));

        mover->poll = poll_make(UINT32_MAX, 0);
        struct worker *w = worker_start(move_about, mover);
        check(rota_start(mover->poll->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 5; i++) {
                uint32_t was = get(mover->poll->turns);
                until(get(mover->poll->turns) > was + 20);
        }
        put(mover->stop, 1);
        worker_end(w);
        put(mover->poll->yields, 0);
        poll_end(mover->poll);
}

const struct scenario scenarios_kind[] = {
        {.name = "kind-turns", .run = turns, .flags = MISUSES},
        {.name = "kind-preempted", .run = preempted, .flags = SLICES},
        {.name = "kind-beside-threads", .run = beside_threads, .flags = MISUSES},
        {.name = "kind-treated-alike", .run = treated_alike, .flags = MISUSES},
        {.name = "kind-displaced", .run = displaced, .flags = MISUSES},
        {.name = NULL},
};
