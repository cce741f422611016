/* SPDX-License-Identifier: MIT */
/* The steps of a program's tasks, and what each may answer. */
#include <string.h>

#include "awaits.h"

static void expect(int result, const int *allowed, const char *what)
{
        for (;; allowed++) {
                if (*allowed == result)
                        return;
                if (*allowed == 1)
                        explore_fail("%s answered: %s", what, rota_error_text(result));
        }
}

#define EXPECT(result, what, ...) expect((result), (const int[]){__VA_ARGS__, 1}, (what))

static void joined(struct explore_task *me, uint32_t who, int result, intptr_t code)
{
        if (result != ROTA_OK)
                return;
        if (code != 100 + (intptr_t)who)
                explore_fail("a join gave another task's code");
        if (w.tasks[who].life != LIFE_ENDED)
                explore_fail("a join returned before the exit callback was over");
        if (program->tasks[who].quiet)
                script_give_back(&w.tasks[who]);
        me->code = code;
}

/* A mutex is the task's: nobody else's meanwhile, and what it protects is written by one at a time. */
static void locked(const struct explore_task *me, uint32_t mutex, int result)
{
        if (result != ROTA_OK && result != ROTA_EOWNERDEAD)
                return;
        race_plain(&w.guarded[mutex], sizeof(w.guarded[mutex]), true);
        if (w.guarded[mutex] && result == ROTA_OK)
                explore_fail("a mutex has two owners");
        w.guarded[mutex] = (uint32_t)(me - w.tasks) + 1;
}

static int unlock(const struct explore_task *me, uint32_t mutex)
{
        /* Another one's number may stand there, and be read while it changes, but not its own. */
        if (__atomic_load_n(&w.guarded[mutex], __ATOMIC_RELAXED) != (uint32_t)(me - w.tasks) + 1)
                return ROTA_OK;
        race_plain(&w.guarded[mutex], sizeof(w.guarded[mutex]), true);
        w.guarded[mutex] = 0;
        return rota_mutex_unlock(&w.mutexes[mutex]);
}

/* What is counted: who is let pass sees what the first who let pass wrote before. */
static void hand(void)
{
        if (w.given++)
                return;
        race_plain(&w.handed, sizeof(w.handed), true);
        w.handed = 1;
}

static int passed(int result)
{
        if (result != ROTA_OK)
                return result;
        race_plain(&w.handed, sizeof(w.handed), false);
        if (!w.handed)
                explore_fail("a wait passed before anything was given");
        w.taken++;
        return result;
}

/* One poll of a leaf future, which is then dropped where it waits: what it answered, or says after that. */
static int await_once(struct rota_future *future)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = 1};

        if (rota_future_poll(future, &context) != ROTA_POLL_READY)
                rota_future_drop(future);
        return (int)future->value;
}

static int drop_take(void)
{
        struct rota_await await;
        int result = await_once(rota_await_semaphore(&await, &w.semaphore, rota_timeout_forever()));

        if (result == ROTA_OK)
                rota_semaphore_give(&w.semaphore);
        return result;
}

static int drop_lock(uint32_t mutex)
{
        struct rota_await await;
        return await_once(rota_await_mutex(&await, &w.mutexes[mutex], rota_timeout_forever()));
}

static int count(const struct step *step)
{
        uint32_t got;
        int result = ROTA_OK;

        switch (step->action) {
        case DO_GIVE:
                hand();
                return rota_semaphore_give(&w.semaphore);
        case DO_TAKE:
                result = rota_semaphore_take(&w.semaphore);
                break;
        case DO_TAKE_FOR:
                result =
                        rota_semaphore_take_until(&w.semaphore, rota_timeout_after(step->argument));
                break;
        case DO_DROP_TAKE:
                return drop_take();
        case DO_COMPLETE:
                hand();
                return step->argument ? rota_completion_complete_all(&w.completion)
                                      : rota_completion_complete(&w.completion);
        case DO_AWAIT:
                result = passed(rota_completion_wait(&w.completion));
                /* It was on the waiter's stack, say: nobody else may touch it any more. */
                race_plain(&w.completion, sizeof(w.completion), true);
                memset(&w.completion, 0xa5, sizeof(w.completion));
                return result;
        case DO_SET:
                hand();
                return rota_events_set(&w.events, step->argument);
        default:
                result = rota_events_wait_until(&w.events, 3, ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR,
                        &got, rota_timeout_after(step->argument));
                break;
        }
        EXPECT(result, "wait", ROTA_OK, ROTA_ETIMEDOUT, ROTA_ECANCELED);
        return passed(result);
}

