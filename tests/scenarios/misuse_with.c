/* SPDX-License-Identifier: MIT */
/* Misuse by what a call is given: handles that name nobody, tasks and slots a second time, parameters
 * out of range, an instance that is not there. */
#include "misuse.h"

static struct rota_timer alarm;

static void ring(void *unused)
{
        (void)unused;
        check(false);
}

/* ---- Handles and slots: stale, twice, never. ---- */

static void stale_handles(void)
{
        struct rota_params params = {0};
        struct rota_task_stats stats;
        struct rota_wait wait;
        struct rota_handle handles[4] = {
                ROTA_HANDLE_NONE, {0, 0}, {UINT32_MAX, 1}, {7, UINT32_MAX}};
        struct worker *gone = worker_start(misuse_ends, NULL);

        handles[1] = gone->handle;
        worker_end(gone);
        until(get(run.rota->slot_used) == 1); /* its burial ends after its join */
        for (uint32_t i = 0; i < 4; i++) {
                struct rota_handle h = handles[i];
                check(rota_wake(h) == ROTA_ESTALE);
                check(rota_cancel(h) == ROTA_ESTALE);
                check(rota_start(h) == ROTA_ESTALE);
                check(rota_drop(h) == ROTA_ESTALE);
                check(rota_detach(h) == ROTA_ESTALE);
                check(rota_hand_over(h) == ROTA_ESTALE);
                check(rota_set_params(h, &params) == ROTA_ESTALE);
                check(rota_get_params(h, &params) == ROTA_ESTALE);
                check(rota_set_affinity(h, rota_affinity_all()) == ROTA_ESTALE);
                check(rota_get_stats(h, &stats) == ROTA_ESTALE);
                check(rota_join(h, rota_timeout_forever(), NULL) == ROTA_ESTALE);
                check(rota_join_any(&h, &wait, 1, rota_timeout_forever()) == ROTA_ESTALE);
                rota_wait_init(&wait);
                check(rota_join_begin(h, &wait, true) == ROTA_ESTALE);
                rota_join_finish(h, &wait);
                check(rota_state(h) == ROTA_TASK_FREE);
        }
        check(get(run.rota->slot_used) == 1);
}

static void twice(void)
{
        struct worker *w = worker_make(misuse_ends, NULL);

        check(rota_start(w->handle) == ROTA_OK);
        check(rota_start(w->handle) != ROTA_OK); /* it runs, or is over */
        check(rota_drop(w->handle) != ROTA_OK);
        worker_end(w);
        check(rota_join(w->handle, rota_timeout_none(), NULL) == ROTA_ESTALE);
        check(rota_detach(w->handle) == ROTA_ESTALE);

        struct worker *dropped = worker_make(misuse_ends, NULL);
        check(rota_drop(dropped->handle) == ROTA_OK);
        check(rota_drop(dropped->handle) == ROTA_ESTALE);
        check(rota_start(dropped->handle) == ROTA_ESTALE);

        struct worker *left = worker_make(misuse_ends, NULL);
        check(rota_detach(left->handle) == ROTA_OK);
        check(rota_detach(left->handle) == ROTA_OK); /* it was so already */
        check(rota_start(left->handle) == ROTA_OK);
        until(rota_state(left->handle) == ROTA_TASK_FREE);
        check(rota_detach(left->handle) == ROTA_ESTALE);

        static struct rota_timer timer;
        timer = (struct rota_timer){0};
        check(!rota_timer_cancel(&timer));
        check(rota_timer_arm(&timer, rota_now() + 1000 * ROTA_S, ring, NULL) == ROTA_OK);
        REPORTS(rota_timer_arm(&timer, rota_now() + 2000 * ROTA_S, ring, NULL) == ROTA_ESTATE,
                "rota_timer_arm", NULL, twice, 0);
        check(rota_timer_cancel(&timer));
        check(!rota_timer_cancel(&timer));
}

/* ---- Parameters. ---- */

