/* SPDX-License-Identifier: MIT */
/*
 * An explorer that finds nothing may be blind: each of the faults that faults.cmake plants must be
 * found, with the cheapest method that does. The arguments are the number of a fault, and a program
 * and a schedule to replay.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "faults.h"

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))

static const struct {
        uint32_t preemptions, stale;
        uint64_t executions; /* of a program, at most: not a time, which is another one elsewhere */
} stages[] = {
        {0, 0, 20000}, {1, 0, 40000}, {2, 0, 80000}, {0, 1, 20000}, {1, 1, 80000}, {2, 1, 200000}};

static void begin(const struct program *p, int fault)
{
        explore_fault = 0;
        search_program(p);
        explore_fault = fault;
}

static void found(int i, const char *program_name, const char *method, uint64_t executions)
{
        printf("ok explore-fault %d %s: %s %s executions=%llu: %s\n", faults[i].number,
                faults[i].name, program_name, method, (unsigned long long)executions, finding.what);
        if (getenv("ROTA_VERBOSE"))
                printf("  replay: %d %s %s\n", faults[i].number, program_name, finding.schedule);
}

/* Is it the fault that was found? Without it the same schedule breaks nothing. */
static bool blames(const struct program *p)
{
        static struct finding kept;
        kept = finding;
        begin(p, 0);
        bool innocent = !search_replay(kept.schedule, 64, false);
        finding = kept;
        return innocent;
}

/* Within one stage, and one program. */
static bool seek(int i, uint32_t stage, const struct program *p, uint64_t *executions)
{
        char method[48];

        begin(p, faults[i].number);
        bool hit = search_depth(
                stages[stage].preemptions, stages[stage].stale, stages[stage].executions, false);
        *executions += finding.executions;
        if (!hit || !blames(p))
                return false;
        snprintf(method, sizeof(method), "preemptions=%u stale=%u", stages[stage].preemptions,
                stages[stage].stale);
        found(i, p->name, method, *executions);
        return true;
}

static bool hunt(int i)
{
        uint64_t executions = 0;

        if (!faults[i].planted) {
                printf("not ok explore-fault %d %s: the code that it changes is gone\n",
                        faults[i].number, faults[i].name);
                return false;
        }
        /* First where it is expected, then everywhere. */
        for (int everywhere = 0; everywhere < 2; everywhere++) {
                for (uint32_t s = 0; s < COUNT(stages); s++) {
                        for (uint32_t p = 0; p < program_count; p++) {
                                bool here = !strcmp(programs[p].name, faults[i].program);
                                if ((here || everywhere) && seek(i, s, &programs[p], &executions))
                                        return true;
                        }
                }
        }
        printf("not ok explore-fault %d %s: not found in %llu executions\n", faults[i].number,
                faults[i].name, (unsigned long long)executions);
        return false;
}

static void replay(int fault, const char *name, const char *text)
{
        for (uint32_t p = 0; p < program_count; p++) {
                if (strcmp(programs[p].name, name))
                        continue;
                begin(&programs[p], fault);
                printf("%s\n", search_replay(text, 64, true) ? finding.what : "nothing is broken");
        }
}

/* What keeps the search small must not lose an end that the whole search sees. */
static bool loses_nothing(const char *name, uint32_t preemptions)
{
        const struct program *p = programs;
        while (strcmp(p->name, name))
                p++;
        begin(p, 0);
        search_depth(preemptions, 0, 0, true);
        struct finding whole = finding;
        search_depth(preemptions, 0, 0, false);
        bool same = whole.complete && finding.complete && whole.outcomes == finding.outcomes &&
                    whole.outcome_sum == finding.outcome_sum;
        printf("%s explore-reduction %s preemptions=%u: %u ends in %llu executions, %u in %llu\n",
                same ? "ok" : "not ok", name, preemptions, whole.outcomes,
                (unsigned long long)whole.executions, finding.outcomes,
                (unsigned long long)finding.executions);
        return same;
}

int main(int argc, char **argv)
{
        bool failed = false;
        int only = argc > 1 ? atoi(argv[1]) : 0;

        search_begin();
        if (argc > 3) {
                replay(only, argv[2], argv[3]);
                return 0;
        }
        for (int i = 0; i < (int)COUNT(faults); i++) {
                if (!only || only == faults[i].number)
                        failed |= !hunt(i);
                fflush(stdout);
        }
        if (!only) {
                failed |= !loses_nothing("wake-park", 2);
                failed |= !loses_nothing("cancel-wake", 1);
                failed |= !loses_nothing("exit-join", 2);
                failed |= !loses_nothing("time-out", 2);
                failed |= !loses_nothing("priority-park", 2);
                failed |= !loses_nothing("start-pull-3", 1);
        }
        return failed;
}
