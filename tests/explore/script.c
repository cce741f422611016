/* SPDX-License-Identifier: MIT */
/* What tasks do in a program, and what must be true when nobody can go on. */
#include <string.h>

#include "base/list.h"
#include "explore.h"

const struct program *program;

static struct rota_cpu *cpus[CPUS_MAX];
static struct rota_stack homes[CPUS_MAX];

static struct rota_params params_of(const struct script *s)
{
        /* Levels run to block: slices would only add the clock to every program. */
        return (struct rota_params){
                .priority = (uint16_t)s->priority, .flags = s->priority ? ROTA_PARAMS_FIFO : 0};
}

static struct rota_affinity affinity_of(uint32_t mask)
{
        return mask ? rota_affinity_mask(mask) : rota_affinity_all();
}

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

/* The memory is its owner's again, who writes it: nobody else may look at it. */
static void give_back(struct explore_task *t)
{
        race_plain(&t->thread, sizeof(t->thread), true);
        memset(&t->thread, 0xa5, sizeof(t->thread));
}

static void ended(struct rota_task *task, intptr_t code)
{
        struct explore_task *t = rota_container(task, struct explore_task, thread.task);

        if (t->life != LIFE_STARTED)
                explore_fail("the exit callback of a task that does not live");
        if (code != 100 + (t - w.tasks))
                explore_fail("the exit callback gets another code");
        t->life = LIFE_ENDED;
        give_back(t);
}

/* Who has no callback has ended from here on. */
void script_left(struct explore_task *task)
{
        if (!program->tasks[task - w.tasks].quiet)
                return;
        if (task->life != LIFE_STARTED)
                explore_fail("the end of a task that does not live");
        task->life = LIFE_ENDED;
}

static void joined(struct explore_task *me, uint32_t who, int result, intptr_t code)
{
        if (result != ROTA_OK)
                return;
        if (code != 100 + (intptr_t)who)
                explore_fail("a join gave another task's code");
        if (w.tasks[who].life != LIFE_ENDED)
                explore_fail("a join returned before the exit callback was over");
        if (program->tasks[who].quiet)
                give_back(&w.tasks[who]);
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

static int perform(struct explore_task *me, const struct step *step)
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
                result = rota_set_affinity(other->handle, affinity_of(step->argument));
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
        case DO_DETACH:
                result = rota_detach(other->handle);
                EXPECT(result, "detach", ROTA_OK, ROTA_ESTALE);
                break;
        }
        return result;
}

static intptr_t task_main(void *argument)
{
        struct explore_task *me = argument;
        uint32_t number = (uint32_t)(me - w.tasks);
        const struct script *script = &program->tasks[number];

        if (!w.exploring)
                schedule_block(BLOCKED_BARRIER);
        for (uint32_t i = 0; i < STEPS && script->steps[i].action; i++) {
                explore_trace("task %u: step %u begins", number, i);
                me->results[i] = perform(me, &script->steps[i]);
                explore_trace("task %u: step %u: %s", number, i, rota_error_text(me->results[i]));
        }
        return 100 + (intptr_t)number;
}

static bool rings(const struct script *script, uint32_t who)
{
        for (uint32_t i = 0; i < STEPS && script->steps[i].action; i++) {
                if (script->steps[i].action == DO_RING && script->steps[i].who == who)
                        return true;
        }
        return false;
}

/* The marks are relaxed: that a poll sees those of whoever has woken it is the wake's to provide. */
static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct explore_task *me = rota_container(future, struct explore_task, future);
        uint32_t number = (uint32_t)(me - w.tasks);
        bool ready = true;

        (void)context;
        if (!w.exploring)
                schedule_block(BLOCKED_BARRIER);
        explore_trace("task %u: poll %u begins", number, me->polls);
        if (++me->polls > 1 + me->rings)
                explore_fail("task %u is polled, and nobody has woken it", number);
        if (me->runs++)
                explore_fail("task %u is polled twice at a time", number);
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                ready &= !rings(&program->tasks[i], number) || rota_atomic_load(&me->rung[i]);
        if (program->spare)
                rota_port_irq_enable(); /* here it is preempted */
        me->runs--;
        explore_trace("task %u: the poll ends, %s", number, ready ? "ready" : "pending");
        future->value = 100 + (intptr_t)number;
        return ready ? ROTA_POLL_READY : ROTA_POLL_PENDING;
}

