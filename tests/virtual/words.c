/* SPDX-License-Identifier: MIT */
/*
 * What hangs on one word, at random on virtual CPUs: notes of tasks, and pools of blocks; from tasks and
 * from interrupts, with time-outs, cancels, ends of tasks and handles of tasks that are gone. A model says
 * what each call answers, which block it is, who is given one, and which notes are set; nobody sleeps who
 * has been told something.
 */
#include <rota/notify.h>
#include <rota/pool.h>

#include "sync/queue.h"
#include "virtual.h"

#define TASKS  8u
#define BLOCKS 5u
#define SIZE   24u
#define SLOTS  VIRTUAL_TASKS_MAX
#define NOBODY UINT32_MAX
#define STALE  16u

const char virtual_name[] = "virtual-words";

enum waiting { FOR_NOTHING, FOR_NOTES, FOR_BLOCK };

struct actor {
        enum waiting waits;
        bool told;      /* it waits for notes, and one has come since it began */
        uint32_t mask;  /* of notes */
        uint64_t since; /* it waits for a block */
        bool served;    /* by the model, with: */
        uint32_t block;
        struct rota_timer timer;
};

static struct actor actors[TASKS];
static uint32_t notes[SLOTS];       /* by the model */
static uint32_t generations[SLOTS]; /* whose they are */
static struct rota_handle gone[STALE];
static struct rota_pool pool;
static uint64_t memory[BLOCKS * SIZE / 8];
static uint32_t links[BLOCKS];
static uint32_t free_blocks[BLOCKS]; /* by the model, the last one is on top */
static uint32_t free_count;
static uint32_t least;
static uint32_t owners[BLOCKS]; /* a task, TASKS: nobody in particular, or NOBODY: it is free */
static uint64_t counter;
static struct rota_timer interrupts;

void virtual_begin(void)
{
        memset(actors, 0, sizeof(actors));
        memset(notes, 0, sizeof(notes));
        memset(generations, 0, sizeof(generations));
        memset(&interrupts, 0, sizeof(interrupts));
        if (rota_pool_init(&pool, memory, SIZE, BLOCKS, links, virtual_random(2), "p") != ROTA_OK)
                virtual_fail("rota_pool_init");
        for (uint32_t b = 0; b < BLOCKS; b++) {
                free_blocks[b] = BLOCKS - 1 - b;
                owners[b] = NOBODY;
        }
        free_count = BLOCKS;
        least = BLOCKS;
}

static void expect(int result, int wanted)
{
        if (result != wanted)
                virtual_fail("%s answered %s, and should %s", v.doing, rota_error_text(result),
                        rota_error_text(wanted));
}

/* ---- Notes. ---- */

/* The task's notes in the model; a new task has none. */
static uint32_t *notes_for(struct rota_handle task)
{
        if (generations[task.index] != task.generation) {
                gone[virtual_random(STALE)] =
                        (struct rota_handle){task.index, generations[task.index]};
                generations[task.index] = task.generation;
                notes[task.index] = 0;
        }
        return &notes[task.index];
}

static void notify(uint32_t to)
{
        uint32_t bits = virtual_random(4) ? 1u << virtual_random(4) : virtual_random(16);
        bool alive = v.tasks[to].used;

        v.doing = "notify";
        if (virtual_random(8) == 0) {
                struct rota_handle task = gone[virtual_random(STALE)];
                bool stale = task.generation == 0 || generations[task.index] != task.generation ||
                             rota_state(task) == ROTA_TASK_FREE;
                if (stale)
                        expect(rota_notify(task, bits), ROTA_ESTALE);
                return;
        }
        if (!alive)
                return;
        struct rota_handle task = v.tasks[to].handle;
        *notes_for(task) |= bits;
        actors[to].told = true;
        expect(rota_notify(task, bits), ROTA_OK);
}

static void take_notes(uint32_t me, bool waits)
{
        struct actor *a = &actors[me];
        uint32_t *its = notes_for(v.tasks[me].handle);
        uint32_t mask = 1 + virtual_random(15);
        uint32_t taken = *its & mask;
        uint32_t bits = 99;

        v.doing = waits ? "begin of notes" : "finish of notes";
        *its &= ~taken;
        expect(waits ? rota_notify_begin(mask, &bits) : rota_notify_finish(mask, &bits),
                taken ? ROTA_OK : ROTA_EAGAIN);
        if (bits != taken)
                virtual_fail("%x taken, and should %x", bits, taken);
        a->waits = waits && !taken ? FOR_NOTES : FOR_NOTHING;
        a->mask = mask;
        a->told = false;
}

