/* SPDX-License-Identifier: MIT */
#include "base/list.h"
#include "model.h"

static void take_params(struct model *m, struct model_task *t, const struct rota_params *p)
{
        t->level = m->levels ? (p->priority ? p->priority : ROTA_PRIO_DEFAULT) - 1u : 0;
        t->fifo = !m->slices || (m->levels && (p->flags & ROTA_PARAMS_FIFO));
        t->own = p->slice_ns;
}

static uint64_t full(const struct model_task *t)
{
        return t->own ? t->own : SLICE;
}

static bool over(const struct model *m, const struct model_task *t)
{
        return t->left <= m->slack;
}

struct rota_params model_params(struct model *m)
{
        struct rota_params p = {0};
        if (m->levels) {
                static const uint16_t some[] = {0, 1, 2, 64, 65, 127, 128, 200, 255, 256};
                p.priority = some[chance(&m->seed, 10)];
                p.flags = chance(&m->seed, 3) == 0 ? ROTA_PARAMS_FIFO : 0;
        }
        p.slice_ns = chance(&m->seed, 2) ? 0 : 600 + chance(&m->seed, 3000);
        return p;
}

void model_init(struct model *m, const struct rota_policy *policy, uint64_t slack)
{
        memset(m, 0, sizeof(*m));
        m->policy = policy;
        m->levels = policy == &rota_policy_prio;
        m->slices = policy->slices;
        m->slack = slack;
        m->now = 1000000;
        for (uint32_t i = 0; i < QUEUES; i++) {
                struct rota_queue *q = calloc(1, policy->queue_bytes);
                assert_non_null(q);
                q->policy = policy;
                q->cpu = i;
                q->slack_ns = slack;
                q->slice_ns = SLICE;
                q->timed = policy->needs_time;
                policy->init_queue(q);
                m->queues[i].queue = q;
        }
        for (uint32_t i = 0; i < TASKS; i++) {
                struct rota_params p = model_params(m);
                assert_true(!policy->admit || policy->admit(&p) == ROTA_OK);
                policy->init_task(&m->tasks[i].task, &p);
                take_params(m, &m->tasks[i], &p);
        }
}

void model_fini(struct model *m)
{
        for (uint32_t i = 0; i < QUEUES; i++)
                free(m->queues[i].queue);
}

static void ready(struct model_queue *q, int n)
{
        q->ready += (uint32_t)n;
        q->queue->ready = q->ready;
}

static void insert(struct model_queue *q, struct model_task *t, bool first)
{
        struct model_task **line = q->line[t->level];
        uint32_t *length = &q->length[t->level];
        if (first)
                memmove(line + 1, line, (*length)++ * sizeof(line[0]));
        else
                (*length)++;
        line[first ? 0 : *length - 1] = t;
        t->place = WAITS;
        t->queue = (uint32_t)q->queue->cpu;
        ready(q, 1);
}

/* To run, or for another reason. */
static void take_out(struct model_queue *q, struct model_task *t, bool runs)
{
        struct model_task **line = q->line[t->level];
        uint32_t at = 0;
        while (line[at] != t)
                at++;
        if (t == q->turn)
                q->turn = !runs && at + 1 < q->length[t->level] ? line[at + 1] : NULL;
        memmove(line + at, line + at + 1, (--q->length[t->level] - at) * sizeof(line[0]));
        t->place = OUT;
        ready(q, -1);
}

static struct model_task *best(struct model_queue *q)
{
        for (uint32_t i = 0; i < ROTA_PRIO_LEVELS; i++)
                if (q->length[i])
                        return q->line[i][0];
        return NULL;
}

/* Does it go before others of its level? At most AHEAD do, before one of them that is in turn. */
static bool goes_ahead(struct model_queue *q, const struct model_task *t)
{
        const struct model_task *first = best(q);

        if (q->turn && q->turn->level != t->level)
                return false;
        if (q->current ? q->current->level != t->level : first && first->level < t->level)
                return false;
        if (!q->turn && q->length[t->level]) {
                q->turn = q->line[t->level][0];
                q->ahead = 0;
        }
        return !q->turn || q->ahead++ < AHEAD;
}

/* The rules of entering, in the model only. */
static void enter(struct model *m, struct model_queue *q, struct model_task *t, uint32_t flags)
{
        uint32_t reason = flags & ROTA_ENQ_REASON;
        bool keeps = reason == ROTA_ENQ_PREEMPTED || reason == ROTA_ENQ_MIGRATED ||
                     reason == ROTA_ENQ_CHANGED || reason == ROTA_ENQ_RESTORED;
        bool first = reason == ROTA_ENQ_PREEMPTED;
        if (!t->fifo && (!keeps || over(m, t))) {
                t->left = full(t);
                first = false;
        }
        struct model_task *c = q->current;
        if (c && c != t && !c->fifo && c->level == t->level && q->length[t->level] == 0 &&
                over(m, c))
                c->left = full(c); /* its first rival */
        first |= (flags & ROTA_ENQ_HEAD) != 0;
        if (flags & ROTA_ENQ_AHEAD)
                first = goes_ahead(q, t);
        insert(q, t, first);
}

