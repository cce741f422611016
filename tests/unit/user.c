/* SPDX-License-Identifier: MIT */
/* User tasks on two CPUs at a desk. */
#include "user_script.h"

static void calls(void **state)
{
        static const int does[] = {NOTHING, NOTHING, FAULT, UNKNOWN, YIELD, NOTHING, END};
        struct desk *d = *state;

        script = does;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        assert_ptr_equal(cpu->current, &user.task);
        turn_take(cpu, cpu->current);
        /* It yielded, and is the only one: it goes on at once, nobody was switched to. */
        assert_ptr_equal(cpu->current, &user.task);
        assert_ptr_equal(unit_port.space, &space);
        assert_int_equal(seen.calls, 3);
        turn_take(cpu, cpu->current);
        assert_null(cpu->current);
        assert_null(unit_port.space); /* before anybody can know that it ended */
        assert_int_equal(seen.calls, 5);
        assert_int_equal(seen.result, 104);
        assert_int_equal(seen.faults, 1);
        assert_int_equal(seen.unknown, 1);
        assert_int_equal(entered, 7);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
        assert_true(rota_check(&d->rota, NULL));
}

/* It is preempted while it is served: the stack goes with it, and back before user mode, with the answer. */
static void preempted_in_serve(void **state)
{
        static const int does[] = {NOTHING, MAKE_ROOM, NOTHING, END};
        static char memory[2048] __attribute__((aligned(16)));
        struct desk *d = *state;
        struct rota_spare_stats stats;

        room = d;
        script = does;
        assert_int_equal(rota_spares_add(&d->rota, memory, sizeof(memory)), ROTA_OK);
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        assert_ptr_equal(cpu->current, &user.task);
        assert_int_equal(entered, 2);
        assert_null(user.task.on);
        assert_ptr_equal(cpu->on, &cpu->home);
        assert_ptr_equal(cpu->home.stack, d->home_memory[0]);
        assert_int_equal(rota_get_spare_stats(&d->rota, &stats), ROTA_OK);
        assert_true(stats.lent == 1 && stats.free == 1);
        turn_take(cpu, cpu->current);
        assert_int_equal(entered, 4);
        assert_int_equal(seen.calls, 4);
        assert_int_equal(
                seen.result, 103); /* of the call before; the second one's was in between */
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
        assert_true(rota_check(&d->rota, NULL));
}

/* Two of a level in two spaces: who has used up its slice gives way, in one switch of spaces. */
static void preempted(void **state)
{
        static const int does[] = {TIMER, TIMER, TIMER, TIMER, END};
        struct desk *d = *state;

        script = does;
        turn_ns = 3 * ROTA_MS; /* a slice has 5 */
        make(&user, &user_handle, &space, 9);
        make(&other, &other_handle, &other_space, 9);
        rota_start(user_handle);
        rota_start(other_handle);
        struct rota_cpu *cpu = go_home(d);
        struct rota_task *first = cpu->current;
        assert_ptr_equal(first, &user.task);
        turn_take(cpu, first);
        assert_ptr_equal(cpu->current, first); /* not used up */
        assert_int_equal(entered, 1);
        turn_take(cpu, first);
        assert_ptr_equal(cpu->current, &other.task);
        assert_ptr_equal(unit_port.space, &other_space);
        assert_true(rota_check(&d->rota, NULL));
        assert_int_equal(user.task.where, WHERE_READY);
        turn_take(cpu, cpu->current);
        turn_take(cpu, cpu->current);
        assert_ptr_equal(cpu->current, first);
        assert_int_equal(entered, 4);
        assert_int_equal(cpu->stats.preemptions, 2);
        assert_int_equal(cpu->stats.home_stuck, 0);
        turn_take(cpu, cpu->current);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
}

/* A more urgent thread that an interrupt wakes comes at once, the rest of the slice stays. */
static void urgent(void **state)
{
        static const int does[] = {WAKE, END};
        struct desk *d = *state;

        script = does;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        to_wake = d->running_handle[0];
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        assert_ptr_equal(cpu->current, &d->running[0].task);
        assert_null(unit_port.space);
        assert_int_equal(cpu->stats.preemptions, 1);
        assert_true(rota_check(&d->rota, NULL));
}

static void waits(void **state)
{
        static const int does[] = {WAIT, WAIT, WAIT, WAIT, END};
        struct desk *d = *state;

        script = does;
        seen.timeout = rota_timeout_after(5000);
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_PARKED);
        assert_null(unit_port.space);
        /* A wake for another reason: polled again, and still pending. */
        assert_int_equal(rota_wake(user_handle), ROTA_OK);
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        assert_int_equal(seen.polls, 2);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_PARKED);
        /* The time-out. */
        unit_port.now += 5000;
        rota_timer_irq();
        assert_int_equal(rota_state(user_handle), ROTA_TASK_RUNNABLE);
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        assert_int_equal(user.context.frame.result, (uintptr_t)ROTA_ETIMEDOUT);
        /* The second wait: its result comes, and the timer is taken back. */
        assert_true(rota_wait_complete(&waiting.wait, ROTA_OK));
        assert_true(home_step(cpu));
        seen.timeout = rota_timeout_none();
        turn_take(cpu, cpu->current);
        /* The third and the fourth do not wait at all. */
        assert_int_equal(seen.waited, ROTA_ETIMEDOUT);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
        assert_null(cpu->timers);
}

