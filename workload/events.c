/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What a thread of a workload does: loops of phases, loops of events. Whatever it is at, it ends as
 * soon as it is cancelled.
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

/** Sleeps to the next expiry of a timer. */
static bool timer(struct perform_thread *thread, const struct workload_event *event)
{
        const struct perform *perform = thread->perform;
        struct workload_log_record *log = &thread->log;
        uint64_t *timers = (event->flags & WORKLOAD_UNIQUE) ? thread->timers : perform->timers;
        const uint64_t now = rota_now();
        uint64_t due = 0;
        const bool early = timer_next(&timers[event->object], thread->start, event, now, &due);

        if (!(perform->image.header->flags & WORKLOAD_CUMULATIVE))
                log->slack_ns = 0;
        log->slack_ns += (int64_t)(due - now);
        if (!early) {
                log->wake_ns = 0;
                __atomic_store_n(&thread->missed, thread->missed + 1, __ATOMIC_RELAXED);
                return true;
        }
        const uint64_t expiry = due;
        if (rota_sleep_until(&due, 0) < 0)
                return false;
        log->wake_ns += rota_now() - expiry;
        return true;
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

bool perform_event_itself(struct perform_thread *thread, const struct workload_event *event)
{
        bool good = false;

        switch (event->kind) {
        case WORKLOAD_RUN:
        case WORKLOAD_RUNTIME:
                good = busy(thread, event);
                break;
        case WORKLOAD_SLEEP:
        case WORKLOAD_IORUN:
                good = rota_sleep_for(event->value) == ROTA_OK;
                break;
        case WORKLOAD_TIMER:
                good = timer(thread, event);
                break;
        case WORKLOAD_YIELD:
                good = rota_yield() == ROTA_OK;
                break;
        case WORKLOAD_MEM:
                good = perform_mem(thread, event);
                break;
        case WORKLOAD_MEMRUN:
                good = perform_memrun(thread, event);
                break;
        case WORKLOAD_FORK:
                good = perform_fork(thread, event->object);
                break;
        default:
                good = perform_shared(thread, event);
                break;
        }
        return good && !rota_cancelled();
}

/** Performs one event, in user mode where the thread has it: there what keeps the CPU busy works by itself
 * (perform_user_until()), and others are called for. @return false where the thread is to end */
static bool perform_event(struct perform_thread *thread, const struct workload_event *event)
{
        const bool works = event->kind == WORKLOAD_RUN || event->kind == WORKLOAD_RUNTIME;

        return thread->user && !works ? perform_user_event(thread, event)
                                      : perform_event_itself(thread, event);
}

/** Puts a finished activation into the thread's log, or counts it where the log is full. */
static void log_activation(struct perform_thread *thread, uint32_t phase)
{
        struct perform *perform = thread->perform;
        const uint32_t capacity = perform->image.header->log_records;

        if (!perform->layout.log_stride)
                return;
        struct workload_log *log = (void *)((char *)perform->report + perform->layout.logs +
                                            thread->index * perform->layout.log_stride);
        const uint32_t head = thread->logged;
        /* Acquire: the reader has taken what was there; partner: the release in log_drain (tool). */
        if (head - __atomic_load_n(&log->tail, __ATOMIC_ACQUIRE) >= capacity) {
                __atomic_store_n(&log->dropped, log->dropped + 1, __ATOMIC_RELAXED);
                return;
        }
        thread->log.end_ns = rota_now();
        thread->log.phase = phase;
        log->records[head & (capacity - 1)] = thread->log;
        thread->logged = head + 1;
        /* Release: the record; partner: the acquire in log_drain (tool). */
        __atomic_store_n(&log->head, head + 1, __ATOMIC_RELEASE);
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

static bool perform_phase(
        struct perform_thread *thread, uint32_t number, const struct workload_event *events)
{
        const struct workload_phase *phase = &thread->phases[number];

        enter_phase(thread, phase);
        for (int32_t loop = 0; phase->loops == WORKLOAD_FOREVER || loop < phase->loops;) {
                thread->log = (struct workload_log_record){.start_ns = rota_now()};
                for (uint32_t i = 0; i < phase->event_count; i++)
                        if (!perform_event(thread, &events[i]))
                                return false;
                log_activation(thread, number);
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
                        if (!perform_phase(thread, p, events))
                                return 0;
                        events += thread->phases[p].event_count;
                }
                if (task->loops != WORKLOAD_FOREVER)
                        loop++;
        }
        return 0;
}