void model_come(struct model *m, struct model_task *t, uint32_t queue, uint32_t flags)
{
        struct model_queue *q = &m->queues[queue];
        m->policy->enqueue(q->queue, &t->task, flags, m->now);
        enter(m, q, t, flags);
        model_compare(m);
}

void model_run(struct model *m, uint32_t queue)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *t = best(q);
        struct rota_task *picked = m->policy->pick(q->queue, m->now);

        assert_ptr_equal(picked, t ? &t->task : NULL);
        if (!t)
                return;
        assert_int_equal(m->policy->commit(q->queue, picked, m->now), ROTA_COMMIT_RUN);
        take_out(q, t, true);
        t->place = RUNS;
        q->current = t;
        q->queue->current = picked;
        model_compare(m);
}

void model_put_back(struct model *m, uint32_t queue, uint32_t flags, bool fused)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *t = q->current;

        if (!fused) {
                m->policy->enqueue(q->queue, &t->task, flags, m->now);
                q->current = NULL;
                q->queue->current = NULL;
                enter(m, q, t, flags);
                model_compare(m);
                return;
        }
        q->queue->event_ns = 0;
        struct rota_task *next = m->policy->next(q->queue, &t->task, flags, m->now);
        q->current = NULL;
        enter(m, q, t, flags);
        struct model_task *expected = best(q);
        take_out(q, expected, true);
        expected->place = RUNS;
        assert_ptr_equal(next, &expected->task);
        q->current = expected;
        q->queue->current = next;
        if (q->queue->event_ns)
                assert_true(q->queue->event_ns == m->policy->next_event(q->queue, next, m->now));
        model_compare(m);
}

void model_round(struct model *m, uint32_t queue)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *t = q->current;
        struct rota_list *line = q->queue->line;

        if (!line)
                return;
        assert_false(q->queue->timed);
        struct rota_task *next = &t->task;
        if (!rota_list_empty(line))
                next = rota_container(rota_list_rotate(line, rota_policy_state(next)),
                        struct rota_task, policy_state);
        q->current = NULL;
        enter(m, q, t, ROTA_ENQ_YIELDED);
        struct model_task *expected = best(q);
        take_out(q, expected, true);
        expected->place = RUNS;
        assert_ptr_equal(next, &expected->task);
        q->current = expected;
        q->queue->current = next;
        model_compare(m);
}

void model_sleep(struct model *m, uint32_t queue, struct model_task *handed)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *t = q->current;

        q->queue->current = NULL;
        q->queue->event_ns = 0;
        struct rota_task *next =
                m->policy->sleep(q->queue, &t->task, handed ? &handed->task : NULL, m->now);
        t->place = OUT;
        q->current = NULL;
        if (handed)
                enter(m, q, handed, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD);
        struct model_task *expected = best(q);
        assert_ptr_equal(next, expected ? &expected->task : NULL);
        if (expected) {
                take_out(q, expected, true);
                expected->place = RUNS;
        }
        q->current = expected;
        q->queue->current = next;
        if (next && q->queue->event_ns)
                assert_true(q->queue->event_ns == m->policy->next_event(q->queue, next, m->now));
        model_compare(m);
}

void model_leave(struct model *m, uint32_t queue, uint32_t flags)
{
        struct model_queue *q = &m->queues[queue];
        m->policy->dequeue(q->queue, &q->current->task, flags, m->now);
        q->current->place = OUT;
        q->current = NULL;
        q->queue->current = NULL;
        model_compare(m);
}

void model_charge(struct model *m, uint32_t queue, uint64_t ns)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *c = q->current;

        m->now += ns;
        if (!c || !m->policy->charge)
                return;
        m->policy->charge(q->queue, &c->task, ns);
        if (!c->fifo)
                c->left = c->left > ns ? c->left - ns : 0;
        q->ahead = AHEAD; /* a tick: nobody else goes ahead */
        bool ends = m->policy->timer(q->queue, &c->task, m->now);
        bool due = !c->fifo && over(m, c) && q->length[c->level] > 0;
        assert_int_equal(ends, due);
        if (!c->fifo && over(m, c) && !due)
                c->left = full(c);
        model_compare(m);
}

