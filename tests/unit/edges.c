/* SPDX-License-Identifier: MIT */
/* What seldom happens: calls from outside, calls too early, the last generation of a slot, the words of
 * a dump. */
#include "desk.h"

static char said[8192];
static size_t said_length;

static void say(char c)
{
        if (said_length < sizeof(said) - 1)
                said[said_length++] = c;
        said[said_length] = 0;
}

static void says(const char *text)
{
        if (!strstr(said, text))
                fail_msg("no \"%s\" in:\n%s", text, said);
}

static void nothing(void *argument)
{
        (void)argument;
}

static void dump(void **state)
{
        struct desk *d = *state;
        const struct rota_task_options odd = {.name = "\033odd", .params.class_index = 1};

        rota_start(desk_thread(d, 0, 0, &odd));
        desk_thread(d, 1, 1, NULL);
        rota_wake(d->running_handle[1]);
        rota_cancel(d->running_handle[0]);
        d->cpu[1].lock = 1;
        d->slots[2].word |= WORD_PIN;
        d->rota.fallbacks = 2;
        d->rota.fallback_reason = "it lied";
        d->cpu[0].stats.switches = 12345678901234567890u;
        said_length = 0;
        rota_dump(say);
        says("rota: cpus 2, slots used 4 of 8, policies replaced 2: it lied\n");
        says("cpu 0 online, waiting 1,");
        says("switches 12345678901234567890, runs left\n");
        says("runs right, locked\n");
        says("task 1 left: running, cpu 0, class 0, guard 0, cancelled\n");
        says("task 2 right: running, cpu 1, class 0, guard 0, token\n");
        says("task 3 ?odd: ready, cpu 0, class 1, guard 0, pinned\n");
        says(" task: new, cpu ");
        d->thread[1].task.where = 99;
        said_length = 0;
        rota_dump(say);
        says(" task: ?, cpu ");
        d->cpu[1].lock = 0;
}

/* A timer armed on a CPU that does not take part yet: once it does, its clock is armed for it. */
static void timer_before_the_begin(void **state)
{
        struct desk *d = *state;
        struct rota_timer timer = {0};

        desk_play(d, 1);
        d->cpu[1].online = CPU_OFFLINE;
        assert_int_equal(rota_timer_arm(&timer, unit_port.now + 70, nothing, NULL), ROTA_OK);
        unit_port.armed = 0;
        unit_port.booting = true;
        assert_int_equal(rota_cpu_run(&d->rota, 1), ROTA_CPU_LEFT);
        assert_int_equal(unit_port.armed, unit_port.now + 70);
        assert_true(rota_timer_cancel(&timer));
}

static void address_spaces(void **state)
{
        struct desk *d = *state;
        int space;
        const struct rota_task_options elsewhere = {.params.priority = 1, .space = &space};

        rota_start(desk_thread(d, 0, 0, &elsewhere));
        assert_ptr_equal(unit_port.space, &space);
        rota_park();
        assert_null(unit_port.space);
        rota_wake(d->handle[0]);
        assert_ptr_equal(unit_port.space, &space);
        /* Nobody's space stays loaded at home. */
        const struct rota_params least = {.priority = 200};
        rota_set_params(d->running_handle[0], &least);
        d->cpu[0].space = &space;
        assert_true(home_step(&d->cpu[0]));
        assert_ptr_equal(d->cpu[0].current, &d->running[0].task);
}

static void no_cpu(void **state)
{
        struct desk *d = *state;
        intptr_t code;
        struct rota_wait wait;
        uint64_t next = unit_port.now + 5;

        desk_play(d, DESK_CPUS);
        rota_irq_enter();
        rota_timer();
        rota_kicked();
        rota_irq_exit();
        rota_timer_irq();
        rota_guard_begin();
        rota_guard_end();
        assert_false(rota_resched());
        assert_int_equal(rota_cpu_index(), 0);
        assert_null(rota_current());
        assert_false(rota_handle_valid(rota_self()));
        assert_int_equal(rota_yield(), ROTA_ECONTEXT);
        assert_int_equal(rota_park(), ROTA_ECONTEXT);
        assert_int_equal(rota_park_until(rota_timeout_after(5)), ROTA_ECONTEXT);
        assert_int_equal(rota_sleep_for(5), ROTA_ECONTEXT);
        assert_int_equal(rota_sleep_for(0), ROTA_ECONTEXT);
        assert_int_equal(rota_sleep_until(&next, 5), ROTA_ECONTEXT);
        rota_wait_init(&wait);
        assert_int_equal(rota_wait_park(&wait, rota_timeout_after(5)), ROTA_ECONTEXT);
        assert_int_equal(rota_timer_arm(&wait.timer, 5, nothing, NULL), ROTA_ECONTEXT);
        assert_int_equal(rota_hand_over(d->running_handle[0]), ROTA_ECONTEXT);
        assert_int_equal(
                rota_join(d->running_handle[0], rota_timeout_none(), &code), ROTA_ECONTEXT);
        assert_int_equal(
                rota_join_any(d->running_handle, &wait, 1, rota_timeout_none()), ROTA_ECONTEXT);
        assert_false(rota_cancelled());
        assert_false(rota_cancel_hold(true));
        assert_int_equal(rota_cpu_time(), 0);
        /* From outside a task may well be told something. */
        assert_int_equal(rota_wake(d->running_handle[0]), ROTA_OK);
        assert_true(d->slots[0].word & WORD_TOKEN);
}

