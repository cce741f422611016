/* SPDX-License-Identifier: MIT */
/* Scopes: a parent ends after its children, cancels run down, errors too where they are told to. */
#include "await.h"

#define CHILDREN 8u
#define STACK    ((size_t)32 << 10)

struct family;

/* A child that is a future: waits for a permit, then ends with its value. */
struct son {
        struct rota_coroutine coroutine;
        struct rota_await await;
        struct rota_scope_future task;
        struct family *family;
        struct rota_cleanup cleanup;
        struct son *spawns; /* another one, into the same scope, before it ends; or NULL */
        intptr_t value;
        uint32_t cleanups;
};

struct daughter {
        struct rota_scope_thread thread;
        struct family *family;
        intptr_t value;
};

struct family {
        struct rota_coroutine coroutine; /* of a parent that is a future */
        struct rota_await_scope end;
        struct rota_scope scope, inner;
        struct rota_semaphore go;
        struct son sons[CHILDREN];
        struct daughter daughters[CHILDREN];
        struct runner runner;
        uint32_t alive; /* (atomic) */
        uint32_t exits; /* (atomic) */
        uint32_t flags;
        bool forgets;   /* the parent does not wait for its scope */
        uint32_t ready; /* (atomic) */
};

static void clean(void *argument)
{
        struct son *son = argument;

        son->cleanups++;
}

static int spawn_son(struct family *f, struct rota_scope *scope, struct son *son, intptr_t value);

ROTA_ASYNC(be_son, struct son, me)
{
        ROTA_DEFER(&me->cleanup, clean, me);
        ROTA_AWAIT(rota_await_semaphore(&me->await, &me->family->go, rota_timeout_forever()));
        if (ROTA_AWAITED == ROTA_OK && me->spawns) {
                int result = spawn_son(me->family, &me->family->scope, me->spawns, me->value);
                check(result == ROTA_OK || result == ROTA_ECANCELED);
        }
        ROTA_RETURN(ROTA_AWAITED == ROTA_OK ? me->value : ROTA_AWAITED);
}
ROTA_END

static void son_exits(struct rota_task *task, intptr_t code)
{
        struct son *son = (struct son *)((char *)task - offsetof(struct son, task));
        check(code == task->exit_code);
        check(son->cleanups <= 1); /* none, where it was never polled */
        add(son->family->alive, (uint32_t)-1);
        add(son->family->exits, 1);
}

static int spawn_son(struct family *f, struct rota_scope *scope, struct son *son, intptr_t value)
{
        struct rota_task_options options = {
                .name = "son", .params = run.setup->worker, .on_exit = son_exits};

        son->family = f;
        son->value = value;
        son->cleanups = 0;
        add(f->alive, 1);
        int result = rota_scope_spawn(scope, &son->task, be_son(son), &options);
        if (result != ROTA_OK)
                add(f->alive, (uint32_t)-1);
        return result;
}

static intptr_t be_daughter(void *argument)
{
        struct daughter *d = argument;
        int result = rota_semaphore_take(&d->family->go);

        return result == ROTA_OK ? d->value : result;
}

static void daughter_exits(struct rota_task *task, intptr_t code)
{
        struct daughter *d = (struct daughter *)task;
        check(code == task->exit_code);
        add(d->family->alive, (uint32_t)-1);
        add(d->family->exits, 1);
}

static int start_daughter(
        struct family *f, struct rota_scope *scope, struct daughter *d, intptr_t value)
{
        struct rota_thread_options options = {
                .task = {.name = "daughter",
                        .params = run.setup->worker,
                        .on_exit = daughter_exits},
                .entry = be_daughter,
                .argument = d,
                .stack = memory(STACK),
                .stack_size = STACK,
        };

        d->family = f;
        d->value = value;
        add(f->alive, 1);
        int result = rota_scope_start(scope, &d->thread, &options);
        if (result != ROTA_OK)
                add(f->alive, (uint32_t)-1);
        return result;
}

static struct family *family_make(void)
{
        struct family *f = memory(sizeof(*f));

