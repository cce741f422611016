/* SPDX-License-Identifier: MIT */
/*
 * Scopes. All that is in one another is under one lock, that of the outermost: so a cancel goes down and an
 * end goes up without an order among them. A scope has ended once nothing lives in it and somebody waits for
 * that; until then what is empty may fill again.
 */
#include "future/scope.h"

#include "sync/queue.h"

static inline struct rota_wait_queue *guard_of(const struct rota_scope *scope)
{
        return &scope->outermost->waiters;
}

/* ---- All of these: the lock is held. ---- */

/* One that lived in the scope does not any more. Whoever is told of an end comes by the lock. */
static void one_less(struct rota_scope *scope)
{
        while (scope && --scope->count == 0 && scope->closing) {
                struct rota_scope *around = scope->around;
                scope->ended = true;
                queue_wake_many(&scope->waiters, UINT32_MAX, ROTA_OK, 0);
                park_wake(core_instance(), scope->lingers);
                if (around) {
                        struct rota_scope **at = &around->inside;
                        while (*at != scope)
                                at = &(*at)->next;
                        *at = scope->next;
                }
                scope = around;
        }
}

/* Is it the end? If not it may be from now on. */
static bool ask(struct rota_scope *scope)
{
        if (!scope->ended) {
                scope->closing = true;
                scope->count++; /* whoever asks, for a moment */
                one_less(scope);
        }
        return scope->ended;
}

static void tell(struct rota_scope *scope)
{
        scope->cancelled = true;
        for (struct rota_scope_child *child = scope->children; child; child = child->next)
                if (rota_handle_valid(child->handle))
                        rota_cancel(child->handle);
}

/* It and those inside, each once. */
static void cancel(struct rota_scope *scope)
{
        struct rota_scope *at = scope;

        for (;;) {
                if (!at->cancelled)
                        tell(at);
                if (at->inside) {
                        at = at->inside;
                        continue;
                }
                while (at != scope && !at->next)
                        at = at->around;
                if (at == scope)
                        return;
                at = at->next;
        }
}

static void unlink_child(struct rota_scope_child *child)
{
        if (child->previous)
                child->previous->next = child->next;
        else
                child->scope->children = child->next;
        if (child->next)
                child->next->previous = child->previous;
}

/* ---- Children. ---- */

static int enter(struct rota_scope *scope, struct rota_scope_child *child)
{
        uintptr_t flags = queue_lock(guard_of(scope));
        int result = scope->ended ? ROTA_ECLOSED : scope->cancelled ? ROTA_ECANCELED : ROTA_OK;

        if (result == ROTA_OK) {
                *child = (struct rota_scope_child){.scope = scope, .next = scope->children};
                if (child->next)
                        child->next->previous = child;
                scope->children = child;
                scope->count++;
        }
        queue_unlock(guard_of(scope), flags);
        return result;
}

/* It was made as `handle`, or it was not. */
static int made(struct rota_scope_child *child, struct rota_handle handle, int result)
{
        struct rota_scope *scope = child->scope;
        struct rota_wait_queue *guard =
                guard_of(scope); /* after a one_less() the scope may be gone */
        uintptr_t flags = queue_lock(guard);
        bool late = scope->cancelled;

        child->handle = handle;
        if (result != ROTA_OK) {
                unlink_child(child);
                one_less(scope);
        }
        queue_unlock(guard, flags);
        if (result != ROTA_OK)
                return result;
        if (late) /* nobody could tell it */
                rota_cancel(handle);
        return rota_start(handle);
}

/* In the exit callback: masked, no lock of the core held. */
static void has_ended(struct rota_scope_child *child, struct rota_task *task, intptr_t code)
{
        struct rota_scope *scope = child->scope;
        struct rota_wait_queue *guard = guard_of(scope);

        if (child->on_exit)
                child->on_exit(task, code);
        uintptr_t flags = queue_lock(guard);
        child->value = code;
        unlink_child(child);
        bool failed = code < 0 && !(code == ROTA_ECANCELED && scope->cancelled);
        if (failed && !scope->error) {
                scope->error = code;
                if (scope->flags & ROTA_SCOPE_FAIL_FAST)
                        cancel(scope);
        }
        one_less(scope);
        queue_unlock(guard, flags);
}

