/* SPDX-License-Identifier: MIT */
/* The records of a trace, and what accounts say beside them. */
#include <rota/future.h>

#include "desk.h"

/* The records of a CPU since the last call, without their times. */
static uint32_t records(struct desk *d, uint32_t cpu, struct rota_record *out)
{
        uint32_t n = rota_ring_read(d->rings[cpu], out, DESK_RECORDS);
        assert_int_equal(d->rings[cpu]->dropped, 0);
        for (uint32_t i = 0; i < n; i++)
                assert_int_equal(out[i].cpu, cpu);
        return n;
}

static void is(const struct rota_record *r, uint16_t event, uint32_t a, uint32_t b, uint32_t c)
{
        assert_int_equal(r->event, event);
        assert_int_equal(r->a, a);
        assert_int_equal(r->b, b);
        assert_int_equal(r->c, c);
}

static void trace(void **state)
{
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];
        const struct rota_task_options urgent = {.params.priority = 1};

        /* CPU 0's boot: a new task that is switched to. */
        assert_int_equal(records(d, 0, r), 2);
        is(&r[0], ROTA_EVENT_WAKEUP_NEW, 1, 0, 0);
        is(&r[1], ROTA_EVENT_SWITCH, 0, 1, ROTA_LEFT_RUNNABLE);
        /* Task 3 preempts it, parks, is woken, and its parameters are changed. */
        struct rota_handle handle = desk_thread(d, 0, 0, &urgent);
        assert_int_equal(rota_start(handle), ROTA_OK);
        assert_int_equal(rota_park(), ROTA_OK);
        unit_port.now += 50;
        assert_int_equal(rota_wake(handle), ROTA_OK);
        const struct rota_params params = {.priority = 3};
        assert_int_equal(rota_set_params(handle, &params), ROTA_OK);
        uint32_t n = records(d, 0, r);
        assert_int_equal(n, 7);
        is(&r[0], ROTA_EVENT_WAKEUP_NEW, 3, 0, 0);
        is(&r[1], ROTA_EVENT_SWITCH, 1, 3, ROTA_LEFT_PREEMPTED);
        is(&r[2], ROTA_EVENT_SWITCH, 3, 1, ROTA_LEFT_SLEEPING);
        is(&r[3], ROTA_EVENT_WAKING, 3, 1, 0);
        is(&r[4], ROTA_EVENT_WAKEUP, 3, 0, 0);
        is(&r[5], ROTA_EVENT_SWITCH, 1, 3, ROTA_LEFT_PREEMPTED);
        is(&r[6], ROTA_EVENT_CHANGE, 3, 0, 0);
        assert_int_equal(r[4].time, 1050);
        /* It is the test: what it ran counts until now. */
        unit_port.now += 25;
        assert_int_equal(rota_cpu_time(), 25);
        struct rota_task_stats stats;
        assert_int_equal(rota_get_stats(handle, &stats), ROTA_OK);
        assert_int_equal(stats.run_ns, 25);
        assert_int_equal(stats.sleep_ns, 50);
}

/* CPU 1 runs dry and takes what waits at CPU 0. */
static void trace_of_a_migration(void **state)
{
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];
        struct rota_handle handle = desk_thread(d, 0, 0, NULL);

        rota_start(handle);
        assert_int_equal(rota_set_affinity(handle, rota_affinity_all()), ROTA_OK);
        struct rota_cpu *right = desk_play(d, 1);
        records(d, 1, r);
        assert_int_equal(rota_park(), ROTA_OK);
        for (int i = 0; i < 4 && !right->current; i++)
                assert_true(home_step(right));
        assert_ptr_equal(right->current, &d->thread[0].task);
        uint32_t n = records(d, 1, r);
        is(&r[0], ROTA_EVENT_SWITCH, 2, 0, ROTA_LEFT_SLEEPING);
        is(&r[n - 2], ROTA_EVENT_MIGRATE, 3, 0, 1);
        is(&r[n - 1], ROTA_EVENT_SWITCH, 0, 3, ROTA_LEFT_SLEEPING);
        assert_true(rota_check(&d->rota, NULL));
}

