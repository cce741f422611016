/* SPDX-License-Identifier: MIT */
/* Between threads and futures: what block_on answers, and functions that block, called for futures. */
#include "await.h"

#define STACK ((size_t)32 << 10)

struct counted {
        struct rota_future future;
        uint32_t polls; /* (atomic) */
        uint32_t drops;
        uint32_t yields; /* then pending, for ever */
        uint32_t value;  /* or ready with this, where it is not 0 */
};

static enum rota_poll count_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct counted *c = (struct counted *)future;

        check(rota_handle_equal(context->waker, rota_self()));
        if (add(c->polls, 1) < c->yields)
                return ROTA_POLL_YIELDED;
        future->value = (intptr_t)c->value;
        return c->value ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static void count_drop(struct rota_future *future)
{
        ((struct counted *)future)->drops++;
}

static struct rota_future *counted(struct counted *c, uint32_t yields, uint32_t value)
{
        *c = (struct counted){.yields = yields, .value = value};
        rota_future_init(&c->future, count_poll, count_drop);
        return &c->future;
}

static intptr_t block_for_ever(struct worker *self)
{
        struct counted *c = self->argument;
        return rota_block_on(&c->future, rota_timeout_after(1000 * ROTA_S), NULL);
}

static void answers(void)
{
        struct counted *c = memory(sizeof(*c));
        struct rota_timeout forever = rota_timeout_forever();
        struct rota_await *leaf = memory(sizeof(*leaf));
        struct rota_semaphore *semaphore = memory(sizeof(*semaphore));
        intptr_t value = 0;

        check(rota_block_on(NULL, forever, NULL) == ROTA_EINVAL);
        check(rota_block_on(counted(c, 0, 5), forever, &value) == ROTA_OK && value == 5);
        check(c->polls == 1 && c->drops == 0);
        check(rota_block_on(counted(c, 7, 5), rota_timeout_after(1000 * ROTA_S), NULL) == ROTA_OK);
        check(c->polls == 8 && c->drops == 0);
        check(rota_block_on(counted(c, 1, 5), rota_timeout_none(), NULL) == ROTA_EAGAIN);
        check(c->polls == 1 && c->drops == 1);
        check(rota_block_on(counted(c, 0, 0), rota_timeout_after(1), NULL) == ROTA_ETIMEDOUT);
        check(c->polls == 2 && c->drops == 1);
        /* It yields for longer than there is time. */
        check(rota_block_on(counted(c, UINT32_MAX, 0), rota_timeout_after(ROTA_MS), NULL) ==
                ROTA_ETIMEDOUT);
        check(c->drops == 1);
        /* Where it may not park. */
        rota_guard_begin();
        check(rota_block_on(counted(c, 0, 5), forever, NULL) == ROTA_ECONTEXT);
        rota_guard_end();
        check(c->polls == 0 && c->drops == 0);
        /* Cancelled: before, and while it is parked. */
        (void)counted(c, 2, 0);
        struct worker *w = worker_make(block_for_ever, c);
        check(rota_cancel(w->handle) == ROTA_OK && rota_start(w->handle) == ROTA_OK);
        check(worker_end(w) == ROTA_ECANCELED && c->polls == 0 && c->drops == 1);
        (void)counted(c, 2, 0);
        w = worker_start(block_for_ever, c);
        until(get(c->polls) == 3 && parked(w->handle));
        check(rota_wake(w->handle) == ROTA_OK); /* for nothing */
        until(get(c->polls) == 4 && parked(w->handle));
        check(rota_cancel(w->handle) == ROTA_OK);
        check(worker_end(w) == ROTA_ECANCELED && c->drops == 1);
        /* What a leaf answers is the value, not the answer. */
        check(rota_semaphore_init(semaphore, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        check(rota_block_on(rota_await_semaphore(leaf, semaphore, rota_timeout_after(1)), forever,
                      &value) == ROTA_OK);
        check(value == ROTA_ETIMEDOUT);
}

struct wrong {
        struct rota_coroutine coroutine;
        struct counted counted;
};

ROTA_ASYNC(block_in_a_poll, struct wrong, me)
{
        check(rota_block_on(counted(&me->counted, 0, 5), rota_timeout_forever(), NULL) ==
                ROTA_ECONTEXT);
        check(rota_join_inherit(run.first, rota_timeout_forever(), NULL) == ROTA_ECONTEXT);
        check(me->counted.polls == 0 && me->counted.drops == 0);
}
ROTA_END

static void not_in_a_poll(void)
{
        struct wrong *wrong = memory(sizeof(*wrong));
        struct runner *runner = memory(sizeof(*runner));

        runner_start(runner, block_in_a_poll(wrong));
        runner_end(runner);
}

/* ---- Functions that block. ---- */

#define CALLS 6u

struct office {
        struct rota_workers pool;
        struct rota_semaphore go;
        struct call {
                struct rota_coroutine coroutine;
                struct rota_blocking_call call;
                struct rota_blocking_thread thread;
                struct rota_thread_options options;
                struct office *office;
                struct runner runner;
                intptr_t number;
        } calls[CALLS];
        uint32_t began;   /* (atomic) */
        uint32_t dropped; /* (atomic) */
        uint32_t exits;   /* (atomic) */
};

static intptr_t work(void *argument)
{
        struct call *call = argument;

        add(call->office->began, 1);
        check(rota_current()->kind != call->runner.task.task.kind);
        int result = rota_semaphore_take(&call->office->go);
        return result == ROTA_OK ? call->number : result;
}

static void was_dropped(struct rota_blocking_call *call)
{
        add(((struct call *)call->argument)->office->dropped, 1);
}

ROTA_ASYNC(call_it, struct call, me)
{
        ROTA_AWAIT(rota_spawn_blocking(&me->call, &me->office->pool, work, me, was_dropped));
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

static intptr_t worker_of(struct worker *self)
{
        return rota_workers_main(self->argument);
}

static void blocking_pool(void)
{
        struct office *o = memory(sizeof(*o));
        struct worker *workers[2];

        check(rota_semaphore_init(&o->go, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++)
                workers[i] = worker_start(worker_of, &o->pool);
        for (uint32_t i = 0; i < CALLS; i++) {
                o->calls[i].office = o;
                o->calls[i].number = 100 + (intptr_t)i;
                runner_start(&o->calls[i].runner, call_it(&o->calls[i]));
                until(parked(o->calls[i].runner.handle));
        }
        /* Two run; the others wait. One of each is dropped. */
        until(get(o->began) == 2 && parked(workers[0]->handle) && parked(workers[1]->handle));
        check(rota_cancel(o->calls[0].runner.handle) == ROTA_OK);
        check(rota_cancel(o->calls[5].runner.handle) == ROTA_OK);
        check(runner_end(&o->calls[0].runner) == ROTA_ECANCELED);
        check(runner_end(&o->calls[5].runner) == ROTA_ECANCELED);
        check(o->calls[0].call.future.value == ROTA_EBUSY && get(o->dropped) == 0);
        check(o->calls[5].call.future.value == ROTA_ECANCELED);
        check(rota_semaphore_give_many(&o->go, CALLS - 1) == ROTA_OK);
        for (uint32_t i = 1; i < CALLS - 1; i++)
                check(runner_end(&o->calls[i].runner) == 100 + (intptr_t)i);
        until(get(o->dropped) == 1);
        check(get(o->began) == CALLS - 1);
        /* From a thread as well; and no more. */
        struct call *call = &o->calls[0];
        intptr_t value = 0;
        check(rota_semaphore_give(&o->go) == ROTA_OK);
        check(rota_block_on(rota_spawn_blocking(&call->call, &o->pool, work, call, NULL),
                      rota_timeout_forever(), &value) == ROTA_OK);
        check(value == 100);
        rota_workers_stop(&o->pool);
        check(worker_end(workers[0]) == 0 && worker_end(workers[1]) == 0);
        check(rota_block_on(rota_spawn_blocking(&call->call, &o->pool, work, call, NULL),
                      rota_timeout_forever(), &value) == ROTA_OK);
        check(value == ROTA_ECLOSED);
}

static void thread_exits(struct rota_task *task, intptr_t code)
{
        (void)code;
        add(((struct call *)((char *)task - offsetof(struct call, thread.thread)))->office->exits,
                1);
}

ROTA_ASYNC(call_a_thread, struct call, me)
{
        ROTA_AWAIT(rota_spawn_blocking_thread(&me->thread, &me->options));
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

static void blocking_thread(void)
{
        struct office *o = memory(sizeof(*o));

        check(rota_semaphore_init(&o->go, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++) {
                struct call *call = &o->calls[i];
                call->office = o;
                call->number = 100 + (intptr_t)i;
                call->options = (struct rota_thread_options){
                        .task = {.name = "call",
                                .params = run.setup->worker,
                                .on_exit = thread_exits},
                        .entry = work,
                        .argument = call,
                        .stack = memory(STACK),
                        .stack_size = i == 2 ? 1 : STACK,
                };
                runner_start(&call->runner, call_a_thread(call));
        }
        check(runner_end(&o->calls[2].runner) == ROTA_EINVAL);
        until(get(o->began) == 2 && parked(o->calls[0].runner.handle));
        /* Dropped: its thread is told to end, and does, some time. */
        check(rota_cancel(o->calls[0].runner.handle) == ROTA_OK);
        check(runner_end(&o->calls[0].runner) == ROTA_ECANCELED);
        until(get(o->exits) == 1);
        check(rota_semaphore_give(&o->go) == ROTA_OK);
        check(runner_end(&o->calls[1].runner) == 101 && get(o->exits) == 2);
}

const struct scenario scenarios_await_block_on[] = {
        {.name = "await-block-on", .run = answers},
        {.name = "await-block-on-in-a-poll", .run = not_in_a_poll, .flags = MISUSES},
        {.name = "await-blocking-pool", .run = blocking_pool},
        {.name = "await-blocking-thread", .run = blocking_thread},
        {.name = NULL},
};
