/* SPDX-License-Identifier: MIT */
/*
 * prio: 256 fixed priority levels, 1 the most urgent. At every instant the most urgent runnable task
 * runs; within a level tasks take turns by slices, or run to block by ROTA_PARAMS_FIFO (POSIX
 * SCHED_RR and SCHED_FIFO: a preempted task goes back to the head of its level, one that yields or
 * has used up its slice to the tail). All operations are O(1) by a bitmap of levels.
 *
 * For other CPUs each queue publishes the most urgent level that waits and the level that runs, so
 * that a task finds the CPU that runs the least, and a CPU that is about to run less finds it.
 */
#include "base/atomic.h"
#include "base/bitmap.h"
#include "policy/line.h"
#include "policy/prio.h"
#include "policy/prio_levels.h"
#include "policy/slice.h"

static void init_queue(struct rota_queue *queue)
{
        struct prio_queue *q = queue_of(queue);
        for (uint32_t w = 0; w < ROTA_BITMAP_WORDS(LEVELS); w++)
                q->levels[w] = 0;
        for (uint32_t i = 0; i < LEVELS; i++)
                rota_list_init(&q->lines[i]);
        q->waiting = LEVELS;
        q->running = LEVELS;
        q->sliced = 0;
        q->ahead = (struct line_ahead){NULL, 0};
}

static int admit(const struct rota_params *params)
{
        return params->priority <= LEVELS ? ROTA_OK : ROTA_EINVAL;
}

static void set_level(struct prio_task *t)
{
        rota_atomic_store(&t->level, t->own < t->lent ? t->own : t->lent);
}

static void take_params(struct prio_task *t, const struct rota_params *params)
{
        t->own = (uint16_t)((params->priority ? params->priority : ROTA_PRIO_DEFAULT) - 1);
        set_level(t);
        t->fifo = params->flags & ROTA_PARAMS_FIFO;
        t->slice.own = params->slice_ns;
}

static void init_task(struct rota_task *task, const struct rota_params *params)
{
        struct prio_task *t = state_of(task);
        rota_list_init(&t->node);
        t->slice.left = 0;
        t->here = false;
        t->lent = LEVELS;
        take_params(t, params);
}

static void set_params(
        struct rota_queue *queue, struct rota_task *task, const struct rota_params *params)
{
        struct prio_queue *q = queue_of(queue);
        struct prio_task *t = state_of(task);
        bool here = t->here;
        attach(q, t, false);
        take_params(t, params);
        attach(q, t, here);
        uint64_t full = t->slice.own ? t->slice.own : queue->slice_ns;
        if (t->slice.left > full)
                t->slice.left = full;
        if (task == queue->current)
                publish_running(q, t->level);
}

static void get_params(const struct rota_task *task, struct rota_params *params)
{
        const struct prio_task *t = state_of(task);
        params->priority = t->own + 1;
        params->flags = t->fifo ? ROTA_PARAMS_FIFO : 0;
        params->slice_ns = t->slice.own;
}

static uint64_t urgency(const struct rota_task *task)
{
        return rota_atomic_load(&state_of(task)->level);
}

static void inherit(struct rota_queue *queue, struct rota_task *task, uint64_t lent)
{
        struct prio_task *t = state_of(task);
        t->lent = lent < LEVELS ? (uint16_t)lent : LEVELS;
        set_level(t);
        if (task == queue->current)
                publish_running(queue_of(queue), t->level);
}

static uint32_t select_cpu(const struct rota *view, const struct rota_task *task, uint32_t last)
{
        uint32_t mine = state_of(task)->level;
        uint32_t best = UINT32_MAX;
        uint32_t least = mine;
        uint32_t cpus = rota_view_cpus(view);

        for (uint32_t i = 0; i < cpus; i++) {
                uint32_t cpu = last + i < cpus ? last + i : last + i - cpus;
                if (!rota_affinity_allows(task->affinity, cpu) || !rota_view_online(view, cpu))
                        continue;
                uint32_t level = LEVELS;
                if (rota_view_running_class(view, cpu) < task->class_index)
                        continue;
                if (rota_view_running_class(view, cpu) == task->class_index)
                        level = rota_atomic_load(
                                &queue_of(rota_view_queue(view, cpu, task->class_index))->running);
                if (level > least) {
                        best = cpu;
                        least = level;
                        if (i == 0)
                                break; /* where it last ran it would run now */
                }
        }
        return best;
}

static void enqueue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        struct prio_task *t = state_of(task);
        uint32_t reason = flags & ROTA_ENQ_REASON;
        (void)now;

        attach(q, t, true);
        bool first = reason == ROTA_ENQ_PREEMPTED;
        if (!t->fifo)
                first = slice_enter(queue, &t->slice, flags) && first;

        if (task == queue->current) {
                publish_running(q, LEVELS);
        } else if (queue->current) {
                /* The first rival of its level begins a full slice for who ran alone too long. */
                struct prio_task *c = state_of(queue->current);
                if (c->level == t->level && !c->fifo && rota_list_empty(&q->lines[c->level]) &&
                        slice_over(queue, &c->slice))
                        slice_fill(queue, &c->slice);
        }
        if (flags & ROTA_ENQ_AHEAD)
                put_ahead(q, task);
        else
                put_in(q, task, first || (flags & ROTA_ENQ_HEAD));
}

static void dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        (void)flags;
        (void)now;
        if (task == queue->current)
                publish_running(q, LEVELS);
        else
                take_out(q, task, false);
        attach(q, state_of(task), false);
}

static struct rota_task *pick(struct rota_queue *queue, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        uint32_t first = rota_atomic_load(&q->waiting);
        (void)now;
        return first == LEVELS ? NULL : line_task(q->lines[first].next);
}

