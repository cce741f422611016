/* SPDX-License-Identifier: MIT */
/* What a trace tells of the polls of what user tasks await. */
#include "user_script.h"

/* The polls in CPU 0's trace since the last call. */
static uint32_t polls_of(struct desk *d, struct rota_record *out)
{
        struct rota_record r[DESK_RECORDS];
        uint32_t n = rota_ring_read(d->rings[0], r, DESK_RECORDS);
        uint32_t count = 0;

        assert_int_equal(d->rings[0]->dropped, 0);
        for (uint32_t i = 0; i < n; i++)
                if (r[i].event == ROTA_EVENT_POLL_BEGIN || r[i].event == ROTA_EVENT_POLL_END)
                        out[count++] = r[i];
        return count;
}

static void begins(const struct rota_record *r, uint32_t trap, uint32_t number)
{
        assert_int_equal(r->event, ROTA_EVENT_POLL_BEGIN);
        assert_int_equal(r->a, user_handle.index + 1);
        assert_int_equal(r->b, trap);
        assert_int_equal(r->c, number);
}

static void ends(const struct rota_record *r, uint32_t answer)
{
        assert_int_equal(r->event, ROTA_EVENT_POLL_END);
        assert_int_equal(r->a, user_handle.index + 1);
        assert_int_equal(r->b, answer);
        assert_int_equal(r->c, 0);
}

static struct rota_cpu *starts(struct desk *d, const int *does)
{
        script = does;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        return cpu;
}

static void goes_on(struct rota_cpu *cpu)
{
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
}

/* A call that waits is polled for its trap, and for each wake; what is served at once is not polled. */
static void trace_of_calls(void **state)
{
        static const int does[] = {NOTHING, WAIT, NOTHING, WAIT, END};
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];

        seen.timeout = rota_timeout_after(5000);
        struct rota_cpu *cpu = starts(d, does);
        assert_int_equal(polls_of(d, r), 2);
        begins(&r[0], ROTA_TRAP_SYSCALL + 1, WAIT);
        ends(&r[1], ROTA_POLL_PENDING);
        assert_int_equal(rota_wake(user_handle), ROTA_OK);
        goes_on(cpu);
        assert_int_equal(polls_of(d, r), 2);
        begins(&r[0], 0, 0);
        ends(&r[1], ROTA_POLL_PENDING);
        unit_port.now += 5000;
        rota_timer_irq();
        goes_on(cpu); /* it is ready, and so is not the next */
        assert_int_equal(polls_of(d, r), 4);
        begins(&r[0], 0, 0);
        ends(&r[1], ROTA_POLL_READY);
        begins(&r[2], ROTA_TRAP_SYSCALL + 1, WAIT);
        ends(&r[3], ROTA_POLL_PENDING);
        assert_true(rota_wait_complete(&waiting.wait, ROTA_OK));
        goes_on(cpu);
        assert_int_equal(polls_of(d, r), 2);
        ends(&r[1], ROTA_POLL_READY);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
}

/* A call that is dropped is told as polled, and ready: though nobody polls it. */
static void trace_of_a_drop(void **state)
{
        static const int does[] = {WAIT, END};
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];

        seen.timeout = rota_timeout_forever();
        struct rota_cpu *cpu = starts(d, does);
        polls_of(d, r);
        assert_int_equal(rota_cancel(user_handle), ROTA_OK);
        goes_on(cpu);
        assert_int_equal(seen.drops, 1);
        assert_int_equal(polls_of(d, r), 2);
        begins(&r[0], 0, 0);
        ends(&r[1], ROTA_POLL_READY);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
}

/* What a fault awaits. */
static void trace_of_a_fault(void **state)
{
        static const int does[] = {FAULT, NOTHING, END};
        struct desk *d = *state;
        struct rota_record r[DESK_RECORDS];

        fetches = true;
        struct rota_cpu *cpu = starts(d, does);
        assert_int_equal(polls_of(d, r), 2);
        begins(&r[0], ROTA_TRAP_FAULT + 1, user.context.trap.fault);
        ends(&r[1], ROTA_POLL_YIELDED);
        turn_take(cpu, cpu->current);
        assert_int_equal(polls_of(d, r), 2);
        begins(&r[0], 0, 0);
        ends(&r[1], ROTA_POLL_READY);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, desk_tear_down)

static const struct CMUnitTest tests[] = {
        TEST(trace_of_calls),
        TEST(trace_of_a_drop),
        TEST(trace_of_a_fault),
};

RUN(tests)
