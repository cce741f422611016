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

/* The first, taken out, or NULL. */
static inline struct rota_task *line_take_first(struct rota_list *line)
{
        struct rota_list *first = line->next;
        if (first == line)
                return NULL;
        line->next = first->next;
        first->next->prev = line;
        return line_task(first);
}

/* The first that may run on the CPU, or NULL. */
static inline struct rota_task *line_first_allowed(struct rota_list *line, uint32_t cpu)
{
        rota_list_each (node, line) {
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

/* ---- A queue that is one line, all of one rank: the operations of such a policy's table. ---- */

struct line_queue {
        struct rota_queue queue;
        struct rota_list line;
};

static inline struct rota_list *line_of(const struct rota_queue *queue)
{
        return &((struct line_queue *)(uintptr_t)queue)->line;
}

void line_init_queue(struct rota_queue *queue);
int line_admit(const struct rota_params *params);
void line_dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now);
struct rota_task *line_pick(struct rota_queue *queue, uint64_t now);
enum rota_commit line_commit(struct rota_queue *queue, struct rota_task *task, uint64_t now);
bool line_preempts(struct rota_queue *queue, const struct rota_task *current,
        const struct rota_task *woken, uint64_t now);
bool line_may_pull(
        const struct rota_queue *from, const struct rota_queue *to, const struct rota_task *next);
struct rota_task *line_pull(
        struct rota_queue *from, struct rota_queue *to, const struct rota_task *next, uint64_t now);
void line_visit(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg);
const char *line_check(const struct rota_queue *queue);

#endif