/* CPU 1 is asked to leave, has left, and joins again; the test plays its home loop. */
static void trace_of_leaving(void **state)
{
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];

        records(d, 0, r);
        records(d, 1, r);
        d->cpu[1].adopted = false;
        assert_int_equal(rota_cpu_leave(&d->rota, 1), ROTA_OK);
        assert_int_equal(records(d, 0, r), 1);
        is(&r[0], ROTA_EVENT_CPUHP_ENTER, 1, 0, 0);
        desk_play(d, 1);
        assert_true(rota_resched());
        while (home_step(&d->cpu[1]))
                ;
        uint32_t n = records(d, 1, r);
        is(&r[n - 1], ROTA_EVENT_CPUHP_EXIT, 1, 0, 0);
        d->cpu[1].online = CPU_OFFLINE;
        unit_port.booting = true;
        assert_int_equal(rota_cpu_run(&d->rota, 1), ROTA_CPU_LEFT);
        n = records(d, 1, r);
        assert_int_equal(n, 2);
        is(&r[0], ROTA_EVENT_CPUHP_ENTER, 1, 1, 0);
        is(&r[1], ROTA_EVENT_CPUHP_EXIT, 1, 1, 0);
}

/* A wake of who is not parked is told by who makes it; where its task would park, that is a wake, too. */
static void trace_of_a_token(void **state)
{
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];

        records(d, 0, r);
        assert_int_equal(rota_wake(rota_self()), ROTA_OK);
        assert_int_equal(rota_wake((struct rota_handle){5, 77}), ROTA_ESTALE);
        assert_int_equal(records(d, 0, r), 1);
        is(&r[0], ROTA_EVENT_WAKING, 1, 1, 0);
        assert_int_equal(rota_park(), ROTA_OK);
}

static enum rota_poll polls[] = {ROTA_POLL_YIELDED, ROTA_POLL_PENDING, ROTA_POLL_READY};
static uint32_t polled;

/* Wakes itself in its second poll. */
static enum rota_poll poll(struct rota_future *future, struct rota_poll_context *context)
{
        (void)future;
        unit_port.now += 10;
        if (polls[polled] == ROTA_POLL_PENDING)
                rota_wake(context->waker);
        return polls[polled++];
}

/* A future's polls, on CPU 1, whose home loop the test plays. */
static void trace_of_polls(void **state)
{
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];
        static struct rota_future_task task;
        struct rota_future future;
        const struct rota_task_options options = {
                .affinity = rota_affinity_cpu(1), .detached = true};

        rota_future_init(&future, poll, NULL);
        struct rota_cpu *right = desk_play(d, 1);
        assert_int_equal(rota_spawn(&task, &future, &options, NULL), ROTA_OK);
        assert_true(rota_future_is(&task.task));
        records(d, 1, r);
        assert_int_equal(rota_park(), ROTA_OK);
        for (polled = 0; polled < 3;) {
                if (right->current)
                        turn_take(right, right->current);
                else
                        assert_true(home_step(right));
        }
        const uint32_t n = records(d, 1, r);
        const uint32_t id = r[0].b;
        static const uint16_t events[] = {ROTA_EVENT_SWITCH, ROTA_EVENT_POLL_BEGIN,
                ROTA_EVENT_POLL_END, ROTA_EVENT_POLL_BEGIN, ROTA_EVENT_WAKING, ROTA_EVENT_POLL_END};
        for (uint32_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
                assert_int_equal(r[i].event, events[i]);
        is(&r[2], ROTA_EVENT_POLL_END, id, ROTA_POLL_YIELDED, 0);
        assert_int_equal(r[2].time, r[1].time + 10);
        is(&r[4], ROTA_EVENT_WAKING, id, id, 1);
        is(&r[5], ROTA_EVENT_POLL_END, id, ROTA_POLL_PENDING, 0);
        /* The wake that it had left for itself is the reason of its last poll. */
        uint32_t woken = 0, ends = 0;
        for (uint32_t i = 6; i < n && r[i].event != ROTA_EVENT_POLL_BEGIN; i++)
                woken += r[i].event == ROTA_EVENT_WAKEUP && r[i].a == id;
        assert_int_equal(woken, 1);
        for (uint32_t i = 6; i < n; i++)
                ends += r[i].event == ROTA_EVENT_POLL_END && r[i].a == id &&
                        r[i].b == ROTA_POLL_READY;
        assert_int_equal(ends, 1);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(trace_of_a_token, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(trace_of_polls, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(trace, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(trace_of_a_migration, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(trace_of_leaving, desk_set_up, desk_tear_down),
};

RUN(tests)
