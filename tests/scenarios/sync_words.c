/* SPDX-License-Identifier: MIT */
/* Notes and pools with everybody at once: no note lost, no block somebody else's. */
#include <rota/sync.h>

#include "harness.h"

#define TASKS  4u
#define BLOCKS 3u
#define WORDS  5u

/* ---- Notes: a counter beside each bit, which says how often it was noted. ---- */

struct board {
        struct worker *worker[TASKS];
        uint32_t rounds;
        uint32_t news[TASKS][TASKS]; /* from whom, to whom (atomic) */
        uint32_t interrupts;         /* (atomic) */
};

static void tell(struct board *board, uint32_t me, uint32_t round)
{
        for (uint32_t i = 0; i < TASKS; i++) {
                if (i == me || get(board->news[me][i]) >= round)
                        continue;
                put(board->news[me][i], round);
                int result = rota_notify(board->worker[i]->handle, 1u << me);
                /* Who has heard all may be gone before the note. */
                check(result == ROTA_OK || (result == ROTA_ESTALE && round == board->rounds));
        }
}

/* Tells the others, and waits to be told: what was written before the note is seen after it. */
static intptr_t gossip(struct worker *self)
{
        struct board *board = self->argument;
        uint32_t me = self->number;
        uint32_t mask = ((1u << TASKS) - 1) & ~(1u << me);
        uint32_t seen[TASKS] = {0};
        uint32_t round = 1;
        uint32_t heard = 0; /* the others' last news */
        uint32_t bits;

        while (heard != mask || round <= board->rounds) {
                bool last = round >= board->rounds;
                tell(board, me, last ? board->rounds : round);
                round++;
                if (heard == mask)
                        continue;
                int result = rota_notify_wait(mask,
                        last ? rota_timeout_forever()
                             : rota_timeout_after(round % 3 ? 3 * ROTA_US : 30 * ROTA_US),
                        &bits);
                check(result == ROTA_OK ? bits && !(bits & ~mask) : result == ROTA_ETIMEDOUT);
                for (uint32_t i = 0; i < TASKS; i++) {
                        if (!(bits & (1u << i)))
                                continue;
                        uint32_t news = get(board->news[i][me]);
                        check(news >= seen[i]); /* the same, where it came between note and look */
                        seen[i] = news;
                        if (news == board->rounds)
                                heard |= 1u << i;
                }
        }
        return 0;
}

static void interrupt_note(void *argument)
{
        struct board *board = argument;

        for (uint32_t i = 0; i < TASKS; i++) /* for nobody's mask: it looks again, and waits on */
                rota_notify(board->worker[i]->handle, 1u << TASKS);
        add(board->interrupts, 1);
}

static void notes(void)
{
        struct board *board = memory(sizeof(*board));
        struct rota_timer timer = {0};

        board->rounds = run.all ? 2000 : run.few ? 10 : 40;
        for (uint32_t i = 0; i < TASKS; i++) {
                board->worker[i] = worker_make(gossip, board);
                board->worker[i]->number = i;
        }
        for (uint32_t i = 0; i < TASKS; i++)
                check(rota_start(board->worker[i]->handle) == ROTA_OK);
        for (uint32_t i = 0; i < 5; i++) {
                check(rota_timer_arm(&timer, rota_now() + ROTA_US, interrupt_note, board) ==
                        ROTA_OK);
                until(get(board->interrupts) > i);
                rota_timer_cancel(&timer);
        }
        for (uint32_t i = 0; i < TASKS; i++)
                check(worker_end(board->worker[i]) == 0);
}

/* ---- Pools: who has a block is alone in it. ---- */

struct heap {
        struct rota_pool pool;
        uint32_t links[BLOCKS];
        uint64_t blocks[BLOCKS][WORDS];
        uint32_t rounds;
        uint32_t taken; /* (atomic) */
        uint32_t given; /* (atomic) */
        uint32_t wrong; /* (atomic) */
        uint32_t interrupts;
};

static void use(struct heap *heap, uint64_t *block, uint64_t value)
{
        for (uint32_t i = 0; i < WORDS; i++) /* no atomics: it is ours */
                block[i] = value;
        for (uint32_t i = 0; i < WORDS; i++)
                if (block[i] != value)
                        add(heap->wrong, 1);
        add(heap->taken, 1);
}

static void give_back(struct heap *heap, void *block)
{
        check(rota_pool_give(&heap->pool, block) == ROTA_OK);
        add(heap->given, 1);
}

static intptr_t use_blocks(struct worker *self)
{
        struct heap *heap = self->argument;

        for (uint32_t round = 0; round < heap->rounds; round++) {
                uint32_t kind = (round + self->number) % 4;
                void *block;
                int result = rota_pool_take(&heap->pool, &block,
                        kind == 0   ? rota_timeout_none()
                        : kind == 1 ? rota_timeout_after(2 * ROTA_US)
                                    : rota_timeout_forever());
                if (result == ROTA_ECANCELED)
                        break;
                check(result == ROTA_OK || (kind == 0 && result == ROTA_EAGAIN) ||
                        (kind == 1 && result == ROTA_ETIMEDOUT));
                check((result == ROTA_OK) == (block != NULL));
                if (!block)
                        continue;
                use(heap, block, (uint64_t)self->number << 32 | round);
                if (kind == 3)
                        rota_yield();
                give_back(heap, block);
        }
        return 0;
}

static void interrupt_block(void *argument)
{
        struct heap *heap = argument;
        void *block;

        if (rota_pool_take(&heap->pool, &block, rota_timeout_none()) == ROTA_OK) {
                use(heap, block, 99);
                give_back(heap, block);
        }
        add(heap->interrupts, 1);
}

static void blocks(void)
{
        struct heap *heap = memory(sizeof(*heap));
        struct rota_pool_stats stats;
        struct rota_timer timer = {0};
        struct worker *worker[TASKS + 1];

        check(rota_pool_init(&heap->pool, heap->blocks, sizeof(heap->blocks[0]), BLOCKS,
                      heap->links, ROTA_WAIT_URGENCY, "heap") == ROTA_OK);
        heap->rounds = run.all ? 5000 : run.few ? 40 : 200;
        for (uint32_t i = 0; i <= TASKS; i++) {
                worker[i] = worker_make(use_blocks, heap);
                worker[i]->number = i;
                check(rota_start(worker[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < 5; i++) {
                check(rota_timer_arm(&timer, rota_now() + ROTA_US, interrupt_block, heap) ==
                        ROTA_OK);
                until(get(heap->interrupts) > i);
                rota_timer_cancel(&timer);
        }
        rota_cancel(worker[TASKS]->handle);
        for (uint32_t i = 0; i <= TASKS; i++)
                check(worker_end(worker[i]) == 0);
        check(rota_pool_stats(&heap->pool, &stats) == ROTA_OK);
        check(stats.free == BLOCKS && stats.least_free < BLOCKS);
        check(get(heap->taken) == get(heap->given) && get(heap->wrong) == 0);
}

const struct scenario scenarios_sync_words[] = {
        {.name = "notes", .run = notes},
        {.name = "pool-blocks", .run = blocks},
        {.name = NULL},
};
