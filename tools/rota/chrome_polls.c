/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Futures in Chrome's trace events: a track for each, with a slice for each poll, from its begin to its
 * end whoever had the CPU meanwhile; and a flow for each wake, from where it was made to the poll that
 * answers it. Wakes of a batch all lead to one poll.
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

/** A wake of a future, by a task or by an interrupt of a CPU that idles. */
static void wakes(
        struct chrome_polls *polls, struct chrome *c, const struct rota_record *r, uint32_t waker)
{
        struct chrome_polled *task = &polls->tasks[r->a];

        polls->flows = memory_grow(
                polls->flows, &polls->flow_room, polls->flow_count + 1, sizeof(*polls->flows));
        polls->flows[polls->flow_count++].before = task->flows;
        task->flows = (uint32_t)polls->flow_count;
        if (waker && waker < c->result->ids) {
                write_end(c, "s", 2, waker, r->time, task->flows);
                return;
        }
        chrome_slice(c, 1, r->cpu, "wakes", r->time, r->time + 1, "");
        write_end(c, "s", 1, r->cpu, r->time, task->flows);
}

static void begins(struct chrome_polls *polls, struct chrome *c, const struct rota_record *r)
{
        struct chrome_polled *task = &polls->tasks[r->a];

        task->begun = r->time ? r->time : 1;
        task->count++;
        for (uint32_t flow = task->flows; flow; flow = polls->flows[flow - 1].before)
                write_end(c, "f", 3, r->a, r->time, flow);
        task->flows = 0;
        task->parks = false;
}

static void write_poll(
        struct chrome_polls *polls, struct chrome *c, uint32_t id, uint64_t end, const char *answer)
{
        struct chrome_polled *task = &polls->tasks[id];
        char name[48];
        char args[48];

        if (!task->begun)
                return; /* it began before the trace, or its begin was dropped */
        snprintf(name, sizeof(name), "poll %" PRIu64, task->count);
        snprintf(args, sizeof(args), "\"answer\":\"%s\"", answer);
        chrome_slice(c, 3, id, name, task->begun, end, args);
        task->begun = 0;
}

void chrome_polls_begin(struct chrome_polls *polls, struct chrome *c)
{
        bool any = false;

        *polls = (struct chrome_polls){.tasks = memory_get(c->result->ids, sizeof(*polls->tasks))};
        for (uint32_t id = 1; id < c->result->ids; id++) {
                if (!result_is_future(c->result, id))
                        continue;
                if (!any)
                        chrome_meta(c, 3, 0, "process_name", "futures");
                any = true;
                chrome_meta(c, 3, id, "thread_name", result_name(c->result, id, 0));
        }
}

void chrome_polls_event(
        struct chrome_polls *polls, struct chrome *c, const struct rota_record *r, uint32_t runs)
{
        if (!result_is_future(c->result, r->a))
                return;
        struct chrome_polled *task = &polls->tasks[r->a];
        switch (r->event) {
        case ROTA_EVENT_POLL_BEGIN:
                begins(polls, c, r);
                break;
        case ROTA_EVENT_POLL_END:
                write_poll(polls, c, r->a, r->time, export_answer(r->b));
                task->parks = r->b == ROTA_POLL_PENDING && task->flows;
                break;
        case ROTA_EVENT_WAKEUP_NEW:
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

        for (uint32_t id = 1; id < c->result->ids && trace->count; id++)
                write_poll(polls, c, id, trace->records[trace->count - 1].time, "none");
        free(polls->tasks);
        free(polls->flows);
}
