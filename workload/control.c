/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The control thread: it starts the workload once every CPU is up, keeps the report fresh, ends the
 * run, has the invariants verified, and fills in the results.
 */
#include "perform.h"

#include <world_programs.h>

/* The statistics of CPUs are read while these write them, each number by itself: for progress that is
 * good enough, and in the end only the control thread runs. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RACY __attribute__((no_sanitize("thread")))
#endif
#endif
#if !defined(RACY) && defined(__SANITIZE_THREAD__)
#define RACY __attribute__((no_sanitize_thread))
#endif
#ifndef RACY
#define RACY
#endif

#define PROGRESS_DEFAULT (250 * ROTA_MS)
#define CPUS_PATIENCE    (10 * ROTA_S) /* until all CPUs have started */
#define END_PATIENCE     (5 * ROTA_S)  /* from the cancel until all threads have ended */
#define STALL_PATIENCE   (1 * ROTA_S)  /* until nothing that happens means that nothing can */

/* Of struct rota_task_stats. */
#define STATE_SLEEPS 3
#define STATE_ENDED  4

/* Since when nothing has come to an end that threads wait for. */
struct stall {
        uint64_t since; /* 0: not looked yet */
        uint32_t moves;
};

static struct workload_report_cpu *report_cpus(struct perform *perform)
{
        return (void *)((char *)perform->report + perform->layout.cpus);
}

static struct workload_report_thread *report_threads(struct perform *perform)
{
        return (void *)((char *)perform->report + perform->layout.threads);
}

/** Idle time of a CPU up to now, the present idle period included. */
RACY static uint64_t idle_until(const struct rota_cpu_stats *stats, uint64_t now)
{
        const uint64_t since = stats->idle_since;
        return stats->idle_ns + (since && since < now ? now - since : 0);
}

RACY static void report_cpu(struct perform *perform, uint32_t cpu, uint64_t now)
{
        const struct rota_cpu_stats *is = &perform->world->cpu[cpu]->stats;
        const struct rota_cpu_stats *was = &perform->bases[cpu].stats;
        struct workload_report_cpu *out = &report_cpus(perform)[cpu];
        const uint64_t all = now - perform->report->begun_ns;
        const uint64_t idle = idle_until(is, now) - perform->bases[cpu].idle_ns;

        out->idle_ns = idle < all ? idle : all;
        out->busy_ns = all - out->idle_ns;
        out->switches = is->switches - was->switches;
        out->preemptions = is->preemptions - was->preemptions;
        out->steals = is->steals - was->steals;
        out->kicks = is->kicks - was->kicks;
        out->timer_irqs = is->timer_irqs - was->timer_irqs;
        out->halts = is->halts - was->halts;
        out->home_lent = is->home_lent - was->home_lent;
        out->home_stuck = is->home_stuck - was->home_stuck;
}

/** A thread that has ended is no longer Rota's, and its block no longer changes. */
static bool read_stats(const struct perform_thread *thread, struct rota_task_stats *stats)
{
        if (rota_get_stats(thread->handle, stats) == ROTA_OK)
                return true;
        if (!__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE))
                return false;
        *stats = thread->stats;
        return true;
}

static void report_thread(struct perform *perform, uint32_t index)
{
        const struct perform_thread *thread = &perform->threads[index];
        struct workload_report_thread *out = &report_threads(perform)[index];
        struct rota_task_stats stats;

        /* Acquire: its fork; partner: the release in perform_fork(). */
        if (!__atomic_load_n(&thread->started, __ATOMIC_ACQUIRE))
                return;
        out->id = thread->handle.index + 1;
        out->activations = __atomic_load_n(&thread->activations, __ATOMIC_RELAXED);
        out->missed = __atomic_load_n(&thread->missed, __ATOMIC_RELAXED);
        out->user_calls = __atomic_load_n(&thread->user_calls, __ATOMIC_RELAXED);
        out->polls = __atomic_load_n(&thread->polls, __ATOMIC_RELAXED);
        out->yields = __atomic_load_n(&thread->yields, __ATOMIC_RELAXED);
        if (__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE))
                out->exit_code = thread->exit_code;
        if (!read_stats(thread, &stats))
                return; /* it is just ending: the next time */
        out->state = stats.state;
        out->run_ns = stats.run_ns;
        out->wait_ns = stats.wait_ns;
        out->sleep_ns = stats.sleep_ns;
        out->switches = stats.voluntary + stats.involuntary;
        out->preemptions = stats.involuntary;
        out->migrations = stats.migrations;
        out->wakes = stats.wakes;
        out->wake_p50_ns = rota_stats_latency(&stats, 500);
        out->wake_p99_ns = rota_stats_latency(&stats, 990);
        out->wake_max_ns = stats.wake_max_ns;
}

