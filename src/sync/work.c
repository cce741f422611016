/* SPDX-License-Identifier: MIT */
/*
 * Deferred work: a pool's list, and the workers that wait for it to fill. A piece of work belongs to a
 * pool from when it is queued until it has run: `workers` names it, and its state is under that pool's
 * lock (that of `idle`).
 */
#include "sync/work.h"

enum { QUEUED = 1, RUNNING = 2, AWAITED = 4 };

/* A worker that runs something, on its stack. */
struct rota_worker {
        struct rota_worker *next;
        struct rota_handle self;
        const struct rota_work *work; /* NULL: it has let go of it */
};

static uint32_t state_of(const struct rota_work *work)
{
        return rota_atomic_load(&work->state);
}

void rota_work_init(struct rota_work *work, void (*run)(struct rota_work *))
{
        *work = (struct rota_work){.run = run};
}

/* All of these: the pool's lock is held. */

static void append(struct rota_workers *workers, struct rota_work *work)
{
        work->next = NULL;
        if (workers->first)
                workers->last->next = work;
        else
                workers->first = work;
        workers->last = work;
}

static void take_out(struct rota_workers *workers, struct rota_work *work)
{
        struct rota_work *before = NULL;

        for (struct rota_work *at = workers->first; at != work; at = at->next)
                before = at;
        if (before)
                before->next = work->next;
        else
                workers->first = work->next;
        if (workers->last == work)
                workers->last = before;
}

/* Is there nothing to do any more, and somebody waits for that? */
static bool now_idle(struct rota_workers *workers)
{
        bool idle = workers->awaited && !workers->first && !workers->working;

        if (idle)
                workers->awaited = false;
        return idle;
}

/* Nothing of the work is the pool's any more. Whether somebody waits for this. */
static bool over(struct rota_work *work)
{
        bool awaited = work->state & AWAITED;

        rota_atomic_store(&work->state, 0);
        /* Release: what it did; partner: the acquire in lock_pool_of and in has_run. */
        rota_atomic_store_release(&work->workers, NULL);
        return awaited;
}

static void unlock_and_tell(struct rota_workers *workers, uintptr_t flags, bool tell)
{
        queue_unlock(&workers->idle, flags);
        if (tell)
                rota_wait_queue_wake(&workers->done, UINT32_MAX, ROTA_OK);
}

/* Locks the pool that the work belongs to; NULL where it belongs to none. */
static struct rota_workers *lock_pool_of(struct rota_work *work, uintptr_t *flags)
{
        for (;;) {
                struct rota_workers *workers = rota_atomic_load_acquire(&work->workers);
                if (!workers)
                        return NULL;
                *flags = queue_lock(&workers->idle);
                if (rota_atomic_load(&work->workers) == workers)
                        return workers;
                queue_unlock(&workers->idle, *flags);
        }
}

int rota_work_queue(struct rota_workers *workers, struct rota_work *work)
{
        uintptr_t flags;
        int result = ROTA_OK;

        if (!workers || !work || !work->run)
                return ROTA_EINVAL;
        for (;;) {
                struct rota_workers *its = NULL;
                /* Nobody's: ours, before it is in the list; who else queues it waits for our lock. */
                flags = queue_lock(&workers->idle);
                if (rota_atomic_cas(&work->workers, &its, workers) || its == workers)
                        break;
                queue_unlock(&workers->idle, flags);
                if (state_of(work))
                        return ROTA_EBUSY;
                rota_port_relax(); /* between two lines of another pool's */
        }
        uint32_t state = state_of(work);
        if (workers->stopping)
                result = ROTA_ECLOSED;
        else if (state & QUEUED)
                result = ROTA_EBUSY;
        if (result == ROTA_OK) {
                rota_atomic_store(&work->state, state | QUEUED);
                if (!(state & RUNNING)) {
                        append(workers, work);
                        queue_wake_one(&workers->idle, ROTA_OK, 0);
                }
        } else if (!state) {
                rota_atomic_store(&work->workers, NULL);
        }
        queue_unlock(&workers->idle, flags);
        return result;
}

bool rota_work_cancel(struct rota_work *work)
{
        uintptr_t flags;
        struct rota_workers *workers = work ? lock_pool_of(work, &flags) : NULL;

        if (!workers)
                return false;
        uint32_t state = state_of(work);
        bool queued = state & QUEUED;
        bool tell = false;
        if (queued) {
                if (state & RUNNING) {
                        rota_atomic_store(&work->state, state & ~(uint32_t)QUEUED);
                } else {
                        take_out(workers, work);
                        tell = over(work);
                        tell |= now_idle(workers);
                }
        }
        unlock_and_tell(workers, flags, tell);
        return queued;
}

static bool runs_in(const struct rota_workers *workers, const struct rota_work *work)
{
        struct rota_handle self = rota_self();

        for (const struct rota_worker *w = workers->working; w; w = w->next)
                if (rota_handle_equal(w->self, self) && (!work || w->work == work))
                        return true;
        return false;
}

static bool has_run(void *argument)
{
        const struct rota_work *work = argument;
        /* Acquire: what it did; partner: the release in change. */
        return !rota_atomic_load_acquire(&work->workers);
}

