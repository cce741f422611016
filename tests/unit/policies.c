/* SPDX-License-Identifier: MIT */
/* The built-in policies, through their tables, against a model; and golden schedules. */
#include "model.h"

static void random_walk(const struct rota_policy *policy, uint64_t slack, uint64_t seed)
{
        static struct model m;

        model_init(&m, policy, slack);
        m.seed = seed;
        for (uint32_t round = 0; round < 30000; round++) {
                struct model_task *t = &m.tasks[chance(&m.seed, TASKS)];
                uint32_t q = chance(&m.seed, QUEUES);
                bool busy = m.queues[q].current != NULL;
                struct rota_params params = model_params(&m);
                static const uint32_t in[] = {ROTA_ENQ_NEW, ROTA_ENQ_WOKEN, ROTA_ENQ_MIGRATED,
                        ROTA_ENQ_RESTORED, ROTA_ENQ_WOKEN | ROTA_ENQ_HEAD,
                        ROTA_ENQ_WOKEN | ROTA_ENQ_AHEAD, ROTA_ENQ_NEW | ROTA_ENQ_AHEAD};
                static const uint32_t back[] = {
                        ROTA_ENQ_PREEMPTED, ROTA_ENQ_YIELDED, ROTA_ENQ_SLICE_END};

                switch (chance(&m.seed, 12)) {
                case 0:
                case 1:
                        if (t->place == OUT)
                                model_come(&m, t, q, in[chance(&m.seed, 7)]);
                        break;
                case 2:
                        if (!busy)
                                model_run(&m, q);
                        break;
                case 3:
                        if (busy)
                                model_put_back(
                                        &m, q, back[chance(&m.seed, 3)], chance(&m.seed, 3) > 0);
                        break;
                case 4:
                        if (busy && chance(&m.seed, 2))
                                model_leave(&m, q, 1 + chance(&m.seed, 3));
                        break;
                case 5:
                        model_charge(&m, q, chance(&m.seed, 700));
                        break;
                case 6:
                        if (t->place == WAITS)
                                model_move(&m, t, chance(&m.seed, QUEUES));
                        break;
                case 7:
                        model_pull(&m, q, !q);
                        break;
                case 8:
                        if (busy)
                                model_round(&m, q);
                        break;
                case 9:
                        if (busy)
                                model_sleep(
                                        &m, q, t->place == OUT && chance(&m.seed, 2) ? t : NULL);
                        break;
                case 10:
                        if (busy)
                                model_tick(&m, q, chance(&m.seed, 700));
                        break;
                default:
                        model_change(&m, t, &params);
                        break;
                }
        }
        model_fini(&m);
}

static void fifo_like_the_model(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 3; seed++)
                random_walk(&rota_policy_fifo, 0, seed);
}

static void rr_like_the_model(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 3; seed++)
                random_walk(&rota_policy_rr, seed % 2 ? 0 : 300, seed);
}

static void prio_like_the_model(void **state)
{
        (void)state;
        for (uint64_t seed = 1; seed <= 4; seed++)
                random_walk(&rota_policy_prio, seed % 2 ? 0 : 300, seed);
}

/* One runs and wakes another that goes ahead, over and over, while one is in turn: it waits for AHEAD of them,
 * or until a tick; and of several that go ahead the last comes first. */
static void ahead_within_a_bound(const struct rota_policy *policy)
{
        for (uint32_t tick = 0; tick < 2; tick++) {
                static struct model m;
                uint32_t overtaken = 0;

                model_init(&m, policy, 0);
                struct rota_params params = {.priority = 7};
                for (uint32_t i = 0; i < 4; i++)
                        model_change(&m, &m.tasks[i], &params);
                model_come(&m, &m.tasks[0], 0, ROTA_ENQ_NEW);
                model_run(&m, 0);
                model_come(&m, &m.tasks[2], 0, ROTA_ENQ_WOKEN); /* is in turn */
                for (; m.queues[0].current != &m.tasks[2] && overtaken < 1000; overtaken++) {
                        struct model_task *other = &m.tasks[m.queues[0].current == &m.tasks[0]];
                        model_come(&m, other, 0, ROTA_ENQ_WOKEN | ROTA_ENQ_AHEAD);
                        if (tick && overtaken == 4)
                                model_charge(&m, 0, 1);
                        model_sleep(&m, 0, NULL);
                }
                /* The one that it found at the tail comes after it. */
                assert_int_equal(overtaken, tick && policy->slices ? 6 : AHEAD + 1);
                assert_int_equal(m.queues[0].ready, 1);
                /* It begins anew: two go ahead of who is in turn now, the latest first. */
                model_come(&m, &m.tasks[3], 0, ROTA_ENQ_NEW | ROTA_ENQ_AHEAD);
                struct model_task *last = &m.tasks[m.tasks[0].place != OUT];
                model_come(&m, last, 0, ROTA_ENQ_WOKEN | ROTA_ENQ_AHEAD);
                model_sleep(&m, 0, NULL);
                assert_ptr_equal(m.queues[0].current, last);
                model_sleep(&m, 0, NULL);
                assert_ptr_equal(m.queues[0].current, &m.tasks[3]);
                model_fini(&m);
        }
}

