/* SPDX-License-Identifier: MIT */
/**
 * @file
 * One pass over the events with a small model of what each task and CPU is doing.
 */
#include "check_trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_polls.h"
#include "memory.h"

enum state { UNKNOWN, RUNNING, WAITING, SLEEPING, DEAD };

struct task {
        enum state state;
        uint32_t cpu;        /**< RUNNING: where */
        uint64_t since;      /**< in this state */
        uint64_t early_run;  /**< switched to before its wakeup was noted, 0: not */
        uint64_t early_wake; /**< woken before its switch away was noted, 0: not */
        uint64_t overlap;    /**< when it was switched to elsewhere while on.. */
        uint32_t over_cpu;   /**< .. this CPU + 1; 0: not */
        size_t place;        /**< in the list of those that wait */
};

struct cpu {
        bool known; /**< who runs is known */
        bool out;   /**< is to leave, or has left: it need not run anybody */
        bool left;  /**< has left: it must not */
        uint32_t current;
        uint64_t since;
};

struct model {
        const struct check_trace *check;
        struct check_verdict *verdict;
        struct task *tasks;
        struct cpu *cpus;
        uint32_t *waiting;
        size_t waiting_count;
        uint32_t idle_count;
        uint64_t now;
        struct check_polls polls;
};

void check_wrong(struct check_verdict *verdict, uint64_t now, const char *format, ...)
{
        va_list list;

        if (!verdict->good)
                return;
        verdict->good = false;
        verdict->when = now;
        va_start(list, format);
        vsnprintf(verdict->what, sizeof(verdict->what), format, list);
        va_end(list);
}

#define wrong(m, ...) check_wrong((m)->verdict, (m)->now, __VA_ARGS__)

/** Notes that two events were noted in the wrong order. @return whether that can be */
static bool out_of_order(struct model *m, uint64_t earlier)
{
        const uint64_t by = m->now - earlier;

        if (by > m->verdict->skew_most_ns)
                m->verdict->skew_most_ns = by;
        return by <= m->check->skew_ns;
}

static bool allowed(const struct model *m, uint32_t id, uint32_t cpu)
{
        return !m->check->allowed || m->check->allowed(m->check->argument, id, cpu);
}

/** A CPU was idle and a task waited for it until now. */
static void note_idle(struct model *m, uint32_t id, uint32_t cpu)
{
        uint64_t from = m->tasks[id].since;
        uint64_t to = m->now;

        if (!allowed(m, id, cpu))
                return;
        if (from < m->cpus[cpu].since)
                from = m->cpus[cpu].since;
        if (from < m->check->from_ns)
                from = m->check->from_ns;
        if (to > m->check->to_ns)
                to = m->check->to_ns;
        const uint64_t long_ns = to > from ? to - from : 0;
        if (long_ns > m->verdict->idle_most_ns) {
                m->verdict->idle_most_ns = long_ns;
                m->verdict->idle_cpu = cpu;
                m->verdict->idle_task = id;
                m->verdict->idle_when = to;
        }
        if (long_ns > m->check->idle_ns)
                wrong(m, "CPU %u was idle for %llu ns while task %u waited and may run there", cpu,
                        (unsigned long long)long_ns, id);
}

static void start_waiting(struct model *m, uint32_t id)
{
        m->tasks[id].state = WAITING;
        m->tasks[id].since = m->now;
        m->tasks[id].place = m->waiting_count;
        m->waiting[m->waiting_count++] = id;
}

/** Is it there for others, and runs nobody? */
static bool idles(const struct cpu *cpu)
{
        return cpu->known && cpu->current == 0 && !cpu->out;
}

static void stop_waiting(struct model *m, uint32_t id)
{
        for (uint32_t i = 0; m->idle_count && i < m->check->cpus; i++)
                if (idles(&m->cpus[i]))
                        note_idle(m, id, i);
        const uint32_t last = m->waiting[--m->waiting_count];
        m->waiting[m->tasks[id].place] = last;
        m->tasks[last].place = m->tasks[id].place;
}

/** A CPU that was idle is not from now on. */
static void end_idle(struct model *m, uint32_t index)
{
        for (size_t i = 0; i < m->waiting_count; i++)
                note_idle(m, m->waiting[i], index);
        m->verdict->run_ns[0] += m->now - m->cpus[index].since;
        m->idle_count--;
}

