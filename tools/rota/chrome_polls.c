/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Futures in Chrome's trace events: a track for each, with a slice for each poll, from its begin to its
 * end whoever had the CPU meanwhile; and a flow for each wake, from where it was made to the poll that
 * answers it. Wakes of a batch all lead to one poll. A user task has such a track for what it awaits: a slice
 * for each call, from its first poll to its last one's end, and in it the polls.
 *
 * Viewers sort events by time, and leave those of one time in the file's order. So a slice is written before those
 * in it, and a flow's end behind the slice that it is bound to.
 */
#include "chrome.h"

#include <inttypes.h>
#include <stdlib.h>

#include <rota/future.h>

#include "export.h"
#include "memory.h"

const char *export_answer(uint32_t poll)
{
        switch (poll) {
        case ROTA_POLL_PENDING:
                return "pending";
        case ROTA_POLL_YIELDED:
                return "yielded";
        case ROTA_POLL_READY:
                return "ready";
        default:
                return "?";
        }
}

/** One end of a flow, bound to the slice that is there at that time. */
static void write_end(struct chrome *c, const char *phase, uint32_t pid, uint32_t tid,
        uint64_t time, uint32_t number)
{
        chrome_begin(c, phase, pid, tid);
        fprintf(c->out, ",\"cat\":\"wake\",\"name\":\"wake\",\"id\":%u%s", number,
                *phase == 'f' ? ",\"bp\":\"e\"" : "");
        chrome_time(c, "ts", time);
        fputs("}", c->out);
}

/** What led to a poll that was written. A wake that was made by no task, but an interrupt, is a slice of its CPU. */
static void write_flows(struct chrome_polls *polls, struct chrome *c, uint32_t id, uint64_t begun)
{
        for (uint32_t number = polls->tasks[id].answers; number;) {
                const struct chrome_flow *flow = &polls->flows[number - 1];
                if (flow->pid == PID_CPUS)
                        chrome_slice(c, flow->pid, flow->tid, "interrupt", flow->time,
                                flow->time + 1, "");
                write_end(c, "s", flow->pid, flow->tid, flow->time, number);
                write_end(c, "f", PID_POLLS, id, begun, number);
                number = flow->before;
        }
        polls->tasks[id].answers = 0;
}

/** A wake of a future, by a task, in a poll of its own or not, or by nobody. */
static void wakes(
        struct chrome_polls *polls, struct chrome *c, const struct rota_record *r, uint32_t waker)
{
        struct chrome_polled *task = &polls->tasks[r->a];
        struct chrome_flow flow = {
                .time = r->time, .pid = PID_CPUS, .tid = r->cpu, .before = task->flows};

        if (waker && waker < c->result->ids) {
                flow.pid = polls->tasks[waker].begun ? PID_POLLS : PID_TASKS;
                flow.tid = waker;
        }
        polls->flows = memory_grow(
                polls->flows, &polls->flow_room, polls->flow_count + 1, sizeof(*polls->flows));
        polls->flows[polls->flow_count++] = flow;
        task->flows = (uint32_t)polls->flow_count;
}

/** A call of a user task's begins. */
static void begins_call(struct chrome_polls *polls, struct chrome *c, const struct rota_record *r)
{
        struct chrome_polled *task = &polls->tasks[r->a];

        task->count = 0;
        task->in_call = true;
        chrome_begin(c, "B", PID_POLLS, r->a);
        fprintf(c->out, ",\"cat\":\"sched\",\"name\":\"%s\"", export_trap(r));
        chrome_time(c, "ts", r->time);
        fputs("}", c->out);
}

static void ends_call(struct chrome_polls *polls, struct chrome *c, uint32_t id, uint64_t time)
{
        if (!polls->tasks[id].in_call)
                return;
        polls->tasks[id].in_call = false;
        chrome_begin(c, "E", PID_POLLS, id);
        chrome_time(c, "ts", time);
        fputs("}", c->out);
}

