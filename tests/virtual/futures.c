/* SPDX-License-Identifier: MIT */
/*
 * Random trees of futures on virtual CPUs: each task polls one, parks while it is pending, and now and then serves,
 * wakes, aborts or cancels another. In the middle of a poll other CPUs go on. After each operation the core's
 * rules are verified, and that nobody is parked to whom something has come.
 */
#include "../futures/tree.h"

#include <stdlib.h>

#include "future/alarm.h"
#include "virtual.h"

const char virtual_name[] = "virtual-futures";

static struct tree *trees[VIRTUAL_TASKS_MAX];
static uint64_t planted;

void tree_failed(struct tree *tree, const char *what, uint32_t number, int line)
{
        virtual_fail("tree %llu, node %u, line %d: %s", (unsigned long long)tree->seed, number,
                line, what);
}

/* Others go on. */
static void pause_poll(void)
{
        if (virtual_random(16) == 0)
                virtual_yield();
}

void virtual_begin(void)
{
        for (uint32_t i = 0; i < VIRTUAL_TASKS_MAX; i++) {
                free(trees[i]);
                trees[i] = NULL;
        }
        tree_pause = pause_poll;
}

static bool rung(const struct rota_alarm *alarm)
{
        return rota_atomic_load(&alarm->state) == ALARM_OVER;
}

/* Something has come, for which a poll is due. */
static bool has_come(const struct tree_node *node)
{
        switch (node->kind) {
        case TREE_SLEEP:
                return rung(&node->u.sleep.alarm);
        case TREE_LATE:
                return node->u.late.coroutine.child && rung(&node->u.late.sleep.alarm);
        case TREE_EVENT:
        case TREE_TIMED:
                return node->u.event.begun && rota_wait_result(&node->u.event.wait) != ROTA_EAGAIN;
        case TREE_UNTIL:
                return rung(&node->u.until.alarm);
        case TREE_RETRY:
                return node->u.retry.sleeping && rung(&node->u.retry.sleep.alarm);
        case TREE_ABORTABLE:
                return node->aborted;
        default:
                return false;
        }
}

/* No wake was lost. One task each time: all take long. */
void virtual_verify_more(void)
{
        uint32_t i = virtual_random(VIRTUAL_TASKS_MAX);
        const struct tree *tree = trees[i];

        if (!tree || !v.tasks[i].used || rota_state(v.tasks[i].handle) != ROTA_TASK_PARKED)
                return;
        for (uint32_t n = 0; n < tree->count; n++)
                if (tree->nodes[n].live && has_come(&tree->nodes[n]))
                        virtual_fail(
                                "task %u is parked, and something has come for node %u of %llu", i,
                                n, (unsigned long long)tree->seed);
}

static void plant(uint32_t i)
{
        uint32_t nodes = virtual_random(50) ? 2 + virtual_random(40) : TREE_NODES_MAX;
        void *memory = calloc(1, tree_bytes(nodes));

        if (!memory)
                virtual_fail("no memory");
        trees[i] = tree_make(memory, v.random, nodes, virtual_random(4) == 0, false);
        trees[i]->handle = v.tasks[i].handle;
        (void)tree_begin(trees[i]);
        planted++;
}

static void fell(uint32_t i, intptr_t code)
{
        v.doing = "the end of a tree";
        tree_end(trees[i], code);
        free(trees[i]);
        trees[i] = NULL;
}

/* What a future task does in a turn. The poll is all of one piece here: a switch in the middle would have the rest
 * of it be another task's. */
static void take_turn(uint32_t i)
{
        struct tree *tree = trees[i];
        struct rota_poll_context context = {.waker = rota_self(), .budget = ROTA_POLL_BUDGET};

        v.doing = "poll";
        rota_guard_begin();
        enum rota_poll poll = rota_future_poll(&tree->nodes[0].shim, &context);
        if (poll == ROTA_POLL_READY)
                fell(i, tree->nodes[0].shim.value);
        rota_guard_end();
        if (rota_current() != &v.tasks[i].task)
                return; /* somebody else's turn has come: it polls once more later */
        switch (poll) {
        case ROTA_POLL_PENDING:
                v.doing = "park";
                rota_park();
                break;
        case ROTA_POLL_YIELDED:
                v.doing = "yield";
                rota_yield();
                break;
        case ROTA_POLL_READY:
                break;
        }
}

static void disturb(void)
{
        uint32_t i = virtual_random(VIRTUAL_TASKS_MAX);

        if (!trees[i])
                return;
        v.doing = "disturb";
        tree_disturb(trees[i], &v.random);
        if (virtual_random(100))
                return;
        trees[i]->cancelled = true;
        rota_cancel(trees[i]->handle);
}

static void leave(struct virtual_task *t)
{
        t->dies = true;
        virtual_exit(t);
}

void virtual_operation(void)
{
        struct virtual_task *t = virtual_current();
        uint32_t i = number_of(t);

        if (trees[i] && (v.draining || rota_cancelled())) {
                trees[i]->cancelled = true;
                v.doing = "drop";
                rota_guard_begin();
                rota_future_drop(&trees[i]->nodes[0].shim);
                fell(i, ROTA_ECANCELED);
                rota_guard_end();
                if (rota_current() != &t->task)
                        return;
        }
        if (v.draining || rota_cancelled())
                leave(t);
        else if (!trees[i])
                plant(i);
        else if (virtual_random(3) == 0)
                disturb();
        else
                take_turn(i);
}
