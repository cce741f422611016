/* SPDX-License-Identifier: MIT */
/*
 * rr: round robin. One line in order of arrival; each turn lasts at most a slice, then the task goes
 * to the tail. With n runnable tasks and slice q nobody waits longer than (n - 1) q plus what
 * switching costs. A task alone on its CPU causes no timer events; its slice begins anew when the
 * first competitor arrives after it has run out. Futures that wake each other may go ahead of others: that
 * is bounded (policy/line.h).
 */
#include "policy/line.h"
#include "policy/slice.h"

struct rr_task {
        struct rota_list node; /* first: see policy/line.h */
        struct slice slice;
};

static struct slice *slice_of(const struct rota_task *task)
{
        return &((struct rr_task *)rota_policy_state(task))->slice;
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
        if (flags & ROTA_ENQ_AHEAD)
                line_put_ahead(line_of(queue), line_ahead_of(queue), task);
        else
                line_put(line_of(queue), task, first || (flags & ROTA_ENQ_HEAD));
}

static struct rota_task *next(
        struct rota_queue *queue, struct rota_task *prev, uint32_t flags, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        if (slice_enter(queue, slice_of(prev), flags))
                return prev;
        struct rota_list *first = line->next;
        if (first == line)
                return prev;
        line_leaves(line, line_ahead_of(queue), first, true);
        rota_list_rotate(line, line_node(prev));
        struct rota_task *task = line_task(first);
        queue->event_ns = now + slice_of(task)->left; /* prev waits */
        return task;
}

static struct rota_task *sleep(
        struct rota_queue *queue, struct rota_task *prev, struct rota_task *handed, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        struct rota_task *task = handed;

        (void)prev;
        if (handed)
                slice_fill(queue, slice_of(handed));
        else
                task = line_take_first(line, line_ahead_of(queue));
        if (task)
                queue->event_ns = rota_list_empty(line) ? ROTA_NEVER : now + slice_of(task)->left;
        return task;
}

static void charge(struct rota_queue *queue, struct rota_task *task, uint64_t ns)
{
        (void)queue;
        slice_charge(slice_of(task), ns);
}

static uint64_t next_event(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        return rota_list_empty(line_of(queue)) ? ROTA_NEVER : now + slice_of(current)->left;
}

static bool timer(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        (void)now;
        line_ahead_over(line_ahead_of(queue));
        if (!slice_over(queue, slice_of(current)))
                return false;
        if (!rota_list_empty(line_of(queue)))
                return true;
        slice_fill(queue, slice_of(current));
        return false;
}

static struct rota_task *tick(
        struct rota_queue *queue, struct rota_task *current, uint64_t ns, uint64_t now)
{
        struct rota_list *line = line_of(queue);
        struct slice *slice = slice_of(current);

        slice_charge(slice, ns);
        bool over = slice_over(queue, slice);
        line_ahead_over(line_ahead_of(queue));
        if (over)
                slice_fill(queue, slice);
        if (rota_list_empty(line)) {
                queue->event_ns = ROTA_NEVER;
                return current;
        }
        if (over) {
                line_leaves(line, line_ahead_of(queue), line->next, true);
                current = line_task(rota_list_rotate(line, line_node(current)));
        }
        queue->event_ns = now + slice_of(current)->left;
        return current;
}

const struct rota_policy rota_policy_rr = {
        .version = ROTA_POLICY_VERSION,
        .name = "rr",
        .queue_bytes = sizeof(struct line_queue),
        .task_bytes = sizeof(struct rr_task),
        .needs_time = true,
        .slices = true,
        .init_queue = line_init_queue,
        .init_task = init_task,
        .set_params = set_params,
        .get_params = get_params,
        .enqueue = enqueue,
        .dequeue = line_dequeue,
        .pick = line_pick,
        .commit = line_commit,
        .next = next,
        .sleep = sleep,
        .charge = charge,
        .next_event = next_event,
        .timer = timer,
        .tick = tick,
        .may_pull = line_may_pull,
        .pull = line_pull,
        .each = line_visit,
        .check = line_check,
        .lists = 1,
        .lists_at = offsetof(struct line_queue, line),
};