static void cpu_runs(struct model *m, uint32_t index, uint32_t id)
{
        struct cpu *cpu = &m->cpus[index];
        const bool was_idle = idles(cpu);

        if (was_idle && id)
                end_idle(m, index);
        if (id && cpu->left)
                wrong(m, "CPU %u has left and runs task %u", index, id);
        cpu->known = true;
        cpu->current = id;
        if (!was_idle && idles(cpu))
                m->idle_count++;
        cpu->since = m->now;
}

static void on_hotplug(struct model *m, const struct rota_record *r)
{
        if (r->a >= m->check->cpus) {
                wrong(m, "CPU %u leaves or joins; there are %u", r->a, m->check->cpus);
                return;
        }
        if (r->event == ROTA_EVENT_CPUHP_ENTER && r->b)
                return; /* it is there once it has joined */
        struct cpu *cpu = &m->cpus[r->a];
        if (idles(cpu))
                end_idle(m, r->a);
        cpu->out = !r->b;
        cpu->left = r->event == ROTA_EVENT_CPUHP_EXIT && !r->b;
        if (cpu->left && cpu->known && cpu->current)
                wrong(m, "CPU %u has left and runs task %u", r->a, cpu->current);
        if (idles(cpu))
                m->idle_count++;
        cpu->since = m->now;
}

static void switch_in(struct model *m, uint32_t id, uint32_t cpu)
{
        struct task *task = &m->tasks[id];

        if (task->state == WAITING)
                stop_waiting(m, id);
        if (task->state == RUNNING) {
                if (task->over_cpu)
                        wrong(m, "task %u is on three CPUs", id);
                task->overlap = m->now;
                task->over_cpu = task->cpu + 1;
                m->verdict->run_ns[id] += m->now - task->since;
        }
        if (task->state == SLEEPING || task->state == DEAD)
                task->early_run = m->now ? m->now : 1;
        task->state = RUNNING;
        task->cpu = cpu;
        task->since = m->now;
}

static void switch_out(struct model *m, uint32_t id, uint32_t cpu, uint32_t left)
{
        struct task *task = &m->tasks[id];

        if (task->over_cpu == cpu + 1) {
                task->over_cpu = 0;
                if (!out_of_order(m, task->overlap) && !m->check->gaps)
                        wrong(m, "task %u is on CPU %u and on CPU %u", id, cpu, task->cpu);
                return;
        }
        if (task->state == RUNNING)
                m->verdict->run_ns[id] += m->now - task->since;
        if (task->state == WAITING)
                stop_waiting(m, id);
        const bool woken = task->early_wake && out_of_order(m, task->early_wake);
        task->early_wake = 0;
        if (left == ROTA_LEFT_RUNNABLE || left == ROTA_LEFT_PREEMPTED ||
                (left == ROTA_LEFT_SLEEPING && woken)) {
                start_waiting(m, id);
        } else {
                task->state = left == ROTA_LEFT_DEAD ? DEAD : SLEEPING;
                task->since = m->now;
        }
}

static void wakeup(struct model *m, uint32_t id, bool fresh)
{
        struct task *task = &m->tasks[id];

        m->verdict->wakeups++;
        if (task->early_run) {
                if (!out_of_order(m, task->early_run) && !m->check->gaps)
                        wrong(m, "task %u ran before it was woken", id);
                task->early_run = 0;
        } else if (task->state == WAITING) {
                if (!m->check->gaps)
                        wrong(m, "task %u was woken while it waited for a CPU", id);
        } else if (task->state == RUNNING) {
                task->early_wake = m->now;
        } else if (task->state == DEAD && !fresh && !m->check->gaps) {
                wrong(m, "task %u was woken after its end", id);
        } else {
                start_waiting(m, id);
        }
}

static void on_switch(struct model *m, const struct rota_record *r)
{
        struct cpu *cpu = &m->cpus[r->cpu];

        m->verdict->switches++;
        if (r->a > m->check->tasks || r->b > m->check->tasks) {
                wrong(m, "a switch on CPU %u names the tasks %u and %u; there are %u", r->cpu, r->a,
                        r->b, m->check->tasks);
                return;
        }
        if (cpu->known && cpu->current != r->a) {
                if (!m->check->gaps)
                        wrong(m, "CPU %u switches away from %u and ran %u", r->cpu, r->a,
                                cpu->current);
                if (cpu->current && m->tasks[cpu->current].state == RUNNING &&
                        m->tasks[cpu->current].cpu == r->cpu)
                        m->tasks[cpu->current].state = UNKNOWN;
        }
        if (r->a != r->b || r->a == 0) {
                if (r->a)
                        switch_out(m, r->a, r->cpu, r->c);
                if (r->b)
                        switch_in(m, r->b, r->cpu);
        }
        cpu_runs(m, r->cpu, r->b);
}

