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

/* ---- Notes. ---- */

static intptr_t take_note(struct worker *self)
{
        uint32_t bits;

        int result = rota_notify_wait(self->number, rota_timeout_forever(), &bits);
        return result == ROTA_OK ? (intptr_t)bits : result;
}

static uint32_t noted[2];

static void note_in_interrupt(void *argument)
{
        const struct worker *worker = argument;
        uint32_t bits;

        put(noted[0], (uint32_t)-rota_notify_wait(1, rota_timeout_none(), &bits));
        put(noted[1], 1 + (uint32_t)-rota_notify(worker->handle, 4));
}

static void note_limits(void)
{
        struct rota_timer timer = {0};
        uint32_t bits = 1;

        check(rota_notify(ROTA_HANDLE_NONE, 1) == ROTA_ESTALE);
        check(rota_notify_wait(0, rota_timeout_forever(), &bits) == ROTA_EINVAL && bits == 0);
        check(rota_notify_wait(1, rota_timeout_none(), &bits) == ROTA_EAGAIN);
        check(rota_notify_wait(1, rota_timeout_after(1), &bits) == ROTA_ETIMEDOUT);
        check(rota_notify_wait(1, rota_timeout_at(rota_now() + 20 * ROTA_US), NULL) ==
                ROTA_ETIMEDOUT);
        rota_guard_begin();
        check(rota_notify_wait(1, rota_timeout_forever(), &bits) == ROTA_ECONTEXT);
        rota_guard_end();
        check(rota_notify(rota_self(), 5) == ROTA_OK);
        check(rota_notify_wait(4, rota_timeout_forever(), &bits) == ROTA_OK && bits == 4);
        check(rota_notify_wait(6, rota_timeout_none(), &bits) == ROTA_EAGAIN && bits == 0);
        check(rota_notify_wait(ROTA_NOTES_ALL, rota_timeout_none(), NULL) == ROTA_OK);
#if UINTPTR_MAX <= UINT32_MAX
        check(rota_notify(rota_self(), UINT32_MAX) == ROTA_EINVAL);
#endif
        /* Before it runs, for another bit, and from an interrupt. */
        struct worker *worker = worker_make(take_note, NULL);
        worker->number = 6;
        check(rota_notify(worker->handle, 1) == ROTA_OK);
        check(rota_start(worker->handle) == ROTA_OK);
        until(parked(worker->handle));
        check(rota_notify(worker->handle, 8) == ROTA_OK);
        check(rota_timer_arm(&timer, rota_now(), note_in_interrupt, worker) == ROTA_OK);
        struct rota_handle handle = worker->handle;
        check(worker_end(worker) == 4);
        until(get(noted[1]));
        check(get(noted[0]) == -ROTA_ECONTEXT && get(noted[1]) == 1);
        put(noted[1], 0);
        rota_timer_cancel(&timer);
        /* Whoever has its slot now hears nothing of what is for the old one. */
        check(rota_notify(handle, 2) == ROTA_ESTALE);
        check(worker_remake(worker, NULL) == ROTA_OK);
        check(rota_notify(handle, 2) == ROTA_ESTALE);
        check(rota_start(worker->handle) == ROTA_OK);
        until(parked(worker->handle));
        check(rota_cancel(worker->handle) == ROTA_OK);
        check(worker_end(worker) == ROTA_ECANCELED);
}

/* ---- Pools. ---- */

static uint64_t blocks[7][3];
static uint32_t block_links[7];
static struct rota_pool pool;

static intptr_t take_block(struct worker *self)
{
        void *block;

        int result = rota_pool_take(&pool, &block, rota_timeout_forever());
        if (result != ROTA_OK)
                return block ? 1 : result;
        check(self->number == 9 || block == blocks[self->number]);
        return rota_pool_give(&pool, block);
}