static void update(struct perform *perform)
{
        struct workload_report *report = perform->report;
        const struct workload_header *h = perform->image.header;
        const uint64_t now = rota_now();

        for (uint32_t i = 0; i < h->cpus; i++)
                report_cpu(perform, i, now);
        for (uint32_t i = 0; i < h->thread_count; i++)
                report_thread(perform, i);
        report->now_ns = now;
        report->fallbacks = __atomic_load_n(&perform->rota->fallbacks, __ATOMIC_RELAXED);
        report->threads_ended = __atomic_load_n(&perform->ended, __ATOMIC_ACQUIRE);
        __atomic_add_fetch(&report->beats, 1, __ATOMIC_RELEASE);
}

/** Waits until every CPU takes turns, so that the first ones do not start with all the work. */
static void await_cpus(struct perform *perform)
{
        const uint64_t last = rota_now() + CPUS_PATIENCE;

        for (uint32_t i = 0; i < perform->image.header->cpus; i++)
                while (!__atomic_load_n(&perform->world->cpu[i]->online, __ATOMIC_ACQUIRE)) {
                        if (rota_now() > last) {
                                perform_fail(perform, "a CPU did not start: CPU", i);
                                return;
                        }
                        rota_sleep_for(100 * ROTA_US);
                }
}

RACY static void start_all(struct perform *perform)
{
        const struct workload_header *h = perform->image.header;
        struct workload_report *report = perform->report;

        for (uint32_t i = 0; i < h->thread_count; i++)
                perform->live += !perform->threads[i].forked;
        report->begun_ns = rota_now();
        report->now_ns = report->begun_ns;
        report->slice_ns = perform->rota->slice_ns;
        report->control_id = perform->control_handle.index + 1;
        for (uint32_t i = 0; i < h->cpus; i++) {
                perform->bases[i].stats = perform->world->cpu[i]->stats;
                perform->bases[i].idle_ns = idle_until(&perform->bases[i].stats, report->begun_ns);
        }
        __atomic_store_n(&report->state, WORKLOAD_STATE_RUNNING, __ATOMIC_RELEASE);
        for (uint32_t i = 0; i < h->thread_count; i++) {
                if (perform->threads[i].forked)
                        continue;
                __atomic_store_n(&perform->threads[i].started, 1, __ATOMIC_RELAXED);
                if (perform_is_program(&perform->threads[i]))
                        perform_start_program(&perform->threads[i]);
                else
                        rota_start(perform->threads[i].handle);
        }
}

/** Whether no thread has been woken that has not run yet, by the latest update. */
static bool all_sleep(const struct perform *perform)
{
        const struct workload_report_thread *out =
                (const void *)((const char *)perform->report + perform->layout.threads);

        for (uint32_t i = 0; i < perform->image.header->thread_count; i++)
                if (out[i].id && out[i].state != STATE_SLEEPS && out[i].state != STATE_ENDED)
                        return false;
        return true;
}

/** Whether every thread waits for another, and did so for a while: none of them can ever go on. */
static bool is_stalled(struct perform *perform, struct stall *seen, uint64_t now)
{
        const uint32_t live = __atomic_load_n(&perform->live, __ATOMIC_ACQUIRE);
        const uint32_t waiting = __atomic_load_n(&perform->waiting, __ATOMIC_RELAXED);
        const uint32_t moves = __atomic_load_n(&perform->moves, __ATOMIC_RELAXED);

        if (waiting != live || moves != seen->moves || !seen->since || !all_sleep(perform)) {
                seen->moves = moves;
                seen->since = now;
                return false;
        }
        return now - seen->since >= STALL_PATIENCE;
}