/** Whether some idle CPU could take some waiting task now. */
static bool is_wasted(const struct model *m)
{
        if (!m->idle_count || !m->waiting_count)
                return false;
        for (uint32_t c = 0; c < m->check->cpus; c++) {
                if (!idles(&m->cpus[c]))
                        continue;
                for (size_t i = 0; i < m->waiting_count; i++)
                        if (allowed(m, m->waiting[i], c))
                                return true;
        }
        return false;
}

/** A CPU whose first switch is away from idle was idle until then, and one without any always. */
static void begin(struct model *m)
{
        const struct check_trace *check = m->check;

        for (uint32_t i = 0; i < check->cpus; i++)
                m->cpus[i].known = true;
        bool *seen = memory_get(check->cpus, sizeof(*seen));
        for (size_t i = 0; i < check->count; i++) {
                const struct rota_record *r = &check->records[i];
                if (r->event != ROTA_EVENT_SWITCH || r->cpu >= check->cpus || seen[r->cpu])
                        continue;
                seen[r->cpu] = true;
                m->cpus[r->cpu].known = r->a == 0;
        }
        free(seen);
        for (uint32_t i = 0; i < check->cpus; i++) {
                m->cpus[i].since = m->now;
                m->idle_count += m->cpus[i].known;
        }
}

static void end(struct model *m)
{
        for (size_t i = 0; i < m->waiting_count; i++)
                for (uint32_t c = 0; c < m->check->cpus; c++)
                        if (idles(&m->cpus[c]))
                                note_idle(m, m->waiting[i], c);
        for (uint32_t i = 1; i <= m->check->tasks; i++) {
                const struct task *task = &m->tasks[i];
                if (m->check->gaps)
                        continue;
                if (task->over_cpu && !out_of_order(m, task->overlap))
                        wrong(m, "task %u is on CPU %u and on CPU %u", i, task->over_cpu - 1,
                                task->cpu);
                if (task->early_run && !out_of_order(m, task->early_run))
                        wrong(m, "task %u ran and nobody had woken it", i);
        }
}

bool check_trace(const struct check_trace *check, struct check_verdict *verdict)
{
        struct model m = {.check = check, .verdict = verdict};
        bool wasted = false;

        memset(verdict, 0, sizeof(*verdict));
        verdict->good = true;
        verdict->run_ns = memory_get((size_t)check->tasks + 1, sizeof(*verdict->run_ns));
        m.tasks = memory_get((size_t)check->tasks + 1, sizeof(*m.tasks));
        m.cpus = memory_get(check->cpus, sizeof(*m.cpus));
        m.waiting = memory_get((size_t)check->tasks + 1, sizeof(*m.waiting));
        check_polls_begin(&m.polls, check, verdict);
        m.now = check->count ? check->records[0].time : 0;
        begin(&m);
        for (size_t i = 0; i < check->count; i++) {
                const struct rota_record *r = &check->records[i];
                if (r->time < m.now || r->cpu >= check->cpus) {
                        wrong(&m, "time runs backwards on CPU %u, or it does not exist", r->cpu);
                        continue;
                }
                if (wasted && r->time > check->from_ns && m.now < check->to_ns)
                        verdict->wasted_ns += r->time - m.now;
                m.now = r->time;
                if (r->event == ROTA_EVENT_SWITCH)
                        on_switch(&m, r);
                else if ((r->event == ROTA_EVENT_WAKEUP || r->event == ROTA_EVENT_WAKEUP_NEW) &&
                         r->a >= 1 && r->a <= check->tasks)
                        wakeup(&m, r->a, r->event == ROTA_EVENT_WAKEUP_NEW);
                else if (r->event == ROTA_EVENT_CPUHP_ENTER || r->event == ROTA_EVENT_CPUHP_EXIT)
                        on_hotplug(&m, r);
                check_polls_event(&m.polls, r);
                wasted = is_wasted(&m);
        }
        end(&m);
        check_polls_end(&m.polls, m.now);
        free(m.tasks);
        free(m.cpus);
        free(m.waiting);
        return verdict->good;
}