static void wrong_blocks(void *block)
{
        const struct rota_pool before = pool;
        struct rota_pool_stats stats;
        struct rota_wait wait;

        check(rota_pool_init(NULL, blocks, 24, 7, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, NULL, 24, 7, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, blocks, 0, 7, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, blocks, 24, 0, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, blocks, 24, UINT32_MAX, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, blocks, SIZE_MAX / 4, 5, block_links, 0, NULL) == ROTA_EINVAL);
        check(rota_pool_init(&pool, blocks, 24, 7, NULL, 0, NULL) == ROTA_EINVAL);
        check(pool.top == before.top);
        check(rota_pool_take(NULL, &block, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_pool_take(&pool, NULL, rota_timeout_none()) == ROTA_EINVAL);
        check(rota_pool_begin(&pool, NULL, &block) == ROTA_EINVAL);
        check(rota_pool_finish(&pool, &wait, NULL) == ROTA_EINVAL);
        check(rota_pool_stats(&pool, NULL) == ROTA_EINVAL);
        check(rota_pool_stats(NULL, &stats) == ROTA_EINVAL);
        check(rota_pool_give(NULL, block) == ROTA_EINVAL);
        check(rota_pool_give(&pool, NULL) == ROTA_EINVAL);
        check(rota_pool_give(&pool, &stats) == ROTA_EINVAL);
        check(rota_pool_give(&pool, blocks + 7) == ROTA_EINVAL);
        check(rota_pool_give(&pool, (void *)((uintptr_t)blocks - 24)) == ROTA_EINVAL);
        check(rota_pool_give(&pool, &blocks[1][1]) == ROTA_EINVAL);
        check(rota_pool_give(&pool, (char *)blocks[1] + 1) == ROTA_EINVAL);
}

static void pool_limits(void)
{
        struct rota_pool_stats stats;
        struct worker *worker[3];
        void *block[7];

        check(rota_pool_init(&pool, blocks, sizeof(blocks[0]), 7, block_links, ROTA_WAIT_FIFO,
                      "pool") == ROTA_OK);
        wrong_blocks(blocks[2]);
        for (uint32_t i = 0; i < 7; i++) {
                check(rota_pool_take(&pool, &block[i], rota_timeout_forever()) == ROTA_OK);
                check(block[i] == blocks[i]);
                if (i == 3) {
                        check(rota_pool_give(&pool, blocks[6]) == ROTA_EPERM);
                        check(rota_pool_give(&pool, block[i]) == ROTA_OK);
                        check(rota_pool_give(&pool, block[i]) == ROTA_EPERM);
                        check(rota_pool_stats(&pool, &stats) == ROTA_OK);
                        check(stats.count == 7 && stats.free == 4 && stats.least_free == 3);
                        check(rota_pool_take(&pool, &block[i], rota_timeout_none()) == ROTA_OK);
                }
        }
        check(rota_pool_take(&pool, &block[0], rota_timeout_none()) == ROTA_EAGAIN && !block[0]);
        check(rota_pool_take(&pool, &block[0], rota_timeout_after(1)) == ROTA_ETIMEDOUT);
        rota_guard_begin();
        check(rota_pool_take(&pool, &block[0], rota_timeout_forever()) == ROTA_ECONTEXT);
        rota_guard_end();
        /* Three wait, one is cancelled, the others are served in their order. */
        for (uint32_t i = 0; i < 3; i++) {
                worker[i] = worker_make(take_block, NULL);
                worker[i]->number =
                        i == 0 ? 5 : 9; /* the last one: 3, or what the first gives back */
                check(rota_start(worker[i]->handle) == ROTA_OK);
                until(parked(worker[i]->handle));
        }
        check(rota_cancel(worker[1]->handle) == ROTA_OK);
        check(worker_end(worker[1]) == ROTA_ECANCELED);
        rota_guard_begin();
        check(rota_pool_give(&pool, blocks[5]) == ROTA_OK);
        check(rota_pool_give(&pool, blocks[3]) == ROTA_OK);
        rota_guard_end();
        check(worker_end(worker[0]) == ROTA_OK);
        check(worker_end(worker[2]) == ROTA_OK);
        check(rota_pool_stats(&pool, &stats) == ROTA_OK);
        check(stats.free == 2 && stats.least_free == 0);
}

const struct scenario scenarios_sync_limits[] = {
        {.name = "channel-limits", .run = channel_limits, .flags = MISUSES},
        {.name = "note-limits", .run = note_limits, .flags = MISUSES},
        {.name = "pool-limits", .run = pool_limits, .flags = MISUSES},
        {.name = NULL},
};