        check(rota_semaphore_init(&f->go, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        return f;
}

/* Futures and threads, some in an inner scope. */
static void fill(struct family *f)
{
        for (uint32_t i = 0; i < 3; i++) {
                check(spawn_son(f, &f->scope, &f->sons[i], (intptr_t)i) == ROTA_OK);
                check(spawn_son(f, &f->inner, &f->sons[3 + i], (intptr_t)i) == ROTA_OK);
        }
        check(start_daughter(f, &f->scope, &f->daughters[0], 5) == ROTA_OK);
        check(start_daughter(f, &f->inner, &f->daughters[1], 6) == ROTA_OK);
}

#define FILLED 8u

/* ---- A thread is the parent. ---- */

static void ends_after_children(void)
{
        struct family *f = family_make();

        check(rota_scope_open(&f->scope, NULL, 0) == ROTA_OK);
        /* Empty, and again: it is not its end yet. */
        check(rota_scope_open(&f->inner, &f->scope, 0) == ROTA_OK);
        fill(f);
        check(rota_scope_end(&f->scope, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_scope_end(&f->inner, rota_timeout_after(1000)) == ROTA_ETIMEDOUT);
        /* One that spawns another while somebody waits for the end. */
        f->sons[0].spawns = &f->sons[6];
        check(rota_semaphore_give_many(&f->go, FILLED + 1) == ROTA_OK);
        check(rota_scope_end(&f->inner, rota_timeout_forever()) == ROTA_OK);
        check(rota_scope_end(&f->scope, rota_timeout_forever()) == ROTA_OK);
        check(get(f->alive) == 0 && get(f->exits) == FILLED + 1);
        check(f->sons[2].task.child.value == 2 && f->daughters[1].thread.child.value == 6);
        check(f->sons[6].task.child.value == 0);
        /* Nothing more. */
        check(spawn_son(f, &f->scope, &f->sons[7], 0) == ROTA_ECLOSED);
        check(rota_scope_open(&f->inner, &f->scope, 0) == ROTA_ECLOSED);
        check(rota_scope_open(NULL, NULL, 0) == ROTA_EINVAL);
        check(rota_scope_open(&f->scope, NULL, 0x80) == ROTA_EINVAL);
        check(rota_scope_open(&f->scope, NULL, 0) == ROTA_OK);
        check(rota_scope_end(&f->scope, rota_timeout_none()) == ROTA_OK);
}

static void cancel_runs_down(void)
{
        struct family *f = family_make();

        check(rota_scope_open(&f->scope, NULL, 0) == ROTA_OK);
        check(rota_scope_open(&f->inner, &f->scope, 0) == ROTA_OK);
        fill(f);
        rota_scope_cancel(&f->scope);
        check(spawn_son(f, &f->inner, &f->sons[7], 0) == ROTA_ECANCELED);
        check(rota_scope_end(&f->inner, rota_timeout_forever()) == ROTA_ECANCELED);
        check(rota_scope_end(&f->scope, rota_timeout_forever()) == ROTA_ECANCELED);
        check(get(f->alive) == 0 && get(f->exits) == FILLED);
        for (uint32_t i = 0; i < 6; i++)
                check(f->sons[i].task.child.value == ROTA_ECANCELED);
}

static void first_error(void)
{
        for (uint32_t fast = 0; fast < 2; fast++) {
                struct family *f = family_make();
                check(rota_scope_open(&f->scope, NULL, fast ? ROTA_SCOPE_FAIL_FAST : 0) == ROTA_OK);
                check(rota_scope_open(&f->inner, &f->scope, 0) == ROTA_OK);
                check(spawn_son(f, &f->scope, &f->sons[7], ROTA_EPERM) == ROTA_OK);
                until(parked(f->sons[7].task.child.handle));
                fill(f);
                check(rota_semaphore_give(&f->go) == ROTA_OK); /* for the first */
                if (!fast) {
                        until(get(f->exits) == 1);
                        check(rota_semaphore_give_many(&f->go, FILLED) == ROTA_OK);
                }
                int inner = rota_scope_end(&f->inner, rota_timeout_forever());
                check(inner == (fast ? ROTA_ECANCELED : ROTA_OK));
                check(rota_scope_end(&f->scope, rota_timeout_forever()) == ROTA_EPERM);
                check(get(f->alive) == 0 && get(f->exits) == FILLED + 1);
        }
}

static intptr_t end_scope(struct worker *self)
{
        struct family *f = self->argument;

        check(rota_scope_open(&f->scope, NULL, 0) == ROTA_OK);
        check(rota_scope_open(&f->inner, &f->scope, 0) == ROTA_OK);
        fill(f);
        put(f->ready, 1);
        int inner = rota_scope_end(&f->inner, rota_timeout_forever());
        int result = rota_scope_end(&f->scope, rota_timeout_forever());
        check(get(f->alive) == 0 && inner == result);
        return result;
}

/* The parent is told to end while it waits. */
static void parent_cancelled(void)
{
        struct family *f = family_make();
        struct worker *w = worker_start(end_scope, f);

        until(get(f->ready) && parked(w->handle));
        check(rota_cancel(w->handle) == ROTA_OK);
        check(worker_end(w) == ROTA_ECANCELED && get(f->exits) == FILLED);
}

/* ---- A future is the parent. ---- */

ROTA_ASYNC(parent, struct family, me)
{
        check(rota_scope_open(&me->scope, NULL, me->flags) == ROTA_OK);
        check(rota_scope_open(&me->inner, &me->scope, 0) == ROTA_OK);
        fill(me);
        put(me->ready, 1);
        if (me->forgets)
                ROTA_RETURN(33);
        ROTA_AWAIT(rota_await_scope(&me->end, &me->inner));
        ROTA_AWAIT(rota_await_scope(&me->end, &me->scope));
        check(get(me->alive) == 0);
        ROTA_RETURN(ROTA_AWAITED);
}
ROTA_END

static void future_parent(void)
{
        for (uint32_t how = 0; how < 4; how++) {
                struct family *f = family_make();
                f->forgets = how == 2;
                runner_start(&f->runner, parent(f));
                until(get(f->ready) && (f->forgets || parked(f->runner.handle)));
                if (how == 0) {
                        check(rota_semaphore_give_many(&f->go, FILLED) == ROTA_OK);
                        check(runner_end(&f->runner) == ROTA_OK);
                } else if (how == 1) {
                        /* Its future is dropped, and it is the last to end. */
                        check(rota_cancel(f->runner.handle) == ROTA_OK);
                        check(runner_end(&f->runner) == ROTA_ECANCELED);
                } else if (how == 2) {
                        check(runner_end(&f->runner) == 33);
                } else {
                        rota_scope_cancel(&f->scope);
                        check(runner_end(&f->runner) == ROTA_ECANCELED);
                }
                check(get(f->alive) == 0 && get(f->exits) == FILLED);
        }
}

/* Cancels at any moment: of the parent, of children, of the scope. */
static void at_any_moment(void)
{
        uint32_t random = 12345;
        uint32_t rounds = run.all ? 2000 : run.few ? 10 : 60;
        struct family *f = family_make();
        size_t used = run.used;

        for (uint32_t i = 0; i < rounds; i++) {
                run.used = used; /* the daughters' stacks anew */
                put(f->ready, 0);
                put(f->exits, 0);
                f->flags = i % 2 ? ROTA_SCOPE_FAIL_FAST : 0;
                f->forgets = i % 5 == 0;
                check(rota_semaphore_init(&f->go, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
                runner_start(&f->runner, parent(f));
                random = random * 1664525u + 1013904223u;
                for (uint32_t k = random >> 28; k; k--)
                        rota_yield();
                if (random & 0x100)
                        rota_semaphore_give_many(&f->go, (random >> 16) % FILLED);
                if (random & 0x200)
                        rota_sleep_for(((random >> 10) % 64) * ROTA_US);
                check(rota_cancel(f->runner.handle) != ROTA_EINVAL);
                rota_semaphore_give_many(&f->go, FILLED);
                intptr_t value = runner_end(&f->runner);
                check(value == ROTA_ECANCELED || value == ROTA_OK || value == 33);
                check(get(f->alive) == 0);
                check(get(f->exits) == FILLED || (!get(f->ready) && get(f->exits) == 0));
        }
}

const struct scenario scenarios_await_scope[] = {
        {.name = "await-scope-ends-after-children", .run = ends_after_children},
        {.name = "await-scope-cancel-runs-down", .run = cancel_runs_down},
        {.name = "await-scope-first-error", .run = first_error},
        {.name = "await-scope-parent-cancelled", .run = parent_cancelled},
        {.name = "await-scope-future-parent", .run = future_parent},
        {.name = "await-scope-at-any-moment", .run = at_any_moment},
        {.name = NULL},
};
