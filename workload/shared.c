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

/** Whether an event came off; what must not happen ends the run. */
static bool went_well(struct perform_thread *thread, int result, const char *what, uint32_t object)
{
        struct perform *perform = thread->perform;
        const char *names = perform->image.names;

        if (result == ROTA_OK)
                return true;
        if (result == ROTA_ECANCELED)
                return false;
        const char *const words[] = {"the task \"", names + thread->task->name, "\" cannot ", what,
                " \"", names + perform->image.resources[object].name,
                "\": ", rota_error_text(result), NULL};
        perform_fail_with(perform, words);
        return false;
}

/** What an owner that has ended left behind is only its name on the mutex. */
static int lock(struct perform_thread *thread, uint32_t object)
{
        struct rota_mutex *mutex = &thread->perform->resources[object].is.mutex;
        int result = rota_mutex_try_lock(mutex);

        if (result == ROTA_EAGAIN) {
                wait_begins(thread, object);
                result = rota_mutex_lock(mutex);
                wait_ends(thread);
        }
        return result == ROTA_EOWNERDEAD ? ROTA_OK : result;
}

static int unlock(struct perform_thread *thread, uint32_t object)
{
        return rota_mutex_unlock(&thread->perform->resources[object].is.mutex);
}

/** Locks, unless the thread has it already: then *had. */
static int lock_once(struct perform_thread *thread, uint32_t object, bool *had)
{
        const int result = lock(thread, object);

        count(&account(thread->perform, object)->uses);
        *had = result == ROTA_EDEADLK;
        return *had ? ROTA_OK : result;
}

static int wait(struct perform_thread *thread, uint32_t object, uint32_t mutex)
{
        struct perform_resource *all = thread->perform->resources;

        wait_begins(thread, object);
        const int result = rota_condition_wait(&all[object].is.condition, &all[mutex].is.mutex);
        wait_ends(thread);
        return result == ROTA_EOWNERDEAD ? ROTA_OK : result;
}

static void wake(struct perform_thread *thread, uint32_t object, uint32_t most)
{
        struct rota_condition *condition = &thread->perform->resources[object].is.condition;
        const uint32_t woken =
                most == 1 ? rota_condition_signal(condition) : rota_condition_broadcast(condition);

        if (!woken)
                count(&account(thread->perform, object)->lost);
}

/** Signals and waits, with the mutex locked for as long where it was not. */
static bool sync(struct perform_thread *thread, const struct workload_event *event)
{
        bool had = false;
        int result = lock_once(thread, event->second, &had);

        if (!went_well(thread, result, "lock", event->second))
                return false;
        wake(thread, event->object, 1);
        result = wait(thread, event->object, event->second);
        if (!went_well(thread, result, "wait for", event->object))
                return false;
        return had || went_well(thread, unlock(thread, event->second), "unlock", event->second);
}

static bool suspend(struct perform_thread *thread, const struct workload_event *event)
{
        bool had = false;
        int result = lock_once(thread, event->second, &had);

        if (!went_well(thread, result, "lock", event->second))
                return false;
        result = wait(thread, event->object, event->second);
        if (!went_well(thread, result, "suspend itself by", event->object))
                return false;
        return had || went_well(thread, unlock(thread, event->second), "unlock", event->second);
}

static bool resume(struct perform_thread *thread, const struct workload_event *event)
{
        bool had = false;

        if (!went_well(thread, lock_once(thread, event->second, &had), "lock", event->second))
                return false;
        wake(thread, event->object, UINT32_MAX);
        return had || went_well(thread, unlock(thread, event->second), "unlock", event->second);
}

static bool barrier(struct perform_thread *thread, uint32_t object)
{
        wait_begins(thread, object);
        const int result = rota_barrier_wait(&thread->perform->resources[object].is.barrier);
        wait_ends(thread);
        /* Who comes last is told so, and goes on like the others. */
        return went_well(thread, result > 0 ? ROTA_OK : result, "wait at", object);
}

static bool take(struct perform_thread *thread, uint32_t object)
{
        struct rota_semaphore *semaphore = &thread->perform->resources[object].is.semaphore;
        int result = rota_semaphore_try_take(semaphore);

        if (result == ROTA_EAGAIN) {
                wait_begins(thread, object);
                result = rota_semaphore_take(semaphore);
                wait_ends(thread);
        }
        return went_well(thread, result, "take a permit of", object);
}

bool perform_shared(struct perform_thread *thread, const struct workload_event *event)
{
        const uint32_t object = event->object;

        count(&account(thread->perform, object)->uses);
        switch (event->kind) {
        case WORKLOAD_LOCK:
                return went_well(thread, lock(thread, object), "lock", object);
        case WORKLOAD_UNLOCK:
                return went_well(thread, unlock(thread, object), "unlock", object);
        case WORKLOAD_WAIT:
                return went_well(thread, wait(thread, object, event->second), "wait for", object);
        case WORKLOAD_SIGNAL:
                wake(thread, object, 1);
                return true;
        case WORKLOAD_BROAD:
                wake(thread, object, UINT32_MAX);
                return true;
        case WORKLOAD_SYNC:
                return sync(thread, event);
        case WORKLOAD_SUSPEND:
                return suspend(thread, event);
        case WORKLOAD_RESUME:
                return resume(thread, event);
        case WORKLOAD_BARRIER:
                return barrier(thread, object);
        case WORKLOAD_SEM_POST:
                return went_well(thread,
                        rota_semaphore_give(&thread->perform->resources[object].is.semaphore),
                        "give a permit to", object);
        case WORKLOAD_SEM_WAIT:
                return take(thread, object);
        default:
                return false;
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
