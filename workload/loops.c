/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Where a thread is in its task: loops of phases, loops of events. All of it is in its perform_place, so
 * that it can stop at any event, and go on from there without a stack. Whatever it is at, it ends as soon
 * as it is cancelled.
 */
#include "perform.h"

/** Of perform_place: what is to be done next. */
enum stage {
        STAGE_START, /**< the task begins */
        STAGE_DELAY, /**< its delay is over */
        STAGE_LOOP,  /**< a pass over its phases */
        STAGE_PHASE, /**< a phase of it */
        STAGE_PASS,  /**< a pass over the phase's events */
        STAGE_EVENT, /**< an event of it */
};

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

/** The beginning, and the delay before it. */
static enum perform_result start(struct perform_thread *thread)
{
        struct perform_act *act = &thread->act;

        thread->start = rota_now();
        thread->at.stage = STAGE_DELAY;
        rota_wait_init(&act->on.node);
        if (!thread->task->delay_ns)
                return PERFORM_DONE;
        thread->start += thread->task->delay_ns;
        return perform_wait(thread, &act->on.node, rota_timeout_at(thread->start));
}

/** Only a cancel ends the delay early. */
static bool start_is_over(struct perform_thread *thread)
{
        thread->at.stage = STAGE_LOOP;
        return !thread->task->delay_ns || rota_wait_result(&thread->act.on.node) == ROTA_ETIMEDOUT;
}

/** The next pass over the phases. @return false: there is none */
static bool next_loop(struct perform_thread *thread)
{
        struct perform_place *at = &thread->at;

        if (thread->task->loops != WORKLOAD_FOREVER && at->loop++ == thread->task->loops)
                return false;
        at->phase = 0;
        at->events = thread->events;
        at->stage = STAGE_PHASE;
        return true;
}

/** The next phase, or after the last one the next pass over all. @return false: the thread is to end */
static bool next_phase(struct perform_thread *thread)
{
        struct perform_place *at = &thread->at;

        if (rota_cancelled())
                return false;
        if (at->phase == thread->task->phase_count) {
                at->stage = STAGE_LOOP;
                return true;
        }
        enter_phase(thread, &thread->phases[at->phase]);
        at->pass = 0;
        at->stage = STAGE_PASS;
        return true;
}

/** The next pass over the phase's events, or the phase after it. */
static void next_pass(struct perform_thread *thread)
{
        struct perform_place *at = &thread->at;
        const struct workload_phase *phase = &thread->phases[at->phase];

        if (phase->loops != WORKLOAD_FOREVER && at->pass++ == phase->loops) {
                at->events += phase->event_count;
                at->phase++;
                at->stage = STAGE_PHASE;
                return;
        }
        thread->log = (struct workload_log_record){.start_ns = rota_now()};
        at->event = 0;
        at->stage = STAGE_EVENT;
}

/** Performs one event, in user mode where the thread has it: there what keeps the CPU busy works by itself
 * (perform_user_until()), and others are called for. */
static enum perform_result perform_event(
        struct perform_thread *thread, const struct workload_event *event)
{
        const bool works = event->kind == WORKLOAD_RUN || event->kind == WORKLOAD_RUNTIME;

        if (!thread->user || works)
                return perform_event_itself(thread, event);
        return perform_user_event(thread, event) ? PERFORM_DONE : PERFORM_END;
}

/** The present event, and then the next one of this pass, or the next pass. */
static enum perform_result next_event(struct perform_thread *thread)
{
        struct perform_place *at = &thread->at;
        const enum perform_result result = perform_event(thread, &at->events[at->event]);

        if (result != PERFORM_DONE || ++at->event < thread->phases[at->phase].event_count)
                return result;
        log_activation(thread, at->phase);
        __atomic_store_n(&thread->activations, thread->activations + 1, __ATOMIC_RELAXED);
        at->stage = STAGE_PASS;
        return PERFORM_DONE;
}

enum perform_result perform_go_on(struct perform_thread *thread)
{
        enum perform_result result = PERFORM_DONE;

        while (result == PERFORM_DONE) {
                bool good = true;
                switch (thread->at.stage) {
                case STAGE_START:
                        result = start(thread);
                        break;
                case STAGE_DELAY:
                        good = start_is_over(thread);
                        break;
                case STAGE_LOOP:
                        good = next_loop(thread);
                        break;
                case STAGE_PHASE:
                        good = next_phase(thread);
                        break;
                case STAGE_PASS:
                        next_pass(thread);
                        break;
                default:
                        result = next_event(thread);
                        break;
                }
                if (!good)
                        result = PERFORM_END;
        }
        return result;
}
