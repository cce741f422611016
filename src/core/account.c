/* SPDX-License-Identifier: MIT */
/* Accounts of tasks, whose sums add up to wall time, and the trace. The lock of the task's queues is
 * held, the CPU that a record is of is this one. */
#include "core/account.h"
#include "core/core.h"
#include "core/text.h"

const bool account_kept = true;

enum { STATE_NONE, STATE_RUN, STATE_WAIT, STATE_SLEEP, STATE_ENDED };

/* Time since the last change of state; the next one begins now. Clocks of two CPUs may disagree by a
 * little, sums must not. */
static uint64_t lap(struct rota_task_stats *stats, uint64_t now)
{
        uint64_t spent = now > stats->since_ns ? now - stats->since_ns : 0;
        stats->since_ns += spent;
        return spent;
}

static void close_state(struct rota_task_stats *stats, uint64_t now)
{
        uint64_t spent = lap(stats, now);
        if (stats->state == STATE_RUN)
                stats->run_ns += spent;
        else if (stats->state == STATE_WAIT)
                stats->wait_ns += spent;
        else if (stats->state == STATE_SLEEP)
                stats->sleep_ns += spent;
}

void trace_event(
        struct rota_cpu *cpu, uint64_t time, uint16_t event, uint32_t a, uint32_t b, uint32_t c)
{
        struct rota_ring *ring = cpu->ring;
        uint32_t head = rota_atomic_load(&ring->head);

        /* Acquire: the reader is done with the record that we write over; partner: the release in
         * rota_ring_read. */
        if (head - rota_atomic_load_acquire(&ring->tail) >= ring->capacity) {
                rota_atomic_store(&ring->dropped, rota_atomic_load(&ring->dropped) + 1);
                return;
        }
        struct rota_record *record = &ring->records[head & (ring->capacity - 1)];
        record->time = time;
        record->event = event;
        record->cpu = (uint16_t)cpu->index;
        record->a = a;
        record->b = b;
        record->c = c;
        rota_atomic_store_release(&ring->head, head + 1); /* partner: rota_ring_read */
}

void trace_change(const struct rota_task *task, uint64_t now)
{
        struct rota_cpu *self = rota_port_cpu();
        if (self && self->ring)
                trace_event(self, now, ROTA_EVENT_CHANGE, task_id(task), 0, 0);
}

/* Who wakes: what runs here, but in an interrupt, which is nobody's. */
static uint32_t waker_id(const struct rota_cpu *self)
{
        return self->nesting ? 0 : task_id(self->current);
}

void trace_token(struct rota_handle handle)
{
        struct rota_cpu *self = rota_port_cpu();
        if (self && self->ring)
                trace_event(self, rota_port_now(), ROTA_EVENT_WAKING, handle.index + 1,
                        waker_id(self), self->index);
}

void trace_poll(const struct rota_task *task, uint16_t event, uint32_t b, uint32_t c)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *self = rota_port_cpu();

        if (self->ring)
                trace_event(self, rota_port_now(), event, task_id(task), b, c);
        rota_port_irq_restore(flags);
}

void trace_cpu(const struct rota_cpu *cpu, uint16_t event, bool joins)
{
        struct rota_cpu *self = rota_port_cpu();
        if (self && self->ring)
                trace_event(self, rota_port_now(), event, cpu->index, joins, 0);
}

/* Records that a dump shows of each CPU. */
#define EVENTS 8u

void trace_show(struct text *w, const struct rota_cpu *cpu)
{
        const struct rota_ring *ring = cpu->ring;
        uint32_t head = ring ? rota_atomic_load(&ring->head) : 0;
        uint32_t count = head < EVENTS ? head : EVENTS;

        if (ring && count > ring->capacity)
                count = ring->capacity;
        for (uint32_t at = head - count; ring && at != head; at++) {
                const struct rota_record *record = &ring->records[at & (ring->capacity - 1)];
                text_number(w, "cpu ", cpu->index);
                text_number(w, " at ", record->time);
                text_put(w, " ");
                text_put(w, rota_event_name(record->event));
                text_number(w, ": ", record->a);
                text_number(w, ", ", record->b);
                text_number(w, ", ", record->c);
                text_char(w, '\n');
        }
}

void account_placed(
        struct rota_task *task, uint32_t reason, uint32_t from, uint32_t to, uint64_t now)
{
        struct rota_cpu *self = rota_port_cpu();
        struct rota_task_stats *stats = task->stats;
        bool woken = reason == ROTA_ENQ_WOKEN;
        bool new = reason == ROTA_ENQ_NEW;

        if (stats && new) {
                stats->start_ns = now;
                stats->since_ns = now;
                stats->state = STATE_WAIT;
        } else if (stats && woken) {
                close_state(stats, now);
                stats->state = STATE_WAIT;
                stats->woken = 1;
                stats->wakes++;
        }
        if (self && self->ring) {
                uint32_t id = task_id(task);
                if (from != to && !new)
                        trace_event(self, now, ROTA_EVENT_MIGRATE, id, from, to);
                if (woken)
                        trace_event(self, now, ROTA_EVENT_WAKING, id, waker_id(self), to);
                if (woken || new)
                        trace_event(self, now, new ? ROTA_EVENT_WAKEUP_NEW : ROTA_EVENT_WAKEUP, id,
                                0, to);
        }
}