static void begins(struct chrome_polls *polls, struct chrome *c, const struct rota_record *r)
{
        struct chrome_polled *task = &polls->tasks[r->a];

        if (r->b)
                begins_call(polls, c, r);
        task->begun = r->time ? r->time : 1;
        task->count++;
        task->answers = task->flows;
        task->flows = 0;
        task->parks = false;
}

static void write_poll(
        struct chrome_polls *polls, struct chrome *c, uint32_t id, uint64_t end, const char *answer)
{
        struct chrome_polled *task = &polls->tasks[id];
        char args[64];

        if (!task->begun)
                return; /* it began before the trace, or its begin was dropped */
        /* One name for all, by which viewers choose a colour and sum up. */
        snprintf(args, sizeof(args), "\"number\":%" PRIu64 ",\"answer\":\"%s\"", task->count,
                answer);
        chrome_slice(c, PID_POLLS, id, "poll", task->begun, end, args);
        write_flows(polls, c, id, task->begun);
        task->begun = 0;
}

static void ends(struct chrome_polls *polls, struct chrome *c, const struct rota_record *r)
{
        struct chrome_polled *task = &polls->tasks[r->a];

        write_poll(polls, c, r->a, r->time, export_answer(r->b));
        if (r->b == ROTA_POLL_READY)
                ends_call(polls, c, r->a, r->time);
        task->parks = r->b == ROTA_POLL_PENDING && task->flows;
}

/** Who is polled in this trace. */
static void find(struct chrome_polls *polls, const struct result *result)
{
        const struct trace *trace = &result->trace;

        for (size_t i = 0; i < trace->count; i++) {
                const struct rota_record *r = &trace->records[i];
                if (r->event != ROTA_EVENT_POLL_BEGIN || r->a == 0 || r->a >= result->ids)
                        continue;
                polls->tasks[r->a].polled = true;
                polls->tasks[r->a].user |= r->b != 0;
        }
}

void chrome_polls_begin(struct chrome_polls *polls, struct chrome *c)
{
        static const char *const titles[] = {
                NULL, "futures", "system calls", "futures and system calls"};
        uint32_t which = 0;

        *polls = (struct chrome_polls){.tasks = memory_get(c->result->ids, sizeof(*polls->tasks))};
        find(polls, c->result);
        for (uint32_t id = 1; id < c->result->ids; id++) {
                if (!polls->tasks[id].polled)
                        continue;
                which |= polls->tasks[id].user ? 2 : 1;
                chrome_track(c, PID_POLLS, id, result_name(c->result, id, 0));
        }
        if (which)
                chrome_process(c, PID_POLLS, titles[which]);
}

void chrome_polls_event(
        struct chrome_polls *polls, struct chrome *c, const struct rota_record *r, uint32_t runs)
{
        if (r->a >= c->result->ids || !polls->tasks[r->a].polled)
                return;
        struct chrome_polled *task = &polls->tasks[r->a];
        switch (r->event) {
        case ROTA_EVENT_POLL_BEGIN:
                begins(polls, c, r);
                break;
        case ROTA_EVENT_POLL_END:
                ends(polls, c, r);
                break;
        case ROTA_EVENT_WAKEUP_NEW:
                if (!task->user) /* which it leads to user mode */
                        wakes(polls, c, r, runs);
                break;
        case ROTA_EVENT_WAKING:
                /* Who was woken in its poll does not park: that is told as a wake too, by nobody. */
                if (!task->parks)
                        wakes(polls, c, r, r->b);
                task->parks = false;
                break;
        default:
                break;
        }
}

void chrome_polls_end(struct chrome_polls *polls, struct chrome *c)
{
        const struct trace *trace = &c->result->trace;

        for (uint32_t id = 1; id < c->result->ids && trace->count; id++) {
                const uint64_t end = trace->records[trace->count - 1].time;
                write_poll(polls, c, id, end, "none");
                ends_call(polls, c, id, end);
        }
        free(polls->tasks);
        free(polls->flows);
}
