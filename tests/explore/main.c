/* SPDX-License-Identifier: MIT */
/*
 *   rota-explore                                    every program, within the normal bounds
 *   rota-explore PROGRAM [PREEMPTIONS [STALE]]      one program, depth-first within these bounds
 *   rota-explore PROGRAM --replay SCHEDULE          one execution again, each operation printed
 *   rota-explore PROGRAM --seed N                   the random execution of that seed
 *
 * Where two preemptions are very many executions one is explored, and more at random. ROTA_TEST_ALL=1
 * explores all of them further: three preemptions, two with old values, a million executions of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"

static bool failed;

static void report(const struct program *p, const char *method, double began)
{
        if (finding.found) {
                failed = true;
                printf("not ok explore-%s %s: %s\n"
                       "  replay: %s --replay %s\n",
                        p->name, method, finding.what, p->name, finding.schedule);
        } else {
                printf("ok explore-%s %s executions=%llu pruned=%llu%s %.1f s\n", p->name, method,
                        (unsigned long long)finding.executions, (unsigned long long)finding.pruned,
                        finding.complete                  ? " complete"
                        : schedule.method == METHOD_DEPTH ? " cut off"
                                                          : "",
                        search_clock() - began);
        }
        fflush(stdout);
}

static void depth(
        const struct program *p, uint32_t preemptions, uint32_t stale, uint64_t executions)
{
        char method[64];
        double began = search_clock();
        snprintf(method, sizeof(method), "cpus=%u preemptions=%u stale=%u", p->cpus, preemptions,
                stale);
        search_depth(preemptions, stale, executions, false);
        report(p, method, began);
}

static void at_random(const struct program *p, uint64_t seed, uint32_t n)
{
        char method[64];
        double began = search_clock();
        search_random(seed, n, 3);
        snprintf(method, sizeof(method), "random seed=%llu", (unsigned long long)schedule.seed);
        report(p, method, began);
}

int main(int argc, char **argv)
{
        bool all = getenv("ROTA_TEST_ALL");
        const char *name = argc > 1 ? argv[1] : NULL;

        search_begin();
        for (uint32_t i = 0; i < program_count; i++) {
                const struct program *p = &programs[i];
                if (name && strcmp(name, p->name))
                        continue;
                search_program(p);
                if (argc > 3 && !strcmp(argv[2], "--replay")) {
                        search_replay(argv[3], 64, true);
                        report(p, "replay", search_clock());
                } else if (argc > 3 && !strcmp(argv[2], "--seed")) {
                        at_random(p, strtoull(argv[3], NULL, 0), 1);
                } else if (argc > 2) {
                        depth(p, (uint32_t)atoi(argv[2]), argc > 3 ? (uint32_t)atoi(argv[3]) : 0,
                                0);
                } else {
                        bool dear = p->dear && !all;
                        depth(p, dear ? 1 : 2, 0, 0);
                        depth(p, 1, 1, 0);
                        if (all) {
                                depth(p, 3, 0, 1000000);
                                depth(p, 2, 1, 1000000);
                        }
                        at_random(p, 1, all ? 200000 : dear ? 6000 : 2000);
                }
        }
        return failed;
}