static void cancelled(void **state)
{
        static const int does[] = {HOLD, WAIT, FREE};
        struct desk *d = *state;

        script = does;
        seen.timeout = rota_timeout_forever();
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_PARKED);
        assert_int_equal(rota_cancel(user_handle), ROTA_OK);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_PARKED); /* held off */
        /* The result is there, once; its wake is the caller's. */
        struct rota_handle waiter = ROTA_HANDLE_NONE;
        assert_true(rota_wait_settle(&waiting.wait, ROTA_OK, &waiter));
        assert_false(rota_wait_settle(&waiting.wait, ROTA_ETIMEDOUT, &waiter));
        assert_int_equal(rota_wait_result(&waiting.wait), ROTA_OK);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_PARKED);
        assert_int_equal(rota_wake_many(&waiter, 1), 1);
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        assert_int_equal(seen.exits, 1);
        assert_int_equal(user.task.exit_code, ROTA_ECANCELED);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);

        make(&user, &user_handle, &space, 9);
        static const int waits[] = {WAIT};
        script = waits;
        rota_start(user_handle);
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        assert_int_equal(rota_cancel(user_handle), ROTA_OK);
        assert_true(home_step(cpu));
        turn_take(cpu, cpu->current);
        /* Dropped, not polled; and what was to be answered is. */
        assert_int_equal(seen.drops, 1);
        assert_int_equal(seen.polls, 1);
        assert_int_equal(seen.exits, 2);
        assert_int_equal(seen.waited, ROTA_ECANCELED);
        assert_int_equal(user.context.frame.result, (uintptr_t)ROTA_ECANCELED);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
        assert_null(cpu->timers);
}

/* A future answers a fault: it yields, is ready, and the fault is served again with its value. */
static void fetched(void **state)
{
        static const int does[] = {FAULT, NOTHING, END};
        struct desk *d = *state;

        script = does;
        fetches = true;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        turn_take(cpu, cpu->current);
        assert_int_equal(seen.polls, 1);
        assert_int_equal(entered, 1);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_RUNNABLE);
        turn_take(cpu, cpu->current);
        assert_int_equal(seen.fetched, 4711);
        assert_int_equal(seen.again, 1);
        assert_int_equal(seen.calls, 2);
        assert_int_equal(entered, 3);
        assert_int_equal(rota_state(user_handle), ROTA_TASK_DEAD);
}

/* Who runs in user mode on another CPU is interrupted there by a cancel; who runs elsewhere is not. */
static void cancelled_from_afar(void **state)
{
        static const int does[] = {END};
        struct desk *d = *state;

        script = does;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        desk_play(d, 1);
        unit_port.kicks = 0;
        assert_int_equal(rota_cancel(user_handle), ROTA_OK);
        assert_int_equal(unit_port.kicks, 1);
        assert_ptr_equal(unit_port.kicked, cpu);
        desk_play(d, 0);
        turn_take(cpu, cpu->current);
        assert_int_equal(entered, 0); /* not once more */
        assert_int_equal(seen.exits, 1);
        desk_play(d, 0);
        unit_port.kicks = 0;
        assert_int_equal(rota_cancel(d->running_handle[1]), ROTA_OK);
        assert_int_equal(unit_port.kicks, 0);
}

static void refused(void **state)
{
        struct desk *d = *state;
        struct rota_user_options options = {.serve = NULL};
        struct rota_handle handle;
        jmp_buf fatal;

        assert_int_equal(rota_user_create(&user, &options, &handle), ROTA_EINVAL);
        assert_int_equal(rota_user_create(&user, NULL, &handle), ROTA_EINVAL);
        assert_int_equal(rota_user_create(NULL, &options, &handle), ROTA_EINVAL);
        options.serve = serve;
        assert_int_equal(rota_user_create(&user, &options, NULL), ROTA_EINVAL);
        assert_false(rota_user_is(NULL));
        assert_false(rota_user_is(&d->running[0].task));
        assert_int_equal(rota_wait_arm(NULL, rota_timeout_none()), ROTA_EINVAL);
        assert_int_equal(rota_wait_disarm(NULL), ROTA_EINVAL);
        assert_int_equal(rota_wait_withdraw(NULL), ROTA_EINVAL);
        for (int i = -1; i <= ROTA_FAULT_OTHER + 1; i++)
                assert_true(rota_fault_text(i)[0] != 0);
        assert_string_equal(rota_fault_text(-1), rota_fault_text(ROTA_FAULT_OTHER + 1));

        static const int does[] = {GUARD, END};
        script = does;
        make(&user, &user_handle, &space, 9);
        rota_start(user_handle);
        struct rota_cpu *cpu = go_home(d);
        unit_port.fatal = &fatal;
        if (setjmp(fatal) == 0) {
                turn_take(cpu, cpu->current);
                fail();
        }
        assert_non_null(strstr(unit_port.reason, "serve"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, desk_tear_down)

static const struct CMUnitTest tests[] = {
        TEST(calls),
        TEST(preempted_in_serve),
        TEST(preempted),
        TEST(urgent),
        TEST(waits),
        TEST(cancelled),
        TEST(fetched),
        TEST(cancelled_from_afar),
        TEST(refused),
};

RUN(tests)
