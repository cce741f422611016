/* SPDX-License-Identifier: MIT */
/*
 * Channels, several events at once, and calls by a pool of workers: what tasks do with them, as threads and as
 * futures. A future's task has steps like a thread, and awaits those that wait.
 */
#include <string.h>

#include "awaits.h"

#include "base/list.h"

/* What a task publishes: by a message, which is its number, by coming to a barrier, or by a note. */
static void send_letter(const struct explore_task *me)
{
        uint32_t *letter = &w.letters[me - w.tasks];

        race_plain(letter, sizeof(*letter), true);
        *letter = 1;
}

static void read_letter(uint64_t number)
{
        race_plain(&w.letters[number], sizeof(w.letters[0]), false);
        if (!w.letters[number])
                explore_fail("what a task has written is not there yet");
}

static void receive_letter(uint64_t message)
{
        if (message == 0 || message > TASKS_MAX)
                explore_fail("a message that nobody has sent");
        read_letter(message - 1);
        if (w.received[message - 1]++)
                explore_fail("a message comes twice");
}

/* What a worker is to do: it may block, and publishes what it did. */
static intptr_t called(void *argument)
{
        uint32_t *done = argument;

        rota_yield();
        race_plain(done, sizeof(*done), true);
        *done = 1;
        w.made++;
        return 7;
}

/* The memory of a wait that is over is its owner's, who writes it: nobody else may look at it. */
static void forget(struct explore_wants *wants)
{
        race_plain(wants, sizeof(*wants), true);
        memset(wants, 0xa5, sizeof(*wants));
}

/* A call that was dropped while it was made: who has dropped it may still look which it was. */
static void let_go(struct rota_blocking_call *call)
{
        (void)call;
        w.left++;
        rota_semaphore_give(&w.semaphore);
}

#define FLAG ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR

static struct rota_future *begin(struct explore_task *me, enum action action)
{
        const struct rota_timeout never = rota_timeout_forever();
        struct explore_wants *wants = &me->wants;

        switch (action) {
        case DO_SEND:
                send_letter(me);
                wants->message = (uint64_t)(me - w.tasks) + 1;
                return rota_await_channel_send(
                        &wants->await[0], &w.channel, &wants->message, never);
        case DO_RECEIVE:
                wants->message = 0;
                return rota_await_channel_receive(
                        &wants->await[0], &w.channel, &wants->message, never);
        case DO_SELECT:
                for (uint32_t i = 0; i < 2; i++)
                        wants->cases[i] = rota_select_events(&w.flags[i], 1, FLAG);
                return rota_await_select(&wants->await[0], wants->cases, 2, never);
        case DO_RACE:
                for (uint32_t i = 0; i < 2; i++)
                        wants->branches[i].future = rota_await_events(
                                &wants->await[i], &w.flags[i], 1, FLAG, NULL, never);
                return rota_race_init(&wants->race, wants->branches, 2);
        case DO_CALL:
                return rota_spawn_blocking(&wants->call, &w.workers, called, &w.done, let_go);
        case DO_BLOCK:
                return rota_await_pool(&wants->await[0], &w.pool, &wants->block, never);
        case DO_MEET:
                send_letter(me);
                return rota_await_barrier(&wants->await[0], &w.barrier, never);
        case DO_ONCE:
                return rota_await_once(&wants->await[0], &w.once, never);
        case DO_NOTED:
                wants->bits = 0;
                return rota_await_notify(&wants->await[0], ROTA_NOTES_ALL, &wants->bits, never);
        default:
                return NULL;
        }
}

bool awaits_meets(uint32_t task)
{
        const struct step *first = &program->tasks[task].steps[0];
        return first->action == DO_MEET || (first->action == DO_DROP && first->argument == DO_MEET);
}

static int do_once(void *argument)
{
        (void)argument;
        race_plain(&w.done, sizeof(w.done), true);
        w.done = 1;
        w.made++;
        return ROTA_OK;
}

static int do_it_badly(void *argument)
{
        (void)argument;
        return ROTA_EBUSY;
}

static void write_block(void *block)
{
        if (block != &w.block)
                explore_fail("a block that there is not");
        race_plain(block, sizeof(w.block), true);
        if (w.block++)
                explore_fail("a block has two owners");
        race_plain(block, sizeof(w.block), true);
        w.block = 0;
        if (rota_pool_give(&w.pool, block) != ROTA_OK)
                explore_fail("a block is not taken back");
}

/* What else a wait leads to, which passed with that value. */
static void passed(enum action action, const struct explore_wants *wants, intptr_t value)
{
        switch (action) {
        case DO_BLOCK:
                write_block(wants->block);
                break;
        case DO_MEET:
                for (uint32_t i = 0; i < TASKS_MAX; i++)
                        if (awaits_meets(i))
                                read_letter(i);
                break;
        case DO_ONCE:
                if (value == ROTA_ONCE_YOURS)
                        rota_once_end(&w.once, do_once(NULL));
                race_plain(&w.done, sizeof(w.done), false);
                if (!w.done)
                        explore_fail("what is done once is not done");
                break;
        default:
                for (uint32_t i = 0; i < TASKS_MAX; i++)
                        if (wants->bits >> i & 1)
                                read_letter(i);
                break;
        }
}

