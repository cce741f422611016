/* SPDX-License-Identifier: MIT */
/* Event flags and barriers: no event is lost or seen twice, nobody passes a barrier early, and whoever
 * gives up is not counted. */
#include <rota/sync.h>

#include "misuse.h"

#define MANY 6u

/* A request and an answer for each of several tasks, as flags; what goes with them is plain memory. */
struct desk {
        struct rota_events asked;
        struct rota_events answered;
        uint32_t rounds;
        uint32_t question[MANY];
        uint32_t answer[MANY];
};

static intptr_t ask(struct worker *self)
{
        struct desk *desk = self->argument;
        uint32_t me = self->number;

        for (uint32_t round = 0; round < desk->rounds; round++) {
                uint32_t got = 0;
                desk->question[me] = round * 7 + me;
                check(rota_events_set(&desk->asked, 1u << me) == ROTA_OK);
                int result = ROTA_ETIMEDOUT;
                for (uint64_t patience = ROTA_US; result == ROTA_ETIMEDOUT; patience *= 2)
                        result = rota_events_wait_until(&desk->answered, 1u << me,
                                ROTA_EVENTS_ALL | ROTA_EVENTS_CLEAR, &got,
                                round % 3 ? rota_timeout_forever() : rota_timeout_after(patience));
                check(result == ROTA_OK && got == 1u << me);
                check(desk->answer[me] == desk->question[me] + 1);
        }
        return 0;
}

static void requests(void)
{
        struct desk *desk = memory(sizeof(*desk));
        struct worker *worker[MANY];
        uint32_t answered = 0;

        desk->rounds = run.all ? 5000 : run.few ? 10 : 20;
        for (uint32_t i = 0; i < MANY; i++) {
                worker[i] = worker_make(ask, desk);
                worker[i]->number = i;
                check(rota_start(worker[i]->handle) == ROTA_OK);
        }
        while (answered < MANY * desk->rounds) {
                uint32_t got = 0;
                check(rota_events_wait(&desk->asked, (1u << MANY) - 1,
                              ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR, &got) == ROTA_OK);
                check(got && got < 1u << MANY);
                for (uint32_t i = 0; i < MANY; i++) {
                        if (!(got & 1u << i))
                                continue;
                        desk->answer[i] = desk->question[i] + 1;
                        check(rota_events_set(&desk->answered, 1u << i) == ROTA_OK);
                        answered++;
                }
        }
        for (uint32_t i = 0; i < MANY; i++)
                worker_end(worker[i]);
        check(rota_events_get(&desk->asked) == 0 && rota_events_get(&desk->answered) == 0);
}

/* One set from an interrupt serves all that wait for it, each with what it waits for; only then is cleared
 * what they clear. */
struct gate {
        struct rota_events events;
        struct rota_timer timer;
        uint32_t through; /* (atomic) */
};

static const struct {
        uint32_t wanted, how, got;
} visitors[MANY] = {
        {1, ROTA_EVENTS_ANY, 1},
        {1 | 2, ROTA_EVENTS_ALL | ROTA_EVENTS_CLEAR, 1 | 2},
        {2 | 8, ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR, 2},
        {1 | 4, ROTA_EVENTS_ANY, 1 | 4},
        {1 | 8, ROTA_EVENTS_ALL, 1 | 8},
        {16, ROTA_EVENTS_ANY, 16},
};

static intptr_t visit(struct worker *self)
{
        struct gate *gate = self->argument;
        uint32_t got = 0;

        check(rota_events_wait(&gate->events, visitors[self->number].wanted,
                      visitors[self->number].how, &got) == ROTA_OK);
        add(gate->through, 1);
        return (intptr_t)got;
}

static void open_gate(void *argument)
{
        struct gate *gate = argument;
        check(rota_events_set(&gate->events, 1 | 2 | 4) == ROTA_OK);
}

static void one_set(void)
{
        struct gate *gate = memory(sizeof(*gate));
        struct worker *worker[MANY];

        for (uint32_t i = 0; i < MANY; i++) {
                worker[i] = worker_make(visit, gate);
                worker[i]->number = i;
                check(rota_start(worker[i]->handle) == ROTA_OK);
                until(parked(worker[i]->handle));
        }
        check(rota_timer_arm(&gate->timer, rota_now() + 20 * ROTA_US, open_gate, gate) == ROTA_OK);
        until(get(gate->through) == 4);
        until(rota_events_get(&gate->events) == 4); /* 1 and 2 were cleared */
        check(rota_events_clear(&gate->events, 4) == ROTA_OK);
        check(rota_events_set(&gate->events, 1) == ROTA_OK);
        check(rota_events_set(&gate->events, 8 | 16) == ROTA_OK);
        for (uint32_t i = 0; i < MANY; i++)
                check(worker_end(worker[i]) == (intptr_t)visitors[i].got);
        check(rota_events_get(&gate->events) == (1 | 8 | 16));
        rota_timer_cancel(&gate->timer);
}

