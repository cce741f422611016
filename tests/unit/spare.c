/* SPDX-License-Identifier: MIT */
/* A turn that is preempted, step by step: where each stack is, and that rota_check() finds what is not there. */
#include "core/spare.h"
#include "desk.h"

#define SPARES 2u

static char memory[SPARES][2048] __attribute__((aligned(16)));
static struct rota_task turn;
static struct rota_handle handle;

static enum rota_turn never(struct rota_task *task)
{
        (void)task;
        fail_msg("the test plays the turn");
        return ROTA_TURN_ENDED;
}

static const struct rota_kind kind = {.name = "turn", .begin_turn = never};

static void expect(struct desk *d, uint32_t free, uint32_t least, uint64_t lent, uint64_t missing)
{
        struct rota_spare_stats stats;
        assert_int_equal(rota_get_spare_stats(&d->rota, &stats), ROTA_OK);
        assert_int_equal(stats.free, free);
        assert_int_equal(stats.least, least);
        assert_int_equal(stats.lent, lent);
        assert_int_equal(stats.missing, missing);
        desk_whole(d);
}

/* CPU 0 is in a turn, on its home stack. */
static struct rota_cpu *in_turn(struct desk *d, uint32_t spares)
{
        const struct rota_task_options options = {
                .params.priority = 9, .affinity = rota_affinity_cpu(0)};

        for (uint32_t i = 0; i < spares; i++)
                assert_int_equal(rota_spares_add(&d->rota, memory[i], sizeof(memory[i])), ROTA_OK);
        assert_int_equal(rota_task_create(&turn, &kind, NULL, &options, &handle), ROTA_OK);
        assert_int_equal(rota_start(handle), ROTA_OK);
        struct rota_cpu *cpu = desk_play(d, 0);
        assert_int_equal(rota_park(), ROTA_OK);
        for (int i = 0; i < 4 && !cpu->current; i++)
                assert_true(home_step(cpu));
        assert_ptr_equal(cpu->current, &turn);
        assert_ptr_equal(cpu->on, &cpu->home);
        cpu->need = 0;
        return cpu;
}

static void start_urgent(struct desk *d)
{
        const struct rota_task_options urgent = {.params.priority = 2};
        assert_int_equal(rota_start(desk_thread(d, 0, 0, &urgent)), ROTA_OK);
}

/* It is asked to make room, and nobody wants it: the spare is back at once. */
static void for_nothing(void **state)
{
        struct desk *d = *state;
        struct rota_cpu *cpu = in_turn(d, 1);

        cpu->need |= NEED_RESCHED;
        assert_false(dispatch_react(cpu));
        assert_ptr_equal(cpu->current, &turn);
        assert_null(turn.on);
        assert_ptr_equal(cpu->on, &cpu->home);
        assert_ptr_equal(cpu->home.stack, d->home_memory[0]);
        expect(d, 1, 0, 0, 0);
        /* A timer, and its slice is not over: no spare is looked at. */
        cpu->need |= NEED_TICK;
        assert_false(dispatch_react(cpu));
        assert_int_equal(cpu->need & NEED_TICK, 0);
        expect(d, 1, 0, 0, 0);
        /* A guard keeps it where it is. */
        rota_guard_begin();
        start_urgent(d);
        assert_ptr_equal(cpu->current, &turn);
        expect(d, 1, 0, 0, 0);
        rota_guard_end();
        assert_ptr_equal(cpu->current, &d->thread[0].task);
        expect(d, 0, 0, 1, 0);
}

static void elsewhere(void **state)
{
        struct desk *d = *state;
        struct rota_cpu *cpu = in_turn(d, SPARES);

        start_urgent(d);
        assert_ptr_equal(cpu->current, &d->thread[0].task);
        struct rota_spare *spare = (struct rota_spare *)(void *)turn.on;
        assert_ptr_equal(spare->task, &turn);
        assert_ptr_equal(turn.on->stack, d->home_memory[0]);
        assert_ptr_equal(cpu->home.stack, memory[1]);
        expect(d, 1, 1, 1, 0);
        BREAK(d->rota.spare_left, 2, "the count of spares");
        BREAK(d->rota.spare_count, 3, "the count of spares");
        BREAK(spare->task, NULL, "the count of spares");
        BREAK(spare->context.stack, memory[1], "a home stack is in two places");
        BREAK(spare->context.stack, memory[0], "a home stack is in two places");
        BREAK(turn.on, &d->thread[0].context, "a spare's task is on another stack");
        BREAK(turn.guard, 0, "a spare's task is on another stack");
        BREAK(d->rota.spare_free->task, &turn, "a spare's task is on another stack");
        BREAK(d->thread[0].task.guard, GUARD_LENT, "a task in a turn has no home stack, or two");
        /* It may not block, with this stack either. */
        assert_int_equal(rota_set_affinity(handle, rota_affinity_cpu(1)), ROTA_OK);
        struct rota_cpu *right = desk_play(d, 1);
        assert_int_equal(rota_park(), ROTA_OK);
        for (int i = 0; i < 4 && right->current != &turn; i++)
                assert_true(home_step(right));
        assert_ptr_equal(right->on, turn.on);
        assert_int_equal(rota_yield(), ROTA_ECONTEXT);
        assert_int_equal(rota_park(), ROTA_ECONTEXT);
        desk_whole(d);
        turn_end(right, &turn, ROTA_TURN_PENDING);
        assert_null(turn.on);
        assert_int_equal(turn.guard, 0);
        assert_ptr_equal(right->on, &right->home);
        assert_ptr_equal(right->home.stack, d->home_memory[0]);
        assert_ptr_equal(spare->context.stack, d->home_memory[1]);
        assert_int_equal(rota_state(handle), ROTA_TASK_PARKED);
        expect(d, 2, 1, 1, 0);
}

/* Without a spare it runs on, and is asked again a slice later. */
static void missing(void **state)
{
        struct desk *d = *state;
        struct rota_cpu *cpu = in_turn(d, 0);

        cpu->armed = ROTA_NEVER;
        start_urgent(d);
        assert_ptr_equal(cpu->current, &turn);
        assert_ptr_equal(cpu->on, &cpu->home);
        assert_int_equal(cpu->armed, rota_now() + d->rota.slice_ns);
        expect(d, 0, 0, 0, 1);
        assert_int_equal(rota_spares_add(&d->rota, memory[0], sizeof(memory[0])), ROTA_OK);
        rota_irq_enter();
        rota_timer();
        rota_irq_exit();
        assert_ptr_equal(cpu->current, &d->thread[0].task);
        expect(d, 0, 0, 1, 1);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(for_nothing, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(elsewhere, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(missing, desk_set_up, desk_tear_down),
};
RUN(tests)
