/* SPDX-License-Identifier: MIT */
/* Misuse that only a debug build finds: under a kernel's spinlock, with memory that is in use, by who
 * ends too early. */
#include "misuse.h"

#if ROTA_DEBUG

static char a_lock;
static char another;
static uint32_t before_end; /* (atomic) */

static intptr_t note(struct worker *self)
{
        put(self->flag, 1);
        return 0;
}

/* A kernel's spinlock that Rota was told of. */
static void under_spinlock(void)
{
        struct worker *other = worker_make(misuse_ends, NULL);
        uintptr_t here = (uintptr_t)under_spinlock;

        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_yield() == ROTA_OK);
        rota_debug_locked(&a_lock);
        misuse_block(other->handle, "a spinlock is held", (uintptr_t)misuse_block, here);
        REPORTS(!rota_resched(), "rota_resched", "a spinlock is held", here, here);
        REPORTS((rota_debug_locked(&a_lock), true), "rota_debug_locked", "it is held", here, here);
        rota_debug_unlocked(&a_lock);
        rota_debug_locked(&another);
        rota_debug_unlocked(&a_lock); /* in another order than they were taken: fine */
        REPORTS(rota_yield() == ROTA_ECONTEXT, "rota_yield", "a spinlock is held", here, here);
        rota_debug_unlocked(&another);
        check(rota_yield() == ROTA_OK);
        REPORTS((rota_debug_unlocked(&another), true), "rota_debug_unlocked", NULL, here, 0);

        /* More than are told apart: counted all the same. */
        static char many[ROTA_DEBUG_LOCKS + 3];
        uint32_t before = get(run.misuses);
        for (uint32_t i = 0; i < sizeof(many); i++)
                rota_debug_locked(&many[i]);
        for (uint32_t i = 0; i < sizeof(many); i++) {
                check(rota_current()->guard == 0 && get(run.misuses) == before);
                rota_debug_unlocked(&many[i]);
        }
        check(get(run.misuses) == before);
        check(rota_yield() == ROTA_OK);
        check(rota_drop(other->handle) == ROTA_OK);
}

/* A switch that falls due under a spinlock does not happen, and is reported once. */
static void preempted_under_spinlock(void)
{
        struct rota_task_options options = {.params = run.setup->first, .affinity = only_cpu(0)};
        uint32_t before = get(run.misuses);

        options.params.priority = 1;
        check(rota_set_affinity(rota_self(), only_cpu(0)) == ROTA_OK);
        check(rota_yield() == ROTA_OK);
        struct worker *urgent = worker_make_with(note, NULL, &options);
        rota_debug_locked(&a_lock);
        check(rota_start(urgent->handle) == ROTA_OK);
        /* It may be an interrupt that finds it due. */
        while (get(run.misuses) == before && !get(urgent->flag))
                ;
        misuse_reported(
                before, "preemption", "a spinlock is held", 0, (uintptr_t)preempted_under_spinlock);
        check(get(urgent->flag) == 0);
        rota_debug_unlocked(&a_lock);
        rota_resched();
        check(get(urgent->flag) == 1);
        worker_end(urgent);
}

/* Memory of a task that lives, and its stack. */
static void reused(void)
{
        struct worker *w = worker_make(misuse_ends, NULL);
        struct rota_thread other;
        struct rota_handle handle;
        struct rota_thread_options options = {
                .task.params = run.setup->worker,
                .entry = w->thread.entry,
                .stack = w->stack,
                .stack_size = w->thread.context.stack_size,
        };
        uint32_t used = run.rota->slot_used;
        uintptr_t here = (uintptr_t)reused;

        REPORTS(rota_thread_create(&w->thread, &options, &handle) == ROTA_ESTATE,
                "rota_thread_create", NULL, here, 0);
        REPORTS(rota_thread_create(&other, &options, &handle) == ROTA_ESTATE, "rota_thread_create",
                NULL, here, 0);
        options.stack = w->stack + 64;
        REPORTS(rota_thread_create(&other, &options, &handle) == ROTA_ESTATE, "rota_thread_create",
                NULL, here, 0);
        check(run.rota->slot_used == used);
        check(rota_start(w->handle) == ROTA_OK); /* it is as it was */
        worker_end(w);

        struct rota_wait wait;
        rota_wait_init(&wait);
        wait.waiter = w->handle;
        REPORTS(rota_wait_park(&wait, rota_timeout_after(1)) == ROTA_EINVAL, "rota_wait_park", NULL,
                here, 0);
}

/* A task ends and its guard with it. */
static intptr_t end_under_guard(struct worker *self)
{
        (void)self;
        rota_guard_begin();
        put(before_end, get(run.misuses));
        rota_exit(9);
}

static void ends_under_guard(void)
{
        struct worker *w = worker_start(end_under_guard, NULL);

        check(worker_end(w) == 9);
        misuse_reported(get(before_end), "rota_exit", "a guard is held", (uintptr_t)end_under_guard,
                (uintptr_t)end_under_guard);
}

#endif

const struct scenario scenarios_misuse_debug[] = {
#if ROTA_DEBUG
        {.name = "misuse-spinlock", .run = under_spinlock, .flags = MISUSES},
        {.name = "misuse-preempted-under-spinlock",
                .run = preempted_under_spinlock,
                .flags = MISUSES | PRIORITIES},
        {.name = "misuse-reused-memory", .run = reused, .flags = MISUSES},
        {.name = "misuse-exit-under-guard", .run = ends_under_guard, .flags = MISUSES},
#endif
        {.name = NULL},
};