void model_tick(struct model *m, uint32_t queue, uint64_t ns)
{
        struct model_queue *q = &m->queues[queue];
        struct model_task *c = q->current;
        struct model_task *expected = c;

        if (!m->policy->tick)
                return;
        m->now += ns;
        q->queue->event_ns = 0;
        struct rota_task *next = m->policy->tick(q->queue, &c->task, ns, m->now);
        q->ahead = AHEAD;
        c->left = c->left > ns ? c->left - ns : 0;
        if (!c->fifo && over(m, c)) {
                c->left = full(c);
                if (q->length[c->level] > 0) {
                        q->current = NULL;
                        enter(m, q, c, ROTA_ENQ_SLICE_END);
                        expected = best(q);
                        take_out(q, expected, true);
                        expected->place = RUNS;
                }
        }
        assert_ptr_equal(next, &expected->task);
        q->current = expected;
        q->queue->current = next;
        if (q->queue->event_ns)
                assert_true(q->queue->event_ns == m->policy->next_event(q->queue, next, m->now));
        model_compare(m);
}

void model_move(struct model *m, struct model_task *t, uint32_t to)
{
        struct model_queue *q = &m->queues[t->queue];
        m->policy->dequeue(q->queue, &t->task, ROTA_DEQ_MIGRATE, m->now);
        take_out(q, t, false);
        model_come(m, t, to, ROTA_ENQ_MIGRATED);
}

void model_pull(struct model *m, uint32_t from, uint32_t to)
{
        struct model_queue *f = &m->queues[from];
        struct model_queue *q = &m->queues[to];
        struct model_task *next = q->current;
        struct model_task *wanted = best(f);

        if (wanted && f->turn && f->turn->level == wanted->level)
                wanted = f->turn; /* who went ahead of it stays */
        if (next && wanted && (!m->levels || wanted->level >= next->level))
                wanted = NULL;
        bool may = m->policy->may_pull(f->queue, q->queue, next ? &next->task : NULL);
        /* The filter may be wrong only in one direction. */
        assert_true(may || !wanted);
        struct rota_task *got =
                m->policy->pull(f->queue, q->queue, next ? &next->task : NULL, m->now);
        assert_ptr_equal(got, wanted ? &wanted->task : NULL);
        if (!wanted)
                return;
        take_out(f, wanted, false);
        model_come(m, wanted, to, ROTA_ENQ_MIGRATED);
}

void model_change(struct model *m, struct model_task *t, const struct rota_params *params)
{
        struct model_queue *q = &m->queues[t->queue];
        bool waits = t->place == WAITS;
        struct rota_params back = {0};

        if (waits) {
                m->policy->dequeue(q->queue, &t->task, ROTA_DEQ_CHANGE, m->now);
                take_out(q, t, false);
        }
        m->policy->set_params(q->queue, &t->task, params);
        take_params(m, t, params);
        if (t->left > full(t))
                t->left = full(t);
        if (waits) {
                m->policy->enqueue(q->queue, &t->task, ROTA_ENQ_CHANGED, m->now);
                enter(m, q, t, ROTA_ENQ_CHANGED);
        }
        m->policy->get_params(&t->task, &back);
        if (m->levels)
                assert_int_equal(back.priority, t->level + 1);
        if (m->levels)
                assert_int_equal(back.flags & ROTA_PARAMS_FIFO, t->fifo ? ROTA_PARAMS_FIFO : 0);
        if (m->slices)
                assert_int_equal(back.slice_ns, params->slice_ns);
        model_compare(m);
}

static void count(struct rota_task *task, void *argument)
{
        assert_int_equal(((struct model_task *)task)->place, WAITS);
        ++*(uint32_t *)argument;
}

void model_compare(struct model *m)
{
        for (uint32_t i = 0; i < QUEUES; i++) {
                struct model_queue *q = &m->queues[i];
                struct model_task *first = best(q);
                struct model_task *c = q->current;
                uint32_t n = 0;

                assert_null(m->policy->check(q->queue));
                m->policy->each(q->queue, count, &n);
                assert_int_equal(n, q->ready);
                assert_ptr_equal(m->policy->pick(q->queue, m->now), first ? &first->task : NULL);
                if (c && m->policy->next_event) {
                        bool rival = !c->fifo && q->length[c->level] > 0;
                        uint64_t event = m->policy->next_event(q->queue, &c->task, m->now);
                        assert_true(event == (rival ? m->now + c->left : ROTA_NEVER));
                        /* Whoever counts slices has the clock. */
                        assert_true(!rival || q->queue->timed);
                }
                if (c && first)
                        assert_int_equal(
                                m->policy->preempts && m->policy->preempts(q->queue, &c->task,
                                                               &first->task, m->now),
                                m->levels && first->level < c->level);
        }
}
