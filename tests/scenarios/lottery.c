/* SPDX-License-Identifier: MIT */
/*
 * Lottery scheduling (C. A. Waldspurger and W. E. Weihl, 1994), each waiting task with one ticket:
 * a policy written from <rota/policy.h> alone, to show that the table suffices. The winner is drawn
 * whenever the set of waiting tasks changes, so that pick changes nothing.
 */
#include "harness.h"

struct ticket {
        struct rota_task *next;
        struct rota_task *previous;
        uint64_t left; /* ns of the present turn */
};

struct lottery_queue {
        struct rota_queue queue;
        struct rota_task *first;
        uint32_t count;
        uint32_t winner; /* place in the list */
        uint64_t seed;
};

static struct lottery_queue *queue_of(const struct rota_queue *queue)
{
        return (struct lottery_queue *)(uintptr_t)queue;
}

static struct ticket *ticket_of(const struct rota_task *task)
{
        return rota_policy_state(task);
}

static void draw(struct lottery_queue *q)
{
        q->seed = q->seed * 6364136223846793005u + 1442695040888963407u;
        q->winner = q->count ? (uint32_t)(q->seed >> 33) % q->count : 0;
}

static void insert(struct lottery_queue *q, struct rota_task *task)
{
        struct ticket *t = ticket_of(task);
        t->previous = NULL;
        t->next = q->first;
        if (t->next)
                ticket_of(t->next)->previous = task;
        q->first = task;
        q->count++;
        draw(q);
}

static void take_out(struct lottery_queue *q, struct rota_task *task)
{
        struct ticket *t = ticket_of(task);
        if (t->previous)
                ticket_of(t->previous)->next = t->next;
        else
                q->first = t->next;
        if (t->next)
                ticket_of(t->next)->previous = t->previous;
        q->count--;
        draw(q);
}

static void init_queue(struct rota_queue *queue)
{
        queue_of(queue)->seed = queue->cpu + 1;
}

static int admit(const struct rota_params *params)
{
        return params->priority <= ROTA_PRIO_LEVELS ? ROTA_OK : ROTA_EINVAL;
}

static void init_task(struct rota_task *task, const struct rota_params *params)
{
        (void)params;
        *ticket_of(task) = (struct ticket){0};
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
        uint32_t reason = flags & ROTA_ENQ_REASON;
        (void)now;
        if (reason != ROTA_ENQ_PREEMPTED && reason != ROTA_ENQ_MIGRATED)
                ticket_of(task)->left = 0;
        insert(queue_of(queue), task);
}

static void dequeue(struct rota_queue *queue, struct rota_task *task, uint32_t flags, uint64_t now)
{
        (void)flags;
        (void)now;
        if (task != queue->current)
                take_out(queue_of(queue), task);
}

static struct rota_task *pick(struct rota_queue *queue, uint64_t now)
{
        struct rota_task *task = queue_of(queue)->first;
        (void)now;
        for (uint32_t i = queue_of(queue)->winner; i > 0; i--)
                task = ticket_of(task)->next;
        return task;
}

static enum rota_commit commit(struct rota_queue *queue, struct rota_task *task, uint64_t now)
{
        struct ticket *t = ticket_of(task);
        (void)now;
        take_out(queue_of(queue), task);
        if (t->left <= queue->slack_ns)
                t->left = queue->slice_ns;
        return ROTA_COMMIT_RUN;
}

static void charge(struct rota_queue *queue, struct rota_task *task, uint64_t ns)
{
        struct ticket *t = ticket_of(task);
        (void)queue;
        t->left = t->left > ns ? t->left - ns : 0;
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
        return queue_of(queue)->count ? now + ticket_of(current)->left : ROTA_NEVER;
}

static bool timer(struct rota_queue *queue, struct rota_task *current, uint64_t now)
{
        (void)now;
        if (ticket_of(current)->left > queue->slack_ns)
                return false;
        if (queue_of(queue)->count)
                return true;
        ticket_of(current)->left = queue->slice_ns;
        return false;
}

static bool may_pull(
        const struct rota_queue *from, const struct rota_queue *to, const struct rota_task *next)
{
        (void)from;
        (void)to;
        return next == NULL;
}

static struct rota_task *pull(
        struct rota_queue *from, struct rota_queue *to, const struct rota_task *next, uint64_t now)
{
        (void)now;
        if (next)
                return NULL;
        for (struct rota_task *t = queue_of(from)->first; t; t = ticket_of(t)->next) {
                if (rota_affinity_allows(t->affinity, to->cpu)) {
                        take_out(queue_of(from), t);
                        return t;
                }
        }
        return NULL;
}

static void each(struct rota_queue *queue, void (*visit)(struct rota_task *, void *), void *arg)
{
        struct rota_task *next;
        for (struct rota_task *t = queue_of(queue)->first; t; t = next) {
                next = ticket_of(t)->next;
                visit(t, arg);
        }
}

static const char *verify_queue(const struct rota_queue *queue)
{
        const struct lottery_queue *q = queue_of(queue);
        uint32_t n = 0;
        for (const struct rota_task *t = q->first; t && n <= queue->ready; t = ticket_of(t)->next)
                n++;
        return n == queue->ready && n == q->count ? NULL : "lottery: the number of tickets";
}

const struct rota_policy lottery = {
        .version = ROTA_POLICY_VERSION,
        .name = "lottery",
        .queue_bytes = sizeof(struct lottery_queue),
        .task_bytes = sizeof(struct ticket),
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
        .charge = charge,
        .preempts = preempts,
        .next_event = next_event,
        .timer = timer,
        .may_pull = may_pull,
        .pull = pull,
        .each = each,
        .check = verify_queue,
};
