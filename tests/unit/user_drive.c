/* SPDX-License-Identifier: MIT */
/* User mode without a user task, at a desk: from a future, and from a thread. */
#include "user_script.h"

/* User mode in the coroutine of a future task, by hand: two calls, preempted in between with the rest of
 * its slice, a wait for its own, and the end. */
static struct {
        struct rota_future future;
        struct rota_user_context context;
        struct rota_user_drive drive;
        uint32_t calls, polls;
        bool waits;
} driven;

static enum rota_poll driven_poll(struct rota_future *future, struct rota_poll_context *context)
{
        driven.polls++;
        for (;;) {
                if (driven.waits && rota_wait_disarm(&waiting.wait) == ROTA_EAGAIN)
                        return ROTA_POLL_PENDING;
                driven.waits = false;
                enum rota_poll poll = rota_future_poll(&driven.drive.future, context);
                if (poll != ROTA_POLL_READY)
                        return poll;
                future->value = driven.drive.future.value;
                if (future->value != ROTA_TRAP_SYSCALL || driven.context.trap.number == END)
                        return ROTA_POLL_READY;
                driven.drive.answer = 200 + ++driven.calls;
                driven.waits = driven.context.trap.number == WAIT;
                if (driven.waits) {
                        rota_wait_init(&waiting.wait);
                        rota_wait_arm(&waiting.wait, rota_timeout_after(5000));
                }
        }
}

static void driven_future(void **state)
{
        static const int does[] = {NOTHING, TIMER, WAIT, NOTHING, END};
        const struct rota_task_options options = {
                .affinity = rota_affinity_cpu(0), .space = &space, .params.priority = 9};
        struct rota_future_task task;
        struct rota_handle handle;
        struct desk *d = *state;

        script = does;
        turn_ns = 6 * ROTA_MS; /* a slice has 5 */
        memset(&driven, 0, sizeof(driven));
        rota_future_init(&driven.future, driven_poll, NULL);
        rota_user_context_init(&driven.context, 1, 2, 3, NULL);
        rota_user_drive_init(&driven.drive, &driven.context);
        assert_int_equal(rota_spawn(&task, &driven.future, &options, &handle), ROTA_OK);
        struct rota_cpu *cpu = go_home(d);
        make(&other, &other_handle, &other_space, 9);
        rota_start(other_handle);
        turn_take(cpu, cpu->current);
        /* An interrupt in user mode, and the slice is used up: preempted there. */
        assert_int_equal(driven.context.frame.result, 201);
        assert_ptr_equal(cpu->current, &other.task);
        assert_int_equal(cpu->stats.preemptions, 1);
        static const int ends[] = {END};
        const int *rest = script;
        script = ends;
        turn_take(cpu, cpu->current);
        assert_true(home_step(cpu));
        script = rest;
        turn_take(cpu, cpu->current);
        assert_int_equal(rota_state(handle), ROTA_TASK_PARKED);
        assert_null(unit_port.space);
        unit_port.now += 5000;
        rota_timer_irq();
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        assert_int_equal(driven.context.frame.result, 203);
        assert_int_equal(rota_state(handle), ROTA_TASK_DEAD);
        assert_int_equal(task.task.exit_code, ROTA_TRAP_SYSCALL);
        assert_true(rota_check(&d->rota, NULL));

        /* Cancelled in user mode: it is told. */
        static const int cancels[] = {NOTHING, TIMER};
        script = cancels;
        turn_ns = 10;
        rota_user_context_init(&driven.context, 1, 2, 3, NULL);
        assert_int_equal(rota_spawn(&task, &driven.future, &options, &handle), ROTA_OK);
        assert_true(home_step(cpu));
        assert_int_equal(rota_cancel(handle), ROTA_OK);
        uint32_t polls = driven.polls;
        turn_take(cpu, cpu->current);
        assert_int_equal(driven.polls, polls); /* before it was polled at all: dropped */
        assert_int_equal(task.task.exit_code, ROTA_ECANCELED);
}

static void from_a_thread(void **state)
{
        static const int does[] = {NOTHING, TIMER, FAULT, NOTHING};
        struct rota_user_context context;
        struct desk *d = *state;

        script = does;
        rota_user_context_init(&context, 1, 2, 3, NULL);
        assert_int_equal(rota_user_execute(&context, 7), ROTA_TRAP_SYSCALL);
        assert_int_equal(context.frame.result, 0);
        assert_int_equal(rota_user_execute(&context, 8), ROTA_TRAP_FAULT);
        assert_int_equal(context.frame.result, 8);
        assert_int_equal(context.trap.fault, ROTA_FAULT_WRITE);
        assert_int_equal(entered, 3);
        rota_guard_begin();
        assert_int_equal(rota_user_execute(&context, 9), ROTA_ECONTEXT);
        rota_guard_end();
        unit_port.booting = true; /* masked */
        assert_int_equal(rota_user_execute(&context, 9), ROTA_ECONTEXT);
        unit_port.booting = false;
        assert_int_equal(context.frame.result, 8);
        assert_int_equal(rota_cancel(d->running_handle[0]), ROTA_OK);
        assert_int_equal(rota_user_execute(&context, 9), ROTA_TRAP_EXIT);
        assert_int_equal(entered, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, desk_tear_down)

static const struct CMUnitTest tests[] = {
        TEST(driven_future),
        TEST(from_a_thread),
};

RUN(tests)
