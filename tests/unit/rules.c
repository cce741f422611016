/* SPDX-License-Identifier: MIT */
/* Each rule of rota_check() is broken on purpose, and found by name; put right, all is well again. */
#include "desk.h"

/* On CPU 0 "left" runs, 0 waits in prio and 1 in rr; 2 is parked, 3 new; timers are armed. */
static struct rota_timer timers[3];

static void ring_bell(void *argument)
{
        (void)argument;
}

static int set_up(void **state)
{
        if (desk_set_up(state))
                return -1;
        struct desk *d = *state;
        const struct rota_task_options rr = {.params.class_index = 1};
        const struct rota_task_options urgent = {.params.priority = 2};
        rota_start(desk_thread(d, 0, 0, NULL));
        rota_start(desk_thread(d, 1, 0, &rr));
        /* It is more urgent: it runs, the test is it, and it parks. */
        rota_start(desk_thread(d, 2, 0, &urgent));
        assert_ptr_equal(rota_current(), &d->thread[2].task);
        assert_int_equal(rota_park(), ROTA_OK);
        assert_int_equal(rota_state(d->handle[2]), ROTA_TASK_PARKED);
        assert_ptr_equal(rota_current(), &d->running[0].task);
        desk_thread(d, 3, 0, NULL);
        memset(timers, 0, sizeof(timers));
        for (uint32_t i = 0; i < 3; i++)
                rota_timer_arm(&timers[i], 1000000 + i, ring_bell, NULL);
        assert_true(rota_check(&d->rota, NULL));
        return 0;
}

static void waiting_tasks(void **state)
{
        struct desk *d = *state;
        struct rota_task *task = &d->thread[0].task;

        BREAK(task->where, WHERE_PARKED, "a task in a queue is not ready");
        BREAK(task->cpu, 1, "a task in a queue is of another CPU");
        BREAK(task->class_index, 1, "a task in a queue is of another class");
        BREAK(task->affinity, rota_affinity_cpu(1), "a task waits where it may not run");
        BREAK(task->slot->word, (task->slot->word & ~(uintptr_t)WORD_STATE) | WORD_PARKED,
                "a task in a queue is not runnable by its word");
}

static void queues(void **state)
{
        struct desk *d = *state;
        struct rota_cpu *cpu = &d->cpu[0];

        BREAK(cpu->queues[1]->ready, 0, "a line's links or length");
        BREAK(cpu->ready_classes, 1, "a CPU's bits of classes that wait");
        BREAK(cpu->queues[1]->current, &d->running[0].task, "a queue's running task");
        BREAK(cpu->ready, 1, "a CPU's count of waiting tasks");
        BREAK(cpu->running_class, 1, "a CPU's published class");
        BREAK(cpu->lock, 1, "a lock is held and nobody works");
        BREAK(cpu->timer_lock, 1, "a lock is held and nobody works");
        struct rota_check_report report;
        assert_true(rota_check_cpu(&d->rota, 0, &report));
        assert_true(rota_check_cpu(&d->rota, 1, NULL));
        assert_false(rota_check_cpu(&d->rota, DESK_CPUS, &report));
        assert_string_equal(report.what, "no such CPU");
}

static void running_task(void **state)
{
        struct desk *d = *state;
        struct rota_task *task = &d->running[0].task;

        BREAK(task->where, WHERE_READY, "a running task is not where it runs");
        BREAK(task->cpu, 1, "a running task is not where it runs");
        BREAK(task->slot->word, (task->slot->word & ~(uintptr_t)WORD_STATE) | WORD_PARKED,
                "a running task is not runnable by its word");
        BREAK(task->affinity, rota_affinity_cpu(1), "a task runs where it may not");
}

static void timer_queue(void **state)
{
        struct desk *d = *state;
        struct rota_cpu *cpu = &d->cpu[0];
        const char *order = "the order of a timer queue";

        BREAK(cpu->timers_due, 7, "a timer queue's earliest deadline");
        BREAK(cpu->timers->key, 2000000, order);
        BREAK(cpu->timers->rank, 9, order);
        BREAK(cpu->timers->parent, &timers[0].node, order);
        assert_non_null(cpu->timers->left);
        BREAK(cpu->timers->left->parent, NULL, order);
        struct rota_heap_node *left = cpu->timers->left;
        cpu->timers->left = NULL; /* its sibling is now alone, on the right */
        if (cpu->timers->right)
                desk_found(d, order);
        cpu->timers->left = left;
        if (cpu->timers->right)
                BREAK(cpu->timers->right->parent, NULL, order);
        desk_whole(d);
        for (uint32_t i = 0; i < 3; i++)
                assert_true(rota_timer_cancel(&timers[i]));
        BREAK(cpu->timers_due, 7, "a timer queue's earliest deadline");
}

#define STATE(slot, new) (((slot)->word & ~(uintptr_t)WORD_STATE) | (new))