static enum rota_commit commit(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        (void)now;
        take_out(q, task, true);
        publish_running(q, state_of(task)->level);
        return ROTA_COMMIT_RUN;
}

static struct rota_task *next(
        struct rota_queue *queue, struct rota_task *prev, uint32_t flags, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        struct prio_task *t = state_of(prev);
        uint32_t first = rota_atomic_load(&q->waiting);
        bool over = (flags & ROTA_ENQ_REASON) != ROTA_ENQ_PREEMPTED;
        (void)now;

        if (!t->fifo)
                over = !slice_enter(queue, &t->slice, flags);
        if (first > t->level || (first == t->level && !over))
                return prev;
        struct rota_task *task = line_task(q->lines[first].next);
        put_in(q, prev, !over);
        take_out(q, task, true);
        publish_running(q, first);
        return task;
}

static bool arrive(struct rota_queue *queue, struct rota_task *current, struct rota_task *woken)
{
        struct prio_queue *q = queue_of(queue);
        const struct prio_task *c = state_of(current);
        struct prio_task *t = state_of(woken);

        if (!t->fifo || t->level >= c->level) {
                enqueue(queue, woken, ROTA_ENQ_WOKEN, 0);
                return false;
        }
        t->here = true;
        put_in(q, current, true); /* its turn is not over */
        publish_running(q, t->level);
        return true;
}

static struct rota_task *sleep(
        struct rota_queue *queue, struct rota_task *prev, struct rota_task *handed, uint64_t now)
{
        struct prio_queue *q = queue_of(queue);
        uint32_t first = rota_atomic_load(&q->waiting);

        attach(q, state_of(prev), false);
        if (handed) {
                struct prio_task *t = state_of(handed);
                if (t->level <= first) {
                        attach(q, t, true);
                        if (!t->fifo)
                                slice_fill(queue, &t->slice);
                        publish_running(q, t->level);
                        return handed;
                }
                enqueue(queue, handed, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD, now);
        }
        publish_running(q, first);
        if (first == LEVELS)
                return NULL;
        struct rota_task *task = line_task(q->lines[first].next);
        take_out(q, task, true);
        return task;
}

static void charge(struct rota_queue *queue, struct rota_task *task, uint64_t ns)
{
        struct prio_task *t = state_of(task);
        (void)queue;
        if (!t->fifo)
                slice_charge(&t->slice, ns);
}

static bool preempts(struct rota_queue *queue, const struct rota_task *current,
        const struct rota_task *woken, uint64_t now)
{
        (void)queue;
        (void)now;
        return state_of(woken)->level < state_of(current)->level;
}

static uint64_t next_event(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        const struct prio_task *t = state_of(current);
        if (t->fifo || rota_list_empty(&queue_of(queue)->lines[t->level]))
                return ROTA_NEVER;
        return now + t->slice.left;
}

static bool timer(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        struct prio_task *t = state_of(current);
        (void)now;
        line_ahead_over(&queue_of(queue)->ahead);
        if (t->fifo || !slice_over(queue, &t->slice))
                return false;
        if (!rota_list_empty(&queue_of(queue)->lines[t->level]))
                return true;
        slice_fill(queue, &t->slice);
        return false;
}

static bool may_pull(const struct rota_queue *from, const struct rota_queue *to,
        const struct rota_task *next_one)
{
        (void)to;
        uint32_t level = next_one ? state_of(next_one)->level : LEVELS;
        return rota_atomic_load(&queue_of(from)->waiting) < level;
}

static struct rota_task *pull(struct rota_queue *from, struct rota_queue *to,
        const struct rota_task *next_one, uint64_t now)
{
        struct prio_queue *q = queue_of(from);
        uint32_t limit = next_one ? state_of(next_one)->level : LEVELS;
        (void)now;

        for (uint32_t w = 0; w < ROTA_BITMAP_WORDS(LEVELS); w++) {
                for (uintptr_t word = q->levels[w]; word; word &= word - 1) {
                        uint32_t level = w * ROTA_WORD_BITS + rota_lowest_bit(word);
                        if (level >= limit)
                                return NULL;
                        /* Who is ahead in another level's line says nothing of this one. */
                        struct line_ahead none = {NULL, 0};
                        struct rota_list *turn = q->ahead.turn;
                        bool here = turn && state_of(line_task(turn))->level == level;
                        struct rota_task *task = line_first_allowed(
                                &q->lines[level], here ? &q->ahead : &none, to->cpu);
                        if (task) {
                                take_out(q, task, false);
                                attach(q, state_of(task), false);
                                return task;
                        }
                }
        }
        return NULL;
}

static void each(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg)
{
        for (uint32_t i = 0; i < LEVELS; i++)
                line_each(&queue_of(queue)->lines[i], visit, arg);
}

const struct rota_policy rota_policy_prio = {
        .version = ROTA_POLICY_VERSION,
        .name = "prio",
        .queue_bytes = sizeof(struct prio_queue),
        .task_bytes = sizeof(struct prio_task),
        .slices = true,
        .init_queue = init_queue,
        .admit = admit,
        .init_task = init_task,
        .set_params = set_params,
        .get_params = get_params,
        .urgency = urgency,
        .inherit = inherit,
        .select_cpu = select_cpu,
        .enqueue = enqueue,
        .dequeue = dequeue,
        .pick = pick,
        .commit = commit,
        .next = next,
        .arrive = arrive,
        .sleep = sleep,
        .charge = charge,
        .preempts = preempts,
        .next_event = next_event,
        .timer = timer,
        .may_pull = may_pull,
        .pull = pull,
        .each = each,
        .check = prio_check,
        .lists = LEVELS,
        .lists_at = offsetof(struct prio_queue, lines),
};
