/* SPDX-License-Identifier: MIT */
/* Channels and selects: no message lost, doubled or overtaken, with time-outs, cancels and interrupts. */
#include <rota/sync.h>

#include "harness.h"

#define SENDERS   4u
#define RECEIVERS 3u
#define MOST      400u /* messages of one sender */

struct message {
        uint32_t sender;
        uint32_t number;
        uint64_t check;
};

struct traffic {
        struct rota_channel channel[3];
        struct message room[3][4];
        struct rota_wait_queue bell, other_bell;
        uint32_t each;                    /* messages of each sender */
        uint32_t sent[SENDERS + 1];       /* (atomic) */
        uint32_t seen[SENDERS + 1][MOST]; /* times that it was received (atomic) */
        uint32_t received;                /* (atomic) */
        uint32_t wrong;                   /* contents, or order (atomic) */
        uint32_t rung;                    /* by a select (atomic) */
};

static struct message message_of(uint32_t sender, uint32_t number)
{
        struct message m = {sender, number, ~((uint64_t)sender << 32 | number)};
        return m;
}

/* Notes a message; `last`, where it is not NULL: the numbers seen before, of each sender. */
static void note(struct traffic *t, const struct message *m, int64_t *last)
{
        if (m->check != ~((uint64_t)m->sender << 32 | m->number) || m->sender > SENDERS ||
                m->number >= MOST) {
                add(t->wrong, 1);
                return;
        }
        if (last && last[m->sender] >= (int64_t)m->number)
                add(t->wrong, 1);
        if (last)
                last[m->sender] = m->number;
        add(t->seen[m->sender][m->number], 1);
        add(t->received, 1);
}

static struct rota_timeout some_timeout(uint32_t *random)
{
        *random = *random * 1664525u + 1013904223u;
        switch (*random >> 29) {
        case 0:
                return rota_timeout_none();
        case 1:
        case 2:
                return rota_timeout_after(*random >> 16 & 0x3fff);
        default:
                return rota_timeout_forever();
        }
}

static intptr_t send_all(struct worker *self)
{
        struct traffic *t = self->argument;
        uint32_t random = self->number;

        while (t->sent[self->number] < t->each) {
                struct message m = message_of(self->number, t->sent[self->number]);
                int result = rota_channel_send(&t->channel[0], &m, some_timeout(&random));
                m = message_of(0, 0); /* it is ours again */
                if (result == ROTA_OK)
                        add(t->sent[self->number], 1);
                else if (result == ROTA_ECANCELED)
                        return 0;
                else if (result == ROTA_EAGAIN)
                        rota_yield();
                else
                        check(result == ROTA_ETIMEDOUT);
        }
        return 0;
}

static intptr_t receive_all(struct worker *self)
{
        struct traffic *t = self->argument;
        uint32_t random = 77 + self->number;
        int64_t last[SENDERS + 1];

        for (uint32_t i = 0; i <= SENDERS; i++)
                last[i] = -1;
        for (;;) {
                struct message m;
                int result = rota_channel_receive(&t->channel[0], &m, some_timeout(&random));
                if (result == ROTA_OK)
                        note(t, &m, last);
                else if (result == ROTA_ECLOSED || result == ROTA_ECANCELED)
                        return result;
                else if (result == ROTA_EAGAIN)
                        rota_yield();
                else
                        check(result == ROTA_ETIMEDOUT);
        }
}

/* From an interrupt: as the last sender, and it receives one too. */
static void interrupt(void *argument)
{
        struct traffic *t = argument;
        struct message m = message_of(SENDERS, t->sent[SENDERS]);

        if (t->sent[SENDERS] < MOST &&
                rota_channel_send(&t->channel[0], &m, rota_timeout_none()) == ROTA_OK)
                add(t->sent[SENDERS], 1);
        if (rota_channel_receive(&t->channel[0], &m, rota_timeout_none()) == ROTA_OK)
                note(t, &m, NULL);
}

static void all_seen_once(struct traffic *t)
{
        uint32_t sent = 0;

        for (uint32_t i = 0; i <= SENDERS; i++) {
                sent += get(t->sent[i]);
                for (uint32_t n = 0; n < MOST; n++)
                        check(t->seen[i][n] == (n < t->sent[i] ? 1u : 0u));
        }
        check(get(t->received) == sent);
        check(get(t->wrong) == 0);
}