/* ---- Blocks. ---- */

static void *block_at(uint32_t b)
{
        return (char *)memory + b * SIZE;
}

static void own(uint32_t b, uint32_t owner)
{
        owners[b] = owner;
        memset(block_at(b), (int)b, SIZE); /* nobody else's, and not the pool's */
}

/* What a take that does not wait should give. */
static int model_take(uint32_t owner, uint32_t *b)
{
        if (free_count == 0)
                return ROTA_EAGAIN;
        *b = free_blocks[--free_count];
        least = free_count < least ? free_count : least;
        owners[*b] = owner;
        return ROTA_OK;
}

static void model_give(uint32_t b)
{
        struct actor *best = NULL;

        owners[b] = NOBODY;
        for (uint32_t i = 0; i < TASKS; i++) {
                struct actor *a = &actors[i];
                if (a->waits != FOR_BLOCK || a->served ||
                        v.tasks[i].wait.result != ROTA_WAIT_PENDING)
                        continue;
                struct urgency its = urgency_of(&v.tasks[i].task);
                bool before = !best || a->since < best->since;
                if (best && pool.waiters.order == ROTA_WAIT_URGENCY) {
                        struct urgency most = urgency_of(&v.tasks[best - actors].task);
                        before = urgency_before(its, most) ||
                                 (!urgency_before(most, its) && a->since < best->since);
                }
                if (before)
                        best = a;
        }
        if (!best) {
                free_blocks[free_count++] = b;
                return;
        }
        best->served = true;
        best->block = b;
        owners[b] = (uint32_t)(best - actors);
}

static void take_block(uint32_t me, bool may_wait)
{
        struct rota_wait *wait = &v.tasks[me].wait;
        void *block = &counter;
        uint32_t b = NOBODY;
        int wanted = model_take(me, &b);

        v.doing = "take";
        expect(may_wait ? rota_pool_begin(&pool, wait, &block)
                        : rota_pool_take(&pool, &block, rota_timeout_none()),
                wanted);
        if (block != (wanted == ROTA_OK ? block_at(b) : NULL))
                virtual_fail("another block than %u", b);
        if (wanted == ROTA_OK) {
                own(b, me);
        } else if (may_wait) {
                actors[me].waits = FOR_BLOCK;
                actors[me].served = false;
                actors[me].since = ++counter;
        }
}

static void give_block(uint32_t me)
{
        uint32_t first = virtual_random(BLOCKS);

        v.doing = "give";
        for (uint32_t i = 0; i < BLOCKS; i++) {
                uint32_t b = (first + i) % BLOCKS;
                if (owners[b] == NOBODY && virtual_random(2)) {
                        expect(rota_pool_give(&pool, block_at(b)), ROTA_EPERM);
                        expect(rota_pool_give(&pool, (char *)block_at(b) + 1 + virtual_random(23)),
                                ROTA_EINVAL);
                        continue;
                }
                if (owners[b] != me)
                        continue;
                for (uint32_t at = 0; at < SIZE; at++)
                        if (((unsigned char *)block_at(b))[at] != b)
                                virtual_fail("block %u was written to", b);
                model_give(b);
                expect(rota_pool_give(&pool, block_at(b)), ROTA_OK);
                return;
        }
}

/* ---- What holds after each operation. ---- */

void virtual_verify_more(void)
{
        struct rota_pool_stats stats;

        for (uint32_t i = 0; i < TASKS; i++) {
                const struct virtual_task *t = &v.tasks[i];
                const struct actor *a = &actors[i];
                if (!t->used)
                        continue;
                uint32_t its = *notes_for(t->handle);
                uintptr_t is = t->task.slot->notes;
                if ((uint32_t)(is & ROTA_NOTES_ALL) != its ||
                        (is & ~(2 * NOTES_WAITS - 1)) != notes_of(t->handle.generation))
                        virtual_fail("task %u has notes %llx, and should %x", i,
                                (unsigned long long)is, its);
                if (a->waits == FOR_NOTES && a->told && rota_state(t->handle) == ROTA_TASK_PARKED)
                        virtual_fail("task %u sleeps on a note", i);
                if (a->waits != FOR_BLOCK)
                        continue;
                bool served = t->wait.result != ROTA_WAIT_PENDING && t->wait.result & WAIT_SERVED;
                if (served != a->served ||
                        (served && t->wait.value != (intptr_t)block_at(a->block)))
                        virtual_fail("task %u waits for a block, and was%s given one", i,
                                served ? "" : " not");
        }
        if (rota_pool_stats(&pool, &stats) != ROTA_OK || stats.free != free_count ||
                stats.least_free != least || stats.count != BLOCKS)
                virtual_fail("%u blocks are free, at least %u were", stats.free, stats.least_free);
}

