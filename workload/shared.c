/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Events on what threads share: mutexes, conditions, barriers, semaphores; and forks.
 *
 * Who suspends waits for a condition, and who resumes wakes all that wait for it, both with the mutex
 * of that name, as the dialect says; so a resume that finds nobody suspended is lost, and counted.
 */
#include "perform.h"

static struct workload_report_resource *account(struct perform *perform, uint32_t object)
{
        struct workload_report_resource *all =
                (void *)((char *)perform->report + perform->layout.resources);
        return &all[object];
}

static void count(uint64_t *counter)
{
        __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

/** Brackets a wait that only another thread ends; the control thread looks whether one is left. */
static void wait_begins(struct perform_thread *thread, uint32_t object)
{
        count(&account(thread->perform, object)->waits);
        __atomic_store_n(&thread->waits_for, object + 1, __ATOMIC_RELAXED);
        __atomic_add_fetch(&thread->perform->waiting, 1, __ATOMIC_RELAXED);
}

static void wait_ends(struct perform_thread *thread)
{
        __atomic_add_fetch(&thread->perform->moves, 1, __ATOMIC_RELAXED);
        __atomic_sub_fetch(&thread->perform->waiting, 1, __ATOMIC_RELAXED);
}

/** What is pending once it has begun to wait on a node. */
static int waits(struct perform_thread *thread, uint32_t object, struct rota_wait *wait)
{
        wait_begins(thread, object);
        thread->act.step = 1;
        perform_wait(thread, wait, rota_timeout_forever());
        return ROTA_EAGAIN;
}

/** What came of an event, or of a part of it: it waits (ROTA_EAGAIN), or it is over. What must not happen
 * ends the run. */
static enum perform_result outcome(
        struct perform_thread *thread, int result, const char *what, uint32_t object)
{
        struct perform *perform = thread->perform;
        const char *names = perform->image.names;

        if (result == ROTA_EAGAIN)
                return PERFORM_PENDING;
        if (result == ROTA_OK)
                return PERFORM_DONE;
        if (result == ROTA_ECANCELED)
                return PERFORM_END;
        const char *const words[] = {"the task \"", names + thread->task->name, "\" cannot ", what,
                " \"", names + perform->image.resources[object].name,
                "\": ", rota_error_text(result), NULL};
        perform_fail_with(perform, words);
        return PERFORM_END;
}

/** What an owner that has ended left behind is only its name on the mutex. */
static int locked(int result)
{
        return result == ROTA_EOWNERDEAD ? ROTA_OK : result;
}

static int lock(struct perform_thread *thread, uint32_t object)
{
        struct rota_mutex *mutex = &thread->perform->resources[object].is.mutex;
        struct rota_wait *node = &thread->act.on.node;

        if (thread->act.step == 0) {
                const int result = rota_mutex_begin(mutex, node);
                return result == ROTA_EAGAIN ? waits(thread, object, node) : locked(result);
        }
        wait_ends(thread);
        return locked(rota_mutex_finish(mutex, node));
}

static int unlock(struct perform_thread *thread, uint32_t object)
{
        return rota_mutex_unlock(&thread->perform->resources[object].is.mutex);
}

/** Waits for the signal, and then for the mutex. */
static int wait(struct perform_thread *thread, uint32_t object, uint32_t mutex)
{
        struct perform_resource *all = thread->perform->resources;
        struct perform_act *act = &thread->act;
        struct rota_condition_wait *on = &act->on.condition;

        if (act->step == 0) {
                const int result =
                        rota_condition_begin(&all[object].is.condition, &all[mutex].is.mutex, on);
                return result == ROTA_EAGAIN ? waits(thread, object, &on->signal) : result;
        }
        if (act->step++ == 1 && rota_condition_relock(on) == ROTA_EAGAIN) {
                perform_wait(thread, &on->lock, rota_timeout_forever());
                return ROTA_EAGAIN;
        }
        wait_ends(thread);
        return locked(rota_condition_finish(on));
}

static void wake(struct perform_thread *thread, uint32_t object, uint32_t most)
{
        struct rota_condition *condition = &thread->perform->resources[object].is.condition;
        const uint32_t woken =
                most == 1 ? rota_condition_signal(condition) : rota_condition_broadcast(condition);

        if (!woken)
                count(&account(thread->perform, object)->lost);
}

/** With the mutex locked for as long where it was not (stage 0): resumes all (resume), or waits (stage 1), which for
 * sync follows a signal. */
static enum perform_result with_mutex(
        struct perform_thread *thread, const struct workload_event *event)
{
        struct perform_act *act = &thread->act;
        const bool suspends = event->kind == WORKLOAD_SUSPEND;
        enum perform_result result = PERFORM_DONE;

        if (act->stage == 0) {
                const int got = lock(thread, event->second);
                if (got == ROTA_EAGAIN)
                        return PERFORM_PENDING;
                count(&account(thread->perform, event->second)->uses);
                act->had = got == ROTA_EDEADLK;
                result = outcome(thread, act->had ? ROTA_OK : got, "lock", event->second);
                if (result != PERFORM_DONE)
                        return result;
                if (!suspends)
                        wake(thread, event->object, event->kind == WORKLOAD_SYNC ? 1 : UINT32_MAX);
                act->stage = 1;
                act->step = 0;
        }
        if (event->kind != WORKLOAD_RESUME)
                result = outcome(thread, wait(thread, event->object, event->second),
                        suspends ? "suspend itself by" : "wait for", event->object);
        if (result != PERFORM_DONE || act->had)
                return result;
        return outcome(thread, unlock(thread, event->second), "unlock", event->second);
}

static int barrier(struct perform_thread *thread, uint32_t object)
{
        struct rota_barrier *at = &thread->perform->resources[object].is.barrier;
        struct rota_wait *node = &thread->act.on.node;
        int result = ROTA_OK;

        if (thread->act.step == 0) {
                result = rota_barrier_begin(at, node);
                if (result == ROTA_EAGAIN)
                        return waits(thread, object, node);
        } else {
                wait_ends(thread);
                result = rota_barrier_finish(at, node);
        }
        /* Who comes last is told so, and goes on like the others. */
        return result > 0 ? ROTA_OK : result;
}

static int take(struct perform_thread *thread, uint32_t object)
{
        struct rota_semaphore *semaphore = &thread->perform->resources[object].is.semaphore;
        struct rota_wait *node = &thread->act.on.node;

        if (thread->act.step == 0) {
                const int result = rota_semaphore_begin(semaphore, node);
                return result == ROTA_EAGAIN ? waits(thread, object, node) : result;
        }
        wait_ends(thread);
        return rota_semaphore_finish(semaphore, node);
}

enum perform_result perform_shared(
        struct perform_thread *thread, const struct workload_event *event)
{
        const uint32_t object = event->object;

        if (thread->act.stage == 0 && thread->act.step == 0)
                count(&account(thread->perform, object)->uses);
        switch (event->kind) {
        case WORKLOAD_LOCK:
                return outcome(thread, lock(thread, object), "lock", object);
        case WORKLOAD_UNLOCK:
                return outcome(thread, unlock(thread, object), "unlock", object);
        case WORKLOAD_WAIT:
                return outcome(thread, wait(thread, object, event->second), "wait for", object);
        case WORKLOAD_SIGNAL:
                wake(thread, object, 1);
                return PERFORM_DONE;
        case WORKLOAD_BROAD:
                wake(thread, object, UINT32_MAX);
                return PERFORM_DONE;
        case WORKLOAD_SYNC:
        case WORKLOAD_SUSPEND:
        case WORKLOAD_RESUME:
                return with_mutex(thread, event);
        case WORKLOAD_BARRIER:
                return outcome(thread, barrier(thread, object), "wait at", object);
        case WORKLOAD_SEM_POST:
                return outcome(thread,
                        rota_semaphore_give(&thread->perform->resources[object].is.semaphore),
                        "give a permit to", object);
        case WORKLOAD_SEM_WAIT:
                return outcome(thread, take(thread, object), "take a permit of", object);
        default:
                return PERFORM_END;
        }
}

/** Starts the next of a task's forks. It counts as alive before it runs, and who forks it lives too:
 * so the run does not end in between. */
bool perform_fork(struct perform_thread *thread, uint32_t task)
{
        struct perform *perform = thread->perform;
        const struct workload_task *of = &perform->image.tasks[task];
        struct perform_forks *forks = &perform->forks[task];
        const uint32_t fork = __atomic_fetch_add(&forks->taken, 1, __ATOMIC_RELAXED);

        if (fork >= of->forks) {
                const char *const words[] = {"too many forks of the task \"",
                        perform->image.names + of->name, "\"", NULL};
                perform_fail_with(perform, words);
                return false;
        }
        struct perform_thread *child = &perform->threads[forks->first + fork];
        __atomic_add_fetch(&perform->live, 1, __ATOMIC_RELAXED);
        /* Release: the control thread finds it started; partner: report_thread(). */
        __atomic_store_n(&child->started, 1, __ATOMIC_RELEASE);
        return rota_start(child->handle) == ROTA_OK;
}

/** Waits for it are told in the trace by the resource's number. */
static void make_resource(
        struct perform *perform, struct perform_resource *resource, uint32_t number)
{
        const struct workload_resource *of = &perform->image.resources[number];
        const char *name = perform->image.names + of->name;

        switch (of->kind) {
        case WORKLOAD_MUTEX:
                rota_mutex_init(&resource->is.mutex,
                        (of->flags & WORKLOAD_INHERIT) ? 0 : ROTA_MUTEX_PLAIN, name);
                resource->is.mutex.waiters.number = number + 1;
                break;
        case WORKLOAD_CONDITION:
                rota_condition_init(&resource->is.condition, ROTA_WAIT_FIFO, name);
                resource->is.condition.waiters.number = number + 1;
                break;
        case WORKLOAD_BARRIER_OF:
                rota_barrier_init(&resource->is.barrier, of->users ? of->users : 1, name);
                resource->is.barrier.waiters.number = number + 1;
                break;
        default:
                rota_semaphore_init(&resource->is.semaphore, 0, 0, ROTA_WAIT_FIFO, name);
                resource->is.semaphore.waiters.number = number + 1;
                break;
        }
}

bool perform_set_up_resources(struct perform *perform)
{
        const struct workload_header *h = perform->image.header;

        perform->resources = perform_allocate(
                perform, (h->resource_count + 1) * sizeof(*perform->resources), 64);
        if (!perform->resources)
                return false;
        for (uint32_t i = 0; i < h->resource_count; i++)
                make_resource(perform, &perform->resources[i], i);
        return true;
}
