/* SPDX-License-Identifier: MIT */
/* Semaphores, completions and onces: permits are conserved, whoever takes, gives up, is cancelled, or
 * gives from an interrupt; what is done once is done once. */
#include <rota/sync.h>

#include "harness.h"

#define MANY 8u

/* B10: so many permits for five threads. */
struct five {
        struct rota_semaphore semaphore;
        struct worker *worker[5];
        uint32_t passed; /* (atomic) */
};

static intptr_t pass(struct worker *self)
{
        struct five *five = self->argument;

        check(rota_semaphore_take(&five->semaphore) == ROTA_OK);
        add(five->passed, 1);
        return 0;
}

/* How many of the five wait. */
static uint32_t waiting(const struct five *five)
{
        uint32_t n = 0;
        for (uint32_t i = 0; i < 5; i++)
                n += parked(five->worker[i]->handle);
        return n;
}

static void b10_semaphore(void)
{
        for (uint32_t permits = 0; permits <= 3; permits++) {
                struct five *five = memory(sizeof(*five));
                check(rota_semaphore_init(&five->semaphore, permits, 0, ROTA_WAIT_FIFO, "five") ==
                        ROTA_OK);
                for (uint32_t i = 0; i < 5; i++)
                        five->worker[i] = worker_start(pass, five);
                for (uint32_t there = permits;; there++) {
                        until(get(five->passed) + waiting(five) == 5);
                        check(get(five->passed) == there);
                        check(rota_semaphore_permits(&five->semaphore) == 0);
                        if (there == 5)
                                break;
                        check(rota_semaphore_give(&five->semaphore) == ROTA_OK);
                        until(get(five->passed) == there + 1);
                }
                for (uint32_t i = 0; i < 5; i++)
                        worker_end(five->worker[i]);
        }
}

/* Many want one of a few permits, for a while or for ever; some are cancelled; interrupts give more. */
struct crowd {
        struct rota_semaphore semaphore;
        struct rota_timer timer;
        uint32_t rounds;
        uint32_t inside; /* (atomic) */
        uint32_t most;   /* permits that there are by now (atomic) */
        uint32_t given;  /* by interrupts (atomic) */
        uint32_t left;   /* without a permit: timed out, cancelled (atomic) */
};

static intptr_t come_and_go(struct worker *self)
{
        struct crowd *crowd = self->argument;
        uint32_t kept = 0;

        for (uint32_t round = 0; round < crowd->rounds && !rota_cancelled(); round++) {
                struct rota_timeout timeout = rota_timeout_forever();
                if ((round + self->number) % 3 == 0)
                        timeout = rota_timeout_after((round % 8) * ROTA_US);
                int result = rota_semaphore_take_until(&crowd->semaphore, timeout);
                if (result != ROTA_OK) {
                        check(result == ROTA_ETIMEDOUT || result == ROTA_ECANCELED);
                        add(crowd->left, 1);
                        continue;
                }
                kept++;
                check(add(crowd->inside, 1) < get(crowd->most));
                rota_yield();
                add(crowd->inside, (uint32_t)-1);
                check(rota_semaphore_give(&crowd->semaphore) == ROTA_OK);
        }
        return (intptr_t)kept;
}

static void give_one_more(void *argument)
{
        struct crowd *crowd = argument;
        add(crowd->most, 1);
        check(rota_semaphore_give(&crowd->semaphore) == ROTA_OK);
        add(crowd->given, 1);
}