static void ahead_fifo(void **state)
{
        (void)state;
        ahead_within_a_bound(&rota_policy_fifo);
}

static void ahead_rr(void **state)
{
        (void)state;
        ahead_within_a_bound(&rota_policy_rr);
}

static void ahead_prio(void **state)
{
        (void)state;
        ahead_within_a_bound(&rota_policy_prio);
}

/* Three jobs of five units each, a slice of one: they first run at 0, 1, 2 and end at 13, 14, 15. */
static void golden_round_robin(void **state)
{
        struct rota_task jobs[3];
        uint32_t left[3] = {5, 5, 5}, first[3], end[3];
        bool seen[3] = {false};
        struct rota_params none = {0};
        struct rota_queue *q = calloc(1, rota_policy_rr.queue_bytes);

        (void)state;
        assert_non_null(q);
        memset(jobs, 0, sizeof(jobs));
        q->slice_ns = 1;
        rota_policy_rr.init_queue(q);
        for (uint32_t i = 0; i < 3; i++) {
                rota_policy_rr.init_task(&jobs[i], &none);
                rota_policy_rr.enqueue(q, &jobs[i], ROTA_ENQ_NEW, 100);
                q->ready++;
        }
        struct rota_task *runs = NULL;
        for (uint32_t time = 0; time < 15; time++) {
                if (!runs) {
                        runs = rota_policy_rr.pick(q, 100 + time);
                        assert_int_equal(
                                rota_policy_rr.commit(q, runs, 100 + time), ROTA_COMMIT_RUN);
                        q->ready--;
                        q->current = runs;
                }
                uint32_t i = (uint32_t)(runs - jobs);
                if (!seen[i])
                        first[i] = time;
                seen[i] = true;
                if (q->ready)
                        assert_int_equal(
                                rota_policy_rr.next_event(q, runs, 100 + time), 101 + time);
                rota_policy_rr.charge(q, runs, 1);
                if (--left[i] == 0) {
                        end[i] = time + 1;
                        rota_policy_rr.dequeue(q, runs, ROTA_DEQ_EXIT, 101 + time);
                        runs = NULL;
                        q->current = NULL;
                } else {
                        assert_int_equal(rota_policy_rr.timer(q, runs, 101 + time), q->ready > 0);
                        runs = rota_policy_rr.next(q, runs, ROTA_ENQ_SLICE_END, 101 + time);
                        q->current = runs;
                }
        }
        for (uint32_t i = 0; i < 3; i++) {
                assert_int_equal(first[i], i);
                assert_int_equal(end[i], 13 + i);
        }
        free(q);
}

static void admission(void **state)
{
        (void)state;
        struct rota_params p = {0};
        for (uint32_t priority = 0; priority <= UINT16_MAX; priority++) {
                p.priority = (uint16_t)priority;
                assert_int_equal(rota_policy_prio.admit(&p),
                        priority <= ROTA_PRIO_LEVELS ? ROTA_OK : ROTA_EINVAL);
        }
        p.priority = 0;
        assert_null(rota_policy_rr.admit); /* these take any */
        assert_null(rota_policy_fifo.admit);
        assert_false(rota_policy_fifo.slices);
        assert_false(rota_policy_fifo.needs_time);
        assert_null(rota_policy_fifo.next_event);
}

/* Checks find what is planted: a lost task, a wrong count. */
static void checks_find(void **state)
{
        static const struct rota_policy *const policies[] = {
                &rota_policy_fifo, &rota_policy_rr, &rota_policy_prio};
        static struct model m;

        (void)state;
        for (uint32_t i = 0; i < 3; i++) {
                model_init(&m, policies[i], 0);
                model_come(&m, &m.tasks[0], 0, ROTA_ENQ_NEW);
                model_come(&m, &m.tasks[1], 0, ROTA_ENQ_NEW);
                m.queues[0].queue->ready = 3;
                assert_non_null(policies[i]->check(m.queues[0].queue));
                m.queues[0].queue->ready = 1;
                assert_non_null(policies[i]->check(m.queues[0].queue));
                m.queues[0].queue->ready = 2;
                assert_null(policies[i]->check(m.queues[0].queue));
                model_fini(&m);
        }
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fifo_like_the_model),
        cmocka_unit_test(rr_like_the_model),
        cmocka_unit_test(prio_like_the_model),
        cmocka_unit_test(ahead_fifo),
        cmocka_unit_test(ahead_rr),
        cmocka_unit_test(ahead_prio),
        cmocka_unit_test(golden_round_robin),
        cmocka_unit_test(admission),
        cmocka_unit_test(checks_find),
};

RUN(tests)