static void future_ended(struct rota_task *task, intptr_t code)
{
        has_ended(&((struct rota_scope_future *)task)->child, task, code);
}

static void thread_ended(struct rota_task *task, intptr_t code)
{
        has_ended(&((struct rota_scope_thread *)task)->child, task, code);
}

int rota_scope_spawn(struct rota_scope *scope, struct rota_scope_future *child,
        struct rota_future *future, const struct rota_task_options *options)
{
        struct rota_task_options own = {.name = NULL};
        struct rota_handle handle = ROTA_HANDLE_NONE;

        if (!scope || !child)
                return ROTA_EINVAL;
        if (options)
                own = *options;
        int result = enter(scope, &child->child);
        if (result != ROTA_OK)
                return result;
        child->child.on_exit = own.on_exit;
        own.on_exit = future_ended;
        own.detached = true;
        result = rota_future_create(&child->task, future, &own, &handle);
        return made(&child->child, handle, result);
}

int rota_scope_start(struct rota_scope *scope, struct rota_scope_thread *child,
        const struct rota_thread_options *options)
{
        struct rota_handle handle = ROTA_HANDLE_NONE;

        if (!scope || !child || !options)
                return ROTA_EINVAL;
        struct rota_thread_options own = *options;
        int result = enter(scope, &child->child);
        if (result != ROTA_OK)
                return result;
        child->child.on_exit = own.task.on_exit;
        own.task.on_exit = thread_ended;
        own.task.detached = true;
        result = rota_thread_create(&child->thread, &own, &handle);
        return made(&child->child, handle, result);
}

void rota_scope_cancel(struct rota_scope *scope)
{
        struct rota_wait_queue *guard = guard_of(scope);
        uintptr_t flags = queue_lock(guard);

        cancel(scope);
        queue_unlock(guard, flags);
}

/* ---- Its beginning and its end. ---- */

int rota_scope_open(struct rota_scope *scope, struct rota_scope *around, uint32_t flags)
{
        int result = ROTA_OK;

        if (!scope || (flags & ~(uint32_t)ROTA_SCOPE_FAIL_FAST))
                return ROTA_EINVAL;
        if (!queue_may_wait())
                return ROTA_ECONTEXT;
        *scope = (struct rota_scope){.around = around,
                .outermost = around ? around->outermost : scope,
                .flags = flags,
                .lingers = ROTA_HANDLE_NONE};
        if (around) {
                uintptr_t irq = queue_lock(guard_of(scope));
                result = around->ended       ? ROTA_ECLOSED
                         : around->cancelled ? ROTA_ECANCELED
                                             : ROTA_OK;
                if (result == ROTA_OK) {
                        scope->next = around->inside;
                        around->inside = scope;
                        around->count++;
                }
                queue_unlock(guard_of(scope), irq);
        }
        struct rota_task *self = rota_current();
        if (result == ROTA_OK && rota_future_is(self)) {
                scope->opener = (struct rota_future_task *)self;
                scope->open = scope->opener->scopes;
                scope->opener->scopes = scope;
        }
        return result;
}

/* It has ended, and its opener knows. */
static intptr_t conclude(struct rota_scope *scope)
{
        if (scope->opener) {
                struct rota_scope **at = &scope->opener->scopes;
                while (*at && *at != scope)
                        at = &(*at)->open;
                if (*at)
                        *at = scope->open;
        }
        return scope->error ? scope->error : scope->cancelled ? ROTA_ECANCELED : ROTA_OK;
}

