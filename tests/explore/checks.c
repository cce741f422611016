/* SPDX-License-Identifier: MIT */
/* What must be true at the end of a program. */
#include "checks.h"

#include "awaits.h"

const char *one_of_two_joined(void)
{
        int taken = (w.tasks[1].results[0] == ROTA_OK) + (w.tasks[2].results[0] == ROTA_OK);
        return taken ? NULL : "two joins without end, and none got the code";
}

const char *joined_once(void)
{
        const int *results = w.tasks[1].results;
        return (results[0] == ROTA_OK) + (results[1] == ROTA_OK) == 1
                       ? NULL
                       : "an end was given to none of two joins, or to both";
}

const char *parked_until(void)
{
        return w.tasks[0].results[0] == ROTA_ETIMEDOUT && w.now < 1100
                       ? "a time-out came before its time"
                       : NULL;
}

const char *cancelled(void)
{
        return w.tasks[0].results[1] == ROTA_ECANCELED ? NULL : "a cancel is not sticky";
}

/* Nobody waits, and what is not free was its last owner's, who has ended. */
const char *given_back(void)
{
        for (uint32_t m = 0; m < MUTEXES; m++)
                if (w.mutexes[m].waiters.first || (w.mutexes[m].word && !w.guarded[m]))
                        return "a mutex was not given back";
        return NULL;
}

const char *permits_add_up(void)
{
        return w.semaphore.waiters.first ||
                               rota_semaphore_permits(&w.semaphore) != w.given - w.taken
                       ? "permits are lost, or made"
                       : NULL;
}

const char *flag_was_seen(void)
{
        return w.events.waiters.first || rota_events_get(&w.events) != (w.taken ? 0 : 1)
                       ? "a flag is lost, or seen and not cleared"
                       : NULL;
}

/* Each signal that reached somebody is the answer of one wait. */
const char *answered(void)
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

const char *book_closed(void)
{
        return w.rwlock.word || w.rwlock.waiters.first ? "a lock was not given back" : NULL;
}

const char *one_finds_it_so(void)
{
        const int *results = w.tasks[1].results;
        return results[0] == ROTA_OK || results[0] == ROTA_EOWNERDEAD
                       ? given_back()
                       : "an owner ended, and its mutex is nobody's";
}

const char *one_stays(void)
{
        return (w.tasks[0].results[0] == ROTA_OK) + (w.tasks[1].results[0] == ROTA_OK) == 1
                       ? NULL
                       : "of two CPUs both were sent away, or none";
}

const char *left(void)
{
        return w.cpus[0].cpu.online ? "a CPU was asked to leave and is still there" : NULL;
}

const char *all_received(void)
{
        uint32_t received = 0;

        for (uint32_t i = 0; i < TASKS_MAX; i++)
                received += w.received[i];
        if (w.channel.senders.first || w.channel.receivers.first)
                return "somebody waits at a channel";
        return received + rota_channel_length(&w.channel) == w.sent
                       ? NULL
                       : "a message is lost, or was made";
}

const char *one_wins(void)
{
        uint32_t seen = 0;
        uint32_t waits = 0;

        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                enum action first = program->tasks[i].steps[0].action;
                waits += first == DO_SELECT || first == DO_RACE ||
                         (first == DO_DROP && w.tasks[i].results[0] >= 0);
        }
        for (uint32_t i = 0; i < 2; i++) {
                seen += w.seen[i];
                if (w.flags[i].waiters.first)
                        return "who has lost waits still";
                if (rota_events_get(&w.flags[i]) != !w.seen[i])
                        return "a flag was lost, or seen and not cleared";
        }
        return seen == waits ? NULL : "of two flags both were taken, or none";
}

const char *made_or_not(void)
{
        const int result = w.tasks[1].results[0];

        if (w.workers.first || w.workers.working || w.workers.idle.first)
                return "a pool of workers is not left as it was";
        if (w.left != (result == ROTA_EBUSY))
                return "a call was let go, and nobody had left it, or twice";
        /* Of a drop that finds it made already nobody has to know. */
        return w.made == 1 || (w.made == 0 && result == ROTA_ECANCELED)
                       ? NULL
                       : "a call was made twice, or not at all";
}

const char *put_back(void)
{
        struct rota_pool_stats stats;

        return w.pool.waiters.first || rota_pool_stats(&w.pool, &stats) != ROTA_OK ||
                               stats.free != 1
                       ? "a block was not given back"
                       : NULL;
}

const char *all_met(void)
{
        uint32_t met = 0;
        uint32_t parties = 0;

        for (uint32_t i = 0; i < TASKS_MAX; i++) {
                parties += awaits_meets(i);
                met += awaits_meets(i) && w.tasks[i].results[0] >= 0;
        }
        if (w.barrier.here || w.barrier.waiters.first)
                return "somebody waits at a barrier";
        return met == 0 || met == parties ? NULL : "somebody passes a barrier, and others do not";
}

const char *done_once(void)
{
        return w.made == 1 && !w.once.waiters.first ? NULL : "it was done twice, or never";
}