static void parameters(void)
{
        struct rota_thread thread;
        struct rota_task task;
        struct rota_handle handle;
        struct rota_handle self = rota_self();
        struct rota_wait wait;
        struct rota_params params = {.class_index = ROTA_MAX_CLASSES};
        struct rota_cpu_stats stats;
        char *stack = memory(8192);
        const struct rota_thread_options good = {.task.params = run.setup->worker,
                .entry = (intptr_t(*)(void *))(uintptr_t)worker_self,
                .stack = stack,
                .stack_size = 8192};
        static const struct rota_kind stackless = {.name = "none"};
        struct rota_thread_options bad;

#define BAD(change, error)                                                                         \
        do {                                                                                       \
                bad = good;                                                                        \
                bad.change;                                                                        \
                check(rota_thread_create(&thread, &bad, &handle) == (error));                      \
        } while (0)
        BAD(entry = NULL, ROTA_EINVAL);
        BAD(stack = NULL, ROTA_EINVAL);
        BAD(stack_size = 0, ROTA_EINVAL);
        BAD(stack_size = ROTA_STACK_MIN - 1, ROTA_EINVAL);
        BAD(stack_size = SIZE_MAX, ROTA_EINVAL);
        BAD(task.params.class_index = ROTA_MAX_CLASSES, ROTA_EINVAL);
        BAD(task.affinity = rota_affinity_mask((uintptr_t)1 << 62), ROTA_EINVAL);
#undef BAD
        check(rota_thread_create(NULL, &good, &handle) == ROTA_EINVAL);
        check(rota_thread_create(&thread, NULL, &handle) == ROTA_EINVAL);
        check(rota_thread_create(&thread, &good, NULL) == ROTA_EINVAL);
        check(rota_task_create(&task, NULL, NULL, NULL, &handle) == ROTA_EINVAL);
        check(rota_task_create(&task, &stackless, NULL, NULL, &handle) == ROTA_EINVAL);

        check(rota_set_params(self, NULL) == ROTA_EINVAL);
        check(rota_set_params(self, &params) == ROTA_EINVAL);
        check(rota_get_params(self, NULL) == ROTA_EINVAL);
        check(rota_get_stats(self, NULL) == ROTA_EINVAL);
        check(rota_set_affinity(self, rota_affinity_mask((uintptr_t)1 << 62)) == ROTA_EINVAL);
        check(rota_join(self, rota_timeout_forever(), NULL) == ROTA_EINVAL);
        check(rota_join_any(NULL, &wait, 1, rota_timeout_forever()) == ROTA_EINVAL);
        check(rota_join_any(&self, NULL, 1, rota_timeout_forever()) == ROTA_EINVAL);
        check(rota_join_any(&self, &wait, 0, rota_timeout_forever()) == ROTA_EINVAL);
        check(rota_join_any(&self, &wait, 1, rota_timeout_forever()) == ROTA_EINVAL);
        check(rota_join_begin(self, NULL, true) == ROTA_EINVAL);
        check(rota_wait_park(NULL, rota_timeout_forever()) == ROTA_EINVAL);
        check(rota_sleep_until(NULL, 1) == ROTA_EINVAL);
        check(rota_timer_arm(NULL, 1, ring, NULL) == ROTA_EINVAL);
        check(rota_timer_arm(&alarm, 1, NULL, NULL) == ROTA_EINVAL);
        check(!rota_timer_cancel(NULL));
        check(rota_get_cpu_stats(NULL, 0, &stats) == ROTA_EINVAL);
        check(rota_get_cpu_stats(run.rota, run.cpus, &stats) == ROTA_EINVAL);
        check(rota_get_cpu_stats(run.rota, 0, NULL) == ROTA_EINVAL);
        check(rota_cpu_run(NULL, 0) == ROTA_EINVAL);
        check(rota_cpu_run(run.rota, run.cpus) == ROTA_EINVAL);
        rota_guard_begin(); /* so that it stays this CPU */
        check(rota_cpu_run(run.rota, rota_cpu_index()) == ROTA_EBUSY);
        check(rota_adopt(run.rota, rota_cpu_index(), &thread, NULL, &handle) == ROTA_EBUSY);
        rota_guard_end();
        check(rota_adopt(run.rota, 0, NULL, NULL, &handle) == ROTA_EINVAL);
        check(rota_init(run.rota, NULL) == ROTA_EINVAL);
        check(instance_make(0, 0) == ROTA_EBUSY);
        rota_stop(NULL);
}

/* ---- Before there is anything. ---- */

static void before_init(void)
{
        struct rota_wait wait;
        struct rota_cpu_stats stats;
        static struct rota_timer timer;
        struct rota nothing = {0};

        timer = (struct rota_timer){0};
        check(!rota_current());
        check(!rota_handle_valid(rota_self()));
        check(rota_yield() == ROTA_ECONTEXT);
        check(rota_park() == ROTA_ECONTEXT);
        check(rota_park_until(rota_timeout_after(1)) == ROTA_ECONTEXT);
        check(rota_sleep_for(1) == ROTA_ECONTEXT);
        check(rota_hand_over(run.first) == ROTA_ECONTEXT);
        check(rota_join(run.first, rota_timeout_forever(), NULL) == ROTA_ECONTEXT);
        check(rota_world_stop() == ROTA_ECONTEXT);
        check(rota_world_resume() == ROTA_ESTATE);
        check(rota_timer_arm(&timer, 1, ring, NULL) == ROTA_ECONTEXT);
        check(!rota_timer_cancel(&timer));
        check(!rota_resched());
        check(!rota_cancelled());
        check(!rota_cancel_hold(true));
        check(rota_cpu_time() == 0);
        check(rota_cpu_index() == 0);
        rota_guard_begin();
        rota_guard_end();
        rota_guard_end();
        rota_wait_init(&wait);
        check(rota_wait_complete(&wait, ROTA_OK)); /* nobody to wake */
        check(rota_get_cpu_stats(&nothing, 0, &stats) == ROTA_EINVAL);
        check(rota_cpu_run(&nothing, 0) == ROTA_EINVAL);
}

const struct scenario scenarios_misuse_with[] = {
        {.name = "misuse-before-init",
                .run = before_init,
                .flags = ALONE | MISUSES,
                .only = &setups[0]},
        {.name = "misuse-stale-handles", .run = stale_handles, .flags = MISUSES},
        {.name = "misuse-twice", .run = twice, .flags = MISUSES},
        {.name = "misuse-parameters", .run = parameters, .flags = MISUSES},
        {.name = NULL},
};