/* It is ready, or was dropped, with that value. */
static int end(struct explore_task *me, enum action action, intptr_t value)
{
        struct explore_wants *wants = &me->wants;

        switch (action) {
        case DO_SEND:
                w.sent += value == ROTA_OK;
                break;
        case DO_RECEIVE:
                if (value == ROTA_OK)
                        receive_letter(wants->message);
                break;
        case DO_SELECT:
                if (value >= 0)
                        w.seen[value]++;
                break;
        case DO_RACE:
                if (value == ROTA_OK)
                        w.seen[wants->race.winner]++;
                break;
        case DO_BLOCK:
        case DO_MEET:
        case DO_ONCE:
        case DO_NOTED:
                if (value >= ROTA_OK)
                        passed(action, wants, value);
                break;
        default:
                if (value == ROTA_EBUSY) /* it is the worker's still */
                        rota_semaphore_take(&w.semaphore);
                if (value < 0)
                        break;
                race_plain(&w.done, sizeof(w.done), false);
                if (value != 7 || !w.done)
                        explore_fail("a call is told before it was made");
                break;
        }
        forget(wants);
        return (int)value;
}

/* One poll; where that does not do it, it is dropped. */
static int drop(struct explore_task *me, enum action action)
{
        struct rota_poll_context context = {.waker = rota_self(), .budget = 1};
        struct rota_future *future = begin(me, action);

        if (rota_future_poll(future, &context) != ROTA_POLL_READY)
                rota_future_drop(future);
        return end(me, action, future->value);
}

/* As a thread does it, which blocks. */
static int do_here(struct explore_task *me, enum action action)
{
        const struct rota_timeout never = rota_timeout_forever();
        int result;

        (void)begin(me, action); /* its memory */
        switch (action) {
        case DO_SELECT:
                result = rota_select(me->wants.cases, 2, never);
                break;
        case DO_BLOCK:
                result = rota_pool_take(&w.pool, &me->wants.block, never);
                break;
        case DO_MEET:
                result = rota_barrier_wait(&w.barrier);
                break;
        case DO_ONCE:
                result = rota_once_call(&w.once, do_once, NULL);
                break;
        default:
                result = rota_notify_wait(ROTA_NOTES_ALL, never, &me->wants.bits);
                break;
        }
        return end(me, action, result);
}

static int send_here(struct explore_task *me)
{
        uint64_t message = (uint32_t)(me - w.tasks) + 1;

        send_letter(me);
        int result = rota_channel_send(&w.channel, &message, rota_timeout_forever());
        w.sent += result == ROTA_OK;
        return result;
}

static int receive_here(void)
{
        uint64_t message = 0;
        int result = rota_channel_receive(&w.channel, &message, rota_timeout_forever());

        if (result == ROTA_OK)
                receive_letter(message);
        return result;
}

int awaits_perform(struct explore_task *me, const struct step *step)
{
        switch (step->action) {
        case DO_SEND:
                return send_here(me);
        case DO_RECEIVE:
                return receive_here();
        case DO_ONCE:
                return step->argument ? rota_once_call(&w.once, do_it_badly, NULL)
                                      : do_here(me, DO_ONCE);
        case DO_SELECT:
        case DO_BLOCK:
        case DO_MEET:
        case DO_NOTED:
                return do_here(me, step->action);
        case DO_NOTE:
                if (!w.letters[me -
                               w.tasks]) /* nobody else writes it, but some may read it by now */
                        send_letter(me);
                return rota_notify(w.tasks[step->who].handle, 1u << (me - w.tasks));
        case DO_DROP:
                return drop(me, (enum action)step->argument);
        case DO_CLOSE:
                return rota_channel_close(&w.channel);
        case DO_RAISE:
                return rota_events_set(&w.flags[step->who], 1);
        case DO_WORK:
                return (int)rota_workers_main(&w.workers);
        case DO_STOP:
                rota_workers_stop(&w.workers);
                return ROTA_OK;
        default:
                explore_fail("harness: a step for futures only");
        }
}

/* Its steps, each in as many polls as it takes. */
enum rota_poll awaits_poll(struct rota_future *future, struct rota_poll_context *context)
{
        struct explore_task *me = rota_container(future, struct explore_task, future);
        const uint32_t number = (uint32_t)(me - w.tasks);

        if (!w.exploring)
                schedule_block(BLOCKED_BARRIER);
        if (me->runs++)
                explore_fail("task %u is polled twice at a time", number);
        for (; me->step < STEPS; me->step++) {
                const struct step *step = &program->tasks[number].steps[me->step];
                if (!step->action)
                        break;
                explore_trace("task %u: step %u is polled", number, me->step);
                if (!me->leaf && !(me->leaf = begin(me, step->action))) {
                        me->results[me->step] = awaits_perform(me, step);
                        continue;
                }
                if (rota_future_poll(me->leaf, context) != ROTA_POLL_READY) {
                        me->runs--;
                        return ROTA_POLL_PENDING;
                }
                me->results[me->step] = end(me, step->action, me->leaf->value);
                me->leaf = NULL;
                explore_trace("task %u: step %u: %d", number, me->step, me->results[me->step]);
        }
        me->runs--;
        future->value = 100 + (intptr_t)number;
        return ROTA_POLL_READY;
}

void awaits_boot(void)
{
        if (rota_channel_init(&w.channel, w.buffer, sizeof(w.buffer[0]), program->capacity,
                    ROTA_WAIT_FIFO, "explored") != ROTA_OK)
                explore_fail("harness: channel_init");
        uint32_t parties = 0;
        for (uint32_t i = 0; i < TASKS_MAX; i++)
                parties += awaits_meets(i);
        if (rota_barrier_init(&w.barrier, parties ? parties : 1, "explored") != ROTA_OK ||
                rota_pool_init(&w.pool, &w.block, sizeof(w.block), 1, w.links, ROTA_WAIT_FIFO,
                        "explored") != ROTA_OK)
                explore_fail("harness: a barrier or a pool");
}