/* Round after round: nobody is ahead by more than one, exactly one is told to be the last. */
struct walk {
        struct rota_barrier barrier;
        uint32_t rounds;
        uint32_t place[MANY]; /* plain: each its own, read by all after the barrier */
        uint32_t lasts;       /* (atomic) */
};

static intptr_t walk(struct worker *self)
{
        struct walk *all = self->argument;

        for (uint32_t round = 1; round <= all->rounds; round++) {
                all->place[self->number] = round;
                int result = ROTA_ETIMEDOUT;
                for (uint64_t patience = ROTA_US; result == ROTA_ETIMEDOUT; patience *= 2)
                        result = rota_barrier_wait_until(&all->barrier,
                                (round + self->number) % 4 ? rota_timeout_forever()
                                                           : rota_timeout_after(patience));
                check(result == ROTA_OK || result == ROTA_BARRIER_LAST);
                if (result == ROTA_BARRIER_LAST)
                        check(add(all->lasts, 1) == 2 * round - 2);
                for (uint32_t i = 0; i < MANY; i++)
                        check(all->place[i] == round);
                result = rota_barrier_wait(&all->barrier); /* before anybody writes again */
                if (result == ROTA_BARRIER_LAST)
                        check(add(all->lasts, 1) == 2 * round - 1);
        }
        return 0;
}