int rota_work_flush(struct rota_work *work, struct rota_timeout timeout)
{
        uintptr_t flags;

        if (!work)
                return ROTA_EINVAL;
        debug_call("rota_work_flush");
        struct rota_workers *workers = lock_pool_of(work, &flags);
        if (!workers)
                return ROTA_OK;
        bool own = runs_in(workers, work);
        if (!own)
                rota_atomic_store(&work->state, state_of(work) | AWAITED);
        queue_unlock(&workers->idle, flags);
        return own ? ROTA_EDEADLK
                   : rota_wait_queue_wait_until(&workers->done, has_run, work, timeout);
}

int rota_work_cancel_wait(struct rota_work *work, struct rota_timeout timeout)
{
        debug_call("rota_work_cancel_wait");
        rota_work_cancel(work);
        return rota_work_flush(work, timeout);
}

/* ---- Delayed. ---- */

void rota_delayed_work_init(struct rota_delayed_work *work, void (*run)(struct rota_work *))
{
        *work = (struct rota_delayed_work){.work = {.run = run}};
}

static void came_due(void *argument)
{
        struct rota_delayed_work *work = (struct rota_delayed_work *)argument;
        rota_work_queue(work->workers, &work->work);
}

int rota_delayed_work_queue(
        struct rota_workers *workers, struct rota_delayed_work *work, uint64_t deadline)
{
        if (!workers || !work || !work->work.run)
                return ROTA_EINVAL;
        if (work->timer.node.rank || (state_of(&work->work) & QUEUED))
                return ROTA_EBUSY;
        work->workers = workers;
        int result = rota_timer_arm(&work->timer, deadline, came_due, work);
        return result == ROTA_ESTATE ? ROTA_EBUSY : result;
}

bool rota_delayed_work_cancel(struct rota_delayed_work *work)
{
        /* The timer first: once it is cancelled its callback queues nothing. */
        bool waited = work && rota_timer_cancel(&work->timer);
        return (work && rota_work_cancel(&work->work)) || waited;
}

int rota_delayed_work_cancel_wait(struct rota_delayed_work *work, struct rota_timeout timeout)
{
        if (!work)
                return ROTA_EINVAL;
        debug_call("rota_delayed_work_cancel_wait");
        rota_timer_cancel(&work->timer);
        return rota_work_cancel_wait(&work->work, timeout);
}

/* ---- Workers. ---- */

/* Runs the first in the list. The lock is released meanwhile. */
static uintptr_t run_one(struct rota_workers *workers, uintptr_t flags)
{
        struct rota_work *work = workers->first;
        struct rota_worker me = {workers->working, rota_self(), work};
        struct rota_worker **at = &workers->working;

        take_out(workers, work);
        /* cppcheck-suppress autoVariables ; taken out below */
        workers->working = &me;
        rota_atomic_store(&work->state, RUNNING | (state_of(work) & AWAITED));
        queue_unlock(&workers->idle, flags);
        work->run(work);
        flags = queue_lock(&workers->idle);
        while (*at != &me)
                at = &(*at)->next;
        *at = me.next;
        bool tell = false;
        if (me.work && (state_of(work) & QUEUED)) {
                rota_atomic_store(&work->state, state_of(work) & ~(uint32_t)RUNNING);
                append(workers, work);
        } else {
                tell = me.work && over(work);
                tell |= now_idle(workers);
        }
        if (tell) {
                unlock_and_tell(workers, flags, true);
                flags = queue_lock(&workers->idle);
        }
        return flags;
}

uintptr_t work_let_go(struct rota_workers *workers, struct rota_work *work)
{
        uintptr_t flags = queue_lock(&workers->idle);
        struct rota_worker *worker = workers->working;

        while (worker->work != work)
                worker = worker->next;
        worker->work = NULL;
        (void)over(work); /* its run is not over, which a flush of the pool waits for */
        return flags;
}

intptr_t rota_workers_main(void *argument)
{
        struct rota_workers *workers = argument;
        uintptr_t flags = queue_lock(&workers->idle);

        for (;;) {
                while (workers->first)
                        flags = run_one(workers, flags);
                if (workers->stopping)
                        break;
                struct rota_wait wait;
                rota_wait_init(&wait);
                queue_add(&workers->idle, &wait);
                queue_unlock(&workers->idle, flags);
                if (queue_park(&wait, rota_timeout_forever()) == ROTA_ECANCELED)
                        return ROTA_ECANCELED;
                flags = queue_lock(&workers->idle);
        }
        queue_unlock(&workers->idle, flags);
        return 0;
}

static bool nothing_left(void *argument)
{
        struct rota_workers *workers = argument;
        uintptr_t flags = queue_lock(&workers->idle);
        bool nothing = !workers->first && !workers->working;

        workers->awaited = !nothing;
        queue_unlock(&workers->idle, flags);
        return nothing;
}

int rota_workers_flush(struct rota_workers *workers, struct rota_timeout timeout)
{
        if (!workers)
                return ROTA_EINVAL;
        debug_call("rota_workers_flush");
        uintptr_t flags = queue_lock(&workers->idle);
        bool own = runs_in(workers, NULL);
        queue_unlock(&workers->idle, flags);
        return own ? ROTA_EDEADLK
                   : rota_wait_queue_wait_until(&workers->done, nothing_left, workers, timeout);
}

void rota_workers_stop(struct rota_workers *workers)
{
        uintptr_t flags = queue_lock(&workers->idle);

        workers->stopping = true;
        queue_wake_many(&workers->idle, UINT32_MAX, ROTA_OK, 0);
        queue_unlock(&workers->idle, flags);
}