static void slots(void **state)
{
        struct desk *d = *state;
        struct rota_task *parked = &d->thread[2].task;
        struct rota_task *fresh = &d->thread[3].task;
        struct rota_slot *slot = parked->slot;
        struct rota_slot *free = &d->slots[DESK_CPUS + DESK_TASKS - 1];

        assert_int_equal(word_state(free->word), WORD_FREE);
        BREAK(slot->word, slot->word | WORD_PIN, "a slot is pinned and nobody works on it");
        BREAK(free->word, free->word | WORD_BUSY, "a burial was not finished");
        BREAK(parked->slot, fresh->slot, "a slot and its task disagree");
        BREAK(parked->handle.index, 7, "a slot and its task disagree");
        BREAK(parked->handle.generation, 7, "a slot and its task disagree");
        BREAK(parked->cpu, 9, "a task's CPU does not exist");
        BREAK(fresh->where, WHERE_READY, "a new task is somewhere");
        BREAK(parked->where, WHERE_READY, "a parked task is somewhere");
        BREAK(slot->word, slot->word | WORD_TOKEN, "a parked task has a token: a wake was lost");
        BREAK(slot->word, slot->word | WORD_CANCEL, "a cancelled task sleeps");
        BREAK(slot->word, STATE(slot, WORD_RUNNABLE), "a runnable task neither runs nor waits");
        BREAK(d->rota.slot_used, 0, "the free list of slots");
        BREAK(d->rota.slot_free, 0, "the free list of slots");
        /* A cancel that the task holds off does not wake it. */
        slot->word |= WORD_CANCEL | WORD_HOLD;
        desk_whole(d);
        slot->word &= ~(uintptr_t)(WORD_CANCEL | WORD_HOLD);
}

/* By the words there is one more ready than the CPUs count. */
static void sums(void **state)
{
        struct desk *d = *state;
        struct rota_task *parked = &d->thread[2].task;
        uintptr_t word = parked->slot->word;

        parked->slot->word = STATE(parked->slot, WORD_RUNNABLE);
        parked->where = WHERE_READY;
        desk_found(d, "a ready task is in no queue, or in two");
        parked->where = WHERE_PARKED;
        parked->slot->word = word;
        desk_whole(d);
}

static void prio_queue(void **state)
{
        struct desk *d = *state;
        struct rota_queue *queue = d->cpu[0].queues[0];
        struct rota_task *task = &d->thread[0].task;
        unsigned found_by_prio = 0;

        /* Every word of its own state: what matters is found, the rest (a slice's remainder) is
         * free to be anything. */
        uintptr_t *words = (uintptr_t *)((char *)queue + sizeof(*queue));
        size_t count = (rota_policy_prio.queue_bytes - sizeof(*queue)) / sizeof(*words);
        for (size_t i = 0; i < count; i++) {
                struct rota_check_report report;
                uintptr_t was = words[i];
                words[i] = was + (uintptr_t)0x100000001u;
                /* A link that leads nowhere would be followed. */
                bool link = was > 0x10000;
                if (!link && !rota_check(&d->rota, &report)) {
                        assert_int_equal(strncmp(report.what, "prio: ", 6), 0);
                        found_by_prio++;
                }
                words[i] = was;
                desk_whole(d);
        }
        assert_true(found_by_prio > 3);
        /* And of the task's: level, kind, place. */
        uint8_t *bytes = (uint8_t *)&task->policy_state;
        size_t links = 2 * sizeof(void *);
        found_by_prio = 0;
        for (size_t i = links; i < rota_policy_prio.task_bytes; i++) {
                struct rota_check_report report;
                bytes[i] ^= 1;
                if (!rota_check(&d->rota, &report)) {
                        assert_int_equal(strncmp(report.what, "prio: ", 6), 0);
                        found_by_prio++;
                }
                bytes[i] ^= 1;
                desk_whole(d);
        }
        assert_true(found_by_prio > 1);
}

static void idle(void **state)
{
        struct desk *d = *state;
        BREAK(d->cpu[0].idle, IDLE_HALTED, "a CPU that runs a task counts as idle");
        BREAK(d->rota.idle_cpus[0], 1, "a CPU that runs a task counts as idle");

        /* CPU 1's thread parks; it halts, while a task waits at CPU 0 that it could run. */
        struct rota_cpu *right = desk_play(d, 1);
        assert_int_equal(rota_park(), ROTA_OK);
        assert_null(rota_current());
        right->idle = IDLE_HALTED;
        desk_whole(d); /* what waits may only run on CPU 0 */
        d->thread[0].task.affinity = rota_affinity_all();
        desk_found(d, "a CPU halts while a task waits that it could run");
        right->need = NEED_RESCHED;
        desk_whole(d); /* it was told */
        right->need = 0;
        d->cpu[0].need = NEED_PULL;
        desk_whole(d); /* another one was */
        d->cpu[0].need = 0;
        right->idle = IDLE_LOOKING;
        desk_whole(d);
}

static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting_tasks, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(queues, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(running_task, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(timer_queue, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(slots, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(sums, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(prio_queue, set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(idle, set_up, desk_tear_down),
};
RUN(tests)
