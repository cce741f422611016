/* SPDX-License-Identifier: MIT */
/*
 * Random trees of futures (../futures/tree.h) as tasks, while threads on all CPUs and a timer's interrupts serve
 * what they wait for, wake them for nothing, abort parts of them and cancel some. All must end, and each as the
 * model says. "seed=N" repeats the trees of that seed.
 */
#include "harness.h"

#include <rota/soft_timer.h>
#include <rota/spare.h>

#include "../futures/tree.h"

struct grove {
        struct rota_soft_timer timer; /* first */
        struct tree **trees;
        uint32_t count;
        uint32_t over; /* (atomic) */
        uint32_t interrupts;
};

static void say(const char *text, uint64_t number)
{
        char digits[24];
        uint32_t n = 0;

        while (*text)
                world_putc(*text++);
        do
                digits[n++] = (char)('0' + number % 10);
        while (number /= 10);
        while (n)
                world_putc(digits[--n]);
}

void tree_failed(struct tree *tree, const char *what, uint32_t number, int line)
{
        if (get(run.failed))
                return;
        say("\nfutures: seed=", tree->seed);
        say(" node ", number);
        say(" of kind ", number < tree->count ? tree->nodes[number].kind : TREE_KINDS);
        say(" of ", tree->count);
        say("\n", 0);
        check_at(false, "tree", line, what);
}

static uint64_t first_seed(void)
{
        static const char key[] = "seed=";
        uint64_t seed = 0;

        for (const char *at = run.world->command; *at; at++) {
                uint32_t n = 0;
                while (key[n] && at[n] == key[n])
                        n++;
                if (key[n])
                        continue;
                for (at += n; *at >= '0' && *at <= '9'; at++)
                        seed = seed * 10 + (uint64_t)(*at - '0');
                return seed;
        }
        return 1000 * run.cpus + 100 * (uint64_t)(run.setup - setups);
}

/* One of four is cancelled at some time, and some that a thread polls. */
static bool may_be_cancelled(const struct tree *tree)
{
        return tree->seed % 4 == 1 || tree->seed % 16 == 15;
}

static intptr_t disturb(struct worker *self)
{
        struct grove *grove = self->argument;
        uint64_t random = self->number + 1;

        while (!get(grove->over)) {
                struct tree *tree = grove->trees[tree_random(&random, grove->count)];
                if (!get(tree->over)) {
                        tree_disturb(tree, &random);
                        if (may_be_cancelled(tree) && tree_random(&random, 60) == 0) {
                                put(tree->cancelled, true);
                                rota_cancel(tree->handle);
                        }
                }
                if (tree_random(&random, 8) == 0)
                        rota_sleep_for(20 * ROTA_US);
                else
                        rota_yield();
        }
        return 0;
}

static bool interrupt(struct rota_soft_timer *timer)
{
        struct grove *grove = (struct grove *)timer; /* its first member */
        struct tree *tree = grove->trees[grove->interrupts++ % grove->count];

        tree_serve(tree, 1);
        return true;
}

/* A thread that waits for a tree. */
static intptr_t block(struct worker *self)
{
        struct tree *tree = self->argument;
        intptr_t value = 0;
        int result = rota_block_on(&tree->nodes[0].shim, rota_timeout_forever(), &value);

        check(result == ROTA_OK || (result == ROTA_ECANCELED && get(tree->cancelled)));
        return result == ROTA_OK ? value : result;
}

/* One in eight is polled by a thread, the others are tasks. */
static struct tree *plant(uint64_t seed, uint32_t nodes)
{
        struct tree *tree = tree_make(memory(tree_bytes(nodes)), seed, nodes, seed % 4 == 2, false);
        struct rota_task_options options = {.name = "tree", .params = run.setup->worker};
        struct rota_future *root = tree_begin(tree);

        if (seed % 8 < 7) {
                check(rota_spawn(&tree->task, root, &options, &tree->handle) == ROTA_OK);
                return tree;
        }
        struct worker *worker = worker_make(block, tree);
        tree->handle = worker->handle;
        check(rota_start(worker->handle) == ROTA_OK);
        return tree;
}

