/* SPDX-License-Identifier: MIT */
/* The rare answers of what futures await, polled by hand: with nothing left of the budget, with what is wrong,
 * dropped where they seldom are, and at the end of time. */
#include "await.h"

#define STACK ((size_t)32 << 10)

static enum rota_poll poll_with(struct rota_future *future, uint32_t budget)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = budget};

        return rota_future_poll(future, &context);
}

/* Ready at once, with this, but for the budget: without one it has others' turn first, and has done nothing. */
static void spends(struct rota_future *future, intptr_t value)
{
        check(poll_with(future, 0) == ROTA_POLL_YIELDED);
        check(poll_with(future, 0) == ROTA_POLL_YIELDED);
        check(poll_with(future, 1) == ROTA_POLL_READY && future->value == value);
}

static intptr_t never_called(void *argument)
{
        check(!argument);
        return 0;
}

struct edges {
        struct rota_interval interval;
        struct rota_sleep sleep;
        struct rota_await await;
        struct rota_await_inherit inherit;
        struct rota_await_condition waits;
        struct rota_await_scope end;
        struct rota_blocking_call call;
        struct rota_scope scope;
        struct rota_mutex mutex;
        struct rota_condition condition;
        struct rota_workers pool;
        struct rota_join join;
};

static void budget(void)
{
        struct edges *e = memory(sizeof(*e));

        rota_interval_init(&e->interval, 0, ROTA_NEVER);
        spends(rota_interval_next(&e->interval), 0);
        check(e->interval.next == ROTA_NEVER);
        spends(rota_sleep_init(&e->sleep, rota_timeout_none()), ROTA_OK);
        spends(rota_join_init(&e->join, NULL, 0), ROTA_OK);
        rota_mutex_init(&e->mutex, 0, NULL);
        rota_condition_init(&e->condition, ROTA_WAIT_FIFO, NULL);
        check(rota_mutex_lock(&e->mutex) == ROTA_OK);
        spends(rota_await_condition(&e->waits, &e->condition, &e->mutex, rota_timeout_none()),
                ROTA_EAGAIN);
        check(rota_mutex_unlock(&e->mutex) == ROTA_OK); /* it was not given up */
        check(rota_scope_open(&e->scope, NULL, 0) == ROTA_OK);
        spends(rota_await_scope(&e->end, &e->scope), ROTA_OK);
        struct rota_future *call = rota_spawn_blocking(&e->call, &e->pool, never_called, e, NULL);
        check(poll_with(call, 0) == ROTA_POLL_YIELDED);
        rota_future_drop(call);
        check(call->value == ROTA_ECANCELED);
}

/* Waits that are as good as for ever wait, and are dropped; nothing overflows into the past. */
static void end_of_time(void)
{
        static const uint64_t late[] = {
                ROTA_NEVER, ROTA_NEVER - 1, ROTA_NEVER / 2, (uint64_t)INT64_MAX};
        struct edges *e = memory(sizeof(*e));
        struct rota_future *future;

        for (uint32_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
                future = rota_sleep_init(&e->sleep, rota_timeout_after(late[i]));
                check(poll_with(future, 8) == ROTA_POLL_PENDING);
                rota_future_drop(future);
                future = rota_sleep_init(&e->sleep, rota_timeout_at(late[i]));
                check(poll_with(future, 8) == ROTA_POLL_PENDING);
                rota_future_drop(future);
                check(!rota_timer_cancel(&e->sleep.alarm.timer));
                rota_interval_init(&e->interval, late[i], late[i]);
                future = rota_interval_next(&e->interval);
                check(poll_with(future, 8) == ROTA_POLL_PENDING);
                rota_future_drop(future);
                check(!rota_timer_cancel(&e->interval.alarm.timer));
                /* The first is over, and there is none after it. */
                rota_interval_init(&e->interval, 1, late[i]);
                future = rota_interval_next(&e->interval);
                check(poll_with(future, 8) == ROTA_POLL_READY && future->value == 0);
                check(e->interval.next >= late[i]);
                future = rota_interval_next(&e->interval);
                check(poll_with(future, 8) == ROTA_POLL_PENDING);
                rota_future_drop(future);
        }
        rota_interval_init(&e->interval, 0, 0);
        future = rota_interval_next(&e->interval);
        check(poll_with(future, 8) == ROTA_POLL_READY && future->value == ROTA_EINVAL);
}

/* What is ready at once with this error. */
static void fails(struct rota_future *future, int why)
{
        check(poll_with(future, 8) == ROTA_POLL_READY && future->value == why);
}