static void must(int result, const char *what)
{
        if (result < 0)
                explore_fail("harness: %s: %s", what, rota_error_text(result));
}

void script_boot(void)
{
        memset(&w, 0, sizeof(w));
        w.current = OUTSIDE;
        w.now = 1000;
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
                memset(w.cpus[i].home, STACK_FILL, STACK);
                memset(w.cpus[i].boot, STACK_FILL, STACK);
        }
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                memset(w.tasks[i].stack, STACK_FILL, STACK);
        for (uint32_t i = 0; i < program->cpus; i++) {
                cpus[i] = &w.cpus[i].cpu;
                homes[i] = (struct rota_stack){w.cpus[i].home, sizeof(w.cpus[i].home)};
        }
        struct rota_config config = {.cpus = cpus,
                .cpu_count = program->cpus,
                .home_stacks = homes,
                .slots = w.slots,
                .slot_count = sizeof(w.slots) / sizeof(w.slots[0]),
                .policies = program->classes,
                .policy_count = program->classes[1] ? 2 : 1,
                .memory = w.memory,
                .memory_size = sizeof(w.memory),
                .slice_ns = 100000};
        must(rota_init(&w.rota, &config), "rota_init");
        memset(w.spare, STACK_FILL, STACK);
        if (program->spare)
                must(rota_spares_add(&w.rota, w.spare, STACK), "spares_add");
        machine_boot();
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                const struct script *s = &program->tasks[i];
                struct explore_task *t = &w.tasks[i];
                if (!s->steps[0].action && !s->cpus && !s->waits && !s->future)
                        continue;
                struct rota_thread_options options = {.task = {.name = "explored",
                                                              .params = params_of(s),
                                                              .affinity = affinity_of(s->cpus),
                                                              .on_exit = s->quiet ? NULL : ended,
                                                              .detached = s->detached},
                        .entry = task_main,
                        .argument = t,
                        .stack = t->stack,
                        .stack_size = sizeof(t->stack)};
                rota_future_init(&t->future, poll, NULL);
                must(s->future ? rota_future_create(
                                         &t->polled, &t->future, &options.task, &t->handle)
                               : rota_thread_create(&t->thread, &options, &t->handle),
                        "create");
                t->life = s->waits ? LIFE_CREATED : LIFE_STARTED;
                if (!s->waits)
                        must(rota_start(t->handle), "start");
        }
        machine_settle();
}

void script_verify(void)
{
        struct rota_check_report report;
        w.exploring = false;
        w.current = OUTSIDE;
        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                static const char *const states[] = {"free", "new", "runnable", "parked", "dead"};
                if (w.tasks[i].life == LIFE_STARTED)
                        explore_fail("task %u never ends, it is %s, and nobody can go on", i,
                                states[rota_state(w.tasks[i].handle)]);
        }
        if (!rota_check(&w.rota, &report))
                explore_fail(
                        "%s (slot %d, cpu %d)", report.what, (int)report.slot, (int)report.cpu);
        for (uint32_t i = 0; i < program->cpus; i++) {
                if (w.cpus[i].blocked == BLOCKED_OUT)
                        continue;
                if (w.cpus[i].cpu.need)
                        explore_fail("cpu %u sleeps and has a need %u", i, w.cpus[i].cpu.need);
                if (!(w.rota.idle_cpus[0] >> i & 1))
                        explore_fail(
                                "cpu %u sleeps and nobody can find it: it is not marked idle", i);
        }
        if (w.rota.fallbacks)
                explore_fail("a policy was replaced: %s", w.rota.fallback_reason);
        if (w.rota.spare_left != program->spare)
                explore_fail("a home stack is lost");
        const char *what = program->check ? program->check() : NULL;
        if (what)
                explore_fail("%s", what);
}
