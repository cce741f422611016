/* SPDX-License-Identifier: MIT */
/*
 * A line: tasks that wait in order of arrival. What fifo, rr and each level of prio have in common.
 * A task's policy state begins with its node in the line.
 */
#ifndef ROTA_POLICY_LINE_H
#define ROTA_POLICY_LINE_H

#include <rota/policy.h>

#include "base/list.h"

static inline struct rota_list *line_node(struct rota_task *task)
{
        return (struct rota_list *)rota_policy_state(task);
}

static inline struct rota_task *line_task(struct rota_list *node)
{
        return rota_container(node, struct rota_task, policy_state);
}

/* Where in its line a task goes: whoever was interrupted in its turn, or is handed one, goes first. */
static inline void line_put(struct rota_list *line, struct rota_task *task, bool first)
{
        if (first)
                rota_list_push_head(line, line_node(task));
        else
                rota_list_push_tail(line, line_node(task));
}

/*
 * Who goes ahead (ROTA_ENQ_AHEAD) goes first, last come first served, while those in turn wait: a future
 * that wakes another one, or waits for those that it spawns, finds them and their data close by, and a tree
 * of them is worked through in depth. At most LINE_AHEAD_MOST go ahead of who is first in turn; then all
 * go to the tail until that one has run. A tick ends it at once (line_ahead_over), so whoever is in turn
 * waits for no more than a slice longer, however long the others' turns are.
 */
#define LINE_AHEAD_MOST 128u

struct line_ahead {
        struct rota_list *turn; /* first in turn; NULL: nobody went ahead of anybody */
        uint32_t count;         /* who went ahead of it */
};

/* Who comes ahead, or at the tail where too many did. */
static inline void line_put_ahead(
        struct rota_list *line, struct line_ahead *ahead, struct rota_task *task)
{
        bool may = !ahead->turn || ahead->count < LINE_AHEAD_MOST;

        if (!ahead->turn && !rota_list_empty(line)) {
                ahead->turn = line->next;
                ahead->count = 0;
        }
        ahead->count += may;
        line_put(line, task, may);
}

/* Nobody else goes ahead of who is first in turn. */
static inline void line_ahead_over(struct line_ahead *ahead)
{
        ahead->count = LINE_AHEAD_MOST;
}

/* A node is about to leave its line, to run here or for another reason. Whether nobody is ahead of
 * anybody from now on, where somebody was. */
static inline bool line_leaves(
        const struct rota_list *line, struct line_ahead *ahead, struct rota_list *node, bool runs)
{
        if (__builtin_expect(node != ahead->turn, 1))
                return false;
        ahead->turn = runs || node->next == line ? NULL : node->next;
        return !ahead->turn;
}

/* The first, taken out to run, or NULL. */
static inline struct rota_task *line_take_first(struct rota_list *line, struct line_ahead *ahead)
{
        struct rota_list *first = line->next;
        if (first == line)
                return NULL;
        line_leaves(line, ahead, first, true);
        line->next = first->next;
        first->next->prev = line;
        return line_task(first);
}

/* The first in turn that may run on the CPU, else one of those ahead of it, or NULL. */
static inline struct rota_task *line_first_allowed(
        struct rota_list *line, const struct line_ahead *ahead, uint32_t cpu)
{
        struct rota_list *begin = ahead->turn ? ahead->turn : line->next;

        for (struct rota_list *node = begin; node != line; node = node->next) {
                struct rota_task *task = line_task(node);
                if (rota_affinity_allows(task->affinity, cpu))
                        return task;
        }
        for (struct rota_list *node = begin->prev; node != line; node = node->prev) {
                struct rota_task *task = line_task(node);
                if (rota_affinity_allows(task->affinity, cpu))
                        return task;
        }
        return NULL;
}

/* Calls visit for each; visit may take the task out. */
static inline void line_each(
        struct rota_list *line, void (*visit)(struct rota_task *, void *), void *arg)
{
        struct rota_list *next;
        for (struct rota_list *node = line->next; node != line; node = next) {
                next = node->next;
                visit(line_task(node), arg);
        }
}

/* NULL, or what is wrong with who went ahead in a line that is sound itself. */
const char *line_ahead_check(const struct rota_list *line, const struct line_ahead *ahead);

/* ---- A queue that is one line, all of one rank: the operations of such a policy's table. ---- */

struct line_queue {
        struct rota_queue queue;
        struct rota_list line;
        struct line_ahead ahead;
};

static inline struct rota_list *line_of(const struct rota_queue *queue)
{
        return &((struct line_queue *)(uintptr_t)queue)->line;
}

static inline struct line_ahead *line_ahead_of(const struct rota_queue *queue)
{
        return &((struct line_queue *)(uintptr_t)queue)->ahead;
}

/* A waiting node leaves the queue. */
static inline void line_leaves_queue(struct rota_queue *queue, struct rota_list *node, bool runs)
{
        struct rota_list *line = line_of(queue);
        if (line_leaves(line, line_ahead_of(queue), node, runs) && !queue->timed)
                queue->line = line; /* a yield may go round again */
}

void line_init_queue(struct rota_queue *queue);
void line_dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now);
struct rota_task *line_pick(struct rota_queue *queue, uint64_t now);
enum rota_commit line_commit(struct rota_queue *queue, struct rota_task *task, uint64_t now);
bool line_may_pull(
        const struct rota_queue *from, const struct rota_queue *to, const struct rota_task *next);
struct rota_task *line_pull(
        struct rota_queue *from, struct rota_queue *to, const struct rota_task *next, uint64_t now);
void line_visit(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg);
const char *line_check(const struct rota_queue *queue);

#endif
