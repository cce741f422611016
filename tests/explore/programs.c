/* SPDX-License-Identifier: MIT */
/*
 * The programs that are explored: two or three CPUs, each task a few operations. Affinity masks say
 * where a task begins; a CPU without one begins halted. Every task must end, whatever the order.
 */
#include "steps.h"

static const char *one_of_two_joined(void)
{
        int taken = (w.tasks[1].results[0] == ROTA_OK) + (w.tasks[2].results[0] == ROTA_OK);
        return taken ? NULL : "two joins without end, and none got the code";
}

static const char *joined_once(void)
{
        const int *results = w.tasks[1].results;
        return (results[0] == ROTA_OK) + (results[1] == ROTA_OK) == 1
                       ? NULL
                       : "an end was given to none of two joins, or to both";
}

static const char *parked_until(void)
{
        return w.tasks[0].results[0] == ROTA_ETIMEDOUT && w.now < 1100
                       ? "a time-out came before its time"
                       : NULL;
}

static const char *cancelled(void)
{
        return w.tasks[0].results[1] == ROTA_ECANCELED ? NULL : "a cancel is not sticky";
}

/* Nobody waits, and what is not free was its last owner's, who has ended. */
static const char *given_back(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++)
                if (w.mutexes[m].waiters.first || (w.mutexes[m].word && !w.guarded[m]))
                        return "a mutex was not given back";
        return NULL;
}

static const char *permits_add_up(void)
{
        return w.semaphore.waiters.first ||
                               rota_semaphore_permits(&w.semaphore) != w.given - w.taken
                       ? "permits are lost, or made"
                       : NULL;
}

static const char *flag_was_seen(void)
{
        return w.events.waiters.first || rota_events_get(&w.events) != (w.taken ? 0 : 1)
                       ? "a flag is lost, or seen and not cleared"
                       : NULL;
}

/* Each signal that reached somebody is the answer of one wait. */
static const char *answered(void)
{
        int sent = 0;
        int received = 0;

        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                const struct script *script = &program->tasks[i];
                for (uint32_t s = 0; s < STEPS; s++) {
                        enum action action = script->steps[s].action;
                        if (action == DO_SIGNAL)
                                sent += w.tasks[i].results[s];
                        else if (action == DO_WAIT_FOR)
                                received += w.tasks[i].results[s] == ROTA_OK;
                }
        }
        if (w.condition.waiters.first)
                return "somebody waits for a condition";
        return sent == received ? given_back() : "a signal was lost, or answered twice";
}

static const char *book_closed(void)
{
        return w.rwlock.word || w.rwlock.waiters.first ? "a lock was not given back" : NULL;
}

static const char *one_finds_it_so(void)
{
        const int *results = w.tasks[1].results;
        return results[0] == ROTA_OK || results[0] == ROTA_EOWNERDEAD
                       ? given_back()
                       : "an owner ended, and its mutex is nobody's";
}

static const char *one_stays(void)
{
        return (w.tasks[0].results[0] == ROTA_OK) + (w.tasks[1].results[0] == ROTA_OK) == 1
                       ? NULL
                       : "of two CPUs both were sent away, or none";
}

static const char *left(void)
{
        return w.cpus[0].cpu.online ? "a CPU was asked to leave and is still there" : NULL;
}