/* ---- Who does it. ---- */

static void wake_up(void *argument)
{
        struct virtual_task *t = argument;

        if (actors[number_of(t)].waits == FOR_BLOCK)
                rota_wait_complete(&t->wait, ROTA_ETIMEDOUT);
        else
                rota_wake(t->handle);
}

/* It is in an interrupt: what it takes is nobody's in particular. */
static void interrupted(void *argument)
{
        uint32_t b = NOBODY;
        void *block;

        (void)argument;
        notify(virtual_random(TASKS));
        if (virtual_random(2)) {
                give_block(TASKS);
        } else {
                int wanted = model_take(TASKS, &b);
                v.doing = "take in an interrupt";
                expect(rota_pool_take(&pool, &block, rota_timeout_none()), wanted);
                if (wanted == ROTA_OK)
                        own(b, TASKS);
        }
}

/* It runs again in the middle of a wait. */
static void go_on(struct virtual_task *t, uint32_t me)
{
        struct actor *a = &actors[me];
        bool ends = v.draining || rota_cancelled() || virtual_random(20) == 0;

        if (a->waits == FOR_NOTES) {
                rota_timer_cancel(&a->timer);
                take_notes(me, !ends);
                return;
        }
        if (rota_wait_result(&t->wait) == ROTA_EAGAIN && !ends)
                return;
        rota_timer_cancel(&a->timer);
        if (rota_cancelled())
                rota_wait_complete(&t->wait, ROTA_ECANCELED);
        void *block = &counter;
        v.doing = "finish of a block";
        expect(rota_pool_finish(&pool, &t->wait, &block),
                a->served ? ROTA_OK : rota_wait_result(&t->wait));
        if (block != (a->served ? block_at(a->block) : NULL))
                virtual_fail("another block than %u was handed over", a->block);
        if (a->served)
                own(a->block, me);
        a->waits = FOR_NOTHING;
        a->served = false;
}

static void leave(struct virtual_task *t, uint32_t me)
{
        for (uint32_t b = 0; b < BLOCKS; b++)
                if (owners[b] == me)
                        owners[b] = TASKS;
        t->task.exit_code = t->code;
        v.doing = "exit";
        dispatch(rota_port_cpu(), WHY_EXIT);
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t me = number_of(t);
        struct actor *a = &actors[me];
        struct virtual_task *other = &v.tasks[virtual_random(TASKS)];
        uint32_t dice = virtual_random(100);

        rota_guard_begin(); /* one operation, whoever is woken */
        if (a->waits) {
                go_on(t, me);
        } else if (!v.draining && dice < 30) {
                take_notes(me, virtual_random(2));
        } else if (dice < 50) {
                notify(number_of(other));
        } else if (!v.draining && dice < 70) {
                take_block(me, virtual_random(2));
        } else if (dice < 80) {
                give_block(virtual_random(4) ? me : TASKS);
        } else if (dice < 83) {
                struct rota_params p = {.class_index = (uint8_t)virtual_random(v.classes),
                        .priority = (uint16_t)(1 + virtual_random(6))};
                v.doing = "set_params";
                if (other->used)
                        expect(rota_set_params(other->handle, &p), ROTA_OK);
        } else if (dice < 85 && other->used) {
                rota_cancel(other->handle);
        } else if (dice < 92 && !interrupts.node.rank) {
                rota_timer_arm(&interrupts, v.now + virtual_random(2000), interrupted, NULL);
        }
        if (a->waits && !a->timer.node.rank && virtual_random(3))
                rota_timer_arm(&a->timer, v.now + 1 + virtual_random(3000), wake_up, t);
        bool ends = !a->waits && (v.draining || virtual_random(100) == 0 ||
                                         (rota_cancelled() && virtual_random(2)));
        rota_guard_end();
        if (rota_port_cpu()->current != &t->task)
                return;
        if (ends)
                leave(t, me);
        else if (a->waits)
                rota_park();
        else if (virtual_random(4) == 0)
                rota_yield();
}
