/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The trace as ftrace's text, which viewers and scripts of the field read. A pid is a task's id, a
 * prio its level in Rota (1 the most urgent); idle is swapper/N with pid 0.
 */
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define WORD   48
#define LEVELS 256u

/** A name as one word. */
static const char *word(const char *name, char *out)
{
        const size_t length = strnlen(name, WORD - 1);

        for (size_t i = 0; i < length; i++)
                out[i] = (unsigned char)name[i] <= ' ' || name[i] == 0x7f ? '_' : name[i];
        out[length] = '\0';
        return out;
}

static const char *comm(const struct result *result, uint32_t id, uint32_t cpu, char *out)
{
        return word(result_name(result, id, cpu), out);
}

static const char *left(uint32_t how)
{
        switch (how) {
        case ROTA_LEFT_RUNNABLE:
                return "R";
        case ROTA_LEFT_PREEMPTED:
                return "R+";
        case ROTA_LEFT_SLEEPING:
                return "S";
        default:
                return "X";
        }
}

/** What is known of the world while the trace is written. */
struct ftrace {
        const struct result *result;
        FILE *out;
        uint32_t *current; /**< per CPU: who runs */
        uint32_t *prio;    /**< per id: its level, with what it inherits */
        uint32_t *blocked; /**< per id: the resource that it waits for + 1 */
        uint32_t *waker;   /**< per id: who wakes it */
};

static uint32_t prio(const struct ftrace *f, uint32_t id)
{
        return id < f->result->ids ? f->prio[id] : result_priority(f->result, id);
}

/** A level from an urgency, which counts from 0 and is larger than any where there is nothing. */
static uint32_t level(uint32_t urgency)
{
        return urgency < LEVELS ? urgency + 1 : LEVELS;
}

/** A resource's name as one word. @param number  from the trace: nothing vouches for it */
static const char *object(const struct ftrace *f, uint32_t number, char *out)
{
        const bool known = number && number <= f->result->program->image.header->resource_count;

        return word(known ? result_resource_name(f->result, number - 1) : "?", out);
}

static const char *kind(const struct ftrace *f, uint32_t number)
{
        const bool known = number && number <= f->result->program->image.header->resource_count;

        return known ? result_resource_kind(f->result, number - 1) : "?";
}

static void write_wakeup(const struct ftrace *f, const struct rota_record *r, const char *name)
{
        char a[WORD];

        fprintf(f->out, "%s: comm=%s pid=%u prio=%u target_cpu=%03u\n", name,
                comm(f->result, r->a, r->cpu, a), r->a, prio(f, r->a), r->c);
}

static void write_event(const struct ftrace *f, const struct rota_record *r)
{
        FILE *out = f->out;
        char a[WORD];
        char b[WORD];

        comm(f->result, r->a, r->cpu, a);
        switch (r->event) {
        case ROTA_EVENT_SWITCH:
                fprintf(out,
                        "sched_switch: prev_comm=%s prev_pid=%u prev_prio=%u prev_state=%s ==> "
                        "next_comm=%s next_pid=%u next_prio=%u\n",
                        a, r->a, prio(f, r->a), left(r->a ? r->c : ROTA_LEFT_RUNNABLE),
                        comm(f->result, r->b, r->cpu, b), r->b, prio(f, r->b));
                break;
        case ROTA_EVENT_WAKING:
                write_wakeup(f, r, "sched_waking");
                break;
        case ROTA_EVENT_WAKEUP:
                write_wakeup(f, r, "sched_wakeup");
                break;
        case ROTA_EVENT_WAKEUP_NEW:
                write_wakeup(f, r, "sched_wakeup_new");
                break;
        case ROTA_EVENT_MIGRATE:
                fprintf(out, "sched_migrate_task: comm=%s pid=%u prio=%u orig_cpu=%u dest_cpu=%u\n",
                        a, r->a, prio(f, r->a), r->b, r->c);
                break;
        case ROTA_EVENT_EXIT:
                fprintf(out, "sched_process_exit: comm=%s pid=%u prio=%u\n", a, r->a,
                        prio(f, r->a));
                break;
        case ROTA_EVENT_BLOCK:
                fprintf(out, "sched_block: comm=%s pid=%u object=%s kind=%s", a, r->a,
                        object(f, r->b, b), kind(f, r->b));
                if (r->c)
                        fprintf(out, " owner_comm=%s owner_pid=%u",
                                comm(f->result, r->c, r->cpu, b), r->c);
                putc('\n', out);
                break;
        case ROTA_EVENT_POLL_BEGIN:
                fprintf(out, "sched_poll_begin: comm=%s pid=%u prio=%u", a, r->a, prio(f, r->a));
                if (r->b)
                        fprintf(out, " call=%s", export_trap(r));
                putc('\n', out);
                break;
        case ROTA_EVENT_POLL_END:
                fprintf(out, "sched_poll_end: comm=%s pid=%u prio=%u answer=%s\n", a, r->a,
                        prio(f, r->a), export_answer(r->b));
                break;
        case ROTA_EVENT_PI_SETPRIO:
                fprintf(out, "sched_pi_setprio: comm=%s pid=%u oldprio=%u newprio=%u\n", a, r->a,
                        level(r->b), level(r->c));
                break;
        case ROTA_EVENT_CPUHP_ENTER: /* of Linux's many steps this is one, and the only one */
                fprintf(out, "cpuhp_enter: cpu: %04u target: %3u step:   0 (%s)\n", r->a, r->b,
                        r->b ? "rota_cpu_run" : "rota_cpu_leave");
                break;
        case ROTA_EVENT_CPUHP_EXIT:
                fprintf(out, "cpuhp_exit:  cpu: %04u  state: %3u step:   0 ret: 0\n", r->a, r->b);
                break;
        default:
                fprintf(out, "rota_change: comm=%s pid=%u event=%u\n", a, r->a, r->event);
                break;
        }
}

