/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What polls must look like: each has its reason, and each reason its poll. A reason is a start, a wakeup
 * (which stands for all wakes since the poll before), or that the poll before yielded. A user task's polls
 * are those of what it awaits: the first has its trap for a reason, and where it is ready there are none
 * before the next trap that awaits.
 *
 * A poll's times are read where no lock is held, and a wakeup's before its lock is taken: so these are not
 * noted in the wrong order, as switches may be, but for what a clock's tick or two hides.
 */
#include "check_polls.h"

#include <stdlib.h>

#include <rota/future.h>

#include "memory.h"

#define TICKS_NS 1000u

/** A task, by what is known of its polls. One that is never polled is a thread. */
struct check_polled {
        bool polled;    /**< it is one that is polled */
        bool user;      /**< they are polls of what it awaits, now and then */
        bool in;        /**< it is in a poll */
        bool due;       /**< there is a reason for a poll that has not begun */
        bool ready;     /**< its last poll said that it was the last */
        uint64_t early; /**< when a poll began without a reason, 0: not; it has to come at once */
        uint32_t cpu;   /**< where its latest poll began */
        uint64_t begun; /**< and when */
        uint64_t token; /**< when it was woken in that poll, 0: not */
};

/** A poll had no reason, and none came with it. */
static void settle(struct check_polls *p, struct check_polled *task, uint64_t now)
{
        if (!task->early || now - task->early <= TICKS_NS)
                return;
        if (!p->check->gaps)
                check_wrong(p->verdict, task->early, "task %u is polled and nobody has woken it",
                        (unsigned)(task - p->tasks));
        task->early = 0;
}

static void reason(struct check_polls *p, struct check_polled *task, uint64_t now)
{
        if (task->ready)
                return; /* its turns are polls no more: it waits for what it has begun, or is in user mode */
        if (task->early) {
                task->early = 0;
                return;
        }
        if (task->polled && (task->due || task->in) && !p->check->gaps)
                check_wrong(p->verdict, now, "task %u is woken twice for one poll",
                        (unsigned)(task - p->tasks));
        task->due = true;
}

static void begins(struct check_polls *p, struct check_polled *task, const struct rota_record *r)
{
        const unsigned id = (unsigned)(task - p->tasks);
        const bool trap = r->b != 0;
        const char *fault =
                task->in                               ? "task %u is polled in its poll"
                : !trap && task->ready                 ? "task %u is polled after it was ready"
                : trap && task->polled && !task->user  ? "task %u is a future and has a trap"
                : trap && task->polled && !task->ready ? "task %u asks again before it was answered"
                                                       : NULL;

        p->verdict->polls[id]++;
        if (fault && !p->check->gaps)
                check_wrong(p->verdict, r->time, fault, id);
        if (!task->due && !trap)
                task->early = r->time ? r->time : 1;
        task->polled = task->in = true;
        task->user |= trap;
        task->due = task->ready = false;
        task->cpu = r->cpu;
        task->begun = r->time;
        task->token = 0;
}

/** A wake of a task that is not parked. Another CPU notes it after it was made, perhaps in the poll after
 * that which it fell into. */
static void token(struct check_polls *p, struct check_polled *task, const struct rota_record *r)
{
        if (task->in && (r->cpu == task->cpu || r->time - task->begun > p->check->skew_ns))
                task->token = r->time ? r->time : 1;
}

static void ends(struct check_polls *p, struct check_polled *task, const struct rota_record *r)
{
        if (!task->in && !p->check->gaps)
                check_wrong(p->verdict, r->time, "task %u ends a poll that had not begun", r->a);
        task->in = false;
        task->ready = r->b == ROTA_POLL_READY;
        if (r->b == ROTA_POLL_YIELDED)
                reason(p, task, r->time);
}

/** Its task leaves the CPU, or ends: in a poll only because it is preempted. */
static void leaves(struct check_polls *p, struct check_polled *task, const struct rota_record *r)
{
        const bool ends = r->event == ROTA_EVENT_EXIT;

        if (task->in && (ends || r->c != ROTA_LEFT_PREEMPTED) && !p->check->gaps)
                check_wrong(p->verdict, r->time, "task %u leaves CPU %u in the middle of a poll",
                        r->a, r->cpu);
}

void check_polls_begin(
        struct check_polls *polls, const struct check_trace *check, struct check_verdict *verdict)
{
        polls->check = check;
        polls->verdict = verdict;
        polls->tasks = memory_get((size_t)check->tasks + 1, sizeof(*polls->tasks));
        verdict->polls = memory_get((size_t)check->tasks + 1, sizeof(*verdict->polls));
}

void check_polls_event(struct check_polls *polls, const struct rota_record *r)
{
        if (r->a == 0 || r->a > polls->check->tasks)
                return;
        struct check_polled *task = &polls->tasks[r->a];
        settle(polls, task, r->time);
        switch (r->event) {
        case ROTA_EVENT_POLL_BEGIN:
                begins(polls, task, r);
                break;
        case ROTA_EVENT_POLL_END:
                ends(polls, task, r);
                break;
        case ROTA_EVENT_SWITCH:
                if (r->b != r->a)
                        leaves(polls, task, r);
                break;
        case ROTA_EVENT_EXIT: /* its id may be another one's next */
                leaves(polls, task, r);
                settle(polls, task, UINT64_MAX);
                *task = (struct check_polled){0};
                break;
        case ROTA_EVENT_WAKING:
                token(polls, task, r);
                break;
        case ROTA_EVENT_WAKEUP:
        case ROTA_EVENT_WAKEUP_NEW:
                reason(polls, task, r->time);
                break;
        default:
                break;
        }
}

void check_polls_end(struct check_polls *polls, uint64_t now)
{
        for (uint32_t i = 1; i <= polls->check->tasks && !polls->check->gaps; i++) {
                struct check_polled *task = &polls->tasks[i];
                const uint64_t skew = polls->check->skew_ns;
                settle(polls, task, now);
                if (!task->polled || task->ready)
                        continue;
                if (task->token && !task->in && !task->due && now - task->token > skew)
                        check_wrong(polls->verdict, now,
                                "task %u was woken in a poll and is not polled again", i);
        }
        free(polls->tasks);
}
