/* SPDX-License-Identifier: MIT */
/* A queue that is one line: what fifo and rr do alike. */
#include "policy/line.h"

void line_init_queue(struct rota_queue *queue)
{
        rota_list_init(line_of(queue));
        *line_ahead_of(queue) = (struct line_ahead){NULL, 0};
}

void line_dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        (void)flags;
        (void)now;
        if (task == queue->current)
                return;
        line_leaves_queue(queue, line_node(task), false);
        rota_list_remove(line_node(task));
}

struct rota_task *line_pick(struct rota_queue *queue, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        (void)now;
        return rota_list_empty(line) ? NULL : line_task(line->next);
}

enum rota_commit line_commit(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        (void)now;
        line_leaves_queue(queue, line_node(task), true);
        rota_list_remove(line_node(task));
        return ROTA_COMMIT_RUN;
}

/* All are of one rank. */
bool line_may_pull(
        const struct rota_queue *from, const struct rota_queue *to, const struct rota_task *next)
{
        (void)from;
        (void)to;
        return next == NULL;
}

struct rota_task *line_pull(
        struct rota_queue *from, struct rota_queue *to, const struct rota_task *next, uint64_t now)
{
        (void)now;
        if (next)
                return NULL;
        struct rota_task *task = line_first_allowed(line_of(from), line_ahead_of(from), to->cpu);
        if (task) {
                line_leaves_queue(from, line_node(task), false);
                rota_list_remove(line_node(task));
        }
        return task;
}

void line_visit(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg)
{
        line_each(line_of(queue), visit, arg);
}

const char *line_check(const struct rota_queue *queue)
{
        const struct rota_list *line = line_of(queue);
        const struct line_ahead *ahead = line_ahead_of(queue);

        if (rota_list_verify(line, queue->ready) != queue->ready)
                return "a line's links or length";
        return line_ahead_check(line, ahead);
}

const char *line_ahead_check(const struct rota_list *line, const struct line_ahead *ahead)
{
        bool there = false;

        if (!ahead->turn)
                return NULL;
        rota_list_each (node, (struct rota_list *)(uintptr_t)line)
                there |= node == ahead->turn;
        if (!there)
                return "who is first in turn does not wait";
        return ahead->count > LINE_AHEAD_MOST ? "too many went ahead" : NULL;
}
