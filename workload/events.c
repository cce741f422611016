/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a thread of a workload does: loops of phases, loops of events. Whatever it is at, it ends as
 * soon as it is cancelled.
 */
#include "perform.h"

/** Uses @p ns of this thread's CPU time, as Rota accounts it. It counts from the end of what the
 * thread was to use before: what its own sleeping and waking cost is part of its work, as in any
 * program, so that in the long run it uses what it was told to and no more. */
static bool run(struct perform_thread *thread, uint64_t ns)
{
        const uint64_t end = thread->used + ns;
        uint64_t now = rota_cpu_time();

        while (now < end) {
                if (rota_cancelled())
                        return false;
                now = rota_cpu_time();
        }
        /* Late by more than a whole run is no longer a cost of the thread's own. */
        thread->used = now - end < ns ? end : now;
        return true;
}

/** Spins until the clock is @p ns on, whoever has the CPU meanwhile. */
static bool runtime(struct perform_thread *thread, uint64_t ns)
{
        const uint64_t end = rota_now() + ns;

        while (rota_now() < end)
                if (rota_cancelled())
                        return false;
        thread->used = rota_cpu_time();
        return true;
}

/** Moves a timer on by one period. @return the time to sleep to; 0: it was missed, and a relative
 * timer counts from now. Shared timers are moved by several threads, so by CAS. */
static uint64_t timer_next(
        uint64_t *timer, uint64_t start, const struct workload_event *event, uint64_t now)
{
        uint64_t seen = __atomic_load_n(timer, __ATOMIC_RELAXED);

        for (;;) {
                const uint64_t due = (seen ? seen : start) + event->value;
                const bool early = now < due;
                const uint64_t next = early || (event->flags & WORKLOAD_ABSOLUTE) ? due : now;
                if (__atomic_compare_exchange_n(
                            timer, &seen, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                        return early ? due : 0;
        }
}

/** Sleeps to the next expiry of a timer. */
static bool timer(struct perform_thread *thread, const struct workload_event *event)
{
        uint64_t *timers =
                (event->flags & WORKLOAD_UNIQUE) ? thread->timers : thread->perform->timers;
        uint64_t due = timer_next(&timers[event->object], thread->start, event, rota_now());

        if (due)
                return rota_sleep_until(&due, 0) >= 0;
        __atomic_store_n(&thread->missed, thread->missed + 1, __ATOMIC_RELAXED);
        return true;
}

/** Performs one event. @return false where the thread is to end */
static bool perform_event(struct perform_thread *thread, const struct workload_event *event)
{
        bool good = false;

        switch (event->kind) {
        case WORKLOAD_RUN:
                good = run(thread, event->value);
                break;
        case WORKLOAD_RUNTIME:
                good = runtime(thread, event->value);
                break;
        case WORKLOAD_SLEEP:
                good = rota_sleep_for(event->value) == ROTA_OK;
                break;
        case WORKLOAD_TIMER:
                good = timer(thread, event);
                break;
        case WORKLOAD_YIELD:
                good = rota_yield() == ROTA_OK;
                break;
        default:
                break;
        }
        return good && !rota_cancelled();
}

/** A phase's own affinity and parameters hold from its beginning on. */
static void enter_phase(struct perform_thread *thread, const struct workload_phase *phase)
{
        struct perform *perform = thread->perform;

        if (phase->mask)
                rota_set_affinity(thread->handle, perform_affinity(perform, phase->mask));
        if (phase->has_params) {
                const struct rota_params params = perform_params(&phase->params);
                rota_set_params(thread->handle, &params);
        }
}

static bool perform_phase(struct perform_thread *thread, const struct workload_phase *phase,
        const struct workload_event *events)
{
        enter_phase(thread, phase);
        for (int32_t loop = 0; phase->loops == WORKLOAD_FOREVER || loop < phase->loops;) {
                for (uint32_t i = 0; i < phase->event_count; i++)
                        if (!perform_event(thread, &events[i]))
                                return false;
                __atomic_store_n(&thread->activations, thread->activations + 1, __ATOMIC_RELAXED);
                if (phase->loops != WORKLOAD_FOREVER)
                        loop++;
        }
        return !rota_cancelled();
}

intptr_t perform_thread_main(void *argument)
{
        struct perform_thread *thread = argument;
        const struct workload_task *task = thread->task;

        thread->start = rota_now();
        if (task->delay_ns) {
                thread->start += task->delay_ns;
                uint64_t start = thread->start;
                if (rota_sleep_until(&start, 0) < 0)
                        return 0;
        }
        for (int32_t loop = 0; task->loops == WORKLOAD_FOREVER || loop < task->loops;) {
                const struct workload_event *events = thread->events;
                for (uint32_t p = 0; p < task->phase_count; p++) {
                        if (!perform_phase(thread, &thread->phases[p], events))
                                return 0;
                        events += thread->phases[p].event_count;
                }
                if (task->loops != WORKLOAD_FOREVER)
                        loop++;
        }
        return 0;
}