/* Gives up what the mutex protects while it waits. */
static int wait_for(const struct explore_task *me, uint32_t mutex, uint64_t ns)
{
        race_plain(&w.guarded[mutex], sizeof(w.guarded[mutex]), true);
        w.guarded[mutex] = 0;
        int result =
                rota_condition_wait_until(&w.condition, &w.mutexes[mutex], rota_timeout_after(ns));
        locked(me, mutex, ROTA_OK);
        return result;
}

static int read_book(void)
{
        int result = rota_rwlock_read(&w.rwlock);

        if (result != ROTA_OK)
                return result;
        race_plain(&w.book, sizeof(w.book), false);
        if (w.book)
                explore_fail("somebody writes what is read");
        return rota_rwlock_end_read(&w.rwlock);
}

static int write_book(const struct explore_task *me, uint64_t ns)
{
        int result = rota_rwlock_write_until(&w.rwlock, rota_timeout_after(ns));

        if (result != ROTA_OK)
                return result;
        race_plain(&w.book, sizeof(w.book), true);
        if (w.book)
                explore_fail("two write");
        w.book = (uint32_t)(me - w.tasks) + 1;
        race_plain(&w.book, sizeof(w.book), true);
        w.book = 0;
        return rota_rwlock_end_write(&w.rwlock);
}