static void barrier_rounds(void)
{
        struct walk *all = memory(sizeof(*all));
        struct worker *worker[MANY];

        all->rounds = run.all ? 5000 : run.few ? 8 : 15;
        check(rota_barrier_init(&all->barrier, MANY, "walk") == ROTA_OK);
        for (uint32_t i = 0; i < MANY; i++) {
                worker[i] = worker_make(walk, all);
                worker[i]->number = i;
                check(rota_start(worker[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < MANY; i++)
                worker_end(worker[i]);
        check(get(all->lasts) == 2 * all->rounds);
        check(rota_barrier_here(&all->barrier) == 0);
}

/* Who is cancelled at a barrier is not counted; nor who times out. */
static intptr_t wait_there(struct worker *self)
{
        return rota_barrier_wait(self->argument);
}

static void barrier_leavers(void)
{
        struct rota_barrier *barrier = memory(sizeof(*barrier));
        struct worker *worker[3];

        check(rota_barrier_init(barrier, 3, NULL) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++)
                worker[i] = worker_start(wait_there, barrier);
        until(rota_barrier_here(barrier) == 2);
        check(rota_cancel(worker[0]->handle) == ROTA_OK);
        check(worker_end(worker[0]) == ROTA_ECANCELED);
        check(rota_barrier_here(barrier) == 1);
        check(rota_barrier_wait_until(barrier, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_barrier_wait_until(barrier, rota_timeout_after(1)) == ROTA_ETIMEDOUT);
        check(rota_barrier_here(barrier) == 1);
        worker[2] = worker_start(wait_there, barrier);
        until(rota_barrier_here(barrier) == 2);
        check(rota_barrier_wait(barrier) == ROTA_BARRIER_LAST);
        check(worker_end(worker[1]) == ROTA_OK && worker_end(worker[2]) == ROTA_OK);
}

/* ---- Errors, of all that counts. ---- */

static struct rota_timer alarm;
static uint32_t rang; /* (atomic) */

/* What gives does; what would wait is refused. */
static void ring(void *argument)
{
        struct rota_events *events = argument;
        struct rota_semaphore semaphore = {0};
        struct rota_completion completion = {0};
        struct rota_barrier barrier = {.parties = 2};
        struct rota_once once = {0};
        struct rota_wait wait;

        REPORTS(rota_semaphore_take(&semaphore) == ROTA_ECONTEXT, "rota_semaphore_take",
                "a timer's callback runs", ring, ring);
        REPORTS(rota_semaphore_begin(&semaphore, &wait) == ROTA_ECONTEXT, "rota_semaphore_begin",
                "a timer's callback runs", ring, ring);
        check(rota_semaphore_take_until(&semaphore, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_semaphore_give(&semaphore) == ROTA_OK);
        check(rota_semaphore_take(&semaphore) == ROTA_OK);
        REPORTS(rota_completion_wait(&completion) == ROTA_ECONTEXT, "rota_completion_wait",
                "a timer's callback runs", ring, ring);
        check(rota_completion_complete(&completion) == ROTA_OK);
        check(rota_completion_wait(&completion) == ROTA_OK);
        REPORTS(rota_barrier_wait(&barrier) == ROTA_ECONTEXT, "rota_barrier_wait",
                "a timer's callback runs", ring, ring);
        check(barrier.here == 0);
        REPORTS(rota_once_begin(&once, &wait) == ROTA_ECONTEXT, "rota_once_begin",
                "a timer's callback runs", ring, ring);
        check(once.word == 0);
        REPORTS(rota_events_wait(events, 1, ROTA_EVENTS_ANY, NULL) == ROTA_ECONTEXT,
                "rota_events_wait", "a timer's callback runs", ring, ring);
        check(rota_events_set(events, 1) == ROTA_OK);
        check(rota_events_wait(events, 1, ROTA_EVENTS_CLEAR, NULL) == ROTA_OK);
        put(rang, 1);
}

static void refusals(void)
{
        struct rota_events events = {0};
        struct rota_semaphore s;
        struct rota_barrier b = {0};
        struct rota_wait wait;

        check(rota_semaphore_init(NULL, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_semaphore_init(&s, 3, 2, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_semaphore_init(&s, UINT32_MAX, 0, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_semaphore_init(&s, 0, UINT32_MAX, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_semaphore_init(&s, ROTA_SEMAPHORE_MOST, 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        check(rota_semaphore_give(&s) == ROTA_ENOSPC);
        check(rota_semaphore_give_many(&s, UINT32_MAX) == ROTA_ENOSPC);
        check(rota_semaphore_permits(&s) == ROTA_SEMAPHORE_MOST);
        check(rota_semaphore_init(&s, 1, 2, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        check(rota_semaphore_give_many(&s, 2) == ROTA_ENOSPC && rota_semaphore_permits(&s) == 1);
        check(rota_semaphore_give_many(&s, 0) == ROTA_OK);
        check(rota_semaphore_take(NULL) == ROTA_EINVAL && rota_semaphore_give(NULL) == ROTA_EINVAL);
        check(rota_semaphore_begin(&s, NULL) == ROTA_EINVAL);
        check(rota_semaphore_finish(NULL, &wait) == ROTA_EINVAL);
        check(rota_completion_wait(NULL) == ROTA_EINVAL);
        check(rota_completion_complete(NULL) == ROTA_EINVAL);
        check(rota_once_call(NULL, NULL, NULL) == ROTA_EINVAL);
        check(rota_barrier_init(&b, 0, NULL) == ROTA_EINVAL);
        check(rota_barrier_wait(&b) == ROTA_EINVAL && rota_barrier_wait(NULL) == ROTA_EINVAL);
        check(rota_events_init(&events, 1u << 31, NULL) == ROTA_EINVAL);
        check(rota_events_set(&events, 1u << 31) == ROTA_EINVAL);
        check(rota_events_clear(NULL, 1) == ROTA_EINVAL);
        check(rota_events_wait(&events, 0, ROTA_EVENTS_ANY, NULL) == ROTA_EINVAL);
        check(rota_events_wait(&events, 1, 4, NULL) == ROTA_EINVAL);
        check(rota_events_wait_until(&events, 1, ROTA_EVENTS_ALL, NULL, rota_timeout_none()) ==
                ROTA_EAGAIN);
        check(rota_events_wait_until(&events, 1, ROTA_EVENTS_ALL, NULL, rota_timeout_after(1)) ==
                ROTA_ETIMEDOUT);

        put(rang, 0);
        alarm = (struct rota_timer){0};
        check(rota_timer_arm(&alarm, rota_now() + 20 * ROTA_US, ring, &events) == ROTA_OK);
        until(get(rang));
        check(!rota_timer_cancel(&alarm));
        check(rota_events_get(&events) == 0);
        /* Under a guard what is there is had, and what is not is refused; nothing is left behind. */
        rota_guard_begin();
        check(rota_semaphore_take(&s) == ROTA_OK);
        REPORTS(rota_semaphore_take(&s) == ROTA_ECONTEXT, "rota_semaphore_take", "a guard is held",
                refusals, refusals);
        REPORTS(rota_events_wait(&events, 1, ROTA_EVENTS_ANY, NULL) == ROTA_ECONTEXT,
                "rota_events_wait", "a guard is held", refusals, refusals);
        rota_guard_end();
        check(rota_wait_queue_length(&s.waiters) == 0);
        check(rota_semaphore_give(&s) == ROTA_OK && rota_semaphore_permits(&s) == 1);
}

const struct scenario scenarios_sync_events[] = {
        {.name = "events-requests", .run = requests},
        {.name = "events-one-set", .run = one_set},
        {.name = "barrier-rounds", .run = barrier_rounds},
        {.name = "barrier-leavers", .run = barrier_leavers},
        {.name = "misuse-counts", .run = refusals, .flags = MISUSES},
        {.name = NULL},
};