static struct traffic *traffic_make(uint32_t channels, uint32_t capacity, uint32_t each)
{
        struct traffic *t = memory(sizeof(*t));

        for (uint32_t i = 0; i < channels; i++)
                check(rota_channel_init(&t->channel[i], t->room[i], sizeof(struct message),
                              capacity, i ? ROTA_WAIT_URGENCY : ROTA_WAIT_FIFO,
                              "traffic") == ROTA_OK);
        t->each = run.all ? MOST : run.few ? each / 4 : each;
        return t;
}

static void traffic(uint32_t capacity)
{
        struct traffic *t = traffic_make(1, capacity, 60);
        struct rota_timer timer = {0};
        struct worker *sender[SENDERS], *receiver[RECEIVERS];

        for (uint32_t i = 0; i < RECEIVERS; i++) {
                receiver[i] = worker_make(receive_all, t);
                receiver[i]->number = i;
                check(rota_start(receiver[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < SENDERS; i++) {
                sender[i] = worker_make(send_all, t);
                sender[i]->number = i;
                check(rota_start(sender[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 10; i++) {
                check(rota_timer_arm(&timer, rota_now() + 5 * ROTA_US, interrupt, t) == ROTA_OK);
                moment();
                rota_timer_cancel(&timer);
                if (i == 3)
                        check(rota_cancel(sender[0]->handle) != ROTA_EINVAL);
                if (i == 5)
                        check(rota_cancel(receiver[0]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < SENDERS; i++)
                check(worker_end(sender[i]) == 0);
        check(rota_channel_close(&t->channel[0]) == ROTA_OK);
        for (uint32_t i = 0; i < RECEIVERS; i++)
                check(worker_end(receiver[i]) == (i ? ROTA_ECLOSED : ROTA_ECANCELED) || i == 0);
        for (uint32_t i = 1; i < SENDERS; i++)
                check(t->sent[i] == t->each);
        check(rota_channel_length(&t->channel[0]) == 0);
        all_seen_once(t);
}

static void rendezvous(void)
{
        traffic(0);
}

static void one_place(void)
{
        traffic(1);
}

static void several_places(void)
{
        traffic(4);
}

/* Sends on one channel and receives from all, whichever is possible first. */
static intptr_t trade(struct worker *self)
{
        struct traffic *t = self->argument;
        uint32_t me = self->number;
        uint64_t patience = 20 * ROTA_US;

        while (t->sent[me] < t->each) {
                struct message own = message_of(me, t->sent[me]);
                struct message got[3];
                struct rota_select_case cases[5];
                uint32_t round = t->sent[me] + me;
                cases[0] = rota_select_queue(&t->bell, NULL, NULL);
                for (uint32_t i = 0; i < 3; i++) /* another order each time */
                        cases[1 + i] = rota_select_receive(&t->channel[(i + round) % 3], &got[i]);
                cases[4] = rota_select_send(&t->channel[me % 3], &own);
                int done = rota_select(cases, 5, rota_timeout_after(patience));
                /* Where all are slow none would ever find another one still waiting. */
                patience =
                        done == ROTA_ETIMEDOUT && patience < ROTA_S ? 2 * patience : 20 * ROTA_US;
                if (done >= 0)
                        check(cases[done].result == ROTA_OK);
                else
                        check(done == ROTA_ETIMEDOUT);
                if (done == 0)
                        add(t->rung, 1);
                else if (done == 4)
                        add(t->sent[me], 1);
                else if (done > 0)
                        note(t, &got[done - 1], NULL);
                else if (get(self->flag)) /* who might take it has ended */
                        break;
        }
        add(self->flag, 1);
        return 0;
}

static void market(uint32_t capacity)
{
        struct traffic *t = traffic_make(3, capacity, 60);
        struct worker *trader[SENDERS];
        struct message m;
        uint32_t ended;
        uint32_t rung = 0;

        for (uint32_t i = 0; i < SENDERS; i++) {
                trader[i] = worker_make(trade, t);
                trader[i]->number = i;
        }
        for (uint32_t i = 0; i < SENDERS; i++)
                check(rota_start(trader[i]->handle) == ROTA_OK);
        do {
                ended = 0;
                for (uint32_t i = 0; i < SENDERS; i++)
                        ended += get(trader[i]->flag) != 0;
                rung += rota_wait_queue_wake(&t->bell, 1, ROTA_OK);
                rota_wait_queue_requeue(&t->bell, 0, &t->other_bell, UINT32_MAX);
                rung += rota_wait_queue_wake(&t->other_bell, 1, ROTA_OK);
                moment();
                /* The last one's messages. */
                for (uint32_t i = 0; i < 3 && ended; i++)
                        while (rota_channel_receive(&t->channel[i], &m, rota_timeout_none()) ==
                                ROTA_OK)
                                note(t, &m, NULL);
        } while (ended < SENDERS);
        for (uint32_t i = 0; i < SENDERS; i++)
                check(worker_end(trader[i]) == 0);
        for (uint32_t i = 0; i < 3; i++)
                while (rota_channel_receive(&t->channel[i], &m, rota_timeout_none()) == ROTA_OK)
                        note(t, &m, NULL);
        check(get(t->rung) == rung);
        all_seen_once(t);
}

static void select_rendezvous(void)
{
        market(0);
}

static void select_places(void)
{
        market(2);
}

#define GUARDS 3u

struct tower {
        struct rota_channel channel;
        struct rota_events alarms;
        uint32_t message;
        uint32_t heard[GUARDS]; /* alarms (atomic) */
        uint32_t received;      /* messages (atomic) */
        uint32_t wrong;         /* (atomic) */
};

/* Waits for its own alarm, for a message to anybody, or for the last alarm. */
static intptr_t keep_guard(struct worker *self)
{
        struct tower *tower = self->argument;
        const uint32_t mine = 1u << self->number;
        const uint32_t last = 1u << GUARDS;
        uint32_t message;

        for (;;) {
                struct rota_select_case cases[] = {
                        rota_select_receive(&tower->channel, &message),
                        rota_select_events(
                                &tower->alarms, mine, ROTA_EVENTS_ANY | ROTA_EVENTS_CLEAR),
                        rota_select_events(&tower->alarms, last, ROTA_EVENTS_ALL),
                };
                int done = rota_select(cases, 3, rota_timeout_after(50 * ROTA_US));
                if (done == 0)
                        add(tower->received, 1);
                else if (done == 1 && cases[1].got == mine)
                        add(tower->heard[self->number], 1);
                else if (done == 2)
                        return cases[2].got == last ? 0 : 1;
                else if (done != ROTA_ETIMEDOUT)
                        add(tower->wrong, 1);
        }
}

/* Flags and messages in one select, with time-outs: each alarm is heard once, each message comes once. */
static void select_events(void)
{
        struct tower *tower = memory(sizeof(*tower));
        struct worker *guards[GUARDS];
        const uint32_t rounds = run.few ? 20 : 60;
        struct rota_select_case bad = rota_select_events(&tower->alarms, 0, ROTA_EVENTS_ANY);

        check(rota_channel_init(&tower->channel, NULL, sizeof(uint32_t), 0, ROTA_WAIT_FIFO,
                      "tower") == ROTA_OK);
        check(rota_select(&bad, 1, rota_timeout_none()) == ROTA_EINVAL);
        for (uint32_t i = 0; i < GUARDS; i++) {
                guards[i] = worker_make(keep_guard, tower);
                guards[i]->number = i;
                check(rota_start(guards[i]->handle) == ROTA_OK);
        }
        for (uint32_t round = 1; round <= rounds; round++) {
                for (uint32_t i = 0; i < GUARDS; i++)
                        check(rota_events_set(&tower->alarms, 1u << i) == ROTA_OK);
                check(rota_channel_send(&tower->channel, &round, rota_timeout_forever()) ==
                        ROTA_OK);
                for (uint32_t i = 0; i < GUARDS; i++)
                        until(get(tower->heard[i]) == round);
        }
        check(rota_events_set(&tower->alarms, 1u << GUARDS) == ROTA_OK);
        for (uint32_t i = 0; i < GUARDS; i++)
                check(worker_end(guards[i]) == 0);
        check(get(tower->received) == rounds && get(tower->wrong) == 0);
        check(rota_events_get(&tower->alarms) == 1u << GUARDS);
}

const struct scenario scenarios_sync_channel[] = {
        {.name = "channel-rendezvous", .run = rendezvous},
        {.name = "channel-one-place", .run = one_place},
        {.name = "channel-several-places", .run = several_places},
        {.name = "select-rendezvous", .run = select_rendezvous},
        {.name = "select-places", .run = select_places},
        {.name = "select-events", .run = select_events},
        {.name = NULL},
};