int script_perform(struct explore_task *me, const struct step *step)
{
        struct explore_task *other = &w.tasks[step->who];
        struct rota_params params = {0};
        intptr_t code = 0;
        int result = ROTA_OK;

        switch (step->action) {
        case DO_END:
                break;
        case DO_PARK:
                result = rota_park();
                EXPECT(result, "park", ROTA_OK, ROTA_ECANCELED);
                break;
        case DO_PARK_FOR:
                result = rota_park_until(rota_timeout_after(step->argument));
                EXPECT(result, "park for", ROTA_OK, ROTA_ECANCELED, ROTA_ETIMEDOUT);
                break;
        case DO_SLEEP: {
                uint64_t until = w.now + step->argument;
                result = rota_sleep_for(step->argument);
                EXPECT(result, "sleep", ROTA_OK, ROTA_ECANCELED);
                if (result == ROTA_OK && w.now < until)
                        explore_fail("a sleep ended early");
                break;
        }
        case DO_RING:
                rota_atomic_store(&other->rung[me - w.tasks], 1);
                other->rings++;
                result = rota_wake(other->handle);
                EXPECT(result, "wake", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_TELL:
                other->waker = (uint32_t)(me - w.tasks) + 1;
                race_plain(&me->payload, sizeof(me->payload), true);
                me->payload = 1;
                result = rota_wake(other->handle);
                EXPECT(result, "wake", ROTA_OK);
                break;
        case DO_HEAR:
                result = rota_park();
                EXPECT(result, "park", ROTA_OK);
                race_plain(&other->payload, sizeof(other->payload), false);
                if (!other->payload)
                        explore_fail("a park returned and nobody had woken it");
                break;
        case DO_WAKE:
                result = rota_wake(other->handle);
                EXPECT(result, "wake", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_CANCEL:
                result = rota_cancel(other->handle);
                EXPECT(result, "cancel", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_YIELD:
                result = rota_yield();
                EXPECT(result, "yield", ROTA_OK);
                break;
        case DO_PRIORITY:
                params.priority = (uint16_t)step->argument;
                params.flags = ROTA_PARAMS_FIFO;
                result = rota_set_params(other->handle, &params);
                EXPECT(result, "set_params", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_CLASS:
                params.class_index = (uint8_t)step->argument;
                params.flags = ROTA_PARAMS_FIFO;
                result = rota_set_params(other->handle, &params);
                EXPECT(result, "set_params", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_PARAMS:
                result = rota_get_params(other->handle, &params);
                EXPECT(result, "get_params", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_PLACE:
                result = rota_set_affinity(other->handle, script_affinity(step->argument));
                EXPECT(result, "set_affinity", ROTA_OK, ROTA_ESTALE);
                break;
        case DO_HAND:
                result = rota_hand_over(other->handle);
                EXPECT(result, "hand over", ROTA_OK, ROTA_ESTALE, ROTA_ECANCELED);
                break;
        case DO_START:
                other->life = LIFE_STARTED;
                result = rota_start(other->handle);
                EXPECT(result, "start", ROTA_OK);
                break;
        case DO_JOIN:
                result = rota_join(other->handle, rota_timeout_forever(), &code);
                EXPECT(result, "join", ROTA_OK, ROTA_ESTALE, ROTA_ECANCELED);
                joined(me, step->who, result, code);
                break;
        case DO_JOIN_FOR:
                result = rota_join(other->handle, rota_timeout_after(step->argument), &code);
                EXPECT(result, "join for", ROTA_OK, ROTA_ESTALE, ROTA_ECANCELED, ROTA_ETIMEDOUT);
                joined(me, step->who, result, code);
                break;
        case DO_LOCK:
                result = rota_mutex_lock(&w.mutexes[step->who]);
                EXPECT(result, "lock", ROTA_OK, ROTA_EOWNERDEAD, ROTA_ECANCELED);
                locked(me, step->who, result);
                break;
        case DO_LOCK_FOR:
                result = rota_mutex_lock_until(
                        &w.mutexes[step->who], rota_timeout_after(step->argument));
                EXPECT(result, "lock for", ROTA_OK, ROTA_EOWNERDEAD, ROTA_ECANCELED,
                        ROTA_ETIMEDOUT);
                locked(me, step->who, result);
                break;
        case DO_DROP_LOCK:
                result = drop_lock(step->who);
                EXPECT(result, "drop a lock", ROTA_OK, ROTA_EOWNERDEAD, ROTA_ECANCELED);
                locked(me, step->who, result);
                break;
        case DO_JOIN_LENDING:
                result = rota_join_inherit(other->handle, rota_timeout_forever(), &code);
                EXPECT(result, "join lending", ROTA_OK, ROTA_ESTALE, ROTA_ECANCELED);
                joined(me, step->who, result, code);
                break;
        case DO_UNLOCK:
                result = unlock(me, step->who);
                EXPECT(result, "unlock", ROTA_OK);
                break;
        case DO_GIVE:
        case DO_TAKE:
        case DO_TAKE_FOR:
        case DO_DROP_TAKE:
        case DO_COMPLETE:
        case DO_AWAIT:
        case DO_SET:
        case DO_FLAGS:
                return count(step);
        case DO_WAIT_FOR:
                result = wait_for(me, step->who, step->argument);
                EXPECT(result, "wait for a condition", ROTA_OK, ROTA_ETIMEDOUT, ROTA_ECANCELED);
                break;
        case DO_SIGNAL:
                result = rota_condition_signal(&w.condition);
                break;
        case DO_READ:
                result = read_book();
                EXPECT(result, "read", ROTA_OK, ROTA_ECANCELED);
                break;
        case DO_WRITE:
                result = write_book(me, step->argument);
                EXPECT(result, "write", ROTA_OK, ROTA_ETIMEDOUT, ROTA_ECANCELED);
                break;
        case DO_LEAVE:
                result = rota_cpu_leave(&w.rota, step->who);
                EXPECT(result, "leave", ROTA_OK, ROTA_EBUSY, ROTA_ESTATE);
                break;
        case DO_JOIN_CPU:
                machine_join(step->who);
                break;
        case DO_SEND:
        case DO_RECEIVE:
        case DO_CLOSE:
        case DO_SELECT:
        case DO_RACE:
        case DO_RAISE:
        case DO_WORK:
        case DO_CALL:
        case DO_STOP:
        case DO_BLOCK:
        case DO_MEET:
        case DO_ONCE:
        case DO_NOTE:
        case DO_NOTED:
        case DO_DROP:
                return awaits_perform(me, step);
        case DO_DETACH:
                result = rota_detach(other->handle);
                EXPECT(result, "detach", ROTA_OK, ROTA_ESTALE);
                break;
        }
        return result;
}
