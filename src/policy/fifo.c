/* SPDX-License-Identifier: MIT */
/*
 * fifo: run to block. Who has come first runs until it parks, yields or ends; there are no slices,
 * and no operation needs the clock. All tasks are of one rank.
 */
#include "policy/line.h"

struct fifo_queue {
        struct rota_queue queue;
        struct rota_list line;
};

struct fifo_task {
        struct rota_list node;
};

static struct rota_list *line_of(const struct rota_queue *queue)
{
        return &((struct fifo_queue *)(uintptr_t)queue)->line;
}

static void init_queue(struct rota_queue *queue)
{
        rota_list_init(line_of(queue));
}

static int admit(const struct rota_params *params)
{
        (void)params;
        return ROTA_OK;
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
        line_put(line_of(queue), task,
                (flags & ROTA_ENQ_REASON) == ROTA_ENQ_PREEMPTED || (flags & ROTA_ENQ_HEAD));
}

static void dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        (void)flags;
        (void)now;
        if (task != queue->current)
                rota_list_remove(line_node(task));
}

static struct rota_task *pick(struct rota_queue *queue, uint64_t now)
{
        (void)now;
        struct rota_list *line = line_of(queue);
        return rota_list_empty(line) ? NULL : line_task(line->next);
}

static enum rota_commit commit(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        (void)queue;
        (void)now;
        rota_list_remove(line_node(task));
        return ROTA_COMMIT_RUN;
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
        rota_list_remove(first);
        return line_task(first);
}

static bool preempts(struct rota_queue *queue, const struct rota_task *current,
        const struct rota_task *woken, uint64_t now)
{
        (void)queue;
        (void)current;
        (void)woken;
        (void)now;
        return false;
}

static bool may_pull(const struct rota_queue *from, const struct rota_queue *to,
        const struct rota_task *next_one)
{
        (void)from;
        (void)to;
        return next_one == NULL;
}

static struct rota_task *pull(struct rota_queue *from, struct rota_queue *to,
        const struct rota_task *next_one, uint64_t now)
{
        (void)now;
        if (next_one)
                return NULL;
        struct rota_task *task = line_first_allowed(line_of(from), to->cpu);
        if (task)
                rota_list_remove(line_node(task));
        return task;
}

static void each(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg)
{
        line_each(line_of(queue), visit, arg);
}

static const char *check(const struct rota_queue *queue)
{
        return rota_list_verify(line_of(queue), queue->ready) == queue->ready
                       ? NULL
                       : "fifo: the line's links or length";
}

const struct rota_policy rota_policy_fifo = {
        .version = ROTA_POLICY_VERSION,
        .name = "fifo",
        .queue_bytes = sizeof(struct fifo_queue),
        .task_bytes = sizeof(struct fifo_task),
        .init_queue = init_queue,
        .admit = admit,
        .init_task = init_task,
        .set_params = set_params,
        .get_params = get_params,
        .enqueue = enqueue,
        .dequeue = dequeue,
        .pick = pick,
        .commit = commit,
        .next = next,
        .preempts = preempts,
        .may_pull = may_pull,
        .pull = pull,
        .each = each,
        .check = check,
};