void account_run(struct rota_cpu *cpu, struct rota_task *task, uint64_t now)
{
        struct rota_task_stats *stats = task->stats;

        if (stats) {
                uint64_t before = stats->wait_ns;
                close_state(stats, now);
                stats->state = STATE_RUN;
                if (stats->woken) {
                        uint64_t latency = stats->wait_ns - before;
                        stats->woken = 0;
                        stats->wake_histogram[rota_histogram_bucket(latency)]++;
                        if (latency > stats->wake_max_ns)
                                stats->wake_max_ns = latency;
                }
                if (task->last_cpu != cpu->index && task->last_cpu != UINT16_MAX)
                        stats->migrations++;
        }
        task->last_cpu = (uint16_t)cpu->index;
        rota_count_set(&task->unserved_since, (uint64_t)0);
        if (cpu->ring && cpu->traced != task_id(task)) {
                trace_event(cpu, now, ROTA_EVENT_SWITCH, cpu->traced, task_id(task), cpu->left);
                cpu->traced = task_id(task);
        }
}

void account_home(struct rota_cpu *cpu, uint64_t now)
{
        if (cpu->ring && cpu->traced) {
                trace_event(cpu, now, ROTA_EVENT_SWITCH, cpu->traced, 0, cpu->left);
                cpu->traced = 0;
        }
}

void account_leave(struct rota_cpu *cpu, struct rota_task *task, enum rota_why why, uint64_t now)
{
        static const uint8_t left[] = {
                [WHY_YIELD] = ROTA_LEFT_RUNNABLE,
                [WHY_PREEMPT] = ROTA_LEFT_PREEMPTED,
                [WHY_PARK] = ROTA_LEFT_SLEEPING,
                [WHY_EXIT] = ROTA_LEFT_DEAD,
        };
        struct rota_task_stats *stats = task->stats;

        cpu->left = left[why];
        if (!stats)
                return;
        close_state(stats, now);
        if (why == WHY_PREEMPT)
                stats->involuntary++;
        else
                stats->voluntary++;
        stats->state = why == WHY_PARK ? STATE_SLEEP : why == WHY_EXIT ? STATE_ENDED : STATE_WAIT;
}

void account_out(struct rota_cpu *cpu)
{
        uint64_t now = rota_port_now();
        rota_count_set(&cpu->stats.idle_since, now);
        rota_count_set(&cpu->stats.offline_since, now);
        trace_cpu(cpu, ROTA_EVENT_CPUHP_EXIT, false);
}

bool account_back(struct rota_cpu *cpu, uint64_t now)
{
        struct rota_cpu_stats *stats = &cpu->stats;
        uint64_t since = stats->offline_since;

        if (!since) {
                rota_count_set(&stats->start_ns, now);
                return false;
        }
        trace_cpu(cpu, ROTA_EVENT_CPUHP_ENTER, true);
        rota_count_set(&stats->idle_since, 0);
        rota_count_set(&stats->offline_since, 0);
        if (now > since) {
                rota_count_add(&stats->idle_ns, now - since);
                rota_count_add(&stats->offline_ns, now - since);
        }
        return true;
}

uint64_t rota_cpu_time(void)
{
        uintptr_t flags = rota_port_irq_save();
        struct rota_cpu *cpu = rota_port_cpu();
        uint64_t time = 0;

        if (cpu && cpu->current && cpu->current->stats) {
                const struct rota_task_stats *stats = cpu->current->stats;
                uint64_t now = rota_port_now();
                time = stats->run_ns + (now > stats->since_ns ? now - stats->since_ns : 0);
        }
        rota_port_irq_restore(flags);
        return time;
}

int rota_get_stats(struct rota_handle handle, struct rota_task_stats *out)
{
        struct held held;

        if (!out)
                return ROTA_EINVAL;
        if (!slot_hold(handle, &held))
                return ROTA_ESTALE;
        int result = ROTA_EINVAL;
        if (held.task->stats) {
                *out = *held.task->stats;
                close_state(out, rota_port_now());
                result = ROTA_OK;
        }
        slot_let_go(&held);
        rota_port_irq_restore(held.flags);
        return result;
}

int rota_get_cpu_stats(struct rota *rota, uint32_t index, struct rota_cpu_stats *out)
{
        if (!rota || !out || index >= rota->cpu_count)
                return ROTA_EINVAL;
        const struct rota_cpu_stats *stats = &rota->cpus[index]->stats;
        out->start_ns = rota_count_read(&stats->start_ns);
        out->idle_ns = rota_count_read(&stats->idle_ns);
        out->idle_since = rota_count_read(&stats->idle_since);
        out->offline_ns = rota_count_read(&stats->offline_ns);
        out->offline_since = rota_count_read(&stats->offline_since);
        out->switches = rota_count_read(&stats->switches);
        out->preemptions = rota_count_read(&stats->preemptions);
        out->steals = rota_count_read(&stats->steals);
        out->kicks = rota_count_read(&stats->kicks);
        out->kicks_sent = rota_count_read(&stats->kicks_sent);
        out->timer_irqs = rota_count_read(&stats->timer_irqs);
        out->halts = rota_count_read(&stats->halts);
        out->home_lent = rota_count_read(&stats->home_lent);
        out->home_stuck = rota_count_read(&stats->home_stuck);
        uint64_t now = rota_port_now();
        if (out->idle_since && now > out->idle_since) {
                out->idle_ns += now - out->idle_since;
                out->idle_since = now;
        }
        if (out->offline_since && now > out->offline_since) {
                out->offline_ns += now - out->offline_since;
                out->offline_since = now;
        }
        return ROTA_OK;
}
