/* SPDX-License-Identifier: MIT */
/* What channels, selects, notes and pools answer to who asks wrongly, and at their limits. */
#include <rota/sync.h>

#include "harness.h"

struct message {
        uint32_t number;
        uint64_t more;
};

static intptr_t wait_message(struct worker *self)
{
        struct rota_channel *channel = self->argument;
        struct message m = {0, 0};

        return self->number ? rota_channel_send(channel, &m, rota_timeout_forever())
                            : rota_channel_receive(channel, &m, rota_timeout_forever());
}

static int interrupt_results[4];

static void wait_in_interrupt(void *argument)
{
        struct rota_channel *channel = argument;
        struct message m = {2, 0};
        struct rota_select_case c = rota_select_receive(channel, &m);

        interrupt_results[0] = rota_channel_receive(channel, &m, rota_timeout_forever());
        interrupt_results[1] = rota_select(&c, 1, rota_timeout_forever());
        interrupt_results[2] = rota_channel_send(channel, &m, rota_timeout_forever());
        put(interrupt_results[3], 1);
}

static bool always(void *unused)
{
        (void)unused;
        return true;
}

static void wrong_words(struct rota_channel *channel)
{
        struct rota_channel other;
        struct message m;
        struct rota_wait wait;
        struct rota_select_case c[2] = {
                rota_select_receive(channel, NULL), rota_select_queue(NULL, NULL, NULL)};

        check(rota_channel_init(NULL, NULL, 0, 0, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_channel_init(&other, NULL, 1, 1, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_channel_init(&other, &m, SIZE_MAX, 2, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_channel_init(&other, &m, SIZE_MAX, 1, ROTA_WAIT_FIFO, NULL) == ROTA_EINVAL);
        check(rota_channel_send(NULL, &m, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_channel_send(channel, NULL, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_channel_receive(channel, NULL, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_channel_send_begin(channel, &m, NULL) == ROTA_EINVAL);
        check(rota_channel_receive_begin(channel, NULL, &wait) == ROTA_EINVAL);
        check(rota_channel_finish(channel, NULL) == ROTA_EINVAL);
        check(rota_channel_close(NULL) == ROTA_EINVAL);
        check(rota_channel_length(NULL) == 0);
        check(rota_select(c, 1, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_select(c + 1, 1, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_select(c, 0, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_select(NULL, 1, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_select_begin(c, ROTA_SELECT_MOST + 1) == ROTA_EINVAL);
        check(rota_select_finish(c, 1) == ROTA_EINVAL);
}

/* Messages without contents, in no memory. */
static void signals(void)
{
        struct rota_channel channel;
        struct rota_wait_queue queue = {0};
        struct rota_select_case c[2] = {
                rota_select_send(&channel, NULL), rota_select_queue(&queue, always, NULL)};

        check(rota_channel_init(&channel, NULL, 0, 1, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        check(rota_select(c, 2, rota_timeout_forever()) == 0);
        check(rota_select(c, 2, rota_timeout_forever()) == 1 && c[1].result == ROTA_OK);
        check(rota_select(c, 1, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_select(c, 1, rota_timeout_after(1)) == ROTA_ETIMEDOUT);
        check(rota_channel_receive(&channel, NULL, rota_timeout_none()) == ROTA_OK);
        check(rota_channel_receive(&channel, NULL, rota_timeout_none()) == ROTA_EAGAIN);
        check(rota_channel_close(&channel) == ROTA_OK);
        check(rota_select(c, 2, rota_timeout_none()) == 0 && c[0].result == ROTA_ECLOSED);
        rota_guard_begin();
        c[0] = rota_select_queue(&queue, NULL, NULL);
        check(rota_select(c, 1, rota_timeout_forever()) == ROTA_ECONTEXT);
        rota_guard_end();
}

static void channel_limits(void)
{
        struct message room;
        struct rota_channel made;
        struct rota_channel *channel = &made;
        struct message m = {4, 0};
        struct rota_timer timer = {0};
        struct worker *waiting[2];

        check(rota_channel_init(channel, &room, sizeof(m), 1, ROTA_WAIT_FIFO, "limits") == ROTA_OK);
        wrong_words(channel);
        signals();
        check(rota_timer_arm(&timer, rota_now(), wait_in_interrupt, channel) == ROTA_OK);
        until(get(interrupt_results[3]));
        put(interrupt_results[3], 0);
        check(interrupt_results[0] == ROTA_ECONTEXT && interrupt_results[1] == ROTA_ECONTEXT);
        check(interrupt_results[2] == ROTA_OK);
        rota_guard_begin();
        check(rota_channel_send(channel, &m, rota_timeout_forever()) == ROTA_ECONTEXT);
        rota_guard_end();
        check(rota_channel_length(channel) == 1);
        /* A sender that waits when it is closed; what is in it is left. */
        waiting[1] = worker_make(wait_message, channel);
        waiting[1]->number = 1;
        check(rota_start(waiting[1]->handle) == ROTA_OK);
        until(parked(waiting[1]->handle));
        check(rota_channel_close(channel) == ROTA_OK);
        check(rota_channel_close(channel) == ROTA_ECLOSED);
        check(worker_end(waiting[1]) == ROTA_ECLOSED);
        check(rota_channel_send(channel, &m, rota_timeout_forever()) == ROTA_ECLOSED);
        check(rota_channel_receive(channel, &m, rota_timeout_forever()) == ROTA_OK &&
                m.number == 2);
        check(rota_channel_receive(channel, &m, rota_timeout_forever()) == ROTA_ECLOSED);
        /* Receivers that wait. */
        check(rota_channel_init(channel, NULL, sizeof(m), 0, ROTA_WAIT_FIFO, NULL) == ROTA_OK);
        for (uint32_t i = 0; i < 2; i++) {
                waiting[i] = worker_start(wait_message, channel);
                until(parked(waiting[i]->handle));
        }
        check(rota_channel_send(channel, &m, rota_timeout_none()) == ROTA_OK);
        check(worker_end(waiting[0]) == ROTA_OK);
        check(rota_channel_close(channel) == ROTA_OK);
        check(worker_end(waiting[1]) == ROTA_ECLOSED);
}

const struct scenario scenarios_sync_limits[] = {
        {.name = "channel-limits", .run = channel_limits},
        {.name = NULL},
};