static void write_line(const struct ftrace *f, const struct rota_record *r)
{
        const uint32_t id = f->current[r->cpu];
        char name[WORD];

        fprintf(f->out, "%16s-%-7u [%03u] d..2. %5" PRIu64 ".%09" PRIu64 ": ",
                comm(f->result, id, r->cpu, name), id, r->cpu, r->time / 1000000000,
                r->time % 1000000000);
}

/** The end of a wait for a resource: its wakeup, with what it waited for and who woke it. */
static void write_unblock(const struct ftrace *f, const struct rota_record *r)
{
        char a[WORD];
        char b[WORD];
        char c[WORD];
        const uint32_t waker = f->waker[r->a];

        write_line(f, r);
        fprintf(f->out,
                "sched_unblock: comm=%s pid=%u object=%s kind=%s waker_comm=%s waker_pid=%u\n",
                comm(f->result, r->a, r->cpu, a), r->a, object(f, f->blocked[r->a], b),
                kind(f, f->blocked[r->a]), comm(f->result, waker, r->cpu, c), waker);
}

/** What an event changes, after it was written. @param writes  whether it was */
static void follow(struct ftrace *f, const struct rota_record *r, bool writes)
{
        if (r->event == ROTA_EVENT_SWITCH)
                f->current[r->cpu] = r->b;
        if (r->a == 0 || r->a >= f->result->ids)
                return;
        switch (r->event) {
        case ROTA_EVENT_BLOCK:
                f->blocked[r->a] = r->b;
                break;
        case ROTA_EVENT_WAKING:
                f->waker[r->a] = r->b;
                break;
        case ROTA_EVENT_WAKEUP:
                if (writes && f->blocked[r->a])
                        write_unblock(f, r);
                f->blocked[r->a] = 0;
                break;
        case ROTA_EVENT_PI_SETPRIO:
                f->prio[r->a] = level(r->c);
                break;
        default:
                break;
        }
}

void export_ftrace(const struct result *result, FILE *out, size_t from)
{
        const struct trace *trace = &result->trace;
        struct ftrace f = {result, out, memory_get(trace->cpus, sizeof(uint32_t)),
                memory_get(result->ids, sizeof(uint32_t)),
                memory_get(result->ids, sizeof(uint32_t)),
                memory_get(result->ids, sizeof(uint32_t))};

        for (uint32_t id = 0; id < result->ids; id++)
                f.prio[id] = result_priority(result, id);
        fprintf(out,
                "# tracer: nop\n#\n"
                "# entries-in-buffer/entries-written: %zu/%" PRIu64 "   #P:%u\n#\n"
                "#           TASK-PID     CPU#  flags   TIMESTAMP  FUNCTION\n"
                "#              | |         |    |         |         |\n",
                trace->count, trace->count + trace->dropped, trace->cpus);
        for (size_t i = 0; i < trace->count; i++) {
                const struct rota_record *r = &trace->records[i];
                if (r->event == ROTA_EVENT_SWITCH)
                        f.current[r->cpu] = r->a;
                if (i >= from) {
                        write_line(&f, r);
                        write_event(&f, r);
                }
                follow(&f, r, i >= from);
        }
        free(f.current);
        free(f.prio);
        free(f.blocked);
        free(f.waker);
}