static const struct program table[] = {
        {"wake-park", FIFO, 2, .tasks = {{ON(0), .steps = {HEAR(1)}}, {ON(1), .steps = {TELL(0)}}}},
        {"ping-pong", FIFO, 2,
                .tasks = {{ON(0), .steps = {TELL(1), HEAR(1), WAKE(1)}},
                        {ON(1), .steps = {HEAR(0), TELL(0), PARK}}}},
        {"two-wakers", FIFO, 3,
                .tasks = {{ON(0), .steps = {PARK}}, {ON(1), .steps = {WAKE(0)}},
                        {ON(2), .steps = {WAKE(0)}}}},
        {"wake-sleeper-elsewhere", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {PARK, YIELD}},
                        {.cpus = 2, .steps = {WAKE(0), YIELD}}}},
        {"time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {PARK_FOR(100)}}, {ON(1), .steps = {WAKE(0)}}},
                .check = parked_until},
        {"time-out-reused", FIFO, 2,
                .tasks = {{ON(0), .steps = {PARK_FOR(100), PARK_FOR(50)}},
                        {ON(1), .steps = {WAKE(0), WAKE(0)}}}},
        {"time-out-elsewhere", FIFO, 2, .dear = true,
                .tasks = {{.cpus = 1, .steps = {PLACE(0, 3), PARK_FOR(100), PARK_FOR(50)}},
                        {ON(0), .steps = {YIELD}}, {ON(1), .steps = {WAKE(0)}}}},
        {"sleep-wake", FIFO, 2,
                .tasks = {{ON(0), .steps = {SLEEP(100), PARK}}, {ON(1), .steps = {WAKE(0)}}}},
        {"cancel-park", FIFO, 2,
                .tasks = {{ON(0), .steps = {PARK, PARK}}, {ON(1), .steps = {WAKE(0), CANCEL(0)}}},
                .check = cancelled},
        {"cancel-time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {PARK_FOR(100)}}, {ON(1), .steps = {CANCEL(0)}}}},
        {"cancel-wake", FIFO, 3,
                .tasks = {{ON(0), .steps = {PARK}}, {ON(1), .steps = {CANCEL(0)}},
                        {ON(2), .steps = {WAKE(0)}}}},
        {"exit-join", FIFO, 2, .tasks = {{ON(0), .steps = {YIELD}}, {ON(1), .steps = {JOIN(0)}}}},
        {"two-joiners", FIFO, 3, .dear = true,
                .tasks = {{ON(0)}, {ON(1), .steps = {JOIN(0)}}, {ON(2), .steps = {JOIN(0)}}},
                .check = one_of_two_joined},
        {"join-time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {YIELD}}, {ON(1), .steps = {JOIN_FOR(0, 100)}}}},
        {"join-again", FIFO, 2,
                .tasks = {{ON(0), .steps = {YIELD}}, {ON(1), .steps = {JOIN_FOR(0, 100), JOIN(0)}}},
                .check = joined_once},
        {"detach-exit-wake", FIFO, 2,
                .tasks = {{ON(0)}, {ON(1), .steps = {DETACH(0), WAKE(0), PARAMS(0)}}}},
        {"end-join", FIFO, 2,
                .tasks = {{ON(0), .quiet = true, .steps = {YIELD}}, {ON(0), .steps = {JOIN(0)}},
                        {ON(1), .steps = {WAKE(1), PARAMS(0)}}}},
        {"end-join-elsewhere", FIFO, 2,
                .tasks = {{ON(0), .quiet = true, .steps = {YIELD}}, {ON(1), .steps = {JOIN(0)}}}},
        {"end-join-moves", FIFO, 2,
                .tasks = {{ON(0), .quiet = true, .steps = {YIELD}}, {.cpus = 1, .steps = {JOIN(0)}},
                        {ON(1), .steps = {PLACE(1, 2), WAKE(1)}}}},
        {"end-join-cancel", FIFO, 2,
                .tasks = {{ON(0), .quiet = true, .steps = {YIELD}}, {ON(0), .steps = {JOIN(0)}},
                        {ON(1), .steps = {CANCEL(1), CANCEL(0)}}}},
        {"end-join-time-out", FIFO, 2,
                .tasks = {{ON(0), .quiet = true, .steps = {YIELD}},
                        {ON(0), .steps = {JOIN_FOR(0, 100), JOIN(0)}}},
                .check = joined_once},
        {"end-detach-wake", FIFO, 2,
                .tasks = {{ON(0), .quiet = true},
                        {ON(1), .steps = {DETACH(0), WAKE(0), PARAMS(0)}}}},
        {"start-pull", FIFO, 2,
                .tasks = {{ON(0), .steps = {START(1), START(2), YIELD}},
                        {.waits = true, .steps = {YIELD}}, {.waits = true, .steps = {YIELD}}}},
        {"start-pull-3", FIFO, 3,
                .tasks = {{ON(0), .steps = {START(1), START(2)}}, {.waits = true},
                        {.waits = true}}},
        {"wake-pull", FIFO, 2,
                .tasks = {{ON(0), .steps = {HEAR(1), YIELD}}, {ON(1), .steps = {TELL(0), START(2)}},
                        {.waits = true, .steps = {YIELD}}}},
        {"hand-over", FIFO, 2,
                .tasks = {{ON(0), .steps = {HAND(1)}}, {ON(0), .steps = {PARK, WAKE(0)}},
                        {ON(1), .steps = {WAKE(1), WAKE(0)}}}},
        {"yield-against-wake", FIFO, 2,
                .tasks = {{ON(0), .steps = {YIELD, PARK}}, {ON(0), .steps = {YIELD}},
                        {ON(1), .steps = {WAKE(0)}}}},
        {"priority-park", PRIO, 2,
                .tasks = {{ON(0), .priority = 100, .steps = {PARK}},
                        {ON(1), .priority = 100, .steps = {PRIORITY(0, 50), WAKE(0)}}}},
        {"priority-wake", PRIO, 3,
                .tasks = {{.cpus = 1, .priority = 100, .steps = {PARK}},
                        {ON(1), .priority = 100, .steps = {WAKE(0)}},
                        {ON(2), .priority = 100, .steps = {PRIORITY(0, 50)}}}},
        {"priority-preempts", PRIO, 2,
                .tasks = {{ON(0), .priority = 100, .steps = {WAKE(1), YIELD}},
                        {.cpus = 3, .priority = 50, .steps = {PARK}},
                        {ON(1), .priority = 200, .steps = {PRIORITY(0, 20), YIELD}}}},
        {"priority-pull", PRIO, 2, .dear = true,
                .tasks = {{ON(0), .priority = 100, .steps = {START(1), YIELD}},
                        {.priority = 100, .waits = true, .steps = {YIELD}},
                        {ON(1), .priority = 50, .steps = {PARK_FOR(10)}}}},
        {"priority-yield", PRIO, 2,
                .tasks = {{ON(0), .priority = 20, .steps = {YIELD}},
                        {ON(0), .priority = 20, .steps = {PRIORITY(0, 100)}},
                        {ON(1), .priority = 30, .steps = {START(3)}},
                        {.priority = 50, .waits = true}}},
        {"priority-exit", PRIO, 2,
                .tasks = {{ON(0), .priority = 100}, {ON(1), .steps = {PRIORITY(0, 7), PARAMS(0)}}}},
        {"class-wake", {&rota_policy_prio, &rota_policy_fifo}, 2,
                .tasks = {{ON(0), .priority = 100, .steps = {PARK, YIELD}},
                        {ON(1), .priority = 100, .steps = {CLASS(0, 1), WAKE(0)}}}},
        {"affinity-wake", FIFO, 2,
                .tasks = {{.cpus = 1, .steps = {PARK}},
                        {ON(1), .steps = {WAKE(0), PLACE(0, 2), YIELD}}}},
        {"affinity-run", FIFO, 2,
                .tasks = {{.cpus = 1, .steps = {YIELD, YIELD}},
                        {ON(1), .steps = {PLACE(0, 2), PLACE(0, 1)}}}},
        {"affinity-wake-3", FIFO, 3,
                .tasks = {{.cpus = 1, .steps = {PARK}}, {ON(1), .steps = {WAKE(0)}},
                        {ON(2), .steps = {PLACE(0, 4)}}}},
        {"class-running", {&rota_policy_prio, &rota_policy_fifo}, 2,
                .tasks = {{ON(0), .priority = 100, .steps = {YIELD}},
                        {ON(1), .priority = 100, .steps = {CLASS(0, 1), PRIORITY(0, 9)}}}},
        {"affinity-pull", FIFO, 2,
                .tasks = {{ON(0), .steps = {START(1), YIELD}}, {.waits = true, .steps = {YIELD}},
                        {ON(1), .steps = {PLACE(1, 1)}}}},
        {"cancel-join", FIFO, 3,
                .tasks = {{ON(0), .steps = {YIELD}}, {ON(1), .steps = {JOIN(0)}},
                        {ON(2), .steps = {CANCEL(1)}}}},
        {"mutex", FIFO, 2,
                .tasks = {{ON(0), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(1), .steps = {LOCK(0), UNLOCK(0)}}},
                .check = given_back},
        {"mutex-3", FIFO, 3, .dear = true,
                .tasks = {{ON(0), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(1), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(2), .steps = {LOCK(0), UNLOCK(0)}}},
                .check = given_back},
        {"mutex-time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {LOCK(0), YIELD, UNLOCK(0)}},
                        {ON(1), .steps = {LOCK_FOR(0, 100), UNLOCK(0)}}},
                .check = given_back},
        {"mutex-cancel", FIFO, 3,
                .tasks = {{ON(0), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(1), .steps = {LOCK(0), UNLOCK(0)}}, {ON(2), .steps = {CANCEL(1)}}},
                .check = given_back},
        {"mutex-owner-ends", FIFO, 2,
                .tasks = {{ON(0), .steps = {LOCK(0)}}, {ON(1), .steps = {LOCK(0), UNLOCK(0)}}},
                .check = one_finds_it_so},
        {"mutex-ends-time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {LOCK(0)}},
                        {ON(1), .steps = {LOCK_FOR(0, 100), UNLOCK(0)}}},
                .check = given_back},
        {"mutex-ends-cancel", FIFO, 3, .dear = true,
                .tasks = {{ON(0), .steps = {LOCK(0)}}, {ON(1), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(2), .steps = {CANCEL(1)}}},
                .check = given_back},
        {"await-lock-dropped", FIFO, 3,
                .tasks = {{ON(0), .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(1), .steps = {{DO_DROP_LOCK, 0, 0}, UNLOCK(0)}},
                        {ON(2), .steps = {LOCK(0), UNLOCK(0)}}},
                .check = given_back},
        {"await-lock-owner-ends", FIFO, 2,
                .tasks = {{ON(0), .steps = {LOCK(0)}},
                        {ON(1), .steps = {{DO_DROP_LOCK, 0, 0}, UNLOCK(0), LOCK(0), UNLOCK(0)}}},
                .check = given_back},
        {"await-take-dropped", FIFO, 3,
                .tasks = {{ON(0), .steps = {DO(GIVE, 0)}}, {ON(1), .steps = {DO(DROP_TAKE, 0)}},
                        {ON(2), .steps = {DO(TAKE, 0)}}},
                .check = permits_add_up},
        {"join-lending", PRIO, 3, .dear = true,
                .tasks = {{ON(0), .priority = 200, .steps = {YIELD}},
                        {ON(1), .priority = 100, .steps = {{DO_JOIN_LENDING, 0, 0}}},
                        {ON(2), .priority = 100,
                                .steps = {PRIORITY(1, 50), CANCEL(1), PARAMS(0)}}}},
        {"mutex-priority", PRIO, 3, .dear = true,
                .tasks = {{ON(0), .priority = 200, .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(1), .priority = 100, .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(2), .priority = 100, .steps = {PRIORITY(1, 50), PARAMS(0)}}},
                .check = given_back},
        {"mutex-chain", PRIO, 2,
                .tasks = {{ON(0), .priority = 200, .steps = {LOCK(0), UNLOCK(0)}},
                        {ON(0), .priority = 150, .steps = {LOCK(1), LOCK(0), UNLOCK(0), UNLOCK(1)}},
                        {ON(1), .priority = 50, .steps = {LOCK_FOR(1, 100), UNLOCK(1)}}},
                .check = given_back},
        {"semaphore", FIFO, 2,
                .tasks = {{ON(0), .steps = {DO(GIVE, 0)}}, {ON(1), .steps = {DO(TAKE, 0)}}},
                .check = permits_add_up},
        {"semaphore-time-out", FIFO, 2,
                .tasks = {{ON(0), .steps = {DO(GIVE, 0)}},
                        {ON(1), .steps = {DO(TAKE_FOR, 100), DO(TAKE_FOR, 100)}}},
                .check = permits_add_up},
        {"semaphore-cancel", FIFO, 3,
                .tasks = {{ON(0), .steps = {DO(GIVE, 0)}}, {ON(1), .steps = {DO(TAKE, 0)}},
                        {ON(2), .steps = {CANCEL(1)}}},
                .check = permits_add_up},
        {"completion-gone", FIFO, 2,
                .tasks = {{ON(0), .steps = {DO(COMPLETE, 0)}}, {ON(1), .steps = {DO(AWAIT, 0)}}}},
        {"completion-all-gone", FIFO, 2,
                .tasks = {{ON(0), .steps = {DO(COMPLETE, 1)}}, {ON(1), .steps = {DO(AWAIT, 0)}}}},
        {"events", FIFO, 2,
                .tasks = {{ON(0), .steps = {DO(SET, 1)}}, {ON(1), .steps = {DO(FLAGS, 100)}}},
                .check = flag_was_seen},
        {"condition", FIFO, 2, .dear = true,
                .tasks = {{ON(0), .steps = {LOCK(0), WAIT_FOR(0, 100), UNLOCK(0)}},
                        {ON(1), .steps = {LOCK(0), SIGNAL, UNLOCK(0)}}},
                .check = answered},
        {"condition-cancel", FIFO, 3, .dear = true,
                .tasks = {{ON(0), .steps = {LOCK(0), WAIT_FOR(0, 1000), UNLOCK(0)}},
                        {ON(1), .steps = {SIGNAL}}, {ON(2), .steps = {CANCEL(0)}}},
                .check = answered},
        {"rwlock", FIFO, 3,
                .tasks = {{ON(0), .steps = {READ}}, {ON(1), .steps = {READ}},
                        {ON(2), .steps = {WRITE(1000)}}},
                .check = book_closed},
        {"rwlock-gives-up", FIFO, 3, .dear = true,
                .tasks = {{ON(0), .steps = {READ}}, {ON(1), .steps = {WRITE(100)}},
                        {ON(2), .steps = {READ}}},
                .check = book_closed},
        {"leave-wake", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {PARK, YIELD}},
                        {ON(1), .steps = {LEAVE(0), WAKE(0)}}},
                .check = left},
        {"leave-run", FIFO, 3,
                .tasks = {{.cpus = 3, .steps = {YIELD, YIELD}}, {ON(1), .steps = {WAKE(0)}},
                        {ON(2), .steps = {LEAVE(0)}}},
                .check = left},
        {"leave-start", FIFO, 3,
                .tasks = {{.cpus = 5, .waits = true}, {ON(1), .steps = {START(0)}},
                        {ON(2), .steps = {LEAVE(0)}}},
                .check = left},
        {"leave-own", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {LEAVE(0), PARK}}, {ON(1), .steps = {WAKE(0)}}},
                .check = left},
        {"leave-join", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {PARK}},
                        {ON(1), .steps = {LEAVE(0), WAKE(0), JOIN_CPU(0)}}}},
        {"leave-join-both", FIFO, 3,
                .tasks = {{.waits = true}, {ON(1), .steps = {LEAVE(0), LEAVE(2), PLACE(0, 5),
                                                           START(0), JOIN_CPU(0), JOIN_CPU(2)}}}},
        {"leave-affinity", FIFO, 3, .dear = true,
                .tasks = {{.cpus = 1, .steps = {YIELD}},
                        {ON(1), .steps = {PLACE(0, 3), PLACE(0, 1)}},
                        {ON(2), .steps = {LEAVE(0), JOIN_CPU(0)}}}},
        {"leave-timer", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {PARK_FOR(100)}}, {ON(1), .steps = {LEAVE(0)}}},
                .check = left},
        {"leave-timer-wake", FIFO, 2, .dear = true,
                .tasks = {{.cpus = 3, .steps = {PARK_FOR(100)}},
                        {ON(1), .steps = {LEAVE(0), WAKE(0)}}},
                .check = left},
        {"leave-both", FIFO, 2,
                .tasks = {{.cpus = 3, .steps = {LEAVE(1)}}, {.cpus = 3, .steps = {LEAVE(0)}}},
                .check = one_stays},
        {"leave-priority", PRIO, 2,
                .tasks = {{.cpus = 3, .priority = 50, .steps = {PARK}},
                        {ON(1), .priority = 100, .steps = {LEAVE(0), WAKE(0)}}},
                .check = left},
        {"poll-wake", FIFO, 2, .tasks = {{ON(0), .future = true}, {ON(1), .steps = {RING(0)}}}},
        {"poll-start-wake", FIFO, 2,
                .tasks = {{ON(0), .future = true, .waits = true},
                        {ON(1), .steps = {START(0), RING(0)}}}},
        {"poll-two-wakers", FIFO, 3,
                .tasks = {{ON(0), .future = true}, {ON(1), .steps = {RING(0)}},
                        {ON(2), .steps = {RING(0)}}}},
        {"poll-preempted", PRIO, 2, .spare = true,
                .tasks = {{.cpus = 1, .priority = 100, .future = true},
                        {ON(0), .priority = 50, .waits = true},
                        {ON(1), .priority = 70, .steps = {START(1), RING(0)}}}},
        {"poll-moves", PRIO, 2, .spare = true,
                .tasks = {{.cpus = 3, .priority = 100, .future = true},
                        {ON(0), .priority = 50, .waits = true, .steps = {YIELD}},
                        {ON(1), .priority = 70, .steps = {START(1), RING(0)}}}},
};

const struct program *const programs = table;
const uint32_t program_count = sizeof(table) / sizeof(table[0]);