/* ROTA_OK: it has ended; ROTA_EAGAIN: queued. */
static int begin(struct rota_scope *scope, struct rota_wait *wait)
{
        struct rota_wait_queue *guard = guard_of(scope);

        rota_wait_init(wait);
        uintptr_t flags = queue_lock(guard);
        bool ended = ask(scope);
        if (!ended) {
                queue_add(&scope->waiters, wait);
                queue_trace(&scope->waiters, NULL);
        }
        queue_unlock(guard, flags);
        return ended ? ROTA_OK : ROTA_EAGAIN;
}

/* Whether it has ended; if not nobody waits for that any more, and it may be filled again. */
static bool finish(struct rota_scope *scope, struct rota_wait *wait)
{
        struct rota_wait_queue *guard = guard_of(scope);
        uintptr_t flags = queue_lock(guard);

        /* Acquire: who served it has let it go; partner: wait_decide(). */
        if (!(rota_atomic_load_acquire(&wait->result) & WAIT_SERVED))
                queue_withdraw(wait);
        bool ended = scope->ended;
        if (!ended && !scope->waiters.first)
                scope->closing = false;
        queue_unlock(guard, flags);
        return ended;
}

int rota_scope_end(struct rota_scope *scope, struct rota_timeout timeout)
{
        uint64_t deadline = rota_timeout_deadline(timeout);
        bool held = false;
        bool holds = false;

        debug_call("rota_scope_end");
        if (!scope)
                return ROTA_EINVAL;
        if (!park_allowed())
                return ROTA_ECONTEXT;
        for (;;) {
                struct rota_wait wait;
                int result = begin(scope, &wait);
                if (result == ROTA_EAGAIN) {
                        if (deadline)
                                result = rota_wait_park(&wait, rota_timeout_at(deadline));
                        if (finish(scope, &wait))
                                result = ROTA_OK;
                }
                if (result == ROTA_ECANCELED) {
                        rota_scope_cancel(scope);
                        held = rota_cancel_hold(true);
                        holds = true;
                        continue;
                }
                if (holds)
                        rota_cancel_hold(held);
                if (result != ROTA_OK)
                        return result;
                intptr_t error = conclude(scope);
                return error < INT32_MIN ? INT32_MIN : (int)error;
        }
}

bool scope_linger(struct rota_future_task *task)
{
        while (task->scopes) {
                struct rota_scope *scope = task->scopes;
                struct rota_wait_queue *guard = guard_of(scope);
                uintptr_t flags = queue_lock(guard);
                if (!scope->ended)
                        cancel(scope);
                scope->lingers = task->task.handle;
                bool ended = ask(scope);
                queue_unlock(guard, flags);
                if (!ended) {
                        rota_cancel_hold(true); /* so that it parks */
                        return false;
                }
                (void)conclude(scope);
        }
        return true;
}

/* ---- Awaited. ---- */

static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_await_scope *await = (struct rota_await_scope *)future;

        if (!await->queued) {
                if (context->budget == 0)
                        return ROTA_POLL_YIELDED;
                if (begin(await->scope, &await->wait) == ROTA_EAGAIN) {
                        await->queued = true;
                        return ROTA_POLL_PENDING;
                }
                (void)rota_poll_spend(context);
        } else {
                if (rota_wait_result(&await->wait) == ROTA_EAGAIN)
                        return ROTA_POLL_PENDING;
                (void)finish(await->scope, &await->wait);
        }
        future->value = conclude(await->scope);
        return ROTA_POLL_READY;
}

static void drop(struct rota_future *future)
{
        struct rota_await_scope *await = (struct rota_await_scope *)future;
        struct rota_scope *scope = await->scope;

        future->value = ROTA_ECANCELED;
        if (await->queued) {
                (void)rota_wait_withdraw(&await->wait);
                if (finish(scope, &await->wait)) {
                        future->value = conclude(scope);
                        return;
                }
        }
        rota_scope_cancel(scope);
}

struct rota_future *rota_await_scope(struct rota_await_scope *await, struct rota_scope *scope)
{
        rota_future_init(&await->future, poll, drop);
        await->scope = scope;
        await->queued = false;
        return &await->future;
}