static void refused(void)
{
        struct edges *e = memory(sizeof(*e));
        struct rota_lend lend;
        struct rota_timeout forever = rota_timeout_forever();

        fails(rota_await_wait_queue(&e->await, NULL, forever), ROTA_EINVAL);
        fails(rota_await_join(&e->await, rota_self(), forever), ROTA_EINVAL);
        fails(rota_await_join(&e->await, ROTA_HANDLE_NONE, forever), ROTA_ESTALE);
        fails(rota_await_join_inherit(&e->inherit, rota_self(), forever), ROTA_EINVAL);
        fails(rota_await_join_inherit(&e->inherit, ROTA_HANDLE_NONE, forever), ROTA_ESTALE);
        fails(rota_await_condition(&e->waits, NULL, &e->mutex, forever), ROTA_EINVAL);
        fails(rota_await_condition(&e->waits, &e->condition, NULL, forever), ROTA_EINVAL);
        fails(rota_spawn_blocking(&e->call, &e->pool, NULL, NULL, NULL), ROTA_EINVAL);
        check(rota_lend_begin(rota_self(), NULL, NULL) == ROTA_EINVAL);
        check(rota_lend_begin(ROTA_HANDLE_NONE, &lend, NULL) == ROTA_ESTALE);
        check(rota_join_inherit(rota_self(), forever, NULL) == ROTA_EINVAL);
        check(rota_join_inherit(ROTA_HANDLE_NONE, forever, NULL) == ROTA_ESTALE);
        check(rota_join_inherit(ROTA_HANDLE_NONE, rota_timeout_none(), NULL) == ROTA_ESTALE);
        check(!rota_scope_open(&e->scope, NULL, 0));
        check(rota_scope_open(NULL, NULL, 0) == ROTA_EINVAL);
        check(rota_scope_open(&e->scope, NULL, 2) == ROTA_EINVAL);
        check(rota_scope_end(NULL, forever) == ROTA_EINVAL);
        rota_guard_begin();
        check(rota_scope_end(&e->scope, forever) == ROTA_ECONTEXT);
        rota_guard_end();
        check(rota_scope_end(&e->scope, forever) == ROTA_OK);
}

/* A child: waits for ever, until it is cancelled, or for nothing. */
struct child {
        struct rota_coroutine coroutine;
        struct rota_sleep sleep;
        struct rota_scope_future task;
        bool brief;
};

static ROTA_ASYNC(be_child, struct child, me)
{
        if (!me->brief)
                ROTA_AWAIT(rota_sleep_init(&me->sleep, rota_timeout_forever()));
        ROTA_RETURN(0);
}
ROTA_END

static int spawn_child(struct rota_scope *scope, struct child *child)
{
        struct rota_task_options options = {.params = run.setup->worker};

        return rota_scope_spawn(scope, &child->task, be_child(child), &options);
}

/* A child that cannot be made is none: the scope's end waits for the others only. */
static void not_made(void)
{
        struct rota_scope *scope = memory(sizeof(*scope));
        struct child *children = memory(3 * sizeof(*children));
        struct rota_scope_thread *thread = memory(sizeof(*thread));
        struct rota_task_options bad = {.params.class_index = 200};
        struct rota_thread_options none = {.task.params = run.setup->worker};
        struct rota_future no_poll = {0};

        check(rota_scope_open(scope, NULL, 0) == ROTA_OK);
        check(rota_scope_spawn(NULL, &children[0].task, &no_poll, NULL) == ROTA_EINVAL);
        check(rota_scope_spawn(scope, NULL, &no_poll, NULL) == ROTA_EINVAL);
        check(rota_scope_start(NULL, thread, &none) == ROTA_EINVAL);
        check(rota_scope_start(scope, NULL, &none) == ROTA_EINVAL);
        check(rota_scope_start(scope, thread, NULL) == ROTA_EINVAL);
        check(spawn_child(scope, &children[0]) == ROTA_OK);
        check(rota_scope_spawn(scope, &children[1].task, &no_poll, NULL) == ROTA_EINVAL);
        check(rota_scope_spawn(scope, &children[1].task, be_child(&children[1]), &bad) ==
                ROTA_EINVAL);
        check(rota_scope_start(scope, thread, &none) == ROTA_EINVAL); /* without an entry */
        children[2].brief = true;
        check(spawn_child(scope, &children[2]) == ROTA_OK);
        check(rota_scope_end(scope, rota_timeout_none()) == ROTA_EAGAIN);
        rota_scope_cancel(scope);
        check(spawn_child(scope, &children[1]) == ROTA_ECANCELED);
        check(rota_scope_start(scope, thread, &none) == ROTA_ECANCELED);
        check(rota_scope_end(scope, rota_timeout_forever()) == ROTA_ECANCELED);
        check(children[0].task.child.value == ROTA_ECANCELED);
}

