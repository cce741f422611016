/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The trace as ftrace's text, which viewers and scripts of the field read. A pid is a task's id, a
 * prio its level in Rota (1 the most urgent); idle is swapper/N with pid 0.
 */
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>

#include "memory.h"

/** A task's name as one word. */
static const char *comm(const struct result *result, uint32_t id, uint32_t cpu, char *out)
{
        const char *name = result_name(result, id, cpu);
        size_t i = 0;

        for (; i < 47 && name[i]; i++)
                out[i] = (unsigned char)name[i] <= ' ' || name[i] == 0x7f ? '_' : name[i];
        out[i] = '\0';
        return out;
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

static void write_event(const struct result *result, FILE *out, const struct rota_record *r)
{
        char a[48];
        char b[48];
        const uint32_t prio = result_priority(result, r->a);

        comm(result, r->a, r->cpu, a);
        switch (r->event) {
        case ROTA_EVENT_SWITCH:
                fprintf(out,
                        "sched_switch: prev_comm=%s prev_pid=%u prev_prio=%u prev_state=%s ==> "
                        "next_comm=%s next_pid=%u next_prio=%u\n",
                        a, r->a, prio, left(r->a ? r->c : ROTA_LEFT_RUNNABLE),
                        comm(result, r->b, r->cpu, b), r->b, result_priority(result, r->b));
                break;
        case ROTA_EVENT_WAKING:
        case ROTA_EVENT_WAKEUP:
        case ROTA_EVENT_WAKEUP_NEW:
                fprintf(out, "%s: comm=%s pid=%u prio=%u target_cpu=%03u\n",
                        r->event == ROTA_EVENT_WAKING   ? "sched_waking"
                        : r->event == ROTA_EVENT_WAKEUP ? "sched_wakeup"
                                                        : "sched_wakeup_new",
                        a, r->a, prio, r->c);
                break;
        case ROTA_EVENT_MIGRATE:
                fprintf(out, "sched_migrate_task: comm=%s pid=%u prio=%u orig_cpu=%u dest_cpu=%u\n",
                        a, r->a, prio, r->b, r->c);
                break;
        case ROTA_EVENT_EXIT:
                fprintf(out, "sched_process_exit: comm=%s pid=%u prio=%u\n", a, r->a, prio);
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

void export_ftrace(const struct result *result, FILE *out, size_t from)
{
        const struct trace *trace = &result->trace;
        uint32_t *current = memory_get(trace->cpus, sizeof(*current));

        fprintf(out,
                "# tracer: nop\n#\n"
                "# entries-in-buffer/entries-written: %zu/%" PRIu64 "   #P:%u\n#\n"
                "#           TASK-PID     CPU#  flags   TIMESTAMP  FUNCTION\n"
                "#              | |         |    |         |         |\n",
                trace->count, trace->count + trace->dropped, trace->cpus);
        for (size_t i = 0; i < trace->count; i++) {
                const struct rota_record *r = &trace->records[i];
                const bool is_switch = r->event == ROTA_EVENT_SWITCH;
                char name[48];
                if (is_switch)
                        current[r->cpu] = r->a;
                if (i >= from) {
                        const uint32_t id = current[r->cpu];
                        fprintf(out, "%16s-%-7u [%03u] d..2. %5" PRIu64 ".%09" PRIu64 ": ",
                                comm(result, id, r->cpu, name), id, r->cpu, r->time / 1000000000,
                                r->time % 1000000000);
                        write_event(result, out, r);
                }
                if (is_switch)
                        current[r->cpu] = r->b;
        }
        free(current);
}