static void crowd_of(enum rota_wait_order order)
{
        struct crowd *crowd = memory(sizeof(*crowd));
        struct worker *worker[MANY];
        intptr_t kept = 0;
        uint32_t cancelled = 0;

        crowd->rounds = run.all ? 20000 : run.few ? 60 : 300;
        crowd->most = 2;
        check(rota_semaphore_init(&crowd->semaphore, 2, 0, order, "crowd") == ROTA_OK);
        for (uint32_t i = 0; i < MANY; i++) {
                struct rota_task_options options = {.params = params_priority((uint16_t)(4 + i))};
                worker[i] = worker_make_with(come_and_go, crowd, &options);
                worker[i]->number = i;
        }
        for (uint32_t i = 0; i < MANY; i++)
                check(rota_start(worker[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 3; i++) {
                check(rota_timer_arm(&crowd->timer, rota_now() + 20 * ROTA_US, give_one_more,
                              crowd) == ROTA_OK);
                until(get(crowd->given) == i + 1);
                cancelled += rota_cancel(worker[i]->handle) == ROTA_OK;
                check(!rota_timer_cancel(&crowd->timer));
        }
        for (uint32_t i = 0; i < MANY; i++)
                kept += worker_end(worker[i]);
        check(get(crowd->inside) == 0 && get(crowd->most) == 5);
        check(rota_semaphore_permits(&crowd->semaphore) == 5);
        check(rota_wait_queue_length(&crowd->semaphore.waiters) == 0);
        if (cancelled == 0)
                check((uint32_t)kept + get(crowd->left) == MANY * crowd->rounds);
}

static void crowd_fifo(void)
{
        crowd_of(ROTA_WAIT_FIFO);
}

static void crowd_urgency(void)
{
        crowd_of(ROTA_WAIT_URGENCY);
}

/* One that is on the stack of who waits for it, and is written over as soon as it has passed. */
struct answer {
        struct rota_completion *asked; /* (atomic) */
        struct rota_completion more;
        uint32_t rounds;
        bool interrupt;
};

static void answer_by_timer(void *argument)
{
        check(rota_completion_complete(argument) == ROTA_OK);
}

static intptr_t answers(struct worker *self)
{
        struct answer *answer = self->argument;

        for (uint32_t round = 0; round < answer->rounds; round++) {
                check(rota_completion_wait(&answer->more) == ROTA_OK);
                struct rota_completion *asked = get(answer->asked);
                if (round % 2)
                        check(rota_completion_complete_all(asked) == ROTA_OK);
                else
                        check(rota_completion_complete(asked) == ROTA_OK);
        }
        return 0;
}

static void ask(struct answer *answer, uint32_t round)
{
        struct rota_completion done;
        unsigned char *bytes = (unsigned char *)&done;

        rota_completion_init(&done, "done");
        put(answer->asked, &done);
        check(rota_completion_complete(&answer->more) == ROTA_OK);
        uint64_t patience = ROTA_US;
        if (round % 4 == 0) /* time-outs that race it */
                while (rota_completion_wait_until(&done, rota_timeout_after(patience)) != ROTA_OK)
                        patience *= 2;
        else
                check(rota_completion_wait(&done) == ROTA_OK);
        for (uint32_t i = 0; i < sizeof(done); i++)
                ((volatile unsigned char *)bytes)[i] = 0xa5;
        rota_yield();
        for (uint32_t i = 0; i < sizeof(done); i++)
                check(((volatile unsigned char *)bytes)[i] == 0xa5);
}

static void completion_on_stack(void)
{
        struct answer *answer = memory(sizeof(*answer));
        static struct rota_timer timer;

        answer->rounds = run.all ? 20000 : run.few ? 20 : 40;
        struct worker *worker = worker_start(answers, answer);
        for (uint32_t round = 0; round < answer->rounds; round++)
                ask(answer, round);
        worker_end(worker);

        struct rota_completion done;
        rota_completion_init(&done, NULL);
        timer = (struct rota_timer){0};
        check(rota_timer_arm(&timer, rota_now() + 20 * ROTA_US, answer_by_timer, &done) == ROTA_OK);
        check(rota_completion_wait(&done) == ROTA_OK);
        check(!rota_completion_done(&done));
        rota_timer_cancel(&timer);
}

/* All that wait pass, and all that come, until it is reset; then one each. */
static intptr_t wait_once(struct worker *self)
{
        check(rota_completion_wait(self->argument) == ROTA_OK);
        put(self->flag, 1);
        return 0;
}

static uint32_t flags_of(struct worker *const *worker, uint32_t n)
{
        uint32_t passed = 0;
        for (uint32_t i = 0; i < n; i++)
                passed += get(worker[i]->flag);
        return passed;
}

static void completion_all(void)
{
        struct rota_completion *completion = memory(sizeof(*completion));
        struct worker *worker[MANY];

        for (uint32_t i = 0; i < MANY; i++)
                worker[i] = worker_start(wait_once, completion);
        for (uint32_t i = 0; i < MANY; i++)
                until(parked(worker[i]->handle));
        check(flags_of(worker, MANY) == 0);
        check(rota_completion_complete(completion) == ROTA_OK);
        until(flags_of(worker, MANY) == 1);
        check(!rota_completion_done(completion));
        check(rota_completion_complete_all(completion) == ROTA_OK);
        for (uint32_t i = 0; i < MANY; i++)
                worker_end(worker[i]);
        check(flags_of(worker, MANY) == MANY);
        for (uint32_t i = 0; i < 3; i++) {
                check(rota_completion_done(completion));
                check(rota_completion_wait(completion) == ROTA_OK);
                check(rota_completion_complete(completion) == ROTA_OK);
        }
        check(rota_completion_reset(completion) == ROTA_OK);
        check(!rota_completion_done(completion));
        check(rota_completion_wait_until(completion, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_completion_complete(completion) == ROTA_OK);
        check(rota_completion_complete(completion) == ROTA_OK);
        check(rota_completion_wait(completion) == ROTA_OK);
        check(rota_completion_wait(completion) == ROTA_OK);
        check(rota_completion_wait_until(completion, rota_timeout_after(1)) == ROTA_ETIMEDOUT);
}

/* It fails twice; then it is done, and seen by all. */
struct first {
        struct rota_once once;
        uint32_t tries; /* (atomic) */
        uint32_t value; /* written once, without atomics */
        bool in;
};

static int make(void *argument)
{
        struct first *first = argument;

        check(!first->in);
        first->in = true;
        check(rota_once_call(&first->once, make, first) == ROTA_EDEADLK);
        rota_sleep_for(10 * ROTA_US);
        first->in = false;
        if (add(first->tries, 1) < 2)
                return ROTA_ENOSPC;
        first->value = 42;
        return ROTA_OK;
}

static intptr_t want(struct worker *self)
{
        struct first *first = self->argument;
        intptr_t failed = 0;
        int result;

        while ((result = rota_once_call(&first->once, make, first)) != ROTA_OK) {
                check(result == ROTA_ENOSPC);
                failed++;
        }
        check(first->value == 42);
        return failed;
}

static void once(void)
{
        struct first *first = memory(sizeof(*first));
        struct worker *worker[MANY];
        intptr_t failed = 0;

        for (uint32_t i = 0; i < MANY; i++)
                worker[i] = worker_start(want, first);
        for (uint32_t i = 0; i < MANY; i++)
                failed += worker_end(worker[i]);
        check(failed == 2 && get(first->tries) == 3);
        check(rota_once_done(&first->once));
        check(rota_once_end(&first->once, ROTA_OK) == ROTA_EPERM);
        check(rota_once_call_until(&first->once, make, first, rota_timeout_none()) == ROTA_OK);
}

const struct scenario scenarios_sync_permits[] = {
        {.name = "b10-semaphore", .run = b10_semaphore},
        {.name = "semaphore-crowd", .run = crowd_fifo},
        {.name = "semaphore-urgency", .run = crowd_urgency},
        {.name = "completion-stack", .run = completion_on_stack},
        {.name = "completion-all", .run = completion_all},
        {.name = "once", .run = once},
        {.name = NULL},
};
