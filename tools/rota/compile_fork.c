/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Forks: threads that tasks start. How many there can be is settled before the run, since every thread
 * has its memory from the beginning: as many as the loops around a fork tell, at most 1024 of each
 * task. A task whose loops do not end has those 1024, and more than that end the run as failed.
 */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Of one task, as of one event of the dialect's own performer. */
#define FORKS_MOST 1024u

bool compile_fork(struct compiler *c, const struct relaxed *member)
{
        const char *name = NULL;

        if (!compile_text_of(c, member, "a task", &name))
                return false;
        c->forks =
                memory_grow(c->forks, &c->fork_room, (size_t)c->fork_count + 1, sizeof(*c->forks));
        c->forks[c->fork_count++] = (struct fork_note){.task = c->task_count,
                .phase = c->phase_count - 1,
                .event = c->event_count,
                .line = member->line,
                .name = memory_text(name, strlen(name))};
        return true;
}

/** How often a thread of the task comes by, at most what is of interest. */
static uint64_t passes(const struct compiler *c, const struct fork_note *fork)
{
        const int32_t loops = c->tasks[fork->task].loops;
        const int32_t inner = c->phases[fork->phase].loops;

        if (loops == 0 || inner == 0)
                return 0;
        if (loops < 0 || inner < 0 || loops > (int32_t)FORKS_MOST || inner > (int32_t)FORKS_MOST)
                return FORKS_MOST;
        return (uint64_t)loops * (uint64_t)inner;
}

/** Counts what each task's threads, forked ones too, fork. @return whether a count grew */
static bool count(struct compiler *c, uint32_t *forks)
{
        bool grew = false;

        memset(forks, 0, c->task_count * sizeof(*forks));
        for (uint32_t i = 0; i < c->fork_count; i++) {
                const struct fork_note *fork = &c->forks[i];
                const struct workload_task *by = &c->tasks[fork->task];
                const uint32_t of = c->events[fork->event].object;
                const uint64_t more = ((uint64_t)by->instances + by->forks) * passes(c, fork);
                forks[of] =
                        (uint32_t)(forks[of] + more > FORKS_MOST ? FORKS_MOST : forks[of] + more);
        }
        for (uint32_t t = 0; t < c->task_count; t++) {
                grew = grew || forks[t] > c->tasks[t].forks;
                c->tasks[t].forks = forks[t];
        }
        return grew;
}

bool compile_forks(struct compiler *c)
{
        for (uint32_t i = 0; i < c->fork_count; i++) {
                uint32_t t = 0;
                while (t < c->task_count &&
                        strcmp(c->names + c->tasks[t].name, c->forks[i].name) != 0)
                        t++;
                if (t == c->task_count)
                        return compile_wrong(c, c->forks[i].line, "there is no task \"%s\" to fork",
                                c->forks[i].name);
                c->events[c->forks[i].event].object = t;
        }
        uint32_t *forks = memory_get(c->task_count + 1, sizeof(*forks));
        while (c->fork_count && count(c, forks))
                ;
        free(forks);
        /* Nobody could say how many meet at a barrier. */
        const struct workload_phase *phase = c->phases;
        uint32_t event = 0;
        for (uint32_t t = 0; t < c->task_count; t++) {
                for (uint32_t p = 0; p < c->tasks[t].phase_count; p++, phase++) {
                        for (uint32_t e = 0; e < phase->event_count; e++, event++) {
                                if (c->tasks[t].forks == 0 ||
                                        c->events[event].kind != WORKLOAD_BARRIER)
                                        continue;
                                return compile_wrong(c, c->lines[event],
                                        "the task \"%s\" is forked and cannot use the barrier "
                                        "\"%s\": how many meet there would not be known",
                                        c->names + c->tasks[t].name,
                                        c->notes[c->events[event].object].name);
                        }
                }
        }
        return true;
}
