/* SPDX-License-Identifier: MIT */
/* Threads that block and futures that await, on the same channel or condition, who give up now and then:
 * each message is received once, and no signal is lost. */
#include "fickle.h"

#define ENTITIES 3u /* threads, and as many futures */

struct post {
        struct rota_mutex mutex;
        struct rota_channel channel;
        struct rota_condition condition;
        uint32_t memory[2];
        uint32_t rounds;
        uint32_t plain;    /* under the mutex */
        uint32_t sent;     /* sum of messages (atomic) */
        uint32_t received; /* likewise (atomic) */
        uint32_t senders;  /* that have not ended (atomic) */
        struct one {
                struct rota_coroutine coroutine;
                struct rota_await await;
                struct rota_await_condition wait;
                struct fickle fickle;
                struct post *post;
                uint32_t random;
                uint32_t i;
                uint32_t message;
                struct runner runner;
        } ones[4];
};

/* ---- Messages: each is received once. ---- */

static intptr_t send_thread(struct worker *self)
{
        struct post *s = self->argument;
        uint32_t random = self->number;

        for (uint32_t i = 0; i < s->rounds; i++) {
                uint32_t message = 1 + dice(&random, 1000);
                if (rota_channel_send(&s->channel, &message, some_time(&random)) == ROTA_OK)
                        add(s->sent, message);
        }
        if (add(s->senders, (uint32_t)-1) == 1)
                check(rota_channel_close(&s->channel) == ROTA_OK);
        return 0;
}

static intptr_t receive_thread(struct worker *self)
{
        struct post *s = self->argument;
        uint32_t random = self->number;

        for (;;) {
                uint32_t message = 0;
                int result = rota_channel_receive(&s->channel, &message, some_time(&random));
                if (result == ROTA_ECLOSED)
                        return 0;
                if (result == ROTA_OK)
                        add(s->received, message);
        }
}

ROTA_ASYNC(send_future, struct one, me)
{
        for (me->i = 0; me->i < me->post->rounds; me->i++) {
                me->message = 1 + dice(&me->random, 1000);
                ROTA_AWAIT(fickle(&me->fickle,
                        rota_await_channel_send(&me->await, &me->post->channel, &me->message,
                                some_time(&me->random)),
                        dice(&me->random, 6)));
                if (ROTA_AWAITED == ROTA_OK)
                        add(me->post->sent, me->message);
        }
        if (add(me->post->senders, (uint32_t)-1) == 1)
                check(rota_channel_close(&me->post->channel) == ROTA_OK);
}
ROTA_END

ROTA_ASYNC(receive_future, struct one, me)
{
        do {
                ROTA_AWAIT(fickle(&me->fickle,
                        rota_await_channel_receive(&me->await, &me->post->channel, &me->message,
                                some_time(&me->random)),
                        dice(&me->random, 6)));
                if (ROTA_AWAITED == ROTA_OK)
                        add(me->post->received, me->message);
        } while (ROTA_AWAITED != ROTA_ECLOSED);
}
ROTA_END

static void messages_of(uint32_t capacity)
{
        struct post *s = memory(sizeof(*s));
        struct worker *workers[4];
        uint32_t late = 0;

        check(rota_channel_init(&s->channel, s->memory, sizeof(uint32_t), capacity, ROTA_WAIT_FIFO,
                      NULL) == ROTA_OK);
        s->rounds = fickle_rounds();
        s->senders = 4;
        for (uint32_t i = 0; i < 4; i++) {
                struct one *one = &s->ones[i];
                workers[i] = worker_make(i < 2 ? send_thread : receive_thread, s);
                workers[i]->number = i + 1;
                check(rota_start(workers[i]->handle) == ROTA_OK);
                one->post = s;
                one->random = i + 100;
                runner_start(&one->runner, i < 2 ? send_future(one) : receive_future(one));
        }
        for (uint32_t i = 0; i < 4; i++) {
                worker_end(workers[i]);
                runner_end(&s->ones[i].runner);
        }
        /* Given back after it was closed, when all the others had gone. */
        while (rota_channel_receive(&s->channel, &late, rota_timeout_none()) == ROTA_OK)
                s->received += late;
        check(s->sent && s->sent == s->received);
}

static void messages(void)
{
        messages_of(0);
        messages_of(1);
        messages_of(2);
}

/* ---- A condition: a count that is signalled up and waited down; no signal is lost with who is dropped. ---- */

static intptr_t give_thread(struct worker *self)
{
        struct post *s = self->argument;

        for (uint32_t i = 0; i < s->rounds * ENTITIES * 2; i++) {
                check(rota_mutex_lock(&s->mutex) == ROTA_OK);
                s->plain++;
                check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
                rota_condition_signal(&s->condition);
                if (i % 8 == 0)
                        rota_yield();
        }
        return 0;
}

static intptr_t take_thread(struct worker *self)
{
        struct post *s = self->argument;

        for (uint32_t i = 0; i < s->rounds; i++) {
                check(rota_mutex_lock(&s->mutex) == ROTA_OK);
                while (!s->plain)
                        check(rota_condition_wait(&s->condition, &s->mutex) == ROTA_OK);
                s->plain--;
                check(rota_mutex_unlock(&s->mutex) == ROTA_OK);
        }
        return 0;
}

ROTA_ASYNC(take_future, struct one, me)
{
        for (me->i = 0; me->i < me->post->rounds;) {
                ROTA_AWAIT(rota_await_mutex(&me->await, &me->post->mutex, rota_timeout_forever()));
                check(ROTA_AWAITED == ROTA_OK);
                if (!me->post->plain) {
                        ROTA_AWAIT(fickle(&me->fickle,
                                rota_await_condition(&me->wait, &me->post->condition,
                                        &me->post->mutex, some_time(&me->random)),
                                dice(&me->random, 6)));
                        if (ROTA_AWAITED == ROTA_ECANCELED)
                                continue; /* dropped: without the mutex */
                        check(ROTA_AWAITED == ROTA_OK || ROTA_AWAITED == ROTA_ETIMEDOUT ||
                                ROTA_AWAITED == ROTA_EAGAIN);
                }
                if (me->post->plain) {
                        me->post->plain--;
                        me->i++;
                }
                check(rota_mutex_unlock(&me->post->mutex) == ROTA_OK);
        }
}
ROTA_END

static void signals(void)
{
        struct post *s = memory(sizeof(*s));
        struct worker *workers[ENTITIES];

        s->rounds = fickle_rounds() / 4;
        rota_mutex_init(&s->mutex, 0, NULL);
        rota_condition_init(&s->condition, ROTA_WAIT_FIFO, NULL);
        for (uint32_t i = 0; i < ENTITIES; i++) {
                workers[i] = worker_start(take_thread, s);
                s->ones[i].post = s;
                s->ones[i].random = i + 100;
                runner_start(&s->ones[i].runner, take_future(&s->ones[i]));
        }
        struct worker *giver = worker_start(give_thread, s);
        for (uint32_t i = 0; i < ENTITIES; i++) {
                worker_end(workers[i]);
                runner_end(&s->ones[i].runner);
        }
        worker_end(giver);
        check(s->plain == 0);
}

const struct scenario scenarios_await_messages[] = {
        {.name = "await-messages", .run = messages},
        {.name = "await-signals", .run = signals},
        {.name = NULL},
};
