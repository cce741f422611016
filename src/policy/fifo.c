/* SPDX-License-Identifier: MIT */
/*
 * fifo: run to block. Who has come first runs until it parks, yields or ends; there are no slices,
 * and no operation needs the clock. All tasks are of one rank.
 */
#include "policy/line.h"

struct fifo_task {
        struct rota_list node;
};

static void init_queue(struct rota_queue *queue)
{
        line_init_queue(queue);
        queue->line = line_of(queue);
}

static void init_task(struct rota_task *task, const struct rota_params *params)
{
        (void)params;
        rota_list_init(line_node(task));
}

static void set_params(
        struct rota_queue *queue, struct rota_task *task, const struct rota_params *params)
{
        (void)queue;
        (void)task;
        (void)params;
}

static void get_params(const struct rota_task *task, struct rota_params *params)
{
        (void)task;
        (void)params;
}

static void enqueue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        (void)now;
        if (__builtin_expect(flags <= ROTA_ENQ_REASON && flags != ROTA_ENQ_PREEMPTED, 1)) {
                rota_list_push_tail(line_of(queue), line_node(task));
                return;
        }
        if (flags & ROTA_ENQ_AHEAD) {
                line_put_ahead(line_of(queue), line_ahead_of(queue), task);
                queue->line = line_ahead_of(queue)->turn ? NULL : line_of(queue);
                return;
        }
        line_put(line_of(queue), task,
                (flags & ROTA_ENQ_REASON) == ROTA_ENQ_PREEMPTED || (flags & ROTA_ENQ_HEAD));
}

static struct rota_task *next(
        struct rota_queue *queue, struct rota_task *prev, uint32_t flags, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        (void)now;
        if ((flags & ROTA_ENQ_REASON) == ROTA_ENQ_PREEMPTED)
                return prev;
        struct rota_list *first = line->next;
        rota_list_push_tail(line, line_node(prev));
        if (first == line)
                first = line_node(prev);
        line_leaves_queue(queue, first, true);
        rota_list_remove(first);
        return line_task(first);
}

static struct rota_task *sleep(
        struct rota_queue *queue, struct rota_task *prev, struct rota_task *handed, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        (void)prev;
        (void)now;
        if (handed || rota_list_empty(line))
                return handed;
        struct rota_list *first = line->next;
        line_leaves_queue(queue, first, true);
        rota_list_remove(first);
        return line_task(first);
}

const struct rota_policy rota_policy_fifo = {
        .version = ROTA_POLICY_VERSION,
        .name = "fifo",
        .queue_bytes = sizeof(struct line_queue),
        .task_bytes = sizeof(struct fifo_task),
        .init_queue = init_queue,
        .init_task = init_task,
        .set_params = set_params,
        .get_params = get_params,
        .enqueue = enqueue,
        .dequeue = line_dequeue,
        .pick = line_pick,
        .commit = line_commit,
        .next = next,
        .sleep = sleep,
        .may_pull = line_may_pull,
        .pull = line_pull,
        .each = line_visit,
        .check = line_check,
        .lists = 1,
        .lists_at = offsetof(struct line_queue, line),
};