static void fell(struct tree *tree)
{
        intptr_t code = 0;

        check(rota_join(tree->handle, rota_timeout_forever(), &code) == ROTA_OK);
        put(tree->over, true);
        tree_end(tree, code);
}

/* Something of everything has happened. */
static void chance_did_its_part(const struct grove *grove)
{
        uint32_t polls = 0, events = 0, ready = 0, dropped = 0, lives = 0;

        for (uint32_t i = 0; i < grove->count; i++) {
                const struct tree *tree = grove->trees[i];
                polls += tree->polls;
                events += tree->events;
                for (uint32_t j = 0; j < tree->count; j++) {
                        lives += tree->nodes[j].lives > 1;
                        ready += tree->nodes[j].ready;
                        dropped += tree->nodes[j].dropped;
                }
        }
        check(polls > grove->count && events && ready > events);
        check(run.few || (dropped && lives));
}

static void grow(uint64_t seed, uint32_t count, uint32_t largest)
{
        struct grove *grove = memory(sizeof(*grove));
        struct worker *workers[4];
        uint32_t n = run.cpus < 4 ? run.cpus : 4;

        grove->count = count;
        grove->trees = memory(count * sizeof(grove->trees[0]));
        for (uint32_t i = 0; i < count; i++)
                grove->trees[i] =
                        plant(seed + i, i % 16 ? 3 + (uint32_t)(seed + i * 7) % 60 : largest);
        rota_soft_timer_start(&grove->timer, rota_now() + 50 * ROTA_US, 50 * ROTA_US, interrupt);
        for (uint32_t i = 0; i < n; i++) {
                workers[i] = worker_make(disturb, grove);
                workers[i]->number = i + (uint32_t)seed;
                check(rota_start(workers[i]->handle) == ROTA_OK);
        }
        for (uint32_t i = 0; i < count; i++)
                fell(grove->trees[i]);
        put(grove->over, 1);
        for (uint32_t i = 0; i < n; i++)
                worker_end(workers[i]);
        rota_soft_timer_stop(&grove->timer);
        chance_did_its_part(grove);
}

static void trees(void)
{
        uint64_t seed = first_seed();
        size_t stack = run.world->home_stacks[0].size;

        /* Some polls are preempted in the middle, and some find no spare. */
        for (uint32_t i = 0; i < 3; i++)
                check(rota_spares_add(run.rota, memory(stack), stack) == ROTA_OK);
        if (!run.all) {
                grow(seed, run.few ? 16 : 48, run.few ? 300 : TREE_NODES_MAX);
                return;
        }
        for (uint32_t i = 0; i < 10; i++)
                grow(seed + 100000 * i, 40, TREE_NODES_MAX);
}

/* An abort wakes who polls; nobody else does. */
static void abort_wakes(void)
{
        struct rota_sleep *sleep = memory(sizeof(*sleep));
        struct rota_abortable *abortable = memory(sizeof(*abortable));
        struct rota_future_task *task = memory(sizeof(*task));
        struct rota_task_options options = {.name = "abortable", .params = run.setup->worker};
        struct rota_handle handle;
        intptr_t code = 0;

        for (uint32_t i = 0; i < 20; i++) {
                struct rota_future *future = rota_abortable_init(
                        abortable, rota_sleep_init(sleep, rota_timeout_forever()));
                check(rota_spawn(task, future, &options, &handle) == ROTA_OK);
                if (i % 2)
                        until(parked(handle));
                check(rota_abort(abortable));
                check(rota_join(handle, rota_timeout_forever(), &code) == ROTA_OK);
                check(code == ROTA_ECANCELED);
                check(!rota_abort(abortable));
        }
}

const struct scenario scenarios_future_trees[] = {
        {.name = "future-trees", .run = trees},
        {.name = "future-abort", .run = abort_wakes},
        {.name = NULL},
};