/* Scopes beside each other in one: any of them ends first, and a cancel reaches all the others. */
static void beside(void)
{
        enum { INNER = 4 };
        struct rota_scope *outer = memory(sizeof(*outer));
        struct rota_scope *inner = memory(INNER * sizeof(*inner));
        struct child *children = memory(INNER * sizeof(*children));

        check(rota_scope_open(outer, NULL, 0) == ROTA_OK);
        for (uint32_t i = 0; i < INNER; i++) {
                check(rota_scope_open(&inner[i], outer, 0) == ROTA_OK);
                children[i].brief = i == 1;
                check(spawn_child(&inner[i], &children[i]) == ROTA_OK);
        }
        check(rota_scope_end(&inner[1], rota_timeout_forever()) == ROTA_OK);
        check(rota_scope_end(outer, rota_timeout_none()) == ROTA_EAGAIN);
        rota_scope_cancel(outer);
        for (uint32_t i = 0; i < INNER; i++) {
                if (i != 1)
                        check(rota_scope_end(&inner[i], rota_timeout_forever()) == ROTA_ECANCELED);
                check(children[i].task.child.value == (i == 1 ? 0 : ROTA_ECANCELED));
        }
        check(rota_scope_end(outer, rota_timeout_forever()) == ROTA_ECANCELED);
}

/* A future task with several scopes ends the one that it opened first. */
struct opener {
        struct rota_coroutine coroutine;
        struct rota_scope scopes[3];
        struct rota_await_scope end;
        struct child children[3];
        struct runner runner;
        uint32_t i;
};

static ROTA_ASYNC(opens, struct opener, me)
{
        for (uint32_t i = 0; i < 3; i++) {
                check(rota_scope_open(&me->scopes[i], NULL, 0) == ROTA_OK);
                me->children[i].brief = i != 1; /* that one it leaves behind */
                check(spawn_child(&me->scopes[i], &me->children[i]) == ROTA_OK);
        }
        for (me->i = 0; me->i < 3; me->i += 2) {
                ROTA_AWAIT(rota_await_scope(&me->end, &me->scopes[me->i]));
                check(ROTA_AWAITED == ROTA_OK);
        }
        ROTA_RETURN(9);
}
ROTA_END

static void first_opened(void)
{
        struct opener *opener = memory(sizeof(*opener));

        runner_start(&opener->runner, opens(opener));
        check(runner_end(&opener->runner) == 9);
        check(opener->children[0].task.child.value == 0);
        check(opener->children[1].task.child.value == ROTA_ECANCELED);
        check(opener->scopes[1].ended);
}

/* A thread that works for a future whose task was told to end meanwhile is left alone, and told so too. */
struct lone {
        struct rota_blocking_thread thread;
        struct rota_thread_options options;
        struct rota_semaphore never;
        uint32_t told; /* (atomic) */
};

static intptr_t takes(void *argument)
{
        struct lone *lone = argument;

        put(lone->told, rota_semaphore_take(&lone->never) == ROTA_ECANCELED ? 1 : 2);
        return 0;
}

static intptr_t polls_cancelled(struct worker *self)
{
        struct lone *lone = self->argument;
        struct rota_future *future = rota_spawn_blocking_thread(&lone->thread, &lone->options);

        check(poll_with(future, 8) == ROTA_POLL_PENDING);
        rota_cancel(rota_self());
        check(poll_with(future, 8) == ROTA_POLL_READY && future->value == ROTA_ECANCELED);
        return 0;
}

static void left_alone(void)
{
        struct lone *lone = memory(sizeof(*lone));

        lone->options = (struct rota_thread_options){.task.params = run.setup->worker,
                .entry = takes,
                .argument = lone,
                .stack = memory(STACK),
                .stack_size = STACK};
        check(rota_semaphore_init(&lone->never, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        worker_end(worker_start(polls_cancelled, lone));
        until(get(lone->told));
        check(get(lone->told) == 1);
}

const struct scenario scenarios_future_edges[] = {
        {.name = "future-edge-budget", .run = budget},
        {.name = "future-edge-end-of-time", .run = end_of_time},
        {.name = "future-edge-refused", .run = refused, .flags = MISUSES},
        {.name = "future-edge-not-made", .run = not_made},
        {.name = "future-edge-scopes-beside", .run = beside},
        {.name = "future-edge-scope-opened-first", .run = first_opened},
        {.name = "future-edge-left-alone", .run = left_alone},
        {.name = NULL},
};
