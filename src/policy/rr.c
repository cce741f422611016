/* SPDX-License-Identifier: MIT */
/*
 * rr: round robin. One line in order of arrival; each turn lasts at most a slice, then the task goes
 * to the tail. With n runnable tasks and slice q nobody waits longer than (n - 1) q plus what
 * switching costs. A task alone on its CPU causes no timer events; its slice begins anew when the
 * first competitor arrives after it has run out.
 */
#include "policy/line.h"
#include "policy/slice.h"

struct rr_queue {
        struct rota_queue queue;
        struct rota_list line;
};

struct rr_task {
        struct rota_list node; /* first: see policy/line.h */
        struct slice slice;
};

static struct rota_list *line_of(const struct rota_queue *queue)
{
        return &((struct rr_queue *)(uintptr_t)queue)->line;
}

static struct slice *slice_of(const struct rota_task *task)
{
        return &((struct rr_task *)rota_policy_state(task))->slice;
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
        rota_list_init(line_node(task));
        slice_of(task)->own = params->slice_ns;
        slice_of(task)->left = 0;
}

static void set_params(
        struct rota_queue *queue, struct rota_task *task, const struct rota_params *params)
{
        struct slice *slice = slice_of(task);
        slice->own = params->slice_ns;
        uint64_t full = slice->own ? slice->own : queue->slice_ns;
        if (slice->left > full)
                slice->left = full;
}

static void get_params(const struct rota_task *task, struct rota_params *params)
{
        params->slice_ns = slice_of(task)->own;
}

static void enqueue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        (void)now;
        bool carries = slice_enter(queue, slice_of(task), flags);
        bool first = carries && (flags & ROTA_ENQ_REASON) == ROTA_ENQ_PREEMPTED;

        if (queue->current && rota_list_empty(line_of(queue)) &&
                slice_over(queue, slice_of(queue->current)))
                slice_fill(queue, slice_of(queue->current));
        line_put(line_of(queue), task, first || (flags & ROTA_ENQ_HEAD));
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
        if (slice_enter(queue, slice_of(prev), flags))
                return prev;
        struct rota_list *first = line->next;
        if (first == line)
                return prev;
        rota_list_push_tail(line, line_node(prev));
        rota_list_remove(first);
        return line_task(first);
}

static void charge(struct rota_queue *queue, struct rota_task *task, uint64_t ns)
{
        (void)queue;
        slice_charge(slice_of(task), ns);
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

static uint64_t next_event(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        return rota_list_empty(line_of(queue)) ? ROTA_NEVER : now + slice_of(current)->left;
}

static bool timer(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        (void)now;
        if (!slice_over(queue, slice_of(current)))
                return false;
        if (!rota_list_empty(line_of(queue)))
                return true;
        slice_fill(queue, slice_of(current));
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
                       : "rr: the line's links or length";
}

const struct rota_policy rota_policy_rr = {
        .version = ROTA_POLICY_VERSION,
        .name = "rr",
        .queue_bytes = sizeof(struct rr_queue),
        .task_bytes = sizeof(struct rr_task),
        .needs_time = true,
        .slices = true,
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
        .charge = charge,
        .preempts = preempts,
        .next_event = next_event,
        .timer = timer,
        .may_pull = may_pull,
        .pull = pull,
        .each = each,
        .check = check,
};