static void exit_outside_a_task(void **state)
{
        struct desk *d = *state;
        jmp_buf back;

        desk_play(d, DESK_CPUS);
        unit_port.fatal = &back;
        if (setjmp(back) == 0)
                rota_exit(0);
        assert_string_equal(unit_port.reason, "rota_exit outside a task");
        desk_play(d, 0);
        rota_irq_enter();
        unit_port.reason = "";
        if (setjmp(back) == 0)
                rota_exit(0);
        assert_string_equal(unit_port.reason, "rota_exit outside a task");
        rota_irq_exit();
        unit_port.fatal = NULL;
}

static void stale_handles(void **state)
{
        struct desk *d = *state;
        const struct rota_handle nobody[] = {
                ROTA_HANDLE_NONE, {1000, 1}, {0, 77}, {DESK_CPUS + DESK_TASKS - 1, 1}};
        struct rota_params params = {.priority = 1};
        struct rota_task_stats stats;
        intptr_t code;

        for (uint32_t i = 0; i < 4; i++) {
                struct rota_handle h = nobody[i];
                assert_int_equal(rota_start(h), ROTA_ESTALE);
                assert_int_equal(rota_drop(h), ROTA_ESTALE);
                assert_int_equal(rota_wake(h), ROTA_ESTALE);
                assert_int_equal(rota_cancel(h), ROTA_ESTALE);
                assert_int_equal(rota_detach(h), ROTA_ESTALE);
                assert_int_equal(rota_hand_over(h), ROTA_ESTALE);
                assert_int_equal(rota_set_params(h, &params), ROTA_ESTALE);
                assert_int_equal(rota_get_params(h, &params), ROTA_ESTALE);
                assert_int_equal(rota_get_stats(h, &stats), ROTA_ESTALE);
                assert_int_equal(rota_set_affinity(h, rota_affinity_all()), ROTA_ESTALE);
                assert_int_equal(rota_join(h, rota_timeout_none(), &code), ROTA_ESTALE);
                assert_int_equal(rota_state(h), ROTA_TASK_FREE);
        }
        assert_int_equal(rota_set_params(d->running_handle[0], NULL), ROTA_EINVAL);
        params.class_index = 2;
        assert_int_equal(rota_set_params(d->running_handle[0], &params), ROTA_EINVAL);
        assert_true(rota_check(&d->rota, NULL));
}

static void the_last_generation(void **state)
{
        struct desk *d = *state;
        uint32_t index = d->rota.slot_free - 1;
        struct rota_slot *slot = &d->slots[index];

        slot->word = word_make(WORD_GENERATION_MAX, WORD_FREE);
        struct rota_handle handle = desk_thread(d, 0, 0, NULL);
        assert_int_equal(handle.index, index);
        assert_int_equal(handle.generation, WORD_GENERATION_MAX);
        assert_int_equal(rota_drop(handle), ROTA_OK);
        assert_int_equal(d->rota.slot_retired, 1);
        assert_int_equal(rota_state(handle), ROTA_TASK_FREE);
        assert_true(rota_check(&d->rota, NULL));
        for (uint32_t i = 0; i < DESK_TASKS - 1; i++)
                assert_int_not_equal(desk_thread(d, i, 0, NULL).index, index);
        struct rota_handle more;
        struct rota_thread thread;
        struct rota_thread_options options = {.entry = (intptr_t(*)(void *))(uintptr_t)say,
                .stack = d->stack[5],
                .stack_size = sizeof(d->stack[5])};
        assert_int_equal(rota_thread_create(&thread, &options, &more), ROTA_ENOSPC);
}

static void adopt_refused(void **state)
{
        struct desk *d = *state;
        struct rota_thread thread;
        struct rota_handle handle;

        assert_int_equal(rota_adopt(&d->rota, 0, NULL, NULL, &handle), ROTA_EINVAL);
        assert_int_equal(rota_adopt(&d->rota, 0, &thread, NULL, NULL), ROTA_EINVAL);
        assert_int_equal(rota_adopt(NULL, 0, &thread, NULL, &handle), ROTA_EINVAL);
        assert_int_equal(rota_adopt(&d->rota, 9, &thread, NULL, &handle), ROTA_EINVAL);
        assert_int_equal(rota_adopt(&d->rota, 1, &thread, NULL, &handle), ROTA_EINVAL);
        assert_int_equal(rota_adopt(&d->rota, 0, &thread, NULL, &handle), ROTA_EBUSY);
        assert_int_equal(rota_cpu_run(&d->rota, 0), ROTA_EBUSY);
        /* No slot is left: the CPU is as before. */
        d->cpu[0].online = 0;
        uint32_t free = d->rota.slot_free;
        uint32_t running = d->rota.running_cpus;
        d->rota.slot_free = 0;
        assert_int_equal(rota_adopt(&d->rota, 0, &thread, NULL, &handle), ROTA_ECONTEXT);
        assert_int_equal(rota_cpu_run(&d->rota, 0), ROTA_ECONTEXT);
        unit_port.booting = true;
        assert_int_equal(rota_adopt(&d->rota, 0, &thread, NULL, &handle), ROTA_ENOSPC);
        unit_port.booting = false;
        assert_int_equal(d->cpu[0].online, 0);
        assert_int_equal(d->rota.running_cpus, running);
        d->rota.slot_free = free;
}

