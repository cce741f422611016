/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a thread of a workload does for an event. What waits is in steps: it begins, and says that it is
 * pending; once its wait has a result it is called again, and finishes. Who calls it parks in between, or
 * answers a poll (DESIGN rule 4).
 */
#include "perform.h"

/** Moves a timer on by one period. @return whether there is something to sleep to: *due; else it was
 * missed, and a relative timer counts from now. Shared timers are moved by several threads, so by
 * CAS. */
static bool timer_next(uint64_t *timer, uint64_t start, const struct workload_event *event,
        uint64_t now, uint64_t *due)
{
        uint64_t seen = __atomic_load_n(timer, __ATOMIC_RELAXED);

        for (;;) {
                *due = (seen ? seen : start) + event->value;
                const bool early = now < *due;
                const uint64_t next = early || (event->flags & WORKLOAD_ABSOLUTE) ? *due : now;
                if (__atomic_compare_exchange_n(
                            timer, &seen, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                        return early;
        }
}

/** Sleeps until the clock says so, in two steps. */
static enum perform_result sleep_until(struct perform_thread *thread, uint64_t due)
{
        struct perform_act *act = &thread->act;

        if (act->step++ == 0) {
                rota_wait_init(&act->on.node);
                return perform_wait(thread, &act->on.node, rota_timeout_at(due));
        }
        return rota_wait_result(&act->on.node) == ROTA_ETIMEDOUT ? PERFORM_DONE : PERFORM_END;
}

/** Sleeps for so long from where it begins. */
static enum perform_result sleep_for(struct perform_thread *thread, uint64_t ns)
{
        if (thread->act.step == 0)
                thread->act.due = rota_now() + ns;
        return sleep_until(thread, thread->act.due);
}

/** Moves a timer, and says whether there is something to sleep to. */
static bool timer_begins(struct perform_thread *thread, const struct workload_event *event)
{
        const struct perform *perform = thread->perform;
        struct workload_log_record *log = &thread->log;
        uint64_t *timers = (event->flags & WORKLOAD_UNIQUE) ? thread->timers : perform->timers;
        const uint64_t now = rota_now();
        uint64_t *due = &thread->act.due;
        const bool early = timer_next(&timers[event->object], thread->start, event, now, due);

        if (!(perform->image.header->flags & WORKLOAD_CUMULATIVE))
                log->slack_ns = 0;
        log->slack_ns += (int64_t)(*due - now);
        if (early)
                return true;
        log->wake_ns = 0;
        __atomic_store_n(&thread->missed, thread->missed + 1, __ATOMIC_RELAXED);
        return false;
}

/** Sleeps to the next expiry of a timer. */
static enum perform_result timer(struct perform_thread *thread, const struct workload_event *event)
{
        if (thread->act.step == 0 && !timer_begins(thread, event))
                return PERFORM_DONE;
        const enum perform_result result = sleep_until(thread, thread->act.due);
        if (result == PERFORM_DONE)
                thread->log.wake_ns += rota_now() - thread->act.due;
        return result;
}

/** Keeps the CPU busy; how long that took, whoever had it meanwhile, is the activation's. */
static bool busy(struct perform_thread *thread, const struct workload_event *event)
{
        const uint64_t begun = rota_now();
        const bool good = event->kind == WORKLOAD_RUN ? perform_run(thread, event->value)
                                                      : perform_runtime(thread, event->value);

        thread->log.run_ns += rota_now() - begun;
        return good;
}

static enum perform_result done(bool good)
{
        return good ? PERFORM_DONE : PERFORM_END;
}

static enum perform_result perform(
        struct perform_thread *thread, const struct workload_event *event)
{
        switch (event->kind) {
        case WORKLOAD_RUN:
        case WORKLOAD_RUNTIME:
                return done(busy(thread, event));
        case WORKLOAD_SLEEP:
        case WORKLOAD_IORUN:
                return sleep_for(thread, event->value);
        case WORKLOAD_TIMER:
                return timer(thread, event);
        case WORKLOAD_YIELD:
                return thread->act.step++ == 0 ? PERFORM_YIELDED : PERFORM_DONE;
        case WORKLOAD_MEM:
                return done(perform_mem(thread, event));
        case WORKLOAD_MEMRUN:
                return done(perform_memrun(thread, event));
        case WORKLOAD_FORK:
                return done(perform_fork(thread, event->object));
        default:
                return perform_shared(thread, event);
        }
}

enum perform_result perform_event_itself(
        struct perform_thread *thread, const struct workload_event *event)
{
        const enum perform_result result = perform(thread, event);

        if (result != PERFORM_DONE)
                return result;
        thread->act.stage = thread->act.step = 0;
        return done(!rota_cancelled());
}

bool perform_event_blocking(struct perform_thread *thread, const struct workload_event *event)
{
        enum perform_result result = perform_event_itself(thread, event);

        while (result == PERFORM_PENDING || result == PERFORM_YIELDED) {
                if (!perform_block(thread, result))
                        return false;
                result = perform_event_itself(thread, event);
        }
        return result == PERFORM_DONE;
}