/** Notes who waits for what, or that nobody has to any more. */
static void report_stall(struct perform *perform, bool stalled)
{
        struct workload_report_thread *out = report_threads(perform);

        if (perform->report->stalled == stalled)
                return;
        perform->report->stalled = stalled;
        for (uint32_t i = 0; i < perform->image.header->thread_count; i++) {
                const struct perform_thread *thread = &perform->threads[i];
                const bool stuck = stalled && thread->started &&
                                   !__atomic_load_n(&thread->ended, __ATOMIC_ACQUIRE);
                out[i].stuck = stuck ? __atomic_load_n(&thread->waits_for, __ATOMIC_RELAXED) : 0;
        }
}

/** Whether the run should end before its time. */
static bool should_end(struct perform *perform, struct stall *stall, uint64_t now)
{
        const struct workload_report *report = perform->report;

        /* Acquire: the message is whole; partner: perform_fail_with(). */
        if (__atomic_load_n(&report->stop, __ATOMIC_RELAXED) ||
                __atomic_load_n(&perform->failed, __ATOMIC_ACQUIRE))
                return true;
        report_stall(perform, is_stalled(perform, stall, now));
        return report->stalled && (perform->image.header->flags & WORKLOAD_STALL_ENDS);
}

/** Sleeps until @p end or until no thread lives; keeps the report fresh meanwhile.
 * @return whether no thread lives */
static bool watch(struct perform *perform, uint64_t end, bool may_end)
{
        const uint64_t asked = perform->image.header->progress_ns;
        const uint64_t period = asked ? asked : PROGRESS_DEFAULT;
        struct stall stall = {0};

        for (;;) {
                const uint64_t now = rota_now();
                /* Before the update, which then has the last of them as it ended. Partner: who ends. */
                const bool ended = __atomic_load_n(&perform->live, __ATOMIC_ACQUIRE) == 0;
                update(perform);
                if (ended)
                        return true;
                if (now >= end || (may_end && should_end(perform, &stall, now)))
                        return false;
                const uint64_t next = end - now < period ? end : now + period;
                rota_park_until(rota_timeout_at(next));
        }
}

/** Has all invariants verified while nothing else runs. */
static void verify(struct perform *perform)
{
        struct rota_check_report found = {0};

        rota_world_stop();
        const bool good = rota_check(perform->rota, &found);
        rota_world_resume();
        perform->report->checks++;
        if (good)
                return;
        perform->report->broken++;
        perform_fail(perform, found.what ? found.what : "an invariant is broken",
                found.slot == UINT32_MAX ? 0 : found.slot + 1);
}

intptr_t perform_control_main(void *argument)
{
        struct perform *perform = argument;
        const struct workload_header *h = perform->image.header;

        await_cpus(perform);
        start_all(perform);
        const uint64_t begun = perform->report->begun_ns;
        const uint64_t end = h->duration_ns ? begun + h->duration_ns : ROTA_NEVER;
        if (!watch(perform, end, true)) {
                verify(perform);
                /* First, or a program would end by the cancel alone, as if by itself. */
                if (perform->programs)
                        world_programs_end();
                for (uint32_t i = 0; i < h->thread_count; i++)
                        rota_cancel(perform->threads[i].handle);
                if (!watch(perform, rota_now() + END_PATIENCE, false))
                        perform_fail(perform, "threads that do not end when cancelled:",
                                __atomic_load_n(&perform->live, __ATOMIC_ACQUIRE));
        }
        for (uint32_t i = 0; i < h->thread_count; i++)
                if (!perform->threads[i].started)
                        rota_drop(perform->threads[i].handle);
        verify(perform);
        if (perform->report->fallbacks)
                perform_fail(perform, "a policy broke its word; replaced", 0);
        rota_stop(perform->rota);
        return 0;
}