/* Two wait on CPU 0, and whoever looks who runs least finds that CPU itself: once it has taken one of
 * them, the other is offered to the next. */
static void who_waits_where_least_runs_is_offered_again(void **state)
{
        struct desk *d = *state;
        const struct rota_params least = {.priority = 250};
        const struct rota_params less = {.priority = 200};
        const struct rota_task_options middle = {.params.priority = 7};

        for (uint32_t i = 0; i < 2; i++) {
                desk_thread(d, i, 0, &middle);
                assert_int_equal(rota_set_affinity(d->handle[i], rota_affinity_all()), ROTA_OK);
                assert_int_equal(rota_start(d->handle[i]), ROTA_OK);
        }
        assert_int_equal(d->cpu[0].ready, 2);
        struct rota_cpu *right = desk_play(d, 1);
        rota_guard_begin();
        assert_int_equal(rota_set_params(d->running_handle[0], &least), ROTA_OK);
        assert_int_equal(rota_set_params(d->running_handle[1], &less), ROTA_OK);
        right->need = 0; /* it has looked, a moment before */
        pull_offer_rest(right);
        desk_play(d, 0);
        rota_irq_enter();
        rota_kicked();
        rota_irq_exit();
        assert_int_equal(d->cpu[0].ready, 2); /* one of the two, and the demoted one */
        assert_int_equal(right->need, NEED_PULL | NEED_RESCHED);
        assert_ptr_equal(unit_port.kicked, right);
        desk_play(d, 1);
        rota_guard_end();
        assert_int_equal(d->cpu[0].ready, 1);
}

static void a_guard_defers(void **state)
{
        struct desk *d = *state;
        const struct rota_task_options urgent = {.params.priority = 1};

        rota_guard_begin();
        rota_guard_begin();
        rota_start(desk_thread(d, 0, 0, &urgent));
        assert_ptr_equal(rota_current(), &d->running[0].task);
        assert_int_equal(rota_yield(), ROTA_ECONTEXT);
        assert_false(rota_resched());
        rota_guard_end();
        assert_ptr_equal(rota_current(), &d->running[0].task);
        rota_guard_end();
        assert_ptr_equal(rota_current(), &d->thread[0].task);
        rota_guard_end(); /* one too many */
        /* In an interrupt nothing is switched before its outermost end. */
        const struct rota_params least = {.priority = 9};
        rota_irq_enter();
        rota_irq_enter();
        rota_set_params(d->handle[0], &least);
        rota_irq_exit();
        assert_ptr_equal(rota_current(), &d->thread[0].task);
        rota_irq_exit();
        assert_ptr_equal(rota_current(), &d->running[0].task);
        assert_true(rota_check(&d->rota, NULL));
}

static void statistics(void **state)
{
        struct desk *d = *state;
        struct rota_cpu_stats stats;
        struct rota_task_stats empty = {0};

        assert_int_equal(rota_get_cpu_stats(NULL, 0, &stats), ROTA_EINVAL);
        assert_int_equal(rota_get_cpu_stats(&d->rota, DESK_CPUS, &stats), ROTA_EINVAL);
        d->cpu[1].stats.idle_since = 900;
        assert_int_equal(rota_get_cpu_stats(&d->rota, 1, &stats), ROTA_OK);
        assert_int_equal(stats.idle_ns, 100);
        d->cpu[1].stats.idle_since = 2000; /* it has just begun, by another CPU's clock */
        assert_int_equal(rota_get_cpu_stats(&d->rota, 1, &stats), ROTA_OK);
        assert_int_equal(stats.idle_ns, 0);
        d->thread[0].task.stats = NULL;
        desk_thread(d, 0, 0, NULL);
        d->thread[0].task.stats = NULL;
        assert_int_equal(rota_get_stats(d->handle[0], &empty), ROTA_EINVAL);
        /* The longest is in the last bucket, or beyond all. */
        empty.wake_histogram[3] = 1;
        empty.wake_max_ns = 2;
        assert_int_equal(rota_stats_latency(&empty, 1000), 2);
        assert_int_equal(rota_stats_latency(&empty, 2000), 2);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dump, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(timer_before_the_begin, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(address_spaces, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(no_cpu, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(exit_outside_a_task, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(stale_handles, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(the_last_generation, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(adopt_refused, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(
                who_waits_where_least_runs_is_offered_again, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(a_guard_defers, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(statistics, desk_set_up, desk_tear_down),
};
RUN(tests)
